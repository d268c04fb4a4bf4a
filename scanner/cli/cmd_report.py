"""`sovscan report`: a run as a static site in French and English."""

from __future__ import annotations

from pathlib import Path

import typer

from scanner import providers, report, store
from scanner.cli.output import put, t
from scanner.run.posture import results_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", help=t("cli.report.help"))(write)


def write(
    run: Path = typer.Argument(Path("output"), help=t("cli.option.run"), metavar="RUN"),
    out: Path = typer.Option(Path("output/site"), "--out", "-o", help=t("cli.report.out"), metavar="DIR"),
    home: str = typer.Option("", "--home", help=t("cli.scan.home"), metavar="CC"),
    folder: Path | None = typer.Option(None, "--providers", help=t("cli.option.providers"), metavar="DIR"),
) -> None:
    """Write the site; the old one is there until the new one is whole."""
    database = providers.load(*([folder] if folder else []))
    results = results_of(store.open_run(run), database)
    site = report.build(results, database, out, home=(home or results.manifest.home).upper())
    put(t("cli.scan.report", path=str(site)))
