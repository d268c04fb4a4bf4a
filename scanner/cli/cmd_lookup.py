"""`sovscan lookup`: who one value belongs to."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer

from scanner import providers
from scanner.cli.output import put, put_json, say, t
from scanner.lookup import KINDS, guess_kinds, lookup
from scanner.providers import Database

USAGE = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lookup", help=t("cli.lookup.help"))(run)


def run(
    values: list[str] = typer.Argument(help=t("cli.lookup.values"), metavar="VALUE... | -"),
    kind: str = typer.Option("", "--kind", "-k", help=t("cli.lookup.kind", kinds="|".join(KINDS))),
    as_json: bool = typer.Option(False, "--json", help=t("cli.option.json")),
    folder: Path | None = typer.Option(None, "--providers", help=t("cli.option.providers"), metavar="DIR"),
) -> None:
    """One line a value, in the order given."""
    if kind and kind not in KINDS:
        say(t("cli.lookup.unknown-kind", kind=kind, kinds=", ".join(KINDS)))
        raise typer.Exit(USAGE)
    database = providers.load(*([folder] if folder else []))
    today = datetime.now(UTC).date()
    for value in _values(values):
        row = describe(database, kind, value, today)
        put_json(row) if as_json else put(_line(row))


def _values(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        if value == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield value


def describe(database: Database, kind: str, value: str, on: date) -> dict[str, Any]:
    """What a value belongs to, in the format of `lookup --json`; nulls where nobody is named."""
    kinds = (kind,) if kind else guess_kinds(value)
    found = next(((k, match) for k in kinds if (match := lookup(database, k, value, on))), None)
    if found is None:
        row: dict[str, Any] = dict.fromkeys(
            ("provider", "name", "type", "service", "owner", "country", "category", "rule")
        )
        return {"value": value, "kind": kinds[0], **row}
    kind, match = found
    row = {
        "value": value,
        "kind": kind,
        "provider": match.provider.id,
        "name": match.provider.name,
        "type": match.provider.type.value,
        "service": match.service.id,
        "owner": match.owner.id if match.owner.country else None,  # an imported name: nobody has looked it up
        "country": match.owner.country or None,
        "category": match.service.category or None,
        "rule": match.rule.id,
    }
    return row if match.established or not match.owner.country else {**row, "owner_established": False}


def _line(row: dict[str, Any]) -> str:
    if row["provider"] is None:
        return t("cli.lookup.nobody", value=row["value"], kind=row["kind"])
    if row["country"] is None:
        return t("providers.lookup.imported", **row)
    code = "cli.lookup.line"
    if "owner_established" in row:
        code = "providers.lookup.seat" if row["owner"] == row["provider"] else "providers.lookup.seat-of"
    return t(code, **{**row, "country": t.country(row["country"])})
