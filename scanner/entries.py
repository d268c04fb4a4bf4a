"""The provider database's tables as typed values: companies, groups, labels; pure, no file is read here.

A table comes from `scanner.tables`, dates as ISO text. What does not fit raises KeyError, TypeError, ValueError or
AttributeError, which `scanner.tables` turns into one error that names the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.model import Ownership, Provider, ProviderType, Qualification, Role, Rule, Service, Shareholding, Source

KINDS = ("self-host", "public", "eu", "libre")
"""What an alternative is: run oneself, by a public body, by a company of the EU; or free software, whoever runs it."""
_SECTIONS = {"roles": "role", "categories": "category", "subjects": "subject"}
_TEXTS = ("label", "help", "leaving")


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of providers (by ultimate owner's id) or a legal space (by country)."""

    id: str
    name: Mapping[str, str]
    providers: frozenset[str]
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Alternative:
    """What else could do the work. `kind`: see KINDS; `note`: by language; `source`, `checked`: "" and None if none."""

    name: str
    url: str
    kind: str
    note: Mapping[str, str]
    source: str = ""
    checked: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """How a role, category or subject is called and explained, by language; `hard`: the service stops without it.

    `leaving`: what leaving looks like, by language, or empty.
    """

    label: Mapping[str, str]
    help: Mapping[str, str]
    hard: bool
    alternatives: tuple[Alternative, ...]
    leaving: Mapping[str, str]


def provider(table: Mapping[str, Any]) -> Provider:
    """A company's table that the schema found nothing wrong in."""
    shareholding = table.get("shareholding")
    return Provider(
        id=table["id"],
        name=table["name"],
        type=ProviderType(table["type"]),
        country=table["country"],
        website=table["website"],
        sources=tuple(Source(source["url"], day(source["checked"])) for source in table["sources"]),
        owners=tuple(_ownership(entry) for entry in table.get("owners", ())),
        services=tuple(_service(table["id"], service) for service in table.get("services", ())),
        inferred="basis" in table,
        shareholding=Shareholding(shareholding["kind"], shareholding["source"], day(shareholding["checked"]))
        if shareholding
        else None,
        qualifications=tuple(_qualification(entry) for entry in table.get("qualifications", ())),
    )


def _ownership(table: Mapping[str, Any]) -> Ownership:
    return Ownership(table["owner"], table["control"], day(table["from"]), _last(table), table["source"])


def _qualification(table: Mapping[str, Any]) -> Qualification:
    start, checked = day(table["from"]), day(table["checked"])
    service = table.get("service", "")
    return Qualification(table["scheme"], table["offer"], service, start, _last(table), table["source"], checked)


def _last(table: Mapping[str, Any]) -> dt.date | None:
    return day(table["to"]) if "to" in table else None


def _service(company: str, table: Mapping[str, Any]) -> Service:
    rules = tuple(_rule(company, table["id"], rule) for rule in table.get("rules", ()))
    return Service(table["id"], table["name"], Role(table["role"]), table.get("category", ""), rules)


def _rule(company: str, service: str, table: Mapping[str, Any]) -> Rule:
    kind = table["kind"]
    pattern = pattern_of(table)
    path = table.get("path", "")
    return Rule(
        id=f"{company}/{service}/{kind}/{pattern}{path}",
        provider=company,
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


def day(text: str) -> dt.date:
    """A day from ISO text. Raises ValueError."""
    return dt.date.fromisoformat(text)


def days(table: Mapping[str, Any]) -> list[dt.date]:
    """Every day that a company's table names. Raises ValueError for one that is none."""
    entries = [*table["sources"], *table.get("owners", ()), *table.get("qualifications", ())]
    entries += [table["shareholding"]] if "shareholding" in table else []
    return [day(entry[key]) for entry in entries for key in ("from", "to", "checked") if key in entry]


def groups(table: Mapping[str, Any]) -> dict[str, Group]:
    """The sets of groups.toml by id."""
    found: dict[str, Group] = {}
    for key, entry in _only(table, "groups").get("groups", {}).items():
        _only(entry, "name", "providers", "countries", "sources")
        members = (frozenset(entry.get(name, ())) for name in ("providers", "countries"))
        found[key] = Group(key, entry["name"], *members)
    return found


def labels(table: Mapping[str, Any]) -> dict[str, Label]:
    """The sections of categories.toml by `role/<id>`, `category/<id>` and `subject/<id>`."""
    found: dict[str, Label] = {}
    for section, prefix in _SECTIONS.items():
        for key, entry in _only(table, *_SECTIONS).get(section, {}).items():
            _only(entry, *_TEXTS, "hard", "alternatives")
            texts = {name: _text(entry, name) for name in _TEXTS}
            if not texts["label"]:
                raise ValueError(f"{section}.{key}: label is missing")
            alternatives = tuple(_alternative(each) for each in entry.get("alternatives", ()))
            hard = entry.get("hard", False)
            found[f"{prefix}/{key}"] = Label(texts["label"], texts["help"], hard, alternatives, texts["leaving"])
    return found


def _alternative(table: Mapping[str, Any]) -> Alternative:
    _only(table, "name", "url", "kind", "note", "source", "checked")
    if table["kind"] not in KINDS:
        raise ValueError(f"{table['name']}: kind {table['kind']!r} is none of {', '.join(KINDS)}")
    for key in ("url", "source"):
        if key in table and not table[key].startswith(("https://", "http://")):
            raise ValueError(f"{table['name']}: {key} is no web address")
    checked = day(table["checked"]) if "checked" in table else None
    return Alternative(
        table["name"], table["url"], table["kind"], _text(table, "note"), table.get("source", ""), checked
    )


def _text(table: Mapping[str, Any], key: str) -> Mapping[str, str]:
    """A text in both languages, or nothing."""
    text: Mapping[str, str] = table.get(key, {})
    if text and set(text) != {"fr", "en"}:
        raise ValueError(f"{key} must be in fr and en, and in these alone")
    return text


def _only(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    return table
