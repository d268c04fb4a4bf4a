"""Data of others inside the database: names without owners, and networks that providers publish.

One file of `imported/` holds one source, said in its head; the curated files always win over it:

    source = "https://…"  version = "…"  date = 2026-09-14  licence = "…"
    [[entries]]  id, name, category, website (optional), hosts = [suffixes]
    [[ranges]]   provider, service, region or anycast = true (both optional), cidrs = [networks]

An entry has no owner and no country: nobody has looked them up. Whatever it names is "country not verified".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.model import Provider, ProviderType, Role, Service, Source
from scanner.networks import span
from scanner.rules import Ranges

SERVICE = "web"
"""The one service of an imported entry."""
HEAD = {"source": str, "version": str, "date": str, "licence": str}
_OPTIONAL = {"credit": str, "note": str, "entries": list, "ranges": list}
_WORDS = {bool: "true or false", str: "text", list: "a list"}
_ENTRY = {"id": str, "name": str, "category": str, "hosts": list}
_RANGE = {"provider": str, "service": str, "cidrs": list}


@dataclass(slots=True)
class Imported:
    """What the imported files of a database hold, the last read winning. Filled by `add`."""

    providers: dict[str, Provider] = field(default_factory=dict)
    hosts: dict[str, tuple[str, str]] = field(default_factory=dict)
    ranges: list[Ranges] = field(default_factory=list)

    def add(self, table: Mapping[str, Any]) -> None:
        """Add a file that `problems` found nothing in."""
        source = (Source(table["source"], dt.date.fromisoformat(table["date"])),)
        for entry in table.get("entries", ()):
            service = Service(SERVICE, entry["name"], Role.RESOURCE, entry["category"])
            key, website = entry["id"], entry.get("website", "")
            self.providers[key] = Provider(
                key, entry["name"], ProviderType.COMPANY, "", website, source, services=(service,)
            )
            self.hosts.update(dict.fromkeys(entry["hosts"], (key, SERVICE)))
        for entry in table.get("ranges", ()):
            region, anycast = entry.get("region", ""), entry.get("anycast", False)
            self.ranges.append(Ranges(entry["provider"], entry["service"], region, anycast, tuple(entry["cidrs"])))


def is_imported(table: Mapping[str, Any]) -> bool:
    """True for a table of this form; a company's has an id of its own."""
    return "id" not in table


def problems(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an imported file's table (dates as ISO text), one line each."""
    yield from _shape("the head", table, HEAD, _OPTIONAL)
    yield from _date(table.get("date"))
    for place, entry in _numbered(table, "entries"):
        yield from _shape(place, entry, _ENTRY, {"website": str})
        yield from _texts(place, entry.get("hosts"))
    for place, entry in _numbered(table, "ranges"):
        yield from _shape(place, entry, _RANGE, {"region": str, "anycast": bool})
        for cidr in entry["cidrs"] if isinstance(entry.get("cidrs"), list) else ():
            try:
                span(str(cidr))
            except ValueError as error:
                yield f"{place}: {error}"


def _shape(
    place: str, table: Mapping[str, Any], needed: Mapping[str, type], allowed: Mapping[str, type]
) -> Iterator[str]:
    for key in needed:
        if not table.get(key):
            yield f"{place}: {key} is missing"
    for key, value in table.items():
        wanted = needed.get(key) or allowed.get(key)
        if wanted is None:
            yield f"{place}: unknown key {key!r}"
        elif not isinstance(value, wanted):
            yield f"{place}: {key} must be {_WORDS[wanted]}"


def _date(value: object) -> Iterator[str]:
    try:
        dt.date.fromisoformat(str(value))
    except ValueError:
        yield f"the head: date {str(value)[:40]!r} is no day"


def _numbered(table: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = table.get(key, ())
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        yield f"{key} {number}", entry if isinstance(entry, dict) else {}  # then every key is missing


def _texts(place: str, values: object) -> Iterator[str]:
    for value in values if isinstance(values, list) else ():
        if not isinstance(value, str) or value != value.lower().strip(".") or "." not in value:
            yield f"{place}: {value!r} is no host suffix"
