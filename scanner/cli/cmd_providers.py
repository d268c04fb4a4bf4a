"""`sovscan providers`: the state of the provider database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from scanner import checks, providers
from scanner.cli.output import put, say, t

USAGE = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help=t("cli.providers.help"), no_args_is_help=True)
    group.command("check", help=t("cli.providers.check.help"))(check)
    app.add_typer(group, name="providers")


def check(
    folder: Path | None = typer.Option(None, "--providers", help=t("cli.option.providers"), metavar="DIR"),
) -> None:
    """Say everything that is wrong; exit 2 if anything is."""
    today = datetime.now(UTC).date()
    folders = [providers.shipped(), *([folder] if folder else [])]
    found = [problem for each in folders for problem in checks.file_problems(each)]
    if not found:
        database = providers.load(*folders[1:])
        found = list(checks.problems(database, today))
        for line in checks.stale(database, today):
            say(t("cli.providers.stale", line=line))
    for problem in found:
        put(problem)
    if found:
        say(t("cli.providers.bad", n=len(found)))
        raise typer.Exit(USAGE)
    rules = sum(len(service.rules) for service in database.services.values())
    say(t("cli.providers.good", n=len(database.providers), rules=rules, digest=database.digest, date=database.date))
