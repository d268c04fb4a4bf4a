"""Load the provider database: who is behind a rule, who controls them, and whose law they answer to.

    class DatabaseError(Exception)   # a file that cannot be loaded: which, where in it, why
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import fastjsonschema
import orjson
import platformdirs

from scanner.model import Ownership, Provider, ProviderType, Role, Rule, Service, Source
from scanner.rules import RuleIndex

PACKAGE = Path(__file__).parent
MAX_CHAIN = 32


class DatabaseError(Exception):
    """A provider file that cannot be loaded; the text names the file and what to mend."""


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of providers (by ultimate owner's id) or a legal space (by country)."""

    id: str
    name: Mapping[str, str]
    providers: frozenset[str]
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Label:
    """How a role or category is called and explained, by language; `hard`: the service stops without it."""

    label: Mapping[str, str]
    help: Mapping[str, str]
    hard: bool
    alternatives: tuple[Mapping[str, Any], ...]


class Database:
    """Providers, their rules and the sets they belong to. Built by `load`; read-only."""

    def __init__(
        self, providers: Mapping[str, Provider], groups: Mapping[str, Group], labels: Mapping[str, Label], digest: str
    ) -> None:
        self.providers = providers
        self.groups = groups
        self.labels = labels
        self.digest = digest
        self.services: dict[tuple[str, str], Service] = {
            (provider.id, service.id): service for provider in providers.values() for service in provider.services
        }
        self._ultimate: dict[tuple[str, date], Provider] = {}

    @cached_property
    def rules(self) -> RuleIndex:
        """The index of every rule."""
        return RuleIndex(rule for service in self.services.values() for rule in service.rules)

    @cached_property
    def date(self) -> str:
        """The day of the latest check, ISO 8601."""
        checked = [source.checked for provider in self.providers.values() for source in provider.sources]
        return max(checked).isoformat() if checked else ""

    @cached_property
    def dkim_selectors(self) -> tuple[str, ...]:
        """Every DKIM selector that a rule names, sorted."""
        rules = (rule for service in self.services.values() for rule in service.rules if rule.kind == "dkim")
        return tuple(sorted({selector for rule in rules for selector in rule.selectors}))

    def service(self, rule: Rule) -> Service:
        """The service that a rule names."""
        return self.services[rule.provider, rule.service]

    def control_chain(self, provider_id: str, on: date) -> tuple[Ownership, ...]:
        """Majority owners from the provider upwards on a day; empty when nobody controls it."""
        chain: list[Ownership] = []
        seen = {provider_id}
        current = self.providers.get(provider_id)
        while current is not None and len(chain) < MAX_CHAIN:
            holder = next((o for o in current.owners if o.control == "majority" and held(o, on)), None)
            if holder is None or holder.owner in seen:
                break
            chain.append(holder)
            seen.add(holder.owner)
            current = self.providers.get(holder.owner)
        return tuple(chain)

    def ultimate_owner(self, provider_id: str, on: date) -> Provider:
        """Who controls a provider in the end on a day; joint and dispersed shareholding end the chain."""
        key = (provider_id, on)
        owner = self._ultimate.get(key)
        if owner is None:
            chain = self.control_chain(provider_id, on)
            owner = self.providers[chain[-1].owner if chain else provider_id]
            self._ultimate[key] = owner
        return owner


def held(ownership: Ownership, on: date) -> bool:
    """True when the ownership lasts on that day: [from, to)."""
    return ownership.start <= on and (ownership.end is None or on < ownership.end)


def shipped() -> Path:
    """The database folder: inside the wheel, or beside the package in a checkout."""
    inside = PACKAGE / "data" / "providers"
    return inside if inside.is_dir() else PACKAGE.parent / "providers"


def load(*overlays: Path, base: Path | None = None) -> Database:
    """The shipped database with the user's folders laid over it, the last winning. Raises DatabaseError."""
    folders = [base or shipped(), *overlays]
    tables = [_tables(folder) for folder in folders]
    companies: dict[str, Provider] = {}
    for folder_tables in tables:
        for name in sorted(folder_tables):  # companies/ before imported/: see _weight
            if name.startswith(("companies/", "imported/")) and not (name.startswith("imported/") and Path(name).stem in companies):
                provider = _provider(folder_tables[name])
                companies.pop(provider.id, None)  # a later folder's rules come last, so that they win
                companies[provider.id] = provider
    merged: dict[str, dict[str, Any]] = {"groups.toml": {}, "categories.toml": {}}
    for folder_tables in tables:
        for name, into in merged.items():
            for section, entries in folder_tables.get(name, {}).items():
                into.setdefault(section, {}).update(entries)
    digest = hashlib.sha256("".join(_digest(folder) for folder in folders).encode()).hexdigest()[:12]
    return Database(companies, _groups(merged["groups.toml"]), _labels(merged["categories.toml"]), digest)


def _files(folder: Path) -> list[Path]:
    found = [*folder.glob("*.toml"), *folder.glob("companies/*.toml"), *folder.glob("imported/*.toml")]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    schema = shipped() / "schema.json"
    digest.update(schema.read_bytes())
    return digest.hexdigest()


def _tables(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file of a folder as plain tables by relative name; parsed and validated once, then read from the cache."""
    if not folder.is_dir():
        raise DatabaseError(f"{folder}: no such folder of providers")
    try:
        cache = Path(platformdirs.user_cache_dir("sovscan")) / f"providers-{_digest(folder)[:24]}.json"
        cached = cache.read_bytes()
    except OSError:
        cached = b""
    if cached:
        try:
            return orjson.loads(cached)  # type: ignore[no-any-return]
        except orjson.JSONDecodeError:
            pass  # a damaged cache is made again below
    tables = {path.relative_to(folder).as_posix(): parse(path) for path in _files(folder)}
    _keep(cache, tables)
    return tables


def _keep(cache: Path, tables: dict[str, dict[str, Any]]) -> None:
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cache.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(tables))
        os.replace(name, cache)
        for stale in sorted(cache.parent.glob("providers-*.json"), key=lambda path: path.stat().st_mtime)[:-4]:
            stale.unlink(missing_ok=True)
    except OSError:
        pass  # a read-only home only costs the time to parse


def parse(path: Path) -> dict[str, Any]:
    """One TOML file as a plain table, dates as ISO text; companies are held to the schema. Raises DatabaseError."""
    try:
        table: dict[str, Any] = orjson.loads(orjson.dumps(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, orjson.JSONEncodeError) as error:
        raise DatabaseError(f"{path}: {error}") from error
    if path.parent.name in ("companies", "imported"):
        for problem in schema_problems(table):
            raise DatabaseError(f"{path}: {problem}")
        if table["id"] != path.stem:
            raise DatabaseError(f"{path}: id is {table['id']!r}, the file's name says {path.stem!r}")
    return table


_validators: dict[Path, Any] = {}


def schema_problems(table: Mapping[str, Any]) -> Iterable[str]:
    """What the schema finds wrong with a company, at most one problem."""
    path = shipped() / "schema.json"
    if path not in _validators:
        _validators[path] = fastjsonschema.compile(orjson.loads(path.read_bytes()))
    try:
        _validators[path](dict(table))
    except fastjsonschema.JsonSchemaValueException as error:
        yield str(error.message).replace("data.", "", 1)


def _provider(table: Mapping[str, Any]) -> Provider:
    return Provider(
        id=table["id"],
        name=table["name"],
        type=ProviderType(table["type"]),
        country=table["country"],
        website=table["website"],
        sources=tuple(Source(source["url"], _day(source["checked"])) for source in table["sources"]),
        owners=tuple(
            Ownership(
                entry["owner"],
                entry["control"],
                _day(entry["from"]),
                _day(entry["to"]) if "to" in entry else None,
                entry["source"],
            )
            for entry in table.get("owners", ())
        ),
        services=tuple(_service(table["id"], service) for service in table.get("services", ())),
    )


def _service(provider: str, table: Mapping[str, Any]) -> Service:
    rules = tuple(_rule(provider, table["id"], rule) for rule in table.get("rules", ()))
    return Service(table["id"], table["name"], Role(table["role"]), table.get("category", ""), rules)


def _rule(provider: str, service: str, table: Mapping[str, Any]) -> Rule:
    kind = table["kind"]
    pattern = pattern_of(table)
    path = table.get("path", "")
    return Rule(
        id=f"{provider}/{service}/{kind}/{pattern}{path}",
        provider=provider,
        service=service,
        kind=kind,
        pattern=pattern,
        path=path,
        region=table.get("region", ""),
        network=table.get("network", ""),
        selectors=tuple(table.get("selectors", ())),
        examples=tuple(table["examples"]),
        counterexamples=tuple(table.get("not", ())),
        reserved=table.get("reserved", False),
    )


def pattern_of(table: Mapping[str, Any]) -> str:
    """What a rule's table matches, as text."""
    if table["kind"] == "header":
        return f"{table['name']}: {table['value']}".lower()
    keys: Sequence[str] = ("suffix", "prefix", "cidr", "number", "org", "sha256", "iana", "value", "name")
    return next(str(table[key]) for key in keys if key in table)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def _groups(table: Mapping[str, Any]) -> dict[str, Group]:
    return {
        key: Group(key, entry["name"], frozenset(entry.get("providers", ())), frozenset(entry.get("countries", ())))
        for key, entry in table.get("groups", {}).items()
    }


def _labels(table: Mapping[str, Any]) -> dict[str, Label]:
    labels: dict[str, Label] = {}
    for section, prefix in (("roles", "role"), ("categories", "category")):
        for key, entry in table.get(section, {}).items():
            alternatives = tuple(entry.get("alternatives", ()))
            labels[f"{prefix}/{key}"] = Label(
                entry["label"], entry.get("help", {}), entry.get("hard", False), alternatives
            )
    return labels
