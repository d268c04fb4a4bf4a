"""Many batches: ask, conclude, store and commit part by part; resume where a run was cut off."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import orjson

from scanner.ask import Ask, Recorder, encode, http
from scanner.model import Answer, Finding, Role, Status, Target, Verdict
from scanner.providers import Database
from scanner.run.target import conclude, examine
from scanner.store import RunFolder
from scanner.transcript import Transcript

BATCH = 200
"""Targets a part: small enough that a part is done in minutes, large enough that files stay few."""
IN_FLIGHT = 100
"""Targets under way at once; the network's own limits are narrower."""
OVERLAP = 3
"""Parts under way at once: the last bodies of one wait for the slowest hosts there are, half a minute and more."""
FLUSH_EVERY = 200


@dataclass(frozen=True, slots=True)
class Wishes:
    """`silent`: domains that asked to be left alone: hearing nothing of them is no failure; `paths`: what to fetch of
    each body's site beside its home page; the answers are stored, and nothing is concluded from them."""

    silent: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()


NO_WISHES = Wishes()


@dataclass(slots=True)
class Progress:
    """How far a run is: bodies done of `total`, answers by "kind status", `unseen` bodies of which every
    question failed."""

    total: int
    done: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    findings: int = 0
    unseen: int = 0

    def count(self, answer: Answer) -> None:
        """One more answer; unasked ones are none."""
        if answer.status is not Status.UNASKED:
            self.answers[f"{answer.question.kind} {answer.status.value}"] += 1


class Journal:
    """Keeps the answers of the part under way, so that a killed run asks nothing twice."""

    def __init__(self, folder: RunFolder, number: int) -> None:
        path = folder.journal(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
        self._file = path.open("ab")
        if torn:  # what a killed run wrote last must not spoil what comes next
            self._file.write(b"\n")
        self._since = 0

    def write(self, answer: Answer) -> None:
        """Add one answer."""
        if answer.status is not Status.UNASKED:
            self._file.write(orjson.dumps(encode(answer)) + b"\n")
            self._since += 1
            if self._since >= FLUSH_EVERY:
                self.flush()

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()
        self._since = 0

    def close(self) -> None:
        """Flush and close."""
        self._file.close()


async def scan(
    folder: RunFolder,
    targets: Sequence[Target],
    ask: Ask,
    database: Database,
    batch_size: int,
    *,
    recorder: Recorder | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    wishes: Wishes = NO_WISHES,
) -> Progress:
    """Do every part that is not committed. Interrupted, the parts done stay, and the answers of those under way."""
    progress = Progress(len(targets))
    left = left_to_do(folder, targets, database, batch_size, progress)
    if recorder is not None:
        for number in folder.committed():
            recorder.write(folder.answers(number).values())
    report(progress)
    await Parts(folder, ask, database, progress, report, wishes, recorder).do(left)
    return progress


def left_to_do(
    folder: RunFolder, targets: Sequence[Target], database: Database, batch_size: int, progress: Progress
) -> list[Part]:
    """The parts that are not committed; those that are get findings of this database and count as done."""
    done = set(folder.committed())
    _adopt(folder, targets, done, database, batch_size)
    parts = [Part(n, targets[start : start + batch_size]) for n, start in enumerate(range(0, len(targets), batch_size))]
    progress.done += sum(len(part.targets) for part in parts if part.number in done)
    return [part for part in parts if part.number not in done]


class Part(NamedTuple):
    """A part of a run: its number and its bodies."""

    number: int
    targets: Sequence[Target]


@dataclass(frozen=True, slots=True)
class Parts:
    """Asks, concludes, stores and commits parts. Live, a few of them overlap, so that a slow body of one does not keep
    the others waiting."""

    folder: RunFolder
    ask: Ask
    database: Database
    progress: Progress
    report: Callable[[Progress], None] = lambda progress: None
    wishes: Wishes = NO_WISHES
    recorder: Recorder | None = None

    async def do(self, parts: Iterable[Part]) -> None:
        """Each of them; the next is taken when there is room for it. The first error (a full disk) cancels the rest
        and comes out as itself."""
        if getattr(self.ask, "instant", False):
            for part in parts:
                self._keep(part, *await self._replayed(part))
            return
        bodies = asyncio.Semaphore(IN_FLIGHT)  # whoever waited first goes first: parts begin one after the other
        room = asyncio.Semaphore(OVERLAP)
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    await room.acquire()
                    group.create_task(self._live(part, bodies)).add_done_callback(lambda _: room.release())
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _live(self, part: Part, bodies: asyncio.Semaphore) -> None:
        known = self.folder.journalled(part.number)
        for answer in known.values():
            self.progress.count(answer)
        journal = Journal(self.folder, part.number)

        def heard(answer: Answer) -> None:
            self.progress.count(answer)
            journal.write(answer)

        transcript = Transcript(self.ask, known, heard=heard)

        async def one(target: Target) -> tuple[Finding, ...]:
            async with bodies:
                found = await self._body(target, transcript)
            journal.flush()
            return found

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(target)) for target in part.targets]
        finally:
            journal.close()
        found = [finding for task in tasks for finding in task.result()]
        seen = {f.domain for f in found if f.role is not Role.REGISTRY and f.verdict is not Verdict.UNKNOWN}
        self.progress.unseen += sum(target.domain not in seen | self.wishes.silent for target in part.targets)
        self._keep(part, transcript, found)

    async def _replayed(self, part: Part) -> tuple[Transcript, list[Finding]]:
        transcript = Transcript(self.ask, heard=self.progress.count)
        return transcript, [finding for target in part.targets for finding in await self._body(target, transcript)]

    async def _body(self, target: Target, transcript: Transcript) -> tuple[Finding, ...]:
        found = (await examine(target, transcript, self.database)).findings
        for path in self.wishes.paths:
            await transcript(http(f"https://{target.host}{path}"))
        self.progress.done += 1
        self.progress.findings += len(found)
        self.report(self.progress)
        return found

    def _keep(self, part: Part, transcript: Transcript, found: Sequence[Finding]) -> None:
        answers = [answer for answer in transcript.answers.values() if answer.status is not Status.UNASKED]
        self.folder.write_part(part.number, answers, found, self.database.digest)
        if self.recorder is not None:
            self.recorder.write(answers)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group of groups."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _adopt(folder: RunFolder, targets: Sequence[Target], done: set[int], database: Database, batch_size: int) -> None:
    """Resumed with another database: conclude again on the parts done, so that the whole run has one method."""
    for number in sorted(done):
        if not folder.has_findings(database.digest, number):
            _conclude_part(folder, number, targets, database, batch_size)
    manifest = folder.manifest()
    if manifest.database != database.digest:
        folder.write_manifest(replace(manifest, database=database.digest))


def _conclude_part(
    folder: RunFolder, number: int, targets: Sequence[Target], database: Database, batch_size: int
) -> int:
    """Conclude on one part from its stored answers; how many findings."""
    answers = folder.answers(number)
    batch = targets[number * batch_size : (number + 1) * batch_size]
    found = [finding for target in batch for finding in conclude(target, answers, database).findings]
    folder.write_findings(number, found, database.digest)
    return len(found)


def conclude_again(
    folder: RunFolder, database: Database, batch_size: int, report: Callable[[Progress], None] = lambda progress: None
) -> Progress:
    """Conclude on a run's stored answers with another database; the old findings stay beside the new."""
    targets = folder.targets()
    progress = Progress(len(targets))
    for number in folder.committed():
        progress.findings += _conclude_part(folder, number, targets, database, batch_size)
        progress.done += len(targets[number * batch_size : (number + 1) * batch_size])
        report(progress)
    folder.conclude(database.digest)
    return progress
