"""Steps that the formats share: times, numbers, header fields and cookies without what is secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from scanner.scrub import DROPPED, scrub

MAX_REQUESTS = 20_000
MAX_HEADERS = 100
MAX_COOKIES = 300
MAX_VALUE = 4_000
LONG_SECRET = 10
"""Characters from which a secret is looked for inside a path segment, too."""

_SECRET_NAME = re.compile(
    r"(?i)auth|token|secret|session|csrf|xsrf|api-?key|password|credential|cookie|visitor|user|account"
)
_URL = re.compile(r"(?i)\b(?:https?|wss?)://[^\s\"'<>,;]+")
_RANDOM = re.compile(r"(?=[^\s;,=\"']{0,200}[0-9])(?=[^\s;,=\"']{0,200}[A-Za-z])[A-Za-z0-9_+/.~-]{28,}={0,2}")


def utc(text: object) -> str:
    """A time of ISO 8601 as the recording format has it, or "" for what is none."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError):
        return ""


def milliseconds(text: object) -> float | None:
    """A time of ISO 8601 in milliseconds since the epoch, or None."""
    try:
        return datetime.fromisoformat(str(text)).timestamp() * 1000
    except (ValueError, OverflowError, OSError):
        return None


def number(value: object) -> int | None:
    """A count that is not negative, or None: exporters write -1, text and fractions."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:15])
    if isinstance(value, float) and 0 <= value < 1e15:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None


def text(value: object, most: int = MAX_VALUE) -> str:
    """Text that any writer takes, or "" for what is no text."""
    return value[:most].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list; what is none is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def fields(headers: object) -> list[list[str]]:
    """Header fields as [name, value]; of a cookie its name alone, of credentials nothing, URLs scrubbed."""
    kept = []
    for header in objects(headers)[:MAX_HEADERS]:
        name, value = text(header.get("name"), 200).lower(), text(header.get("value"))
        if name in ("set-cookie", "set-cookie2"):
            kept += [[name, f"{cookie}={DROPPED}"] for cookie in _cookie_names(value)]
        elif name:
            kept.append([name, DROPPED if _SECRET_NAME.search(name) else harmless(value)])
    return kept


def harmless(value: str) -> str:
    """A header's value with its URLs scrubbed and what looks like a token dropped."""
    parts = []
    end = 0
    for match in _URL.finditer(value):
        parts += [_RANDOM.sub(DROPPED, value[end : match.start()]), scrub(match[0]) or DROPPED]
        end = match.end()
    return "".join([*parts, _RANDOM.sub(DROPPED, value[end:])])


def without(value: Any, secrets: frozenset[str]) -> Any:
    """A JSON value whose texts have no path segment that is one of the secrets."""
    if isinstance(value, dict):
        return {key: without(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, secrets) for inner in value]
    if isinstance(value, str) and "/" in value and secrets:
        long = [secret for secret in secrets if len(secret) >= LONG_SECRET and secret in value]
        return "/".join(
            DROPPED if part in secrets or any(secret in part for secret in long) else part
            for part in _parts_of(value, secrets)
        )
    return value


def _parts_of(value: str, secrets: frozenset[str]) -> list[str]:
    """Segments of a URL's text, a query that follows a secret kept apart from it."""
    parts = value.split("/")
    head, mark, query = parts[-1].partition("?")
    if mark and head in secrets:
        parts[-1] = f"{DROPPED}?{query}"
    return parts


def _cookie_names(value: str) -> list[str]:
    """Names of the cookies of one field; some exporters put several into one, a line each."""
    names = (line.split(";")[0].partition("=")[0].strip() for line in value.split("\n"))
    return [name[:200] for name in names if name]


def cookies(found: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """(name, domain) pairs as the recording format has them, each once."""
    seen = dict.fromkeys((name[:200], domain.lstrip(".").lower()[:253]) for name, domain in found if name)
    return [{"name": name, "domain": domain} for name, domain in list(seen)[:MAX_COOKIES]]
