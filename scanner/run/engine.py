"""A scan in several processes: each has its share of every limit and takes the next part that nobody has taken yet.

A part is done by one process, from its first question to its commit, so nothing else is shared. A process ends when
the one that started it is gone, however it went, and what it had under way stays in its journals.

Errors:
    class EngineError(Exception)  # a process was killed, could not start, or failed in a way that does not travel
    whatever stops a process (OSError, ResolverError, ...) comes out as itself
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized

from scanner.ask import Recorder
from scanner.model import Target
from scanner.net import Network, Settings, summed
from scanner.providers import Database
from scanner.run.batches import NO_WISHES, Part, Parts, Progress, Wishes, left_to_do
from scanner.run.loop import run_fast
from scanner.store import RunFolder

EVERY = 0.2  # seconds between two reports of a process
PATIENCE = 10.0  # seconds for a process to end by itself, its journals written


class EngineError(Exception):
    """A process of the scan is gone; the text says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process needs to know. `settings`: its share; `forgery`: as `DnsClient.forgery`."""

    folder: RunFolder
    parts: Sequence[Part]
    settings: Settings
    database: Database
    wishes: Wishes
    forgery: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a process says of itself, so far or, with the network's `counters`, at its end."""

    progress: Progress
    counters: Mapping[str, int] | None = None


async def scan_in_processes(
    processes: int,
    folder: RunFolder,
    targets: Sequence[Target],
    settings: Settings,
    database: Database,
    batch_size: int,
    *,
    forgery: frozenset[str] | None = None,
    recorder: Recorder | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    wishes: Wishes = NO_WISHES,
) -> tuple[Progress, dict[str, int]]:
    """Do every part that is not committed; the progress made and the network's counters, of all processes together."""
    before = Progress(len(targets))
    parts = left_to_do(folder, targets, database, batch_size, before)
    report(before)
    processes = min(max(1, processes), len(parts), settings.most_processes)
    job = Job(folder, parts, settings.share(max(1, processes)), database, wishes, forgery)
    latest = [Told(Progress(0))] * processes

    def hear(number: int, told: Told) -> None:
        latest[number] = told
        report(_together(before, [one.progress for one in latest]))

    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    turn = context.Value("q", 0)
    with ExitStack() as stack:
        children: list[BaseProcess] = []
        waiting: list[asyncio.Future[None]] = []
        sending: list[asyncio.Future[None]] = []
        try:
            for number in range(processes):
                here, there = context.Pipe()
                stack.callback(_close, here)
                child = context.Process(target=_live, args=(there, turn), daemon=True)
                _start(child)
                there.close()
                children.append(child)
                waiting.append(_listen(here, number, hear))
                sending.append(loop.run_in_executor(None, _hand_over, here, job))
            await asyncio.gather(*waiting, *map(asyncio.shield, sending))  # a thread that sends cannot be cancelled
        finally:
            for begun, sent in zip(children, sending, strict=False):
                if not sent.done():
                    begun.kill()  # it has nothing to lose yet, and would keep the sender waiting
            await asyncio.gather(*sending, return_exceptions=True)
            stack.close()  # which ends those that still work
            await asyncio.gather(*(asyncio.to_thread(_end, one) for one in children))
    if recorder is not None:
        for number in folder.committed():
            recorder.write(folder.answers(number).values())
    return _together(before, [one.progress for one in latest]), summed([one.counters or {} for one in latest])


def _start(child: BaseProcess) -> None:
    """Start a process. Its arguments fit into a pipe, or `start` waits for ever where it dies before it reads them:
    the reading end stays open here meanwhile (`multiprocessing.popen_spawn_posix`). It is deaf to Ctrl-C from its first
    moment, since before code of ours runs it has much to import; the signal waits for us."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        child.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hand_over(pipe: Connection, job: Job) -> None:
    """Send the job. That a process died meanwhile is told by who listens; any other failure stops the scan."""
    with suppress(ConnectionError):
        pipe.send(job)


def _close(pipe: Connection) -> None:
    """Stop listening first: the number of a closed file may be that of the next."""
    asyncio.get_running_loop().remove_reader(pipe.fileno())
    pipe.close()


def _watch(pipe: Connection, readable: Callable[[], None]) -> None:
    """Call when there is something to read. The pipe goes on blocking, which uvloop ends: a job is larger than what a
    pipe takes at once, and half of it is none."""
    asyncio.get_running_loop().add_reader(pipe.fileno(), readable)
    os.set_blocking(pipe.fileno(), True)


def _listen(pipe: Connection, number: int, hear: Callable[[int, Told], None]) -> asyncio.Future[None]:
    """Done when the process has told all, or how it failed."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def readable() -> None:
        try:
            told = pipe.recv()
        except (EOFError, OSError):
            told = EngineError("killed")
        if isinstance(told, Told):
            hear(number, told)
            if told.counters is None:
                return
        loop.remove_reader(pipe.fileno())
        if ended.done():  # given up
            return
        if isinstance(told, BaseException):
            ended.set_exception(told)
        else:
            ended.set_result(None)

    _watch(pipe, readable)
    return ended


def _end(child: BaseProcess) -> None:
    child.join(PATIENCE)
    child.kill()
    child.join()


def _together(before: Progress, shares: Sequence[Progress]) -> Progress:
    """The progress of all."""
    whole = Progress(before.total, before.done, Counter(before.answers), before.findings, before.unseen)
    for share in shares:
        whole.done += share.done
        whole.answers += share.answers
        whole.findings += share.findings
        whole.unseen += share.unseen
    return whole


# In the process


def _live(pipe: Connection, turn: Synchronized[int]) -> None:
    """The whole life of a process. Its job comes by the pipe."""
    try:
        last: Told | BaseException = run_fast(_work(pipe, pipe.recv(), turn))
    except (asyncio.CancelledError, EOFError):
        return
    except BaseException as error:
        last = _sendable(error)
    try:
        pipe.send(last)
    except OSError:  # nobody is there to hear it
        return


def _sendable(error: BaseException) -> BaseException:
    """The error itself, or its text where it cannot travel."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:
        return EngineError(f"{type(error).__name__}: {error}")
    return error


async def _work(pipe: Connection, job: Job, turn: Synchronized[int]) -> Told:
    """Parts until none is left. Cancelled when the other end of the pipe is closed: nothing is ever sent there."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def alone() -> None:
        loop.remove_reader(pipe.fileno())
        if task is not None:
            task.cancel()

    _watch(pipe, alone)
    progress = Progress(0)
    last = 0.0

    def report(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            pipe.send(Told(progress))

    async with Network(job.settings) as network:
        network.dns.forgery = job.forgery
        await Parts(job.folder, network, job.database, progress, report, job.wishes).do(_taken(job.parts, turn))
        return Told(progress, network.counters)


def _taken(parts: Sequence[Part], turn: Synchronized[int]) -> Iterator[Part]:
    """The next part that nobody has taken, as often as asked."""
    while True:
        with turn.get_lock():
            number = turn.value
            turn.value += 1
        if number >= len(parts):
            return
        yield parts[number]
