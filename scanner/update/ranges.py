"""Fetch published networks and lay them over the database; what was there stays when the new is broken or halved."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from scanner.tables import DatabaseError, parse
from scanner.update.errors import SourceError
from scanner.update.readers import Network, Published
from scanner.update.sources import RangeSource
from scanner.update.toml import Head, render

Fetch = Callable[[str], bytes]
"""The body behind a URL; raises SourceError or OSError."""


class Result(StrEnum):
    """What became of one source."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    UNREACHED = "unreached"
    BROKEN = "broken"
    SHRUNK = "shrunk"
    NEEDS_FILE = "needs-file"


GOOD = frozenset({Result.WRITTEN, Result.UNCHANGED, Result.NEEDS_FILE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One source's result: networks now in use and in the list just fetched, the file, and why it was not taken."""

    source: RangeSource
    result: Result
    kept: int
    found: int
    path: Path
    why: str = ""


def update(source: RangeSource, folder: Path, fetch: Fetch, today: date, given: bytes | None = None) -> Outcome:
    """Bring one source's file up to date in `folder`/imported. `given`: the list itself, read from the user's file.

    Raises OSError where the file cannot be written.
    """
    path = folder / "imported" / f"{source.id}.toml"
    before = _networks(path)
    if given is None and not source.urls:
        return Outcome(source, Result.NEEDS_FILE, len(before), 0, path)
    try:
        bodies = (given,) if given is not None else tuple(fetch(url) for url in source.urls)
    except (OSError, SourceError) as error:
        return Outcome(source, Result.UNREACHED, len(before), 0, path, str(error))
    try:
        published = source.read(bodies)
    except SourceError as error:
        return Outcome(source, Result.BROKEN, len(before), 0, path, str(error))
    found = len(published.networks)
    if 2 * found < len(before):
        return Outcome(source, Result.SHRUNK, len(before), found, path)
    if set(published.networks) == before:
        return Outcome(source, Result.UNCHANGED, found, found, path)
    _write(path, _text(source, published, today))
    return Outcome(source, Result.WRITTEN, found, found, path)


def _text(source: RangeSource, published: Published, today: date) -> str:
    groups: defaultdict[tuple[str, str, str, bool], list[str]] = defaultdict(list)
    for network in published.networks:
        groups[network.provider, network.service, network.region, network.anycast].append(network.cidr)
    entries: list[dict[str, Any]] = []
    for (provider, service, region, anycast), cidrs in sorted(groups.items()):
        entry: dict[str, Any] = {"provider": provider, "service": service}
        entry |= {"region": region} if region else {}
        entry |= {"anycast": True} if anycast else {}
        entries.append({**entry, "cidrs": sorted(cidrs)})
    url = " ".join(source.urls) or source.about
    head = Head(url, published.version or today.isoformat(), today.isoformat(), source.terms, source.name)
    return render(head, "ranges", entries)


def _networks(path: Path) -> set[Network]:
    """What the file in use holds; nothing where there is none or it is damaged."""
    try:
        table = parse(path)
    except DatabaseError:
        return set()
    return {
        Network(cidr, entry["provider"], entry["service"], entry.get("region", ""), entry.get("anycast", False))
        for entry in table.get("ranges", ())
        for cidr in entry["cidrs"]
    }


def _write(path: Path, text: str) -> None:
    """Put the file in its place once it has been read back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        parse(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
