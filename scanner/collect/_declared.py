"""Hosts that a page's headers name without the page having called them: its policy, and where its reports go."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from scanner.collect._walk import Site, header_fields, url_host
from scanner.names import name_problem

CSP_HEADERS = frozenset({"content-security-policy", "content-security-policy-report-only"})
REPORTING, REPORT_TO = "reporting-endpoints", "report-to"
MAX_DECLARED = 500
MAX_VALUE = 20_000
_ENDPOINT = re.compile(r"[\w*.-]{1,100}\s*=\s*\"([^\"]{1,2000})\"")


def declared(front: Site) -> dict[str, str]:
    """Host to the header that names it, in the headers' order.

    Of a Content-Security-Policy: what the page may load from. Wildcards stay; schemes, keywords and nonces are ignored,
    and so are directives that load nothing (who may frame the page). Of Reporting-Endpoints and Report-To (Reporting
    API): where the visitor's browser sends reports.
    """
    hosts: dict[str, str] = {}
    for name, value in header_fields(front.page):
        header = name.lower()
        if header in CSP_HEADERS:
            found = _policy(value)
        elif header == REPORTING:
            found = (url_host(match[1]) for match in _ENDPOINT.finditer(value[:MAX_VALUE]))
        elif header == REPORT_TO:
            found = _groups(value)
        else:
            continue
        for host in found:
            if not name_problem(host.removeprefix("*.")):
                hosts.setdefault(host, "content-security-policy" if header in CSP_HEADERS else header)
    return dict(list(hosts.items())[:MAX_DECLARED])


def _policy(value: str) -> Iterator[str]:
    for directive in value.replace(",", ";").split(";"):  # a comma parts two policies (RFC 9110, section 5.3)
        words = directive.split()
        if words and words[0].lower().endswith(("-src", "-src-elem", "-src-attr")):
            yield from filter(None, map(_source_host, words[1:]))


def _source_host(source: str) -> str:
    """The host of a CSP source expression, or "" (CSP Level 3, section 2.3.1)."""
    if source.startswith("'") or source == "*" or source.endswith(":"):
        return ""
    return url_host(source if "://" in source else f"//{source}")


def _groups(value: str) -> Iterator[str]:
    """Hosts of Report-To's groups: JSON objects, parted by commas without brackets around (Reporting API, 2018)."""
    try:
        groups = orjson.loads(f"[{value[:MAX_VALUE]}]")
    except orjson.JSONDecodeError:
        return
    for group in groups:
        endpoints = group.get("endpoints") if isinstance(group, dict) else None
        for endpoint in endpoints if isinstance(endpoints, list) else ():
            if isinstance(endpoint, dict) and isinstance(endpoint.get("url"), str):
                yield url_host(endpoint["url"])
