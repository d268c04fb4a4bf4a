"""What `scan` shows while it runs, and the few lines it ends with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from scanner.cli.output import put, t
from scanner.metrics import Control, Standpoint, body_controls, provider_uses, role_shares
from scanner.providers import Database
from scanner.report.voice import Voice
from scanner.run.batches import Progress as Done
from scanner.store import Results

TOP = 8


@contextmanager
def progress(total: int) -> Iterator[Callable[[Done], None]]:
    """A progress bar on standard error when it is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(t("cli.scan.asking"), total=total)
        yield lambda done: bar.update(task, completed=done.done)


def summary(results: Results, database: Database, home: str) -> None:
    """Who depends on whom, by role, and the providers that most bodies use."""
    voice = Voice(t.language, database, home)
    eu = database.groups["eu"].countries if "eu" in database.groups else frozenset()
    standpoint = Standpoint(home, eu)
    controls = [body_controls(x, results.findings.get(x.domain, ()), standpoint) for x in results.targets]
    put(t("cli.scan.roles"))
    for share in role_shares(controls):
        if share.total:
            seen = ", ".join(
                f"{voice.control(control)} {t.percent(share.count(control), share.total)}"
                for control in Control
                if share.count(control)
            )
            put(f"  {voice.role(share.role)} ({share.total}): {seen}")
    put("")
    put(t("cli.scan.providers"))
    for use in provider_uses(results.targets, results.findings, standpoint)[:TOP]:
        roles = ", ".join(voice.role(role) for role in use.roles)
        put(
            "  " + t("cli.scan.provider", name=use.name, country=t.country(use.country), n=len(use.bodies), roles=roles)
        )
