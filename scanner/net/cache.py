"""What the DNS client remembers: answers by name and type for their TTL, names that do not exist (RFC 2308)."""

from __future__ import annotations

from scanner.model import Answer, Question, Status

MIN_TTL = 30.0  # seconds; one target's follow-up questions come within it
MAX_TTL = 86_400.0
MAX_NEGATIVE_TTL = 10_800.0  # RFC 2308, 5
FAILURE_TTL = 30.0  # RFC 2308, 7 allows up to five minutes
MAX_ENTRIES = 50_000  # about a kilobyte each

Key = Question | str  # a bare name: it does not exist at all


class DnsCache:
    """Answers by question, until they expire; when it is full, those not asked for since it was half as full go.

    Two plain dicts, the younger of which becomes the older: keeping each entry's turn costs as much as decoding one.
    """

    def __init__(self, most: int = MAX_ENTRIES) -> None:
        self._half = max(1, most // 2)
        # The flag: reached without an alias.
        self._young: dict[Key, tuple[float, Answer, bool]] = {}
        self._old: dict[Key, tuple[float, Answer, bool]] = {}
        self.hits = 0

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}

    def get(self, question: Question, clock: float) -> Answer | None:
        """The answer if it is known and fresh; a name that does not exist has no record of any type."""
        entry = self._fresh(question, clock)
        if entry is not None:
            self.hits += 1
            return entry[1]
        entry = self._fresh(question.subject, clock)
        if entry is not None:
            self.hits += 1
            return entry[1]._replace(question=question)
        if question.detail == "CNAME":
            entry = self._fresh(question._replace(detail="A"), clock)
            if entry is not None and entry[2] and entry[1].settled:  # an address without an alias: there is none
                self.hits += 1
                return entry[1]._replace(question=question, status=Status.ABSENT, values=(), reason="nodata")
        return None

    def put(self, answer: Answer, clock: float, direct: bool = False) -> None:
        """Remember an answer for its TTL, within bounds; `direct`: no alias led to it."""
        self._store(answer.question, answer, clock, direct)

    def put_missing(self, name: str, answer: Answer, clock: float) -> None:
        """Remember that a name does not exist; `answer` is the absent answer that said so."""
        self._store(name, answer, clock)

    def _store(self, key: Key, answer: Answer, clock: float, direct: bool = False) -> None:
        seconds: float = answer.ttl or 0
        if answer.status is Status.FAILED:
            seconds = FAILURE_TTL
        elif seconds < MIN_TTL:
            seconds = MIN_TTL
        else:
            longest = MAX_TTL if answer.status is Status.OK else MAX_NEGATIVE_TTL
            if seconds > longest:
                seconds = longest
        self._keep(key, (clock + seconds, answer, direct))

    def _keep(self, key: Key, entry: tuple[float, Answer, bool]) -> None:
        if len(self._young) >= self._half and key not in self._young:
            self._young, self._old = {}, self._young
        self._young[key] = entry

    def _fresh(self, key: Key, clock: float) -> tuple[float, Answer, bool] | None:
        entry = self._young.get(key)
        known = entry if entry is not None else self._old.get(key)
        if known is None:
            return None
        if known[0] <= clock:
            self._young.pop(key, None)
            self._old.pop(key, None)
            return None
        if entry is None:
            self._keep(key, known)
        return known
