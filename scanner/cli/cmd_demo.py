"""`sovscan demo`: the ordinary scanner on an embedded small internet of fictional bodies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import typer

from scanner import providers, report, targets
from scanner.cli import live
from scanner.cli.output import put, say, t
from scanner.cli.session import Plan, carry_out, new_run
from scanner.lab import Lab, demo_targets, demo_world
from scanner.providers import Database
from scanner.run.batches import Progress
from scanner.run.posture import results_of
from scanner.store import RunFolder
from scanner.targets import TargetList

INCOMPLETE = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", help=t("cli.demo.help"))(demo)


def demo(
    output: Path = typer.Option(Path("output"), "--output", help=t("cli.scan.output"), metavar="DIR"),
    home: str = typer.Option("FR", "--home", help=t("cli.scan.home"), metavar="CC"),
) -> None:
    """Start the lab, scan it, report."""
    database = providers.load()
    listed = targets.parse(demo_targets().encode(), "demo")
    say(t("cli.demo.start", n=len(listed.targets)))
    try:
        folder, _ = asyncio.run(_scan(output, listed, database, home.upper()))
    except KeyboardInterrupt:
        say(t("cli.interrupted"))
        raise typer.Exit(INCOMPLETE) from None
    results = results_of(folder, database)
    site = report.build(results, database, output / "site", home=home.upper())
    live.summary(results, database, home.upper())
    put("")
    put(t("cli.demo.fictional"))
    put(t("cli.scan.stored", path=str(folder.path)))
    put(t("cli.scan.report", path=str(site)))


async def _scan(output: Path, listed: TargetList, database: Database, home: str) -> tuple[RunFolder, Progress]:
    async with Lab(demo_world()) as lab:
        settings = replace(lab.settings, vantage="127.0.0.1")
        folder = new_run(output, listed, database, settings, home=home, fictional=True)
        with live.progress(len(listed.targets)) as report_progress:
            return folder, await carry_out(Plan(listed, database, folder, settings), report_progress)
