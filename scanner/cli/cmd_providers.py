"""`sovscan providers`: the state of the provider database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from scanner import checks, coverage, providers, store, tables
from scanner.cli.output import put, put_json, say, t
from scanner.cli.provider_entry import established, label, line, lines, row, whole
from scanner.coverage import Gap
from scanner.model import Role
from scanner.net.download import download
from scanner.providers import Database
from scanner.update import asn_table, third_party_web
from scanner.update.errors import SourceError
from scanner.update.ranges import GOOD, Outcome, update
from scanner.update.sources import SOURCES, RangeSource

USAGE, INCOMPLETE = 2, 3
TOP = 15
MAX_FILE = 64 << 20

Folder = Annotated[Path | None, typer.Option("--providers", help=t("cli.option.providers"), metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help=t("cli.option.json"))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help=t("cli.providers.help"), no_args_is_help=True)
    group.command("list", help=t("providers.list.help"))(list_)
    group.command("show", help=t("providers.show.help"))(show)
    group.command("check", help=t("cli.providers.check.help"))(check)
    group.command("stale", help=t("providers.stale.help"))(stale)
    group.command("coverage", help=t("providers.coverage.help"))(cover)
    group.command("update", help=t("providers.update.help"))(update_)
    group.command("import", help=t("providers.import.help"))(import_)
    app.add_typer(group, name="providers")


def _load(folder: Path | None) -> Database:
    return providers.load(*([folder] if folder else []))


def _today() -> date:
    return datetime.now(UTC).date()


def list_(
    country: Annotated[str, typer.Option("--country", help=t("providers.list.country"), metavar="CC")] = "",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Every curated provider, a line each."""
    database, today = _load(folder), _today()
    for id_ in sorted(database.curated):
        told = row(database, database.curated[id_], today)
        if not country or told["owner_country"] == country.upper():
            put_json(told) if as_json else put(line(database, told))
    say(established(database, today))


def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help=t("providers.show.id"))],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Everything that the database says of one provider."""
    database = _load(folder)
    provider = database.providers.get(id_)
    if provider is None:
        near = sorted(known for known in database.curated if id_.lower() in known)[:8]
        say(t("providers.show.unknown", id=id_, near=", ".join(near) or "–"))
        raise typer.Exit(USAGE)
    if as_json:
        put_json(whole(database, provider, _today()))
        return
    for text in lines(database, provider, _today()):
        put(text)


def check(folder: Folder = None) -> None:
    """Say everything that is wrong; exit 2 if anything is."""
    folders = [tables.shipped(), *([tables.published()] if tables.published().is_dir() else [])]
    folders += [folder] if folder else []
    found = [problem for each in folders for problem in checks.file_problems(each)]
    if not found:
        database = providers.load()
        found = list(checks.problems(database, _today()))
        if folder:
            database = _load(folder)
            own = {path.stem for path in tables.files(folder) if path.parent.name == "companies"}
            found += checks.problems(database, _today(), own)
        for old in checks.stale(database, _today()):
            say(t("cli.providers.stale", line=old))
    for problem in found:
        put(problem)
    if found:
        say(t("cli.providers.bad", n=len(found)))
        raise typer.Exit(USAGE)
    rules = sum(len(service.rules) for service in database.services.values())
    say(t("cli.providers.good", n=len(database.curated), rules=rules, digest=database.digest, date=database.date))


def stale(folder: Folder = None, as_json: AsJson = False) -> None:
    """Entries whose sources nobody has read again for 18 months."""
    found = list(checks.stale(_load(folder), _today()))
    for old in found:
        id_, _, why = old.partition(": ")
        put_json({"id": id_, "why": why}) if as_json else put(old)
    say(t("providers.stale.count", n=len(found)))


def cover(
    run: Annotated[Path, typer.Argument(metavar="RUN", help=t("cli.option.run"))],
    top: Annotated[int, typer.Option("--top", min=1, help=t("providers.coverage.top"), metavar="N")] = TOP,
    only: Annotated[str, typer.Option("--draft", help=t("providers.coverage.draft"), metavar="VALUE")] = "",
    as_json: AsJson = False,
) -> None:
    """What a run saw and nobody is named for, most frequent first, with a draft of the next entry."""
    findings = list(store.open_run(run).findings())
    found = coverage.gaps(findings)
    if only:
        found = [gap for gap in found if only.lower() in (gap.value.lower(), *gap.examples)]
        if not found:
            say(t("providers.coverage.no-such", value=only))
            raise typer.Exit(USAGE)
    if as_json:
        for gap in found:
            put_json(_gap_row(gap))
        return
    if not only:
        _shares(providers.load(), coverage.attributed(findings))
    _tables(found, top)
    if found:
        put("")
        for text in coverage.draft(max(found, key=lambda gap: gap.bodies)).splitlines():
            put(text)


def _shares(database: Database, attributed: Mapping[Role, tuple[int, int]]) -> None:
    for role, (named, total) in attributed.items():
        name = label(database, f"role/{role.value}")
        put(t("providers.coverage.share", role=name, named=named, n=total, share=t.percent(named, total)))
    put(established(database, _today()))


def _tables(found: Sequence[Gap], top: int) -> None:
    for kind in coverage.KINDS:
        rows = [gap for gap in found if gap.kind == kind]
        if rows:
            put("")
            put(t("providers.coverage.kind", kind=kind, n=len(rows)))
        for gap in rows[:top]:
            name = t("providers.coverage.imported", name=gap.name) if gap.imported else gap.name
            put(f"  {t('providers.coverage.gap', n=gap.bodies, value=gap.value, name=name)}".rstrip())


def _gap_row(gap: Gap) -> dict[str, Any]:
    return {
        "kind": gap.kind,
        "value": gap.value,
        "name": gap.name or None,
        "bodies": gap.bodies,
        "examples": gap.examples,
        "imported": gap.imported or None,
        "draft": coverage.draft(gap),
    }


def update_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help=t("providers.update.sources"))
    ] = None,
    files: Annotated[
        list[str] | None, typer.Option("--from", help=t("providers.update.from"), metavar="SOURCE=FILE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch published ranges; exit 3 when a source could not be taken."""
    given = dict(_given(pair) for pair in files or [])
    wanted = [_source(name) for name in dict.fromkeys([*(names or []), *given])] or SOURCES
    outcomes = []
    for source in wanted:
        outcome = update(source, tables.published(), download, _today(), given.get(source.id))
        outcomes.append(outcome)
        put_json(_outcome_row(outcome)) if as_json else put(_outcome_line(outcome))
    if any(outcome.result not in GOOD for outcome in outcomes):
        raise typer.Exit(INCOMPLETE)


def _given(pair: str) -> tuple[str, bytes]:
    name, equals, path = pair.partition("=")
    if not equals:
        say(t("providers.update.pair", pair=pair))
        raise typer.Exit(USAGE)
    with Path(path).open("rb") as file:
        return _source(name).id, file.read(MAX_FILE)


def _source(name: str) -> RangeSource:
    source = next((source for source in SOURCES if source.id == name), None)
    if source is None:
        say(t("providers.update.unknown", name=name, names=", ".join(source.id for source in SOURCES)))
        raise typer.Exit(USAGE)
    return source


def _outcome_line(outcome: Outcome) -> str:
    source = outcome.source
    args = {"name": source.name, "id": source.id, "found": outcome.found, "n": outcome.kept, "why": outcome.why}
    return t(
        f"providers.update.{outcome.result.value}", **args, path=str(outcome.path), about=source.about, hint=source.hint
    )


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    return {
        "source": outcome.source.id,
        "result": outcome.result.value,
        "networks": outcome.kept,
        "found": outcome.found,
        "path": str(outcome.path),
        "why": outcome.why or None,
        "urls": outcome.source.urls,
        "terms": outcome.source.terms,
    }


def import_(
    what: Annotated[str, typer.Argument(metavar="asn|third-party-web", help=t("providers.import.what"))],
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help=t("providers.import.package"))],
    out: Annotated[Path, typer.Argument(metavar="FILE", help=t("providers.import.out"))],
    day: Annotated[str, typer.Option("--date", help=t("providers.import.date"), metavar="DATE")] = "",
) -> None:
    """Make a file of providers/imported from an unpacked package."""
    try:
        if what == "asn":
            content = asn_table.build(package)
        elif what == "third-party-web":
            content = third_party_web.build(package, date.fromisoformat(day).isoformat()).encode()
        else:
            raise SourceError(t("providers.import.unknown", what=what))
    except (SourceError, ValueError) as error:
        say(t("cli.error", why=str(error)))
        raise typer.Exit(USAGE) from error
    store.atomic(out, content)
    put(t("cli.written", path=str(out)))
