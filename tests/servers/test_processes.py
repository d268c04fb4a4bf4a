"""A scan in two processes: the same findings, the same limits, and nothing lost however one of them ends."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import uvloop

from scanner import targets
from scanner.ask import Recorder, read_recording
from scanner.model import Target
from scanner.net import Network, TrustError
from scanner.providers import Database
from scanner.run.batches import Progress, Wishes, scan
from scanner.run.engine import PATIENCE, EngineError, scan_in_processes
from scanner.store import RunFolder, create
from tests.process_table import below, is_spawned, state
from tests.samples import manifest

from .conftest import Lab

SIZE = 20  # bodies a part


def listed(servers: Lab) -> tuple[Target, ...]:
    return targets.parse("\n".join(body.domain for body in servers.world.bodies).encode(), "lab").targets


def fresh(path: Path, database: Database, bodies: tuple[Target, ...]) -> RunFolder:
    return create(path, manifest(targets=len(bodies), batch_size=SIZE, database=database.digest), bodies)


def shown(folder: RunFolder) -> list[tuple[str, ...]]:
    """Who was found where; which of several addresses comes first differs from scan to scan."""
    return sorted(
        (f.domain, f.role, f.subject, f.verdict, f.reason.code, *(claim.provider for claim in f.claims))
        for f in folder.findings()
    )


def stamps(folder: RunFolder) -> dict[int, int]:
    return {n: (folder.path / "commit" / f"part-{n}").stat().st_mtime_ns for n in folder.committed()}


def under_way(folder: RunFolder) -> int:
    """How many parts have answers that are not committed."""
    return sum(path.stat().st_size > 0 for path in (folder.path / "journal").iterdir())


async def until(what: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


async def test_two_processes_find_what_one_finds(servers: Lab, database: Database, tmp_path: Path) -> None:
    bodies = listed(servers)
    alone, both = fresh(tmp_path / "alone", database, bodies), fresh(tmp_path / "both", database, bodies)
    async with Network(servers.settings()) as network:
        first = await scan(alone, bodies, network, database, SIZE)
    recorder = Recorder(tmp_path / "kept.jsonl")
    told: list[int] = []
    progress, counters = await scan_in_processes(
        2, both, bodies, servers.settings(), database, SIZE, recorder=recorder, report=lambda p: told.append(p.done)
    )
    recorder.close()
    assert shown(both) == shown(alone)
    assert progress == first
    assert told == sorted(told)
    assert told[-1] == len(bodies)
    assert counters["dns.asked"] >= network.counters["dns.asked"] > 0
    kept = {answer.question.subject for answer in read_recording(tmp_path / "kept.jsonl")}
    assert {body.domain for body in bodies} <= kept
    assert not multiprocessing.active_children()


def test_it_works_on_uvloop_too(servers: Lab, database: Database, tmp_path: Path) -> None:
    bodies = listed(servers)[: 2 * SIZE]
    folder = fresh(tmp_path / "run", database, bodies)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        work = scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE)
        progress, _ = runner.run(asyncio.wait_for(work, 60))
    assert (progress.done, folder.committed()) == (2 * SIZE, [0, 1])


async def test_a_killed_process_ends_the_scan_and_what_it_had_done_stays(
    servers: Lab, database: Database, tmp_path: Path
) -> None:
    bodies = listed(servers)
    folder = fresh(tmp_path / "run", database, bodies)
    task = asyncio.create_task(scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE))
    await until(folder.committed)
    victim = multiprocessing.active_children()[0]
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="killed"):
        await task
    assert not multiprocessing.active_children()
    before = stamps(folder)
    progress, _ = await scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE)
    assert progress.done == len(bodies)
    assert folder.committed() == list(range(len(bodies) // SIZE))
    assert before.items() <= stamps(folder).items(), "a finished part was done again"
    again, counters = await scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE)
    assert (again.done, counters["dns.asked"]) == (len(bodies), 0)
    assert not list((folder.path / "journal").iterdir())


async def test_cancelled_the_processes_end_and_leave_their_journals(
    servers: Lab, database: Database, tmp_path: Path
) -> None:
    bodies = listed(servers)
    folder = fresh(tmp_path / "run", database, bodies)
    settings = servers.settings(rate=500)  # so that none gets far
    task = asyncio.create_task(scan_in_processes(2, folder, bodies, settings, database, SIZE))
    await until(lambda: under_way(folder))
    task.cancel()
    start = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - start < 5, "they went on"
    assert not multiprocessing.active_children()
    assert under_way(folder)
    assert folder.committed() == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_cancelled_while_a_process_does_not_take_its_job_it_is_killed_at_once(
    servers: Lab, database: Database, tmp_path: Path
) -> None:
    bodies = listed(servers)[: 2 * SIZE]
    folder = fresh(tmp_path / "run", database, bodies)
    task = asyncio.create_task(scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE))
    await until(lambda: sum(map(is_spawned, below(os.getpid()))) == 2)
    for child in multiprocessing.active_children():
        os.kill(child.pid or 0, signal.SIGSTOP)  # in the second before it reads
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, PATIENCE / 2)
    assert not multiprocessing.active_children()


async def test_the_error_of_a_process_comes_out_as_itself(servers: Lab, database: Database, tmp_path: Path) -> None:
    bodies = listed(servers)
    folder = fresh(tmp_path / "run", database, bodies)
    settings = servers.settings(ca_file=tmp_path / "nothing.pem")
    with pytest.raises(TrustError, match=r"nothing\.pem"):
        await scan_in_processes(2, folder, bodies, settings, database, SIZE)
    assert not multiprocessing.active_children()


async def test_a_full_disk_comes_out_as_itself_and_keeps_the_parts_done(
    servers: Lab, database: Database, tmp_path: Path, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    bodies = listed(servers)
    folder = fresh(tmp_path / "run", database, bodies)
    with full_disk(100_000), pytest.raises(OSError, match="too large"):  # as is no part, but its journal
        await scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE)
    assert not multiprocessing.active_children()
    progress, _ = await scan_in_processes(2, folder, bodies, servers.settings(), database, SIZE)
    assert progress.done == len(bodies)
    assert folder.committed() == list(range(len(bodies) // SIZE))


async def test_who_asked_to_be_left_alone_is_not_counted_as_unseen(
    servers: Lab, database: Database, tmp_path: Path
) -> None:
    bodies = tuple(Target(f"silent-{n}.invalid", f"silent-{n}.invalid") for n in range(4))
    folder = fresh(tmp_path / "run", database, bodies)
    silent = Wishes(frozenset(body.domain for body in bodies[:3]))
    settings = servers.settings(resolvers=("tcp://127.0.0.1:9",), dns_timeout=0.1, dns_tries=1)
    progress: Progress
    progress, _ = await scan_in_processes(2, folder, bodies, settings, database, 2, wishes=silent)
    assert progress.unseen == 1


PROGRAM = """
import asyncio, sys
from pathlib import Path
from scanner import providers, store
from scanner.net import Settings
from scanner.run.engine import scan_in_processes

if __name__ == "__main__":
    resolver, web, ca_file, run = sys.argv[1:]
    settings = Settings(
        resolvers=(resolver,), connect_to=web, ca_file=Path(ca_file), allow_private=True, rdap=False, rate=50
    )
    folder = store.open_run(Path(run))
    asyncio.run(scan_in_processes(2, folder, folder.targets(), settings, providers.load(), 20))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_killed_it_leaves_no_process_behind(servers: Lab, database: Database, tmp_path: Path) -> None:
    bodies = listed(servers)
    folder = fresh(tmp_path / "run", database, bodies)
    (tmp_path / "program.py").write_text(PROGRAM)
    where = (servers.settings().resolvers[0], servers.settings().connect_to, str(servers.ca_file), str(folder.path))
    parent = await asyncio.create_subprocess_exec(sys.executable, str(tmp_path / "program.py"), *where)
    try:
        await until(lambda: under_way(folder) > 1)
        children = below(parent.pid)
        assert len(children) >= 2
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: all(state(child)[0] in "XZ" for child in children), 5)
    assert folder.journalled(0) or folder.committed()
