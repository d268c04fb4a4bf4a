"""What the page loads: requests of a recorded load, else links of its HTML; hosts that its policy declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scanner.ask import Ask, normal_url, page
from scanner.collect import Hints
from scanner.collect._walk import Site, cname_chain, header_fields, site, status_code, url_host
from scanner.model import Observation, Question, Status, Target
from scanner.names import name_problem, same_party

SOURCES = ("chromium", "har", "lighthouse")
"""Recorded page loads, the best first."""
MAX_REQUESTS = 5_000
MAX_HOSTS = 60
"""First-party hosts whose CNAME is followed."""
CSP_HEADERS = frozenset({"content-security-policy", "content-security-policy-report-only"})
MAX_DECLARED = 500
SCHEMES = ("http", "https", "ws", "wss")


@dataclass(frozen=True, slots=True)
class Load:
    """How a page was seen: `source` (chromium, har, lighthouse, html, or "" where it was not), the `question` that
    told, the `url` it ended at, its HTTP `status` (None where not recorded), and what it requested as (URL, type)."""

    source: str
    question: Question
    url: str
    status: int | None
    requests: list[tuple[str, str]]
    asked: tuple[Question, ...]


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`page` (its questions and how it was seen), `request`s to third parties, `own-host`s with the names that their
    CNAMEs lead to, and `declared` hosts."""
    front = await site(target, ask)
    load = await _recorded(front, ask) or _from_html(front)
    hosts = (target.host, front.host, url_host(load.url))
    basis = (load.question,)
    own: dict[str, str] = {}
    third: dict[str, str] = {}
    for url, kind in dict(load.requests[:MAX_REQUESTS]).items():
        host = url_host(url)
        if host and url.partition(":")[0].lower() in SCHEMES:
            if any(same_party(host, known) for known in hosts):
                own.setdefault(host, url)
            else:
                third[url] = kind
    whole = len(load.requests) <= MAX_REQUESTS and len(own) <= MAX_HOSTS
    data = {"source": load.source, "status": load.status, "url": load.url, "whole": whole}
    seen = [Observation("page", front.host, target.domain, front.host, (*basis, *load.asked), data)]
    seen += [
        Observation("request", url, target.domain, url_host(url), basis, {"type": kind}) for url, kind in third.items()
    ]
    for host, url in list(own.items())[:MAX_HOSTS]:
        if host not in hosts:
            questions, names = await cname_chain(host, ask)
            names = [name for name in names if not any(same_party(name, known) for known in hosts)]
            links = {"names": tuple(names), "url": url}
            seen.append(Observation("own-host", host, target.domain, host, (*basis, *questions), links))
    seen.append(Observation("policy", "", target.domain, front.host, front.asked))
    if (status_code(front.page.get("status")) or 0) < 400:  # an error page may be somebody else's, its policy too
        requested = {url_host(url) for url in third}
        seen += [
            Observation("declared", host, target.domain, host, (front.answer.question,))
            for host in _declared(front)
            if host not in requested and not any(same_party(host.removeprefix("*."), known) for known in hosts)
        ]
    return seen


async def _recorded(front: Site, ask: Ask) -> Load | None:
    """The best recorded load of the page: of the URL that answered, else of any that was asked."""
    answered = front.answer.question if front.page else None
    subjects = [answered.subject] if answered else [question.subject for question in front.asked]
    asked: list[Question] = []
    for source in SOURCES:
        for subject in subjects:
            question = page(subject, source)
            answer = await ask(question)
            if answer.status is Status.OK and answer.values:
                return _read(source, question, answer.values[0], front, tuple(asked))
            if answer.status is not Status.UNASKED:
                asked.append(question)
    if asked and not front.page:
        return Load("", asked[0], front.url, None, [], (*asked[1:], *front.asked))
    return None


def _read(source: str, question: Question, value: dict[str, Any], front: Site, asked: tuple[Question, ...]) -> Load:
    listed = value.get("requests")
    requests = [r for r in listed if isinstance(r, dict)] if isinstance(listed, list) else []
    urls = [(r["url"], str(r.get("type") or "")) for r in requests if isinstance(r.get("url"), str)]
    final = value.get("url")
    final = final if isinstance(final, str) and url_host(final) else front.url
    own = [r for r in requests if isinstance(r.get("url"), str) and normal_url(r["url"]) == normal_url(final)]
    documents = [r for r in own if str(r.get("type")).lower() == "document"] or own
    status = status_code(documents[-1].get("status")) if documents else None  # the last: others redirected to itself
    if not urls:  # a load that requested nothing, not even its page, did not happen
        return Load("", question, final, None, [], asked)
    return Load(
        source, question, final, status_code(front.page.get("status")) if status is None else status, urls, asked
    )


def _from_html(front: Site) -> Load:
    """The links of the page's HTML. A form's target is left out: it is called when a visitor sends it, not before."""
    listed = front.page.get("links")
    links = [link for link in listed if isinstance(link, dict)] if isinstance(listed, list) else []
    urls = [
        (link["url"], str(link.get("tag") or ""))
        for link in links
        if isinstance(link.get("url"), str) and link.get("tag") != "form"
    ]
    status = status_code(front.page.get("status"))
    return Load("html" if front.page else "", front.answer.question, front.url, status, urls, front.asked)


def _declared(front: Site) -> Iterable[str]:
    """Hosts that a Content-Security-Policy lets the page load from: wildcards stay; schemes, keywords and nonces are
    ignored, and so are directives that load nothing (who may frame the page, where reports go)."""
    hosts: dict[str, None] = {}
    for name, value in header_fields(front.page):
        if name.lower() in CSP_HEADERS:
            for directive in value.replace(",", ";").split(";"):  # a comma parts two policies (RFC 9110, section 5.3)
                words = directive.split()
                if words and words[0].lower().endswith(("-src", "-src-elem", "-src-attr")):
                    hosts.update((host, None) for host in map(_source_host, words[1:]) if host)
    return list(hosts)[:MAX_DECLARED]


def _source_host(source: str) -> str:
    """The host of a CSP source expression, or "" (CSP Level 3, section 2.3.1)."""
    if source.startswith("'") or source == "*" or source.endswith(":"):
        return ""
    host = url_host(source if "://" in source else f"//{source}")
    return "" if name_problem(host.removeprefix("*.")) else host
