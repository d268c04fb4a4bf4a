"""Does memory grow with the run? `python benchmarks/memory.py --full` prints it after 1,000, 10,000 and 50,000 domains.

One scan of made-up bodies over Knot, DNS alone (no web), stored and concluded as ever, its list in memory from the
start; without `--full` a third of the way, in less than three minutes. The answers remembered (`MAX_ENTRIES` of
scanner.net.cache) fill up first; then it must stay.
Target: at the end no more than 1.15 times what it was at the second step, and 1.5 times what it was at the first.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measure
from measure import apart, arguments, load, peak_memory, present_memory, serving, verdict

HOST = "127.0.0.1"
STEPS = (1_000, 5_000, 15_000)
FULL = (1_000, 10_000, 50_000)
LATE, WHOLE = 1.15, 1.5


def ours(port: int, steps: tuple[int, ...]) -> tuple[int, float, dict[str, Any]]:
    from scanner import providers, targets
    from scanner.cli.session import Plan, new_run, run_loop
    from scanner.net import Settings
    from scanner.run.batches import Progress
    from tests.servers.world import name_of_bulk

    database = providers.load()
    listed = targets.parse("\n".join(name_of_bulk(n) for n in range(steps[-1])).encode(), "lab")
    settings = Settings(resolvers=(f"{HOST}:{port}",), allow_private=True, rdap=False, web=False)
    waiting = list(steps)
    seen: list[float] = []
    times: list[float] = []
    start = time.perf_counter()

    def report(progress: Progress) -> None:
        if waiting and progress.done >= waiting[0]:
            waiting.pop(0)
            seen.append(present_memory())
            times.append(time.perf_counter() - start)
            print(f"  {progress.done:6} domains, {times[-1]:4.0f} s: {seen[-1]:.0f} MB", flush=True)

    before = present_memory()
    with tempfile.TemporaryDirectory() as output:
        folder = new_run(Path(output), listed, database, settings, home="FR")
        progress = run_loop(Plan(listed, database, folder, settings), report)
    failed = sum(number for what, number in progress.answers.items() if what.endswith(" failed"))
    seconds = time.perf_counter() - start
    return steps[-1], seconds, {"before": before, "seen": seen, "peak": peak_memory(), "failed": failed}


def main() -> int:
    full = "--full" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--full"]
    options = arguments(__doc__ or "")
    steps = FULL if full else tuple(step // 50 for step in STEPS) if options.quick else STEPS
    measure.LONGEST = 1_800.0
    from tests.servers.world import bulk

    with tempfile.TemporaryDirectory() as name, serving(Path(name), bulk(steps[-1])) as ports:
        figure = apart(ours, ports.authoritative, steps)
    notes = figure.notes
    print(f"Memory of one scan, {figure.rate:.0f} domains/s, {notes['failed']} questions failed, {load()}")
    print(f"{notes['before']:.0f} MB before, at most {notes['peak']:.0f} MB")
    first, second, last = notes["seen"]
    late = verdict(f"{steps[2]} domains / {steps[1]}", last / second, LATE, at_most=True)
    whole = verdict(f"{steps[2]} domains / {steps[0]}", last / first, WHOLE, at_most=True)
    return 0 if late and whole and not notes["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
