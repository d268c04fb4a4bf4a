"""How many DNS questions a second: ours, dnspython's async resolver, dnsperf: `python benchmarks/dns_client.py`.

Against Knot on loopback, 100 in flight, every question another one, five kinds of answers (address, MX, TXT, alias, no
data). dnsperf reads no answer: it only counts. Target: ours >= 12 times dnspython as its users run it, on asyncio's own
loop; its figure on uvloop, which is ours, stands beside.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from measure import Figure, Ports, apart, arguments, contest, load, run, serving, table, verdict

IN_FLIGHT = 100
TARGET = 12.0
HOST = "127.0.0.1"
KINDS = (("", "A"), ("", "MX"), ("", "TXT"), ("www.", "A"), ("", "AAAA"))


def questions(count: int) -> list[tuple[str, str]]:
    """`count` different questions about the bodies of the bulk zone."""
    return [(f"{KINDS[n % 5][0]}ville-{n // 5:06d}.lab", KINDS[n % 5][1]) for n in range(count)]


async def drive(ask: Callable[[str, str], Awaitable[bool]], asked: list[tuple[str, str]]) -> tuple[int, float]:
    """Ask with so many in flight; how many were answered, and in what time."""
    left: Iterator[tuple[str, str]] = iter(asked)

    async def worker() -> int:
        return sum([await ask(name, rtype) for name, rtype in left])

    start = time.perf_counter()
    answered = sum(await asyncio.gather(*(worker() for _ in range(IN_FLIGHT))))
    return answered, time.perf_counter() - start


def ours(port: int, count: int) -> tuple[int, float, dict[str, Any]]:
    from scanner.model import Question
    from scanner.net import Network, Settings

    async def work() -> tuple[int, float, float]:
        settings = Settings(
            resolvers=(f"{HOST}:{port}",), allow_private=True, rdap=False, web=False, dns_in_flight=IN_FLIGHT
        )
        async with Network(settings) as net:

            async def ask(name: str, rtype: str) -> bool:
                return (await net(Question("dns", name, rtype))).settled

            before = time.process_time()
            done, seconds = await drive(ask, questions(count))
            return done, seconds, time.process_time() - before

    done, seconds, cpu = run(work())
    assert done == count, f"{count - done} questions lost"
    return done, seconds, {"cpu": cpu}


def dnspython(port: int, count: int, on_uvloop: bool) -> tuple[int, float, dict[str, Any]]:
    import dns.asyncresolver
    import dns.exception

    async def work() -> tuple[int, float, float]:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [HOST], port

        async def ask(name: str, rtype: str) -> bool:
            try:
                await resolver.resolve(name, rtype, raise_on_no_answer=False)
            except dns.exception.DNSException:
                return False
            return True

        before = time.process_time()
        done, seconds = await drive(ask, questions(count))
        return done, seconds, time.process_time() - before

    done, seconds, cpu = run(work()) if on_uvloop else asyncio.run(work())
    return done, seconds, {"cpu": cpu}


def dnsperf(port: int, count: int, folder: Path) -> Figure:
    """Debian's dnsperf over the same questions: what the server and one client process can do without reading."""
    file = folder / "questions.txt"
    file.write_text("".join(f"{name} {rtype}\n" for name, rtype in questions(count)))
    command = [
        "dnsperf",
        "-s",
        HOST,
        "-p",
        str(port),
        "-d",
        str(file),
        "-q",
        str(IN_FLIGHT),
        "-c",
        "1",
        "-T",
        "1",
        "-n",
        "1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    rate = float(re.search(r"Queries per second:\s+([\d.]+)", done.stdout)[1])  # type: ignore[index]
    return Figure(count, count / rate, 0.0, 0.0, {})


def main() -> int:
    options = arguments(__doc__ or "")
    ours_count, theirs_count, perf_count = (5_000, 1_000, 20_000) if options.quick else (40_000, 6_000, 100_000)
    from tests.servers.world import bulk

    with tempfile.TemporaryDirectory() as name, serving(Path(name), bulk(perf_count // 5)) as ports:
        rows = contest(contenders(ports, ours_count, theirs_count, perf_count, Path(name)), options.rounds)
    print(f"DNS questions, {IN_FLIGHT} in flight, median of {options.rounds}, {load()}")
    table("questions/s", rows)
    print(f"ours / dnsperf: {rows['sovscan'].rate / rows['dnsperf (only counts)'].rate:.2f}")
    print(f"ours / dnspython on uvloop: {rows['sovscan'].rate / rows['dnspython on uvloop'].rate:.1f}")
    ratio = rows["sovscan"].rate / rows["dnspython asyncresolver"].rate
    return 0 if verdict("ours / dnspython", ratio, TARGET) else 1


def contenders(ports: Ports, mine: int, theirs: int, perf: int, folder: Path) -> dict[str, Callable[[], Figure]]:
    port = ports.authoritative
    return {
        "sovscan": lambda: apart(ours, port, mine),
        "dnspython asyncresolver": lambda: apart(dnspython, port, theirs, False),
        "dnspython on uvloop": lambda: apart(dnspython, port, theirs, True),
        "dnsperf (only counts)": lambda: dnsperf(port, perf, folder),
    }


if __name__ == "__main__":
    sys.exit(main())
