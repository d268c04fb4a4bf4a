"""How many mail domains a second: our mail collector and findings, and checkdmarc: `python benchmarks/mail.py`.

MX, SPF with its includes, DMARC, DKIM selectors, autodiscover, MTA-STS of lab bodies over an Unbound that remembers
nothing yet; checkdmarc (PyPI) does what `check_domains(..., skip_tls=True)` does. Target: ours >= 12 times checkdmarc.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from measure import Figure, apart, arguments, contest, fresh_resolver, load, run, serving, table, verdict

TARGET = 12.0
HOST = "127.0.0.1"
IN_FLIGHT = 100  # as scanner.run.batches has it

Done = tuple[int, float, dict[str, Any]]


def bodies(count: int) -> list[str]:
    from tests.servers.world import world

    return [body.domain for body in world(count).bodies if body.exists]


def ours(resolver: int, count: int) -> Done:
    """The mail collector over the network, then the mail findings over its answers."""
    from scanner import providers, targets
    from scanner.ask import unasked
    from scanner.attribute import attribute
    from scanner.collect import mail
    from scanner.model import Answer, Question
    from scanner.net import Network, Settings
    from scanner.run.target import hints
    from scanner.transcript import Transcript

    database = providers.load()
    known = hints(database)
    listed = targets.parse("\n".join(bodies(count)).encode(), "lab").targets
    settings = Settings(resolvers=(f"{HOST}:{resolver}",), allow_private=True, rdap=False, web=False)

    async def work() -> tuple[float, float, int, int]:
        places = asyncio.Semaphore(IN_FLIGHT)
        before, start = time.process_time(), time.perf_counter()
        async with Network(settings) as net:
            transcript = Transcript(net)

            def answer(question: Question) -> Answer:  # as scanner.run.target has it
                return transcript.answers.get(question) or unasked(question)

            async def one(target: Any) -> int:
                async with places:
                    seen = await mail.collect(target, transcript, known)
                    return len(attribute(target, seen, answer, database).findings)

            findings = await asyncio.gather(*map(one, listed))
        seconds, cpu = time.perf_counter() - start, time.process_time() - before
        return seconds, cpu, len(transcript.answers), sum(findings)

    seconds, cpu, questions, findings = run(work())
    done = len(listed)
    return done, seconds, {"cpu": cpu, "questions": questions / done, "findings": findings / done}


def checkdmarc(resolver: int, count: int) -> Done:
    import dns.resolver

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    from checkdmarc import check_domains

    names = bodies(count)
    stub = dns.resolver.Resolver(configure=False)
    stub.nameservers, stub.port = [HOST], resolver
    asked = 0
    true_resolve = dns.resolver.Resolver.resolve

    def resolve(self: Any, *args: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        return true_resolve(self, *args, **more)

    dns.resolver.Resolver.resolve = resolve  # type: ignore[method-assign]

    def nobody(*_: Any, **__: Any) -> Any:  # what it fetches by the web (MTA-STS, BIMI) fails at once: no packet leaves
        raise socket.gaierror("no network in a benchmark")

    socket.getaddrinfo = nobody
    before, start = time.process_time(), time.perf_counter()
    results = check_domains(names, skip_tls=True, resolver=stub)
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    found = results if isinstance(results, list) else [results]
    assert len(found) == len(names)
    right = sum(bool(result.get("spf", {}).get("record")) for result in found)
    return len(names), seconds, {"cpu": cpu, "questions": asked / len(names), "with an SPF record": right / len(names)}


def main() -> int:
    options = arguments(__doc__ or "")
    mine, theirs = (200, 25) if options.quick else (2_000, 75)
    from tests.servers.world import world

    with tempfile.TemporaryDirectory() as name, serving(Path(name), world(mine)) as ports:

        def measure(work: Any, count: int) -> Figure:
            with fresh_resolver(Path(name), ports.authoritative) as resolver:
                return apart(work, resolver, count)

        rows = contest(
            {"sovscan, mail alone": lambda: measure(ours, mine), "checkdmarc": lambda: measure(checkdmarc, theirs)},
            options.rounds,
        )
    print(f"Mail of lab bodies, median of {options.rounds}, {load()}")
    table("domains/s", rows)
    for row in rows.values():
        notes = row.figures[-1].notes
        print(f"  {row.name}: {', '.join(f'{value:.1f} {key}' for key, value in notes.items())} a domain")
    mine_rate, theirs_rate = (row.rate for row in rows.values())
    return 0 if verdict("ours / checkdmarc", mine_rate / theirs_rate, TARGET) else 1


if __name__ == "__main__":
    sys.exit(main())
