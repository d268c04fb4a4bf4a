"""What a bad line costs: `python benchmarks/impair.py`.

Two resolvers behind a loopback proxy of our own: 200 ms a round trip, 5 % of the packets lost each way, 3 % of the
bodies on name servers that never answer; then the same with a third resolver that never answers. Nothing that has an
answer may be lost, at the first asking; no resolver may have more questions under way than the limit, as the proxy sees
it; total time <= 2 times the ideal: the same questions once each, both windows full from the first packet to the last,
every answer after one round trip, those of the dead too.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from measure import apart, arguments, load, run, serving, verdict

TARGET = 2.0
HOST = "127.0.0.1"
ROUND_TRIP = 0.2
LOSS = 0.05
RESOLVERS = 2
LIMIT = 200  # questions under way at one resolver, as scanner.net.settings has it
KINDS = (("", "A"), ("", "MX"), ("", "TXT"), ("www.", "A"), ("", "AAAA"))


def _proxy(pipe: Connection, upstream: int, ports: list[int], seed: int, dead: int) -> None:
    """Serve until told to end, then tell what each line saw."""

    from tests.servers.line import Line

    async def work() -> None:
        losses = [1.0] * dead + [LOSS] * (len(ports) - dead)
        lines = [Line(upstream, ROUND_TRIP, loss, random.Random(seed + n)) for n, loss in enumerate(losses)]
        for line, port in zip(lines, ports, strict=True):
            line.start(port)
        pipe.send("ready")
        end = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), end.set)
        await end.wait()
        await asyncio.sleep(2 * ROUND_TRIP)
        kept = [{"seen": line.seen, "lost": line.lost, "most": line.most, "left": line.under_way} for line in lines]
        pipe.send(kept)

    run(work())


class Seen:
    """What the lines saw, once the block has ended."""

    lines: list[dict[str, int]]


@contextlib.contextmanager
def impaired(upstream: int, seed: int, dead: int = 0) -> Iterator[tuple[list[int], Seen]]:
    """The proxy in a process of its own; yields the ports of its resolvers, first `dead` ones that lose everything."""
    from tests.servers.processes import free_port

    ports = [free_port() for _ in range(RESOLVERS + dead)]
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_proxy, args=(there, upstream, ports, seed, dead), daemon=True)
    child.start()
    seen = Seen()
    try:
        if not here.poll(20) or here.recv() != "ready":
            raise RuntimeError("the proxy did not start")
        yield ports, seen
        here.send("end")
        if not here.poll(10):
            raise RuntimeError("the proxy does not say what it saw")
        seen.lines = here.recv()
    finally:
        child.kill()
        child.join()


def client(ports: list[int], count: int) -> tuple[int, float, dict[str, Any]]:
    """Every question at once, as a scan's batches put them; what is not answered though it has an answer is lost."""
    from scanner.model import Question, Status
    from scanner.net import Network, Settings
    from tests.servers.line import dead
    from tests.servers.world import bulk, name_of_bulk

    lab = bulk(count // len(KINDS))
    asked = [
        (n, Question("dns", KINDS[k][0] + name_of_bulk(n), KINDS[k][1])) for n in range(count // 5) for k in range(5)
    ]
    random.Random(1).shuffle(asked)
    settings = Settings(
        resolvers=tuple(f"{HOST}:{port}" for port in ports),
        allow_private=True,
        rdap=False,
        web=False,
        dns_in_flight=LIMIT,
    )

    async def work() -> tuple[float, int, int, list[int]]:
        async with Network(settings) as net:
            start = time.perf_counter()
            answers = await asyncio.gather(*(net(question) for _, question in asked))
            seconds = time.perf_counter() - start
            most = [upstream.highest for upstream in net.dns.upstreams]
        lost = wrong = 0
        for (number, question), answer in zip(asked, answers, strict=True):
            status, _, values = lab.expected(question.subject, question.detail)
            if dead(number):
                wrong += answer.status is not Status.FAILED
            elif answer.status is Status.FAILED:
                lost += 1
            else:
                wrong += (answer.status.value, tuple(sorted(answer.values))) != (status, values)
        return seconds, lost, wrong, most

    seconds, lost, wrong, most = run(work())
    return len(asked), seconds, {"lost": lost, "wrong": wrong, "most": most}


def measure(port: int, count: int, seed: int, dead: int, ideal: float) -> tuple[float, bool]:
    """Time over the ideal of one round, and whether nothing was lost, wrong or above the limit."""
    with impaired(port, seed, dead) as (resolvers, seen):
        figure = apart(client, resolvers, count)
    lost, wrong = figure.notes["lost"], figure.notes["wrong"]
    most = max(line["most"] for line in seen.lines)
    packets = " + ".join(str(line["seen"]) for line in seen.lines)
    dropped = sum(line["lost"] for line in seen.lines[dead:])
    print(f"  {figure.seconds:5.1f} s, {packets} packets in, {dropped} lost on the line, at most {most} under way")
    print(f"          at one resolver, {lost} questions lost, {wrong} answers wrong", flush=True)
    if any(line["left"] for line in seen.lines):
        raise RuntimeError("the name server behind the line lost packets of its own")
    return figure.seconds / ideal, not lost and not wrong and most <= LIMIT


def main() -> int:
    options = arguments(__doc__ or "")
    count = 2_000 if options.quick else 6_000
    from tests.servers.world import bulk

    met = True
    ideal = count * ROUND_TRIP / (LIMIT * RESOLVERS)
    with tempfile.TemporaryDirectory() as name, serving(Path(name), bulk(count // len(KINDS))) as ports:
        for dead, what in ((0, "all living"), (1, "and one that never answers")):
            print(
                f"{count} questions, {RESOLVERS} resolvers, {LIMIT} under way at each, {what}: ideal {ideal:.1f} s;",
                load(),
            )
            rounds = [measure(ports.authoritative, count, 7 * number, dead, ideal) for number in range(options.rounds)]
            within = verdict(
                f"total time / ideal, {what}", statistics.median(r for r, _ in rounds), TARGET, at_most=True
            )
            met = met and within and all(fine for _, fine in rounds)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
