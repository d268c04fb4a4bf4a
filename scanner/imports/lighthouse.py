"""Lighthouse results (LHR JSON, https://github.com/GoogleChrome/lighthouse): the page answer of one load.

The audit `network-requests` has every request, `dom-size` the nodes, `network-dependency-tree-insight` some of who
loaded whom. Headers are not in it, so that it gives no HTTP answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scanner.ask import page
from scanner.imports._parts import MAX_REQUESTS, cookies, number, objects, text, utc
from scanner.model import Answer, Status
from scanner.scrub import scrub

MAX_DEPTH = 60
_REASONS = {
    "DNS_FAILURE": "nxdomain",
    "INSECURE_DOCUMENT_REQUEST": "tls",
    "PAGE_HUNG": "timeout",
    "PROTOCOL_TIMEOUT": "timeout",
    "NO_FCP": "no-page",
    "NO_NAVSTART": "no-page",
    "NOT_HTML": "no-page",
    "ERRORED_DOCUMENT_REQUEST": "http",
}


def recognises(document: dict[str, Any]) -> bool:
    """True for a Lighthouse result."""
    return isinstance(document.get("audits"), dict) and "lighthouseVersion" in document


def answers(document: dict[str, Any], consent: str) -> Iterator[Answer]:
    """The page answer; a load that failed is `failed` with its reason, never an empty page."""
    final = text(document.get("mainDocumentUrl") or document.get("finalUrl") or document.get("finalDisplayedUrl"))
    asked = scrub(text(document.get("requestedUrl")) or final)
    if not asked:
        raise ValueError("no requestedUrl")
    question = page(asked, "lighthouse", consent)
    at, note = utc(document.get("fetchTime")), f"lighthouse {text(document['lighthouseVersion'], 20)}"
    error = document.get("runtimeError")
    if isinstance(error, dict) and text(error.get("code")) not in ("", "NO_ERROR"):
        code = text(error.get("code"), 60)
        yield Answer(question, Status.FAILED, (), _REASONS.get(code, "connect"), at, note=f"{note}: {code}")
        return
    audits = document["audits"]
    items = objects(_details(audits, "network-requests").get("items"))
    if not items:
        raise ValueError("the audit network-requests is missing or empty")
    parents = dict(_parents(_details(audits, "network-dependency-tree-insight"), "", 0))
    start = min((float(i["networkRequestTime"]) for i in items if _is_time(i.get("networkRequestTime"))), default=0.0)
    requests = [_request(item, start, parents) for item in items[:MAX_REQUESTS]]
    value: dict[str, Any] = {"url": scrub(final) or asked, "requests": [r for r in requests if r["url"]]}
    nodes = _nodes(audits)
    if nodes is not None:
        value["nodes"] = nodes
    value["cookies"] = cookies(_cookies(audits))
    yield Answer(question, Status.OK, (value,), at=at, note=note)


def _details(audits: dict[str, Any], name: str) -> dict[str, Any]:
    audit = audits.get(name)
    details = audit.get("details") if isinstance(audit, dict) else None
    return details if isinstance(details, dict) else {}


def _request(item: dict[str, Any], start: float, parents: dict[str, str]) -> dict[str, Any]:
    url = text(item.get("url"))
    value: dict[str, Any] = {"url": scrub(url), "type": text(item.get("resourceType"), 20)}
    mime = text(item.get("mimeType"), 100)
    if mime:
        value["mime"] = mime
    status, size = number(item.get("statusCode")), number(item.get("transferSize"))
    if status:  # -1 where nothing answered
        value["status"] = status
    if size is not None:
        value["bytes"] = size
    if _is_time(item.get("networkRequestTime")):
        value["at_ms"] = max(0, round(float(item["networkRequestTime"]) - start))
    if value["type"] == "Script" and item.get("priority") in ("High", "VeryHigh"):  # async and deferred ones are low
        value["blocks"] = True
    initiator = scrub(parents.get(url, ""))
    if initiator and initiator != value["url"]:
        value["initiator"] = initiator
    return value


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _parents(tree: dict[str, Any], parent: str, depth: int) -> Iterator[tuple[str, str]]:
    """(URL, URL of what it waited for) along the critical chains."""
    chains = tree.get("chains") or tree.get("children")
    if not isinstance(chains, dict) or depth > MAX_DEPTH:
        return
    for node in objects(list(chains.values())):
        url = text(node.get("url"))
        if url and parent:
            yield url, parent
        yield from _parents(node, url, depth + 1)


def _nodes(audits: dict[str, Any]) -> int | None:
    audit = audits.get("dom-size")
    found = number(audit.get("numericValue")) if isinstance(audit, dict) else None
    if found is not None:
        return found
    for item in objects(_details(audits, "dom-size-insight").get("items")):
        if text(item.get("statistic")) == "Total elements" and isinstance(item.get("value"), dict):
            return number(item["value"].get("value"))
    return None


def _cookies(audits: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for item in objects(_details(audits, "third-party-cookies").get("items")):
        yield text(item.get("name"), 200), urlsplit(scrub(text(item.get("url")))).hostname or ""
