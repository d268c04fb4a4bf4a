"""What the DNS client remembers: answers by name and type for their TTL, names that do not exist (RFC 2308)."""

from __future__ import annotations

from collections import OrderedDict

from scanner.model import Answer, Question, Status

MIN_TTL = 30.0  # seconds; one target's follow-up questions come within it
MAX_TTL = 86_400.0
MAX_NEGATIVE_TTL = 10_800.0  # RFC 2308, 5
FAILURE_TTL = 30.0  # RFC 2308, 7 allows up to five minutes
MAX_ENTRIES = 50_000  # about a kilobyte each

Key = Question | str  # a bare name: it does not exist at all


class DnsCache:
    """Answers by question, until they expire; those not asked for longest go first when it is full."""

    def __init__(self, most: int = MAX_ENTRIES) -> None:
        self._most = most
        # The flag: reached without an alias.
        # Ordered: a plain dict walks over what it has dropped to find its first entry, 70 times as slow when full.
        self._entries: OrderedDict[Key, tuple[float, Answer, bool]] = OrderedDict()
        self.hits = 0

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

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
        if answer.status is Status.FAILED:
            seconds = FAILURE_TTL
        else:
            longest = MAX_TTL if answer.status is Status.OK else MAX_NEGATIVE_TTL
            seconds = min(longest, max(MIN_TTL, float(answer.ttl or 0)))
        self._entries[key] = (clock + seconds, answer, direct)
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def _fresh(self, key: Key, clock: float) -> tuple[float, Answer, bool] | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= clock:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry
