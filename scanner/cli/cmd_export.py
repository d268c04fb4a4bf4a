"""`sovscan export`: a run's findings in an open format."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from scanner import providers, store
from scanner.cli.output import reader, say, t
from scanner.export import formats
from scanner.run.posture import results_of

USAGE = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", help=t("cli.export.help"))(export)


def export(
    run: Path = typer.Argument(Path("output"), help=t("cli.option.run"), metavar="RUN"),
    format_name: str = typer.Option("jsonl", "--format", "-f", help=t("cli.export.format", formats=sorted(formats()))),
    out: Path | None = typer.Option(None, "--out", "-o", help=t("cli.export.out"), metavar="FILE"),
    folder: Path | None = typer.Option(None, "--providers", help=t("cli.option.providers"), metavar="DIR"),
) -> None:
    """Write to a file, in one step, or to standard output."""
    if format_name not in formats():
        say(t("cli.export.unknown", name=format_name, formats=sorted(formats())))
        raise typer.Exit(USAGE)
    database = providers.load(*([folder] if folder else []))
    results = results_of(store.open_run(run), database)
    write = formats()[format_name].write
    if out is None:
        with reader():
            write(results, database, sys.stdout.buffer)
            sys.stdout.flush()
        return
    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("wb") as stream:
            write(results, database, stream)
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)
    say(t("cli.written", path=str(out)))
