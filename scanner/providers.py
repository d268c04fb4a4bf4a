"""Load the provider database: who is behind a rule, who controls them, and whose law they answer to.

Errors:
    class DatabaseError(Exception)   # a file that cannot be loaded: which, where in it, why
"""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import ipaddress
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fastjsonschema
import orjson
import platformdirs

from scanner.imported import Imported, is_imported
from scanner.imported import problems as imported_problems
from scanner.kept import Tables, kept
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
    """Providers, their rules and the sets they belong to. Built by `load`; read-only.

    `providers`: all that a rule may name; `curated`: those that we looked up, each with its country and sources.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        groups: Mapping[str, Group],
        labels: Mapping[str, Label],
        digest: str,
        imported: Imported | None = None,
    ) -> None:
        self.imported = imported or Imported()
        self.curated = providers
        self.providers: Mapping[str, Provider] = {**self.imported.providers, **providers}
        self.groups = groups
        self.labels = labels
        self.digest = digest
        self.services: dict[tuple[str, str], Service] = {
            (provider.id, service.id): service for provider in self.providers.values() for service in provider.services
        }
        self._ultimate: dict[tuple[str, dt.date], Provider] = {}

    @cached_property
    def rules(self) -> RuleIndex:
        """The index of every rule."""
        rules = (rule for service in self.services.values() for rule in service.rules)
        hosts = {name: of for name, of in self.imported.hosts.items() if of in self.services}
        ranges = (entry for entry in self.imported.ranges if (entry.provider, entry.service) in self.services)
        return RuleIndex(rules, hosts, ranges)

    @cached_property
    def date(self) -> str:
        """The day of the latest check, ISO 8601."""
        checked = [source.checked for provider in self.curated.values() for source in provider.sources]
        return max(checked).isoformat() if checked else ""

    @cached_property
    def dkim_selectors(self) -> tuple[str, ...]:
        """Every DKIM selector that a rule names, sorted."""
        rules = (rule for service in self.services.values() for rule in service.rules if rule.kind == "dkim")
        return tuple(sorted({selector for rule in rules for selector in rule.selectors}))

    def service(self, rule: Rule) -> Service:
        """The service that a rule names."""
        return self.services[rule.provider, rule.service]

    def control_chain(self, provider_id: str, on: dt.date) -> tuple[Ownership, ...]:
        """Majority owners from the provider upwards on a day; empty when nobody controls it."""
        chain: list[Ownership] = []
        seen = {provider_id}
        current = self.providers.get(provider_id)
        while current is not None and len(chain) < MAX_CHAIN:
            holder = next((o for o in current.owners if o.control == "majority" and held(o, on)), None)
            if holder is None or holder.owner in seen or holder.owner not in self.providers:
                break  # an owner that no file describes: `providers check` says so
            chain.append(holder)
            seen.add(holder.owner)
            current = self.providers.get(holder.owner)
        return tuple(chain)

    def ultimate_owner(self, provider_id: str, on: dt.date) -> Provider:
        """Who controls a provider in the end on a day; joint and dispersed shareholding end the chain."""
        key = (provider_id, on)
        owner = self._ultimate.get(key)
        if owner is None:
            chain = self.control_chain(provider_id, on)
            owner = self.providers[chain[-1].owner if chain else provider_id]
            self._ultimate[key] = owner
        return owner


def held(ownership: Ownership, on: dt.date) -> bool:
    """True when the ownership lasts on that day: [from, to)."""
    return ownership.start <= on and (ownership.end is None or on < ownership.end)


def shipped() -> Path:
    """The database folder: inside the wheel, or beside the package in a checkout."""
    inside = PACKAGE / "data" / "providers"
    return inside if inside.is_dir() else PACKAGE.parent / "providers"


def published() -> Path:
    """Where `sovscan providers update` keeps the ranges that it fetched: a folder laid over the shipped one."""
    return Path(platformdirs.user_data_dir("sovscan")) / "ranges"


def load(*overlays: Path, base: Path | None = None) -> Database:
    """The shipped database, over it the ranges fetched, over these the user's folders, the last winning.

    With `base`, that folder and the overlays alone. Raises DatabaseError.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage, and walking it all in the middle takes as long as the rest
    try:
        return _load(overlays, base)
    finally:
        if collecting:
            gc.enable()


def _load(overlays: Sequence[Path], base: Path | None) -> Database:
    fetched = (published(),) if base is None and published().is_dir() else ()
    imported = Imported()
    companies: dict[str, Provider] = {}
    groups: dict[str, Group] = {}
    labels: dict[str, Label] = {}
    digests = ""
    for folder in (base or shipped(), *fetched, *overlays):
        digest = _digest(folder)
        digests += digest
        tables = _tables(folder, digest)
        for part in ("imported/", "companies/"):  # the last rule wins: curated over imported, a user's over ours
            for name in sorted(name for name in tables if name.startswith(part)):
                if is_imported(tables[name]):
                    imported.add(tables[name])
                    continue
                provider = _provider(tables[name])
                companies.pop(provider.id, None)
                companies[provider.id] = provider
        groups |= _groups(tables.get("groups.toml", {}))
        labels |= _labels(tables.get("categories.toml", {}))
    return Database(companies, groups, labels, hashlib.sha256(digests.encode()).hexdigest()[:12], imported)


def files(folder: Path) -> list[Path]:
    """Every TOML file of a database folder, in the order of names."""
    found = [*folder.glob("*.toml"), *folder.glob("companies/*.toml"), *folder.glob("imported/*.toml")]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _digest(folder: Path) -> str:
    if not folder.is_dir():
        raise DatabaseError(f"{folder}: no such folder of providers")
    digest = hashlib.sha256()
    try:
        for path in files(folder):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
            digest.update(content)
        digest.update((shipped() / "schema.json").read_bytes())
    except OSError as error:
        raise DatabaseError(f"{error.filename}: {error.strerror}") from error
    return digest.hexdigest()


def _tables(folder: Path, digest: str) -> Tables:
    """Every file of a folder as plain tables by relative name; parsed and validated once, then read from the cache."""
    return kept(digest[:24], lambda: {path.relative_to(folder).as_posix(): parse(path) for path in files(folder)})


def parse(path: Path) -> dict[str, Any]:
    """One TOML file as a plain table, dates as ISO text, held to what its place asks of it. Raises DatabaseError."""
    try:
        table: dict[str, Any] = orjson.loads(orjson.dumps(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError, RecursionError) as error:  # UTF-8, TOML, a number too long for JSON
        raise DatabaseError(f"{path}: {error}") from error
    if path.parent.name == "imported" and is_imported(table):
        for problem in imported_problems(table):
            raise DatabaseError(f"{path}: {problem}")
        return table
    if path.parent.name in ("companies", "imported"):
        for problem in schema_problems(table):
            raise DatabaseError(f"{path}: {problem}")
        if table["id"] != path.stem:
            raise DatabaseError(f"{path}: id is {table['id']!r}, the file's name says {path.stem!r}")
        return table
    readers: dict[str, Callable[[Mapping[str, Any]], object]] = {"groups.toml": _groups, "categories.toml": _labels}
    if path.name not in readers:
        raise DatabaseError(f"{path}: not groups.toml or categories.toml; a company's file goes into companies/")
    try:
        readers[path.name](table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatabaseError(f"{path}: {type(error).__name__}: {error}") from error
    return table


_validators: dict[Path, Any] = {}


def schema_problems(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a company's table: what the schema finds, or else dates and networks that are none."""
    path = shipped() / "schema.json"
    if path not in _validators:
        _validators[path] = fastjsonschema.compile(orjson.loads(path.read_bytes()))
    try:
        _validators[path](dict(table))
    except fastjsonschema.JsonSchemaValueException as error:
        yield str(error.message).replace("data.", "", 1)
        return
    days = [source["checked"] for source in table["sources"]]
    days += [entry[key] for entry in table.get("owners", ()) for key in ("from", "to") if key in entry]
    rules = [rule for service in table.get("services", ()) for rule in service.get("rules", ())]
    try:
        for day in days:
            _day(day)
        for rule in rules:
            if rule["kind"] == "ip":
                ipaddress.ip_network(rule["cidr"])
    except ValueError as error:
        yield str(error)


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
        region="" if table.get("anycast") else table.get("region", ""),  # announced in many places: in none
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


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _only(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    return table


def _groups(table: Mapping[str, Any]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for key, entry in _only(table, "groups").get("groups", {}).items():
        _only(entry, "name", "providers", "countries", "sources")
        members = (frozenset(entry.get(name, ())) for name in ("providers", "countries"))
        groups[key] = Group(key, entry["name"], *members)
    return groups


def _labels(table: Mapping[str, Any]) -> dict[str, Label]:
    labels: dict[str, Label] = {}
    for section, prefix in (("roles", "role"), ("categories", "category")):
        for key, entry in _only(table, "roles", "categories").get(section, {}).items():
            _only(entry, "label", "help", "hard", "alternatives")
            alternatives = tuple(entry.get("alternatives", ()))
            labels[f"{prefix}/{key}"] = Label(
                entry["label"], entry.get("help", {}), entry.get("hard", False), alternatives
            )
    return labels
