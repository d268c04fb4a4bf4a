"""Which audience measurement a page calls, its own servers included: by rule of the database, or by the software's paths.

A body that runs Matomo under its own name depends on nobody, so that no finding says so; the question "what measures the
visitors?" has an answer all the same. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

MATOMO, EULERIAN, PIANO, GOOGLE = "matomo", "eulerian", "piano", "google-analytics"

# Paths that the software itself prescribes. Matomo: matomo.js and matomo.php, piwik.* until 2018
# (https://developer.matomo.org/guides/tracking-javascript-guide). Eulerian, on a subdomain of the customer's reached by
# CNAME: a library named after it (/jqJ861.js: the third letter is the first again) and a collector /col<site>/-/<random>;
# the customer's own module for it, which waits for consent. Piano (formerly AT Internet): its library's name, hosted by customers.
_PATHS = (
    (MATOMO, re.compile(r"/(?:matomo|piwik)\.(?:js|php)$", re.I)),
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


def tools(urls: Iterable[str], analytics: Callable[[str, str], str]) -> list[str]:
    """Tools that some requests call, the surest first: `matomo`, `eulerian`, `piano`, `google-analytics`, else the id of
    a provider of analytics.

    `analytics(host, path)`: the id of the provider whose analytics service a rule names, or "". A public operator's
    audience service says nothing of its software: it counts by the software's paths, else under its own id.
    """
    by_path: dict[str, None] = {}
    by_rule: dict[str, None] = {}
    for url in urls:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            continue
        software = next((tool for tool, pattern in _PATHS if pattern.search(parts.path)), "")
        if software:
            by_path[software] = None
            continue
        provider = analytics(host, parts.path)
        if provider:
            by_rule[_SERVICES.get(provider, provider)] = None
    return sorted({**by_path, **by_rule}, key=lambda tool: (_rank(tool), tool))


_ORDER = (EULERIAN, PIANO, MATOMO, GOOGLE)
"""Where a page has several, the one bought for it before the free ones that may be left over."""


def _rank(tool: str) -> int:
    return _ORDER.index(tool) if tool in _ORDER else len(_ORDER)
