"""What the benchmarks of the network share: each measure in a process of its own, medians, tables.

The servers are Debian's (knot, unbound, nginx, dnsperf), started on loopback by what the tests start them with.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

ROUNDS = 5
LONGEST = 170.0  # seconds for one measure


@dataclass(frozen=True)
class Figure:
    """One measure: units done, seconds, seconds of the client's processor, peak memory in MB, remarks."""

    done: int
    seconds: float
    cpu: float
    memory: float
    notes: dict[str, Any]

    @property
    def rate(self) -> float:
        return self.done / self.seconds


Work = Callable[..., tuple[int, float, dict[str, Any]]]
"""Does the work and returns units done, the seconds they took, and remarks."""


def arguments(description: str) -> argparse.Namespace:
    """`--quick`: one round of small sizes, to see that it runs; `--rounds`."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    parser.add_argument("--rounds", type=int, default=0, help=f"measures of which the median counts ({ROUNDS})")
    found = parser.parse_args()
    found.rounds = found.rounds or (1 if found.quick else ROUNDS)
    return found


def apart(work: Work, *args: Any) -> Figure:
    """Do the work in a fresh interpreter. Raises RuntimeError where it fails."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_run, args=(there, work, args))
    child.start()
    there.close()
    try:
        if not here.poll(LONGEST):
            raise RuntimeError(f"{work.__name__} took longer than {LONGEST:.0f} s")
        return Figure(**here.recv())
    except EOFError:
        raise RuntimeError(f"{work.__name__} failed") from None
    finally:
        child.join(2)
        child.kill()
        child.join()


def _run(pipe: Connection, work: Work, args: tuple[Any, ...]) -> None:
    before = time.process_time()
    done, seconds, notes = work(*args)
    notes = json.loads(json.dumps(notes))
    cpu = notes.pop("cpu", time.process_time() - before)
    pipe.send({"done": done, "seconds": seconds, "cpu": cpu, "memory": peak_memory(), "notes": notes})
    pipe.close()


def peak_memory() -> float:
    """MB at most so far; not getrusage's, which counts what the parent had."""
    return _memory("VmHWM")


def present_memory() -> float:
    """MB at present."""
    return _memory("VmRSS")


def _memory(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:")) / 1024


@dataclass(frozen=True)
class Row:
    """A contender's figures."""

    name: str
    figures: Sequence[Figure]

    def median(self, key: Callable[[Figure], float]) -> float:
        return statistics.median(key(figure) for figure in self.figures)

    @property
    def rate(self) -> float:
        return self.median(lambda figure: figure.rate)


def contest(contenders: dict[str, Callable[[], Figure]], rounds: int) -> dict[str, Row]:
    """Each contender once a round, in turn, so that a busy minute of the machine hits them all."""
    found: dict[str, list[Figure]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            found[name].append(measure())
    return {name: Row(name, figures) for name, figures in found.items()}


def table(unit: str, rows: dict[str, Row]) -> None:
    """Rates, spread, processor and memory."""
    print(f"{'':34}{unit:>12}{'spread':>16}{'CPU us each':>13}{'MB':>7}")
    for row in rows.values():
        rates = sorted(figure.rate for figure in row.figures)
        spread = f"{rates[0]:.0f}-{rates[-1]:.0f}"
        cpu = row.median(lambda figure: 1e6 * figure.cpu / max(1, figure.done))
        print(f"{row.name:34}{row.rate:12.0f}{spread:>16}{cpu:13.0f}{row.median(lambda f: f.memory):7.0f}")


def verdict(what: str, ratio: float, target: float, *, at_most: bool = False) -> bool:
    """Print a ratio with its target; whether it is met."""
    met = ratio <= target if at_most else ratio >= target
    sign = "<=" if at_most else ">="
    print(f"{what}: {ratio:.2f} (target {sign} {target:g}) {'met' if met else 'SHORT'}")
    return met


def load() -> str:
    """The machine's load, to be read beside every figure."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def run(work: Any) -> Any:
    """The result of a coroutine on uvloop."""
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@dataclass(frozen=True)
class Ports:
    """Where the lab's servers listen; 0 for those not started."""

    authoritative: int
    recursive: int
    web: int
    ca_file: str


@contextmanager
def serving(folder: Path, lab: Any, *, web: bool = False, recursive: bool = False) -> Iterator[Ports]:
    """Knot, and as asked Unbound over it and nginx, for a world of the tests."""
    from tests.servers.certificates import authority
    from tests.servers.processes import knot, nginx, unbound

    root = authority("Lab Authority")
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(root.pem)
    with ExitStack() as stack:
        authoritative = stack.enter_context(knot(folder / "knot", lab))
        resolver = stack.enter_context(unbound(folder / "unbound", authoritative))[0] if recursive else 0
        port = stack.enter_context(nginx(folder / "nginx", lab, root)) if web else 0
        yield Ports(authoritative, resolver, port, str(ca_file))


def fresh_resolver(folder: Path, authoritative: int) -> Any:
    """An Unbound that remembers nothing yet; a context manager that yields its port."""
    from tests.servers.processes import unbound

    @contextmanager
    def start() -> Iterator[int]:
        number = len(list(folder.glob("unbound-*")))
        with unbound(folder / f"unbound-{number}", authoritative) as (port, *_):
            yield port

    return start()
