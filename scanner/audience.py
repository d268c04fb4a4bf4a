"""Which audience measurement a page calls, on its own servers too: by the software's paths, or by rule of the database.

A body that runs Matomo under its own name depends on nobody, so that no finding says so; the question "what measures
the visitors?" has an answer all the same. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

MATOMO, EULERIAN, PIANO, GOOGLE = "matomo", "eulerian", "piano", "google-analytics"

MATOMO_FILE = re.compile(r"/(?:matomo|piwik)\.(?:js|php)$", re.I)
"""The path of a file by which Matomo (Piwik until 2018) counts visits, whosever host it is on
(https://developer.matomo.org/guides/tracking-javascript-guide)."""

# Paths that the software itself prescribes. Eulerian, on a subdomain of the customer's that a
# CNAME leads to it: a library /jqJ861.js (the third letter is the first again), a collector /col<site>/-/<random>, and
# the customer's own module for it, which waits for consent. Piano (formerly AT Internet): its library.
_PATHS = (
    (MATOMO, MATOMO_FILE),
    (EULERIAN, re.compile(r"^/col[0-9a-z]{2,8}/-/[0-9]+$")),
    (EULERIAN, re.compile(r"^/(?=([a-z]))[a-z]{2}(?i:\1)(?<=[A-Z])[0-9]{3}\.js$")),
    (EULERIAN, re.compile(r"/(?:\w*_)?eulerian\w*\.js$")),
    (PIANO, re.compile(r"/(?:piano-analytics|smarttag)(?:[.-][\w.-]*)?\.js$", re.I)),
    (GOOGLE, re.compile(r"/(?:g|j)/collect$")),
)
# Providers' analytics services by the name that people know them by.
_SERVICES = {
    "innocraft": MATOMO,
    "eulerian": EULERIAN,
    "piano": PIANO,
    "google": GOOGLE,
}


def software(urls: Iterable[str]) -> list[str]:
    """Tools whose own paths requests have: `matomo`, `eulerian`, `piano`, `google-analytics`; in `tools`' order."""
    return _ordered(tool for url in urls if (tool := _by_path(url)))


def tools(found: Iterable[str], providers: Iterable[str]) -> list[str]:
    """What measures a page's audience, the surest first: the software found by its paths, then the providers whose
    analytics services it calls (by their ids, but for those known by the software's name).
    """
    by_path = list(dict.fromkeys(found))
    named = [_SERVICES.get(provider, provider) for provider in providers]
    return _ordered([*by_path, *named])


def _by_path(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return next((tool for tool, pattern in _PATHS if pattern.search(path)), "")


def _ordered(tools: Iterable[str]) -> list[str]:
    return sorted(set(tools), key=lambda tool: (_rank(tool), tool))


_ORDER = (EULERIAN, PIANO, MATOMO, GOOGLE)
"""Where a page has several, the one bought for it before the free ones that may be left over."""


def _rank(tool: str) -> int:
    return _ORDER.index(tool) if tool in _ORDER else len(_ORDER)
