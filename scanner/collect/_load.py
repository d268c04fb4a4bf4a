"""How a page was seen: a recorded load, the best there is, or the links of its HTML; and what came after its banner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scanner.ask import Ask, normal_url, page
from scanner.collect._walk import Site, header_fields, status_code, url_host
from scanner.model import Question, Status

SOURCES = ("chromium", "har", "lighthouse")
"""Recorded page loads, the best first."""
CHOICES = ("accept", "reject")
BEFORE = "before"
MAX_REQUESTS = 5_000
MAX_CHAIN = 20
_LOADING = frozenset({"preload", "modulepreload", "stylesheet", "preconnect", "dns-prefetch", "prefetch"})
_LINK = re.compile(r"<([^<>\s]{1,2000})>((?:\s*;\s*[\w-]+(?:\s*=\s*(?:\"[^\"]{0,500}\"|[^\s\",;]{0,500}))?)*)")
_RELATION = re.compile(r";\s*rel\s*=\s*\"?([^\";]{1,200})", re.I)


class Called(NamedTuple):
    """One request. `type`: as the browser names it, or the element's tag; `by`: the host that brought it, or "" for the
    page itself; `blocks`: the page waits for it, None where that was not seen; `consent`: `before` any click, after
    `accept` or `reject` only, or "" where it was not seen."""

    url: str
    type: str
    by: str = ""
    blocks: bool | None = None
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How a page was seen: `source` (chromium, har, lighthouse, html, or "" where it was not), the `question` that
    told, the `url` it ended at, its HTTP `status` (None where not recorded), what it requested, and the questions
    `asked` beside. `cut`: the load was ended by a limit; `after`: by choice, the question that answered the banner."""

    source: str
    question: Question
    url: str
    status: int | None
    requests: list[Called]
    asked: tuple[Question, ...]
    cut: bool = False
    after: Mapping[str, Question] = field(default_factory=dict)


async def seen(front: Site, ask: Ask) -> Load:
    """The best there is of a page: recorded by a browser, else its HTML."""
    asked: list[Question] = []
    return await _recorded(front, ask, asked) or _from_html(front, asked)


async def _recorded(front: Site, ask: Ask, asked: list[Question]) -> Load | None:
    """The best recorded load of the page: of the URL that answered, else of any that was asked.

    `asked` collects the questions that came to nothing. A browser that comes back with nothing is not sent to other
    URLs of the page.
    """
    answered = front.answer.question if front.page else None
    subjects = [answered.subject] if answered else [question.subject for question in front.asked]
    unasked: list[tuple[str, str]] = []
    for source in SOURCES:
        for subject in subjects:
            question = page(subject, source)
            answer = await ask(question)
            if answer.status is Status.OK and answer.values:
                load = _read(source, question, answer.values[0], front, tuple(asked))
                return await _with_choices(load, subject, ask)
            if answer.status is Status.UNASKED:
                unasked.append((source, subject))
            else:
                asked.append(question)
                if source == SOURCES[0]:
                    break
    for source, subject in unasked:  # a load that was recorded after the banner only, by others
        for choice in CHOICES:
            question = page(subject, source, choice)
            answer = await ask(question)
            if answer.status is Status.OK and answer.values:
                return _read(source, question, answer.values[0], front, tuple(asked), choice)
    if asked and not front.page:
        return Load("", asked[0], front.url, None, [], (*asked[1:], *front.asked))
    return None


async def _with_choices(load: Load, subject: str, ask: Ask) -> Load:
    """The load with what only came after the banner was answered, where that was recorded too."""
    if not load.source:
        return load
    before = {called.url for called in load.requests}
    requests = list(load.requests)
    after: dict[str, Question] = {}
    for choice in CHOICES:
        question = page(subject, load.source, choice)
        answer = await ask(question)
        if answer.status is not Status.OK or not answer.values:
            continue
        after[choice] = question
        value = answer.values[0]
        found = _requests(value, choice, url_host(load.url))
        if any(isinstance(r, dict) and "after_click" in r for r in _listed(value)):
            clicked = {r.get("url") for r in _listed(value) if isinstance(r, dict) and r.get("after_click")}
            found = [called for called in found if called.url in clicked]
        requests += [called for called in found if called.url not in before]
    return Load(load.source, load.question, load.url, load.status, requests, load.asked, load.cut, after)


def _listed(value: Mapping[str, Any]) -> list[Any]:
    listed = value.get("requests")
    return listed if isinstance(listed, list) else []


def _requests(value: Mapping[str, Any], consent: str, own: str) -> list[Called]:
    """The requests of a page answer's value, each with the host that brought it."""
    listed = [r for r in _listed(value) if isinstance(r, dict) and isinstance(r.get("url"), str)]
    parents = {r["url"]: r["initiator"] for r in reversed(listed) if isinstance(r.get("initiator"), str)}
    known = any("blocks" in r for r in listed)
    return [
        Called(
            r["url"],
            str(r.get("type") or ""),
            _brought_by(r, parents, own),
            r.get("blocks") is True if known else None,
            consent,
        )
        for r in listed
    ]


def _brought_by(request: Mapping[str, Any], parents: Mapping[str, str], own: str) -> str:
    """The nearest other host up the chain of initiators, or "" where it is the page's own."""
    host = url_host(request["url"])
    current, steps = request.get("initiator"), 0
    while isinstance(current, str) and steps < MAX_CHAIN:
        by = url_host(current)
        if by != host:
            return "" if by == own else by
        current, steps = parents.get(current), steps + 1
    return ""


def _read(
    source: str,
    question: Question,
    value: dict[str, Any],
    front: Site,
    asked: tuple[Question, ...],
    consent: str = BEFORE,
) -> Load:
    final = value.get("url")
    final = final if isinstance(final, str) and url_host(final) else front.url
    listed = [r for r in _listed(value) if isinstance(r, dict) and isinstance(r.get("url"), str)]
    own = [r for r in listed if normal_url(r["url"]) == normal_url(final)]
    documents = [r for r in own if str(r.get("type")).lower() == "document"] or own
    status = status_code(documents[-1].get("status")) if documents else None  # the last: others redirected to itself
    cut = bool(value.get("cut"))
    if not listed:  # a load that requested nothing, not even its page, did not happen
        return Load("", question, final, None, [], asked)
    status = status_code(front.page.get("status")) if status is None else status
    return Load(source, question, final, status, _requests(value, consent, url_host(final)), asked, cut)


def _from_html(front: Site, asked: list[Question]) -> Load:
    """The links of the page's HTML and of its Link headers. A form's target is left out: it is called when a visitor
    sends it, not before."""
    listed, blocking = front.page.get("links"), front.page.get("blocking")
    waited = frozenset(url for url in blocking if isinstance(url, str)) if isinstance(blocking, list) else None
    requests: list[Called] = []
    for link in listed if isinstance(listed, list) else ():
        url, tag = (link.get("url"), link.get("tag")) if isinstance(link, dict) else (None, None)
        if isinstance(url, str) and tag != "form":
            requests.append(Called(url, str(tag or ""), "", None if waited is None else url in waited))
    requests += [Called(url, "link") for url in header_links(front)]
    status = status_code(front.page.get("status"))
    return Load(
        "html" if front.page else "", front.answer.question, front.url, status, requests, (*front.asked, *asked)
    )


def header_links(front: Site) -> list[str]:
    """Absolute URLs that Link headers make a browser load (RFC 8288, section 3)."""
    found: dict[str, None] = {}
    for name, value in header_fields(front.page):
        if name.lower() == "link":
            for match in _LINK.finditer(value[:20_000]):
                relation = _RELATION.search(match[2])
                absolute = "://" in match[1][:8] or match[1].startswith("//")
                if relation and absolute and not _LOADING.isdisjoint(relation[1].lower().split()):
                    found[f"https:{match[1]}" if match[1].startswith("//") else match[1]] = None
    return list(found)
