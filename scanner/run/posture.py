"""The posture of a run's bodies: read again from the stored answers, so that it is as new as the method."""

from __future__ import annotations

from dataclasses import replace

from scanner.ask import Replay
from scanner.collect import mail
from scanner.model import Answer, Question
from scanner.posture import Fact, facts
from scanner.providers import Database
from scanner.run.target import drive, hints
from scanner.store import Results, RunFolder


def results_of(folder: RunFolder, database: Database) -> Results:
    """What a run concluded, its bodies' posture beside it. Raises StoreError."""
    return replace(folder.results(), posture=postures(folder, database))


def postures(folder: RunFolder, database: Database) -> dict[str, tuple[Fact, ...]]:
    """Facts by `Target.domain`; bodies of which nothing was asked have none. Raises StoreError."""
    targets, size, known = folder.targets(), folder.manifest().batch_size, hints(database)
    found: dict[str, tuple[Fact, ...]] = {}
    for number in folder.committed():
        replay = Replay(folder.answers(number))

        def answer(question: Question, replay: Replay = replay) -> Answer:
            return drive(replay(question))

        for target in targets[number * size : (number + 1) * size]:
            seen = facts(drive(mail.collect(target, replay, known)), answer)
            if seen:
                found[target.domain] = seen
    return found
