"""Many batches: parts committed one after the other, nothing asked twice, whatever cuts a run off."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from samples import company, host, manifest, service, write_companies

from scanner import ask
from scanner.ask import Recorder, Replay, encode, read_recording, read_recordings
from scanner.encode import finding_to_json
from scanner.model import Answer, Question, Status, Target
from scanner.providers import Database, load
from scanner.run.batches import OVERLAP, Journal, Progress, conclude_again, scan
from scanner.store import RunFolder, create

from .world import TARGETS, World

SIZE = 2
"""Five bodies make three parts."""


@pytest.fixture
def folder(tmp_path: Path, database: Database) -> RunFolder:
    return create(tmp_path / "run", manifest(targets=len(TARGETS), batch_size=SIZE, database=database.digest), TARGETS)


def fresh(path: Path, database: Database) -> RunFolder:
    return create(path, manifest(targets=len(TARGETS), batch_size=SIZE, database=database.digest), TARGETS)


def shown(folder: RunFolder, digest: str = "") -> list[dict[str, object]]:
    return [finding_to_json(f) for f in folder.findings(digest)]


async def test_every_part_is_stored_and_committed(folder: RunFolder, database: Database) -> None:
    seen: list[int] = []
    progress = await scan(folder, TARGETS, World(), database, SIZE, report=lambda p: seen.append(p.done))
    assert folder.committed() == [0, 1, 2]
    assert {f.domain for f in folder.findings()} == {target.domain for target in TARGETS}
    assert (progress.done, progress.total, progress.unseen) == (5, 5, 0)
    assert progress.findings == len(shown(folder))
    assert seen == sorted(seen)
    assert seen[-1] == 5
    assert progress.answers["dns ok"] > 0
    assert not list((folder.path / "journal").iterdir())


async def test_every_answer_that_findings_rest_on_is_in_their_part(folder: RunFolder, database: Database) -> None:
    await scan(folder, TARGETS, World(), database, SIZE)
    before = shown(folder)
    conclude_again(folder, database, SIZE)
    assert shown(folder) == before


async def test_a_question_of_two_bodies_of_a_part_is_asked_once(folder: RunFolder, database: Database) -> None:
    world = World()
    await scan(folder, TARGETS, world, database, len(TARGETS))
    assert len(world.asked) == len(set(world.asked))


async def test_a_resumed_run_asks_nothing_about_committed_parts(folder: RunFolder, database: Database) -> None:
    await scan(folder, TARGETS, World(), database, SIZE)
    whole = shown(folder)
    (folder.path / "commit" / "part-1").unlink()
    world = World()
    progress = await scan(folder, TARGETS, world, database, SIZE)
    assert world.names() == {target.domain for target in TARGETS[2:4]}
    assert progress.done == 5
    assert shown(folder) == whole


async def test_a_resumed_run_asks_nothing_that_its_journal_holds(
    folder: RunFolder, tmp_path: Path, database: Database
) -> None:
    first = fresh(tmp_path / "first", database)
    await scan(first, TARGETS[:SIZE], World(), database, SIZE)
    answers = first.answers(0)
    held = dict(itertools.islice(answers.items(), len(answers) // 2))
    lines = [orjson.dumps(encode(answer)) for answer in held.values()]
    folder.journal(0).write_bytes(b"\n".join([*lines, lines[0][:30]]))  # the last line torn
    world = World()
    await scan(folder, TARGETS[:SIZE], world, database, SIZE)
    assert not set(world.asked) & set(held)
    assert folder.answers(0).keys() == answers.keys()
    assert shown(folder) == shown(first)


class KilledError(Exception):
    pass


async def test_after_any_number_of_crashes_nothing_is_asked_twice(
    folder: RunFolder, tmp_path: Path, database: Database
) -> None:
    reference = fresh(tmp_path / "reference", database)
    await scan(reference, TARGETS, World(), database, len(TARGETS))
    journal, whole_part = folder.journal(0), len(TARGETS)
    for _ in range(200):
        left, held = 40, set(folder.journalled(0))

        def die(question: Question) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError

        world = World(die)
        try:
            await scan(folder, TARGETS, world, database, whole_part)
            break
        except KilledError:
            journal.write_bytes(journal.read_bytes() + b'{"kind":"dns","sub')  # torn, as a kill would leave it
        finally:
            assert not set(world.asked) & held
    else:
        pytest.fail("a resumed run does not get on")
    assert shown(folder) == shown(reference)
    assert not journal.exists()


async def test_an_error_comes_out_as_itself_and_not_in_a_group(folder: RunFolder, database: Database) -> None:
    def full(question: Question) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await scan(folder, TARGETS, World(full), database, SIZE)
    assert folder.committed() == []


async def test_a_full_disk_keeps_the_parts_done(
    folder: RunFolder, database: Database, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    await scan(folder, TARGETS[:SIZE], World(), database, SIZE)
    with full_disk(2000), pytest.raises(OSError, match="too large"):
        await scan(folder, TARGETS, World(), database, SIZE)
    assert folder.committed() == [0]
    assert not [path for path in folder.path.rglob("*") if "partial" in path.name]
    await scan(folder, TARGETS, World(), database, SIZE)
    assert folder.committed() == [0, 1, 2]


class Stuck(World):
    """A network that never answers what is asked about some bodies' mail."""

    def __init__(self, bodies: Sequence[Target]) -> None:
        super().__init__()
        self._stuck = {ask.dns(body.domain, "MX") for body in bodies}

    async def __call__(self, question: Question) -> Answer:
        if question in self._stuck:
            await asyncio.Event().wait()
        return await super().__call__(question)


async def committed(folder: RunFolder, numbers: list[int]) -> None:
    for _ in range(10_000):
        if folder.committed() == numbers:
            return
        await asyncio.sleep(0)
    pytest.fail(f"committed: {folder.committed()}")


async def test_cancelled_a_run_keeps_the_parts_done_and_the_answers_of_those_under_way(
    folder: RunFolder, database: Database
) -> None:
    task = asyncio.create_task(scan(folder, TARGETS, Stuck(TARGETS[2:]), database, SIZE))
    await committed(folder, [0])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert folder.committed() == [0]
    journalled = folder.journalled(1)
    assert journalled
    world = World()
    await scan(folder, TARGETS[: 2 * SIZE], world, database, SIZE)
    assert not set(world.asked) & set(journalled)
    assert folder.committed() == [0, 1]


async def test_a_slow_body_keeps_the_parts_after_its_own_waiting_up_to_a_point(
    folder: RunFolder, tmp_path: Path, database: Database
) -> None:
    bodies = tuple(replace(TARGETS[0], domain=f"v{n}.example", host=f"v{n}.example") for n in range(OVERLAP + 3))
    one_each = create(tmp_path / "long", manifest(targets=len(bodies), batch_size=1), bodies)
    slow = asyncio.create_task(scan(one_each, bodies, Stuck(bodies[:1]), database, 1))
    await committed(one_each, list(range(1, len(bodies))))
    slow.cancel()
    stuck = asyncio.create_task(scan(folder, bodies, Stuck(bodies), database, 1))
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert len(list((folder.path / "journal").iterdir())) == OVERLAP, "memory grows with what is under way"
    stuck.cancel()
    await asyncio.gather(slow, stuck, return_exceptions=True)


def test_a_journal_goes_on_below_a_torn_line(folder: RunFolder) -> None:
    path = folder.journal(0)
    path.write_bytes(b'{"kind":"dns","subj')
    answers = [Answer(Question("dns", f"v{i}.example", "A"), Status.ABSENT) for i in range(3)]
    journal = Journal(folder, 0)
    for answer in answers:
        journal.write(answer)
    journal.close()
    assert list(folder.journalled(0).values()) == answers


# Replay and recording


async def test_a_recorded_scan_replays_to_the_same_findings(
    folder: RunFolder, tmp_path: Path, database: Database
) -> None:
    recorder = Recorder(tmp_path / "kept.jsonl.gz")
    await scan(folder, TARGETS, World(), database, SIZE, recorder=recorder)
    recorder.close()
    again = fresh(tmp_path / "again", database)
    progress = await scan(again, TARGETS, Replay(read_recordings([tmp_path / "kept.jsonl.gz"])), database, SIZE)
    assert shown(again) == shown(folder)
    assert again.answers(1) == folder.answers(1)
    assert progress.unseen == 0


async def test_a_resumed_recording_holds_the_parts_done_before(
    folder: RunFolder, tmp_path: Path, database: Database
) -> None:
    await scan(folder, TARGETS[:SIZE], World(), database, SIZE)
    recorder = Recorder(tmp_path / "kept.jsonl")
    await scan(folder, TARGETS, World(), database, SIZE, recorder=recorder)
    recorder.close()
    subjects = {answer.question.subject for answer in read_recording(tmp_path / "kept.jsonl")}
    assert {target.domain for target in TARGETS} <= subjects


async def test_bodies_that_nothing_was_heard_of_are_counted_live_and_not_in_a_replay(
    folder: RunFolder, tmp_path: Path, database: Database
) -> None:
    world = World(dead=frozenset({"ville.example", "bourg.example"}))
    assert (await scan(folder, TARGETS, world, database, SIZE)).unseen == 2
    replayed: Progress = await scan(fresh(tmp_path / "empty", database), TARGETS, Replay({}), database, SIZE)
    assert replayed.unseen == 0, "what was not asked is not a failure"


# Another database


@pytest.fixture
def other(tmp_path: Path) -> Database:
    """A database that knows one company only, the one whose scripts the pages ask for."""
    return load(
        base=write_companies(tmp_path / "db", acme=company("acme", services=service(host("google-analytics.com"))))
    )


async def test_concluding_again_changes_the_method_and_keeps_the_old(
    folder: RunFolder, database: Database, other: Database
) -> None:
    await scan(folder, TARGETS, World(), database, SIZE)
    folder.conclude(database.digest)
    before = shown(folder)
    progress = conclude_again(folder, other, SIZE)
    assert (progress.done, progress.total) == (5, 5)
    assert progress.findings == len(shown(folder))
    assert {c.provider for f in folder.findings() for c in f.claims} == {"acme"}
    assert shown(folder, database.digest) == before
    conclude_again(folder, database, SIZE)
    assert shown(folder) == before


async def test_resumed_with_another_database_a_run_has_one_method(
    folder: RunFolder, database: Database, other: Database
) -> None:
    await scan(folder, TARGETS[:SIZE], World(), database, SIZE)
    await scan(folder, TARGETS, World(), other, SIZE)
    assert {c.provider for f in folder.findings() for c in f.claims} == {"acme"}
    assert {f.domain for f in folder.findings()} == {target.domain for target in TARGETS}
    assert folder.results().manifest.database == other.digest
    assert folder.has_findings(database.digest, 0), "the earlier method's findings stay"
