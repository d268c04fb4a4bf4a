"""HAR 1.1 and 1.2 (http://www.softwareishard.com/blog/har-12-spec/): each page's answer, and its document's.

Exporters differ: browsers, chrome-har, Browsertime and WebPagetest keep types, initiators and sizes under names of
their own (those that begin with an underscore).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from scanner.ask import dns, http, normal_url, page
from scanner.imports._parts import MAX_REQUESTS, cookies, fields, milliseconds, number, objects, text, utc, without
from scanner.model import Answer, Status
from scanner.scrub import scrub

MAX_PAGES = 1_000
MAX_REDIRECTS = 20
MIN_SECRET = 6  # characters of a cookie's value: "fr", "true" and the like tell nobody apart
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TYPES = (
    ("text/html", "Document"), ("application/xhtml", "Document"), ("text/css", "Stylesheet"), ("javascript", "Script"),
    ("ecmascript", "Script"), ("image/", "Image"), ("font", "Font"), ("video/", "Media"), ("audio/", "Media"),
    ("json", "XHR"), ("xml", "XHR"),
)  # fmt: skip


def recognises(document: dict[str, Any]) -> bool:
    """True for a HAR."""
    log = document.get("log")
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def answers(document: dict[str, Any], consent: str) -> Iterator[Answer]:
    """The page answer of each page, the HTTP answer of its document, and the address that served it.

    Of several loads of one URL (runs, repeat views) the first counts: it is a visitor's first.
    """
    log = document["log"]
    creator = log.get("creator") if isinstance(log.get("creator"), dict) else {}
    note = f"har of {text(creator.get('name'), 40)} {text(creator.get('version'), 20)}".strip()
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in objects(log["entries"])[:MAX_REQUESTS]:
        request = entry.get("request")
        if isinstance(request, dict) and scrub(text(request.get("url"))):
            groups.setdefault(text(entry.get("pageref"), 200), []).append(entry)
    started = {text(p.get("id"), 200): text(p.get("startedDateTime"), 40) for p in objects(log.get("pages"))}
    known = frozenset(_cookie_values([entry for entries in groups.values() for entry in entries]))
    seen: set[str] = set()
    for ref, entries in list(groups.items())[:MAX_PAGES]:
        entries.sort(key=lambda entry: milliseconds(entry.get("startedDateTime")) or 0.0)
        if len(groups) > 1 and "html" not in _mime(_chain(entries)[-1]):
            continue  # a repeat view out of the cache begins with whatever was not in it
        subject = normal_url(scrub(entries[0]["request"]["url"]))
        if subject in seen:
            continue
        seen.add(subject)
        at = utc(started.get(ref) or entries[0].get("startedDateTime"))
        for answer in _page(subject, entries, consent, at, note):
            yield answer._replace(values=tuple(without(value, known) for value in answer.values))


def _page(subject: str, entries: list[dict[str, Any]], consent: str, at: str, note: str) -> Iterator[Answer]:
    chain = _chain(entries)
    final = chain[-1]
    start = milliseconds(entries[0].get("startedDateTime"))
    value: dict[str, Any] = {
        "url": scrub(final["request"]["url"]),
        "requests": [_request(entry, start, document=entry in chain) for entry in entries],
        "cookies": cookies(_cookies(entries)),
    }
    yield Answer(page(subject, "har", consent), Status.OK, (value,), at=at, note=note)
    response = _response(final)
    status, address = number(response.get("status")), _address(final)
    if not status:
        return  # it never answered
    seen: dict[str, Any] = {
        "status": status,
        "url": value["url"],
        "redirects": [scrub(e["request"]["url"]) for e in chain[:-1]],
    }
    seen["headers"] = fields(response.get("headers"))
    yield Answer(http(subject), Status.OK, (seen | ({"ip": address} if address else {}),), at=at, note=note)
    host = urlsplit(value["url"]).hostname or ""
    if address and ipaddress.ip_address(address).is_global:
        record = "AAAA" if ":" in address else "A"
        yield Answer(dns(host, record), Status.OK, (address,), at=at, note=f"{note}: the address connected to")


def _chain(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The document's entries, redirect by redirect."""
    chain = [entries[0]]
    by_url = {entry["request"]["url"]: entry for entry in reversed(entries)}
    while len(chain) < MAX_REDIRECTS:
        response = _response(chain[-1])
        target = text(response.get("redirectURL")) or next(
            (v for n, v in _raw_headers(response) if n == "location"), ""
        )
        if number(response.get("status")) not in _REDIRECTS or not target:
            break
        url = urljoin(chain[-1]["request"]["url"], target)
        entry = by_url.get(url) or by_url.get(normal_url(url))
        if entry is None or entry in chain:
            break
        chain.append(entry)
    return chain


def _request(entry: dict[str, Any], start: float | None, *, document: bool) -> dict[str, Any]:
    response, mime = _response(entry), _mime(entry)
    kind = text(entry.get("_resourceType"), 20).capitalize() or next((t for m, t in _TYPES if m in mime), "Other")
    value: dict[str, Any] = {
        "url": scrub(entry["request"]["url"]),
        "type": "Document" if document else "Other" if kind == "Document" and not _is_frame(entry) else kind,
    }
    if mime:
        value["mime"] = mime
    status, size, began = number(response.get("status")), _size(entry), milliseconds(entry.get("startedDateTime"))
    if status:  # 0 and -1 stand for no answer
        value["status"] = status
    if size is not None:
        value["bytes"] = size
    if start is not None and began is not None:
        value["at_ms"] = max(0, round(began - start))
    address, initiator = _address(entry), _initiator(entry)
    if address:
        value["ip"] = address
    if initiator and initiator != value["url"]:
        value["initiator"] = initiator
    return value


def _mime(entry: dict[str, Any]) -> str:
    content = _response(entry).get("content")
    return text(content.get("mimeType"), 100).partition(";")[0].strip().lower() if isinstance(content, dict) else ""


def _is_frame(entry: dict[str, Any]) -> bool:
    """A page inside the page; without the exporter's word, what answers 200 with HTML is taken for one."""
    return number(_response(entry).get("status")) == 200


def _response(entry: dict[str, Any]) -> dict[str, Any]:
    response = entry.get("response")
    return response if isinstance(response, dict) else {}


def _size(entry: dict[str, Any]) -> int | None:
    """Bytes as transferred, the best there is: the exporter's count, head and body, the body, the content."""
    response = _response(entry)
    for known in (response.get("_transferSize"), entry.get("_bytesIn")):
        if number(known) is not None:
            return number(known)
    head, body = number(response.get("headersSize")), number(response.get("bodySize"))
    if body is not None:
        return body + (head or 0)
    content = response.get("content")
    return number(content.get("size")) if isinstance(content, dict) else None


def _address(entry: dict[str, Any]) -> str:
    found = text(entry.get("serverIPAddress") or entry.get("_ip_addr"), 60).strip("[]")
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return ""


def _initiator(entry: dict[str, Any]) -> str:
    """What caused a request: chrome-har and WebPagetest give a URL, browsers the protocol's object."""
    found = entry.get("_initiator")
    if isinstance(found, str):
        return scrub(text(found))
    if not isinstance(found, dict):
        return ""
    if isinstance(found.get("url"), str):
        return scrub(text(found["url"]))
    stack, left = found.get("stack"), 10
    while isinstance(stack, dict) and left:
        for call in objects(stack.get("callFrames")):
            if call.get("url"):
                return scrub(text(call["url"]))
        stack, left = stack.get("parent"), left - 1
    return ""


def _raw_headers(response: dict[str, Any]) -> list[tuple[str, str]]:
    return [(text(h.get("name"), 200).lower(), text(h.get("value"))) for h in objects(response.get("headers"))]


def _cookie_values(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Values of the load's cookies: trackers hand them on to each other in paths, where nothing gives them away."""
    for entry in entries:
        for side in (entry["request"], _response(entry)):
            for cookie in objects(side.get("cookies")):
                value = text(cookie.get("value"))
                if len(value) >= MIN_SECRET:
                    yield value


def _cookies(entries: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        host = urlsplit(entry["request"]["url"]).hostname or ""
        for cookie in objects(_response(entry).get("cookies")):
            yield text(cookie.get("name"), 200), text(cookie.get("domain"), 253) or host
