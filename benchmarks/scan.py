"""How many domains a second a complete scan does: `python benchmarks/scan.py`.

Bodies of the lab, about 25 questions and one home page of 100 kB each, over an Unbound that remembers nothing yet. Ours
stores answers and makes findings, as `sovscan scan` does; beside it a plain loop of dnspython, httpx and BeautifulSoup
that only fetches. Target: ours >= 8 times the loop.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from measure import Figure, Ports, apart, arguments, contest, fresh_resolver, load, serving, table, verdict

TARGET = 8.0
HOST = "127.0.0.1"
SELECTORS = ("selector1", "selector2", "default", "google", "mail", "dkim", "k1", "s1", "s2")

Done = tuple[int, float, dict[str, Any]]


def spent() -> float:
    """Seconds of processor time, of this process and of those that it started and that ended."""
    return sum(os.times()[:4])


def ours(ports: Ports, resolver: int, first: int, count: int, shape: int) -> Done:
    """From the list to the stored findings, on the loop and in the processes that the command takes; the start-up of
    the first is not counted, that of the others is."""
    from scanner import providers, targets
    from scanner.cli.session import Plan, new_run, processes_for, run_loop
    from scanner.net import Settings
    from tests.servers.world import world

    bodies = world(shape).bodies[first : first + count]
    database = providers.load()
    listed = targets.parse("\n".join(body.domain for body in bodies).encode(), "lab")
    settings = Settings(
        resolvers=(f"{HOST}:{resolver}",),
        connect_to=f"{HOST}:{ports.web}",
        ca_file=Path(ports.ca_file),
        allow_private=True,
        rdap=False,
        vantage="benchmark",
    )
    with tempfile.TemporaryDirectory() as output:
        before, start = spent(), time.perf_counter()
        folder = new_run(Path(output), listed, database, settings, home="FR")
        plan = Plan(listed, database, folder, settings, processes=processes_for(count, settings))
        progress = run_loop(plan, lambda progress: None)
        seconds, cpu = time.perf_counter() - start, spent() - before
    kinds: Counter[str] = Counter()
    for what, number in progress.answers.items():
        kinds[what.partition(" ")[0]] += number
    failed = sum(number for what, number in progress.answers.items() if what.endswith(" failed"))
    notes = {"cpu": cpu, "questions": kinds["dns"] / count, "pages": progress.answers["http ok"] / count}
    return count, seconds, notes | {"findings": progress.findings / count, "failed": failed / count}


def plain_loop(ports: Ports, resolver: int, first: int, count: int, shape: int) -> Done:
    """One body after the other, every question of it one after the other; nothing stored, nothing concluded."""
    import dns.exception
    import dns.resolver
    import httpx
    from bs4 import BeautifulSoup

    from tests.servers.world import world

    bodies = world(shape).bodies[first : first + count]
    stub = dns.resolver.Resolver(configure=False)
    stub.nameservers, stub.port = [HOST], resolver
    context = ssl.create_default_context(cafile=ports.ca_file)
    asked = pages = 0

    def ask(name: str, rtype: str) -> list[str]:
        nonlocal asked
        asked += 1
        try:
            return [str(record) for record in stub.resolve(name, rtype)]
        except dns.exception.DNSException:
            return []

    true_look_up = socket.getaddrinfo

    def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:  # the lab's names are known to its resolver only
        return true_look_up(HOST, ports.web, *rest, **more)

    socket.getaddrinfo = look_up
    before, start = time.process_time(), time.perf_counter()
    with httpx.Client(verify=context, follow_redirects=True) as client:
        for body in bodies:
            domain = body.domain
            for rtype in ("A", "AAAA", "CNAME", "SOA", "CAA", "TXT"):
                ask(domain, rtype)
            for rtype in ("A", "AAAA", "CNAME"):
                ask(f"www.{domain}", rtype)
            servers = [*ask(domain, "NS"), *(value.split()[1] for value in ask(domain, "MX"))]
            for server in servers:
                ask(server, "A")
            for label in (*(f"{selector}._domainkey" for selector in SELECTORS), "autodiscover"):
                ask(f"{label}.{domain}", "CNAME")
            ask(f"_autodiscover._tcp.{domain}", "SRV")
            for label in ("_dmarc", "_mta-sts"):
                ask(f"{label}.{domain}", "TXT")
            try:
                page = client.get(f"https://{domain}/")
            except httpx.HTTPError:
                continue
            soup = BeautifulSoup(page.text, "html.parser")
            assert len(soup.find_all(["script", "img", "link", "iframe", "a"])) > 8
            pages += 1
    seconds = time.perf_counter() - start
    return count, seconds, {"cpu": time.process_time() - before, "questions": asked / count, "pages": pages / count}


def main() -> int:
    options = arguments(__doc__ or "")
    mine, theirs = (100, 30) if options.quick else (3_000, 120)
    from tests.servers.world import world

    lab = world(mine, certificates=mine // 10)
    with tempfile.TemporaryDirectory() as name, serving(Path(name), lab, web=True) as ports:

        def measure(work: Any, count: int) -> Figure:
            with fresh_resolver(Path(name), ports.authoritative) as resolver:
                return apart(work, ports, resolver, 0, count, mine)

        rows = contest(
            {
                "sovscan, stored and concluded": lambda: measure(ours, mine),
                "dnspython + httpx + BeautifulSoup": lambda: measure(plain_loop, theirs),
            },
            options.rounds,
        )
    print(f"Complete scan of lab bodies, median of {options.rounds}, {load()}; MB: the first process alone")
    table("domains/s", rows)
    for row in rows.values():
        notes = row.figures[-1].notes
        print(f"  {row.name}: {', '.join(f'{value:.1f} {key}' for key, value in notes.items())} a domain")
    mine_rate, loop = (row.rate for row in rows.values())
    return 0 if verdict("ours / plain loop", mine_rate / loop, TARGET) else 1


if __name__ == "__main__":
    sys.exit(main())
