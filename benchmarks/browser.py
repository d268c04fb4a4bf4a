"""Pages a minute and memory of the browser: `python benchmarks/browser.py [PAGES] [AT ONCE]`, 200 and 2 by default.

Loads pages of a laboratory on loopback, each with its own host, style sheet, tracker and image; every twentieth never
ends. Prints, for each tenth of the run, the pages a minute and the memory of Python and of the browser's processes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from scanner import ask
from scanner.lab import Lab, World
from scanner.lab.world import Certificate, Issuer, Page, Site
from scanner.net import Network

OWN = "@ NS ns1\n@ A 192.0.2.10\nns1 A 192.0.2.1\n"
HOME = """<!doctype html><html lang="fr"><head><title>Ville</title><link rel="stylesheet" href="/style.css">
<script src="https://tags.example/t.js" async></script></head>
<body>{body}<img src="https://cdn.example/a.png" alt=""></body>"""
LOOP = "<!doctype html><title>x</title><script>while (true) {}</script>"
SITES = 20
TIMEOUT = 3.0


def world() -> World:
    certificate = Certificate("le")
    home = Page(HOME.replace("{body}", "<p>Un paragraphe de la page.</p>" * 200))
    pages = {"/": home, "/style.css": Page("p{color:#222}", content_type="text/css")}
    sites = {f"ville{n}.example": Site(pages, certificate) for n in range(SITES - 1)}
    sites["boucle.example"] = Site({"/": Page(LOOP)}, certificate)
    assets = frozenset({"tags.example", "cdn.example"})
    return World(
        zones=dict.fromkeys((*sites, *assets), OWN),
        sites=sites,
        assets=assets,
        issuers={"le": Issuer("R12", "Let's Encrypt", "US")},
    )


def memory() -> tuple[float, float]:
    """Resident megabytes of this process, and of those it started (proportional shares: /proc/<pid>/smaps_rollup)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
    mine = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    sizes = {pid: _share(pid) for pid in mine}
    own = sizes.pop(os.getpid())
    return own, sum(sizes.values())


def _share(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


async def run(pages: int, at_once: int) -> None:
    async with Lab(world()) as lab:
        settings = replace(lab.settings, browser=True, browser_pages=at_once, page_timeout=TIMEOUT)
        hosts = list(lab.world.sites)
        told: Counter[str] = Counter()
        async with Network(settings) as network:
            start = time.perf_counter()
            step = max(1, pages // 10)
            for done in range(0, pages, step):
                began = time.perf_counter()
                numbers = range(done, min(pages, done + step))
                answers = await asyncio.gather(
                    *(network(ask.page(f"https://{hosts[n % SITES]}/?n={n}", "chromium")) for n in numbers)
                )
                told.update(answer.reason or answer.status.value for answer in answers)
                python, browser = memory()
                rate = 60 * len(answers) / (time.perf_counter() - began)
                sizes = f"Python {python:5.0f} MB  browser {browser:5.0f} MB"
                print(f"{done + len(answers):5} pages  {rate:6.0f}/min  {sizes}", flush=True)
            whole = 60 * pages / (time.perf_counter() - start)
    print(
        f"{pages} pages, {at_once} at once: {whole:.0f} a minute; "
        + ", ".join(f"{n} {what}" for what, n in told.items())
    )


def main() -> int:
    numbers = [int(text) for text in sys.argv[1:]]
    asyncio.run(run(*(numbers + [200, 2][len(numbers) :])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
