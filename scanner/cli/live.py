"""What `scan` shows while it runs, and the few lines it ends with."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from scanner.cli.output import put, say, t
from scanner.metrics import WHOLE, Control, Standpoint, body_controls, provider_uses, role_shares
from scanner.providers import Database
from scanner.report.voice import Voice
from scanner.run.batches import Progress as Done
from scanner.store import Results

TOP = 8
EVERY = 10.0  # seconds between two lines of progress


@contextmanager
def progress(total: int, *, lines: bool = False) -> Iterator[Callable[[Done], None]]:
    """A progress bar on standard error when it is a terminal; else, with `lines`, a line now and then, or nothing."""
    started = time.monotonic()
    if not sys.stderr.isatty():
        yield _lines(started) if lines else lambda done: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(t("cli.scan.asking"), total=total, detail="")
        yield lambda done: bar.update(task, completed=done.done, detail=_detail(done, started))


def _lines(started: float) -> Callable[[Done], None]:
    """A report a line on standard error, every few seconds and at the end."""
    last = started

    def tell(done: Done) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY or done.done == done.total:
            last = now
            say(t("cli.scan.progress-line", done=done.done, total=done.total, detail=_detail(done, started)))

    return tell


def _detail(done: Done, started: float) -> str:
    """Answers by status, and how many come in a second."""
    statuses: Counter[str] = Counter()
    for name, count in done.answers.items():
        statuses[name.rpartition(" ")[2]] += count
    rate = round(statuses.total() / max(time.monotonic() - started, 0.001))
    return t("cli.scan.detail", ok=statuses["ok"], absent=statuses["absent"], failed=statuses["failed"], rate=rate)


def summary(results: Results, database: Database, home: str) -> None:
    """Who depends on whom, by role, and the providers that most bodies use."""
    voice = Voice(t.language, database, home)
    eu = database.groups["eu"].countries if "eu" in database.groups else frozenset()
    standpoint = Standpoint(home, eu)
    controls = [body_controls(x, results.findings.get(x.domain, ()), standpoint) for x in results.targets]
    put(t("cli.scan.roles"))
    for share in role_shares(controls):
        if share.total:
            seen = [
                f"{voice.control(control)} {t.percent(share.count(control), share.total)}"
                for control in Control
                if share.count(control)
            ]
            if share.role in WHOLE and share.absent:
                seen.append(f"{t('cli.verdict.absent')} {t.percent(share.absent, share.total)}")
            put(f"  {voice.role(share.role)} ({share.total}): {', '.join(seen)}")
    put("")
    put(t("cli.scan.providers"))
    for use in provider_uses(results.targets, results.findings, standpoint)[:TOP]:
        roles = ", ".join(voice.role(role) for role in use.roles)
        put(
            "  " + t("cli.scan.provider", name=use.name, country=t.country(use.country), n=len(use.bodies), roles=roles)
        )
