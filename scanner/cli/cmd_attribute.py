"""`sovscan attribute`: conclude again from a run's stored answers with today's database."""

from __future__ import annotations

from pathlib import Path

import typer

from scanner import providers, store
from scanner.cli import live
from scanner.cli.output import put, t
from scanner.run.batches import conclude_again


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("attribute", help=t("cli.attribute.help"))(attribute)


def attribute(
    run: Path = typer.Argument(Path("output"), help=t("cli.option.run"), metavar="RUN"),
    folder: Path | None = typer.Option(None, "--providers", help=t("cli.option.providers"), metavar="DIR"),
) -> None:
    """Nothing is asked of the network; the earlier findings stay beside the new."""
    run_folder = store.open_run(run)
    database = providers.load(*([folder] if folder else []))
    before = run_folder.digest()
    manifest = run_folder.manifest()
    with live.progress(manifest.targets) as report_progress:
        progress = conclude_again(run_folder, database, manifest.batch_size, report_progress)
    put(t("cli.attribute.done", n=progress.findings, before=before, after=database.digest, path=str(run_folder.path)))
