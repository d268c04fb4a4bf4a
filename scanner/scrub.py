"""What is dropped at the door: values in URLs that may be secrets or identify a person. Pure.

A rule needs a URL's host and path, sometimes the name of a query key; never who was looking. Kept: scheme, host, port,
path, query keys, and of the values only those that cannot be a person's: container ids (GTM-XXXX), font families, small
numbers, true and false. Dropped: user and password, fragment, every other value, long random path segments, anything
that looks like a token.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

MAX_URL = 2_000
MAX_KEYS = 60
DROPPED = "~"
"""Stands where a value was."""

_CONTAINER = re.compile(r"(?:GTM|GT|G|UA|AW|DC)-[A-Z0-9]{4,12}(?:-[0-9]{1,3})?")
_SMALL = re.compile(r"[0-9]{1,4}|[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}|true|false|explicit|fr|en|[a-z]{2}[-_][A-Z]{2}")
_FAMILY = re.compile(r"[A-Za-z0-9 +:,;@.|%-]{1,300}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]%-]{0,39}")
_SECRET_KEY = re.compile(
    r"(?i)tok|key|auth|pass|pwd|pin|secret|sess|sid|sig|code|otp|mail|user|login|account|phone|ssn|nir"
)
_HEX = re.compile(r"[0-9a-fA-F]{24,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RANDOM = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_=+%~-]{32,}")
_PARAMETER = re.compile(r"[;=&]")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+")


def scrub(url: str) -> str:
    """A URL without what may be a secret; "" for what is none (data:, blob:, garbage)."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", "ws", "wss") or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443, "ws": 80, "wss": 443}[parts.scheme]
    place = f"{host}:{port}" if port and port != default else host
    path = "/".join(map(_segment, (parts.path or "/").split("/")))
    return urlunsplit(SplitResult(parts.scheme, place, path, _query(parts.query), ""))[:MAX_URL]


def _segment(segment: str) -> str:
    found = _PARAMETER.search(segment)  # parameters within a path carry sessions (;jsessionid=...) and ids (uuid=...)
    name, mark = (segment[: found.start()], found[0]) if found else (segment, "")
    if _JWT.search(name) or _RANDOM.fullmatch(name) or _HEX.fullmatch(name) or _is_mail(name):
        name = DROPPED
    return f"{name}{mark}{DROPPED}" if mark else name


def _is_mail(name: str) -> bool:
    """True for a mail address; `bootstrap@5.3.2` is a package of a CDN."""
    user, _, domain = name.partition("@")
    top = domain.rpartition(".")[2]
    package = domain[:1].isdigit() or top in ("js", "css", "mjs")
    return bool(user) and "." in domain and top.isalpha() and not package


def _query(query: str) -> str:
    kept = []
    for pair in query.split("&")[:MAX_KEYS]:
        key, mark, value = pair.partition("=")
        if not key and not mark:
            continue
        if not _KEY.fullmatch(key) or _HEX.fullmatch(key) or _RANDOM.fullmatch(key):
            key = DROPPED
        kept.append(f"{key}={value if _harmless(key, value) else DROPPED}" if mark else key)
    return "&".join(kept)


def _harmless(key: str, value: str) -> bool:
    if not value:
        return True
    if key == "family":
        return _FAMILY.fullmatch(value) is not None
    if _SECRET_KEY.search(key):
        return False
    return _CONTAINER.fullmatch(value) is not None or _SMALL.fullmatch(value) is not None
