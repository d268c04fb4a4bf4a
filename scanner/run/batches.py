"""Many batches: ask, conclude, store and commit one part after the other; resume where a run was cut off."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from scanner.ask import Ask, Recorder, encode
from scanner.model import Answer, Finding, Question, Role, Status, Target, Verdict
from scanner.providers import Database
from scanner.run.target import conclude, examine
from scanner.store import RunFolder
from scanner.transcript import Transcript

BATCH = 200
"""Targets a part: small enough that a part is done in minutes, large enough that files stay few."""
IN_FLIGHT = 100
"""Targets under way at once; the network's own limits are narrower."""
FLUSH_EVERY = 200


@dataclass(frozen=True, slots=True)
class Wishes:
    """`silent`: who asked to be left alone: hearing nothing of them is no failure; `also`: questions to ask about a
    target beside those of the collectors; their answers are stored, and nothing is concluded from them."""

    silent: Callable[[Target], bool] = lambda target: False
    also: Callable[[Target], Sequence[Question]] = lambda target: ()


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
    wishes: Wishes = Wishes(),
) -> Progress:
    """Do every part that is not committed. Interrupted, the parts done stay, and the answers of the one under way."""
    progress = Progress(len(targets))
    done = set(folder.committed())
    _adopt(folder, targets, done, database, batch_size)
    for number, start in enumerate(range(0, len(targets), batch_size)):
        batch = targets[start : start + batch_size]
        if number in done:
            progress.done += len(batch)
            if recorder is not None:
                recorder.write(folder.answers(number).values())
            report(progress)
            continue
        await _part(folder, number, batch, ask, database, progress, recorder, report, wishes)
    return progress


async def _part(
    folder: RunFolder,
    number: int,
    batch: Sequence[Target],
    ask: Ask,
    database: Database,
    progress: Progress,
    recorder: Recorder | None,
    report: Callable[[Progress], None],
    wishes: Wishes,
) -> None:
    live = not getattr(ask, "instant", False)
    known = folder.journalled(number) if live else {}
    journal = Journal(folder, number) if live else None

    def heard(answer: Answer) -> None:
        progress.count(answer)
        if journal:
            journal.write(answer)

    for answer in known.values():
        progress.count(answer)
    transcript = Transcript(ask, known, heard=heard)
    places = asyncio.Semaphore(IN_FLIGHT)

    async def one(target: Target) -> tuple[Finding, ...]:
        async with places:
            found = (await examine(target, transcript, database)).findings
            for question in wishes.also(target):
                await transcript(question)
        progress.done += 1
        progress.findings += len(found)
        if journal:
            journal.flush()
        report(progress)
        return found

    try:
        if live:
            found = await _together([one(target) for target in batch])
        else:
            found = [finding for target in batch for finding in await one(target)]
    finally:
        if journal:
            journal.close()
    answers = [answer for answer in transcript.answers.values() if answer.status is not Status.UNASKED]
    if live:
        seen = {f.domain for f in found if f.role is not Role.REGISTRY and f.verdict is not Verdict.UNKNOWN}
        progress.unseen += sum(target.domain not in seen and not wishes.silent(target) for target in batch)
    folder.write_part(number, answers, found, database.digest)
    if recorder is not None:
        recorder.write(answers)


async def _together(bodies: Sequence[Coroutine[Any, Any, tuple[Finding, ...]]]) -> list[Finding]:
    """Findings of every body, in order. The first error (a full disk) cancels the rest and comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(body) for body in bodies]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [finding for task in tasks for finding in task.result()]


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
