"""Make `providers/imported/third-party-web.toml` from npm `third-party-web` (MIT, Patrick Hulce).

The list names entities and their hosts; it says neither where a company is seated nor who owns it, so neither do we.
Where the name of a host speaks of another firm, of a registry, or of a whole firm where the entity is one product, the
host is left out: unknown is better than wrong.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.names import is_icann_suffix, name_problem
from scanner.update.errors import SourceError
from scanner.update.toml import Head, render

URL = "https://github.com/patrickhulce/third-party-web"
CREDIT = "third-party-web, Copyright (c) 2019 Patrick Hulce"
CATEGORIES = {
    "ad": "advertising",
    "analytics": "analytics",
    "cdn": "script-cdn",
    "consent-provider": "consent",
    "content": "other",
    "customer-success": "chat",
    "hosting": "other",
    "marketing": "other",  # pop-ups, newsletters, forms: no category of ours
    "other": "other",
    "social": "social",
    "tag-manager": "tag-manager",
    "utility": "other",
    "video": "video",
}
DOUBTFUL = frozenset(
    {
        *("aniview.com", "delvenetworks.com", "limelight.com", "llnwd.net"),  # Tealium: a video ad firm's, a CDN's
        *("company-target.com", "efm.me", "gateway.net", "hp.com", "ibmcloud.com", "msn.com"),
        *("105app.com", "adoftheyear.com", "browsiprod.com", "goodlayers2.com", "gooo.al", "mgcdn.com", "zyen.com"),
        *("01net.com", "cdngc.net", "imageg.net", "ml314.com", "optnmstr.com", "rawgit.com", "smaato.net", "ywxi.net"),
        *("de.com", "net.net", "drtvtracker.com", "raac33.net", "suitesmart.com"),  # the first: anybody's names
    }
)
"""Hosts that the list gives to somebody whom nothing else ties to them."""
_SUFFIX = re.compile(r"(\*\.)?([a-z0-9_-]+(\.[a-z0-9_-]+)+)")


def build(package: Path, date: str) -> str:
    """The imported file of an unpacked package; `date`: the day it was published. Raises SourceError."""
    try:
        version = json.loads((package / "package.json").read_bytes())["version"]
        entities = json.loads((package / "dist" / "entities-nostats.json").read_bytes())
        entries = list(_entries(entities))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{package}: not an unpacked third-party-web: {error}") from error
    return render(Head(URL, version, date, "MIT", CREDIT), "entries", entries)


def _entries(entities: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for entity in entities:
        names = {match[2] for match in map(_SUFFIX.fullmatch, map(str.lower, entity["domains"])) if match}
        hosts = sorted(name for name in names - DOUBTFUL if not (is_icann_suffix(name) or name_problem(name)))
        if not hosts:
            continue
        slug = base = f"tpw-{_slug(entity['name'])}"
        number = 1
        while slug in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(slug)
        category = CATEGORIES.get(entity["category"], "other")
        entry: dict[str, Any] = {"id": slug, "name": entity["name"], "category": category}
        if str(entity.get("homepage", "")).startswith("https://"):
            entry["website"] = entity["homepage"]
        yield {**entry, "hosts": hosts}


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "x"
