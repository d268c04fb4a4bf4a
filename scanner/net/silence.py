"""Zones whose servers do not answer: found out from all questions about them together, remembered for a while.

Resolvers do not tell where a zone ends, so a name counts for its registrable domain and for the name one label longer:
the shorter of them that has never answered is taken for the zone. It is dead when several questions about it, many
packets and a time-out's length of waiting all got nothing, while the resolvers asked answered others. Then its
questions fail at once for some time (RFC 9520).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from scanner.names import registrable

MEMORY = 30.0  # seconds; RFC 9520, 3.2 allows 1 s to 5 minutes
PACKETS = 6  # unanswered ones that it takes: by chance, one in a million where 5 % get lost each way
QUESTIONS = 2  # unanswered ones that it takes: some servers drop the types that they do not know
MOST_SILENT = 5_000  # zones under suspicion, and as many dead ones
MOST_ALIVE = 10_000  # zones remembered to have answered, twice

T = TypeVar("T")
V = TypeVar("V")


def zones(owner: str) -> tuple[str, ...]:
    """The registrable domain of a canonical name, and the name one label longer; a public suffix is no zone of ours."""
    name = owner[:-1]
    base = registrable(name)
    if "." not in base:
        return ()
    rest = name[: -len(base) - 1]
    return (f"{base}.", f"{rest.rpartition('.')[2]}.{base}.") if rest else (owner,)


def _drop(entries: dict[str, V], old: Callable[[V], bool]) -> None:
    """Take out the first entries, as long as they are old: the others came later."""
    while entries and old(next(iter(entries.values()))):
        del entries[next(iter(entries))]


@dataclass(slots=True, eq=False)
class Silence(Generic[T]):
    """A zone that has not answered. `first`, `last`: when the first unanswered packet went out and when one was last
    given up; `packets`, `questions`: how many got nothing; `probe`: the question that goes on asking; `parked`: those
    that wait for what comes of it."""

    zone: str
    first: float
    last: float
    packets: int = 0
    questions: int = 0
    probe: T | None = None
    parked: list[T] = field(default_factory=list)


class Silences(Generic[T]):
    """`seconds`: of silence that it takes to take a zone for dead."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._suspects: dict[str, Silence[T]] = {}
        self._dead: dict[str, float] = {}  # until when, the next to end first
        self._ripe: list[Silence[T]] = []
        self._answered: deque[str] = deque(maxlen=MOST_ALIVE)  # names, not looked at as long as none is silent
        self._alive: set[str] = set()
        self._alive_before: set[str] = set()

    def answered(self, owner: str) -> list[T]:
        """A name was answered about: its zone lives. Returns who waited to know."""
        self._answered.append(owner)
        freed: list[T] = []
        if self._suspects or self._dead:
            for name in zones(owner):
                self._dead.pop(name, None)
                silence = self._suspects.pop(name, None)
                if silence is not None:
                    freed += self.end_probe(silence)
        return freed

    def dead(self, owner: str, now: float) -> bool:
        """True for a name in a zone known to be dead."""
        if not self._dead:
            return False
        for name in zones(owner):
            until = self._dead.get(name)
            if until is not None:
                if until > now:
                    return True
                del self._dead[name]
        return False

    def suspect(self, owner: str, now: float) -> Silence[T] | None:
        """The zone of a name, if it is under suspicion."""
        if self._suspects:
            for name in zones(owner):
                silence = self._suspects.get(name)
                if silence is not None and not self._stale(silence, now):
                    return silence
        return None

    def unanswered(self, owner: str, at: float, now: float, counted: Silence[T] | None) -> Silence[T] | None:
        """A packet about a name sent at `at` got no answer, though its resolver answered others since; `counted`: what
        its question is already part of. None where the zone has answered something before: then it is not the zone."""
        silence = self.suspect(owner, now) or self._new(owner, at, now)
        if silence is None:
            return None
        ripe = self._enough(silence)
        silence.last = now
        silence.packets += 1
        silence.questions += silence is not counted
        if not ripe and self._enough(silence):
            self._ripe.append(silence)
        return silence

    def died(self, now: float) -> list[T]:
        """Who waits for zones that are now taken for dead."""
        if not self._ripe:
            return []
        gone = [silence for silence in self._ripe if now - silence.first >= self._seconds]
        self._ripe = [silence for silence in self._ripe if now - silence.first < self._seconds]
        failed: list[T] = []
        for silence in gone:
            if self._suspects.get(silence.zone) is silence:
                failed += self._bury(silence, now)
        return failed

    def end_probe(self, silence: Silence[T]) -> list[T]:
        """Nobody probes a zone any more. Returns who waited for it."""
        freed, silence.parked, silence.probe = silence.parked, [], None
        return freed

    def _bury(self, silence: Silence[T], now: float) -> list[T]:
        del self._suspects[silence.zone]
        _drop(self._dead, lambda until: until <= now)
        if len(self._dead) < MOST_SILENT:
            self._dead[silence.zone] = now + MEMORY
        probe = [silence.probe] if silence.probe is not None else []
        return probe + self.end_probe(silence)

    def _new(self, owner: str, at: float, now: float) -> Silence[T] | None:
        """A suspicion against the widest zone of a name that never answered, if any."""
        if len(self._suspects) >= MOST_SILENT:
            _drop(self._suspects, lambda silence: self._stale(silence, now))
        while self._answered:
            self._alive.update(zones(self._answered.popleft()))
            if len(self._alive) > MOST_ALIVE:
                self._alive, self._alive_before = set(), self._alive
        if len(self._suspects) < MOST_SILENT:
            for name in zones(owner):
                if name not in self._alive and name not in self._alive_before:
                    found = self._suspects[name] = Silence(name, at, now)
                    return found
        return None

    def _enough(self, silence: Silence[T]) -> bool:
        return silence.packets >= PACKETS and silence.questions >= QUESTIONS

    def _stale(self, silence: Silence[T], now: float) -> bool:
        """Too old to say anything, and nobody depends on it."""
        return silence.probe is None and now - silence.last > MEMORY
