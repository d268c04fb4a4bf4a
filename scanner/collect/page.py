"""What the page loads: requests of a recorded load, else links of its HTML; hosts that its policy declares."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from scanner.ask import Ask, page
from scanner.collect import Hints
from scanner.collect._walk import Site, cname_chain, site, url_host
from scanner.model import Observation, Question, Status, Target
from scanner.names import same_party

SOURCES = ("chromium", "har", "lighthouse")
"""Recorded page loads, the best first."""
MAX_REQUESTS = 5_000
MAX_HOSTS = 60
"""First-party hosts whose CNAME is followed."""
CSP_HEADERS = frozenset({"content-security-policy", "content-security-policy-report-only"})


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`page` (its questions and how it was seen), `request`s, `cloak`ed first-party hosts and `declared` hosts."""
    front = await site(target, ask)
    asked, best, load, status = await _load(front, ask)
    source = best.detail.partition(";")[0] if best else "html" if front.page else ""
    basis = (best,) if best else (front.answer.question,)
    data = {"source": source, "status": status, "url": front.url}
    seen = [Observation("page", front.host, target.domain, front.host, (*basis, *asked), data)]
    urls = load if best else [(str(link.get("url", "")), str(link.get("tag", ""))) for link in front.page.get("links", [])]
    own: dict[str, str] = {}
    for url, tag in dict(urls[:MAX_REQUESTS]).items():
        host = url_host(url)
        if not host or not url.startswith(("http:", "https:", "ws:", "wss:")):
            continue
        if first_party(host, target, front):
            own.setdefault(host, url)
        else:
            seen.append(Observation("request", url, target.domain, host, basis, {"type": tag}))
    seen += await _cloaked(own, target, front, ask, basis)
    return seen + [
        Observation("declared", host, target.domain, host, (front.answer.question,))
        for host in _declared(front)
        if not first_party(host.removeprefix("*."), target, front)
    ]


def first_party(host: str, target: Target, front: Site) -> bool:
    """True for a host of the body's own names: the listed one's, or those that the site redirected to."""
    return same_party(host, target.host) or same_party(host, front.host)


async def _load(
    front: Site, ask: Ask
) -> tuple[list[Question], Question | None, list[tuple[str, str]], int | None]:
    """The questions put, the one that answered, its requests as (URL, type), and the page's own HTTP status."""
    asked: list[Question] = []
    start = front.asked[0].subject
    for source in SOURCES:
        question = page(start, source)
        answer = await ask(question)
        if answer.status is not Status.UNASKED:
            asked.append(question)
        if answer.status is Status.OK and answer.values:
            requests = answer.values[0].get("requests", [])
            own = next((r.get("status") for r in requests if r.get("url") == answer.values[0].get("url")), None)
            urls = [(str(r.get("url", "")), str(r.get("type", ""))) for r in requests]
            return [], question, urls, own or front.page.get("status")
    return asked, None, [], front.page.get("status")


async def _cloaked(
    own: dict[str, str], target: Target, front: Site, ask: Ask, basis: tuple[Question, ...]
) -> list[Observation]:
    """First-party hosts requested beside the page's own, with the names that their CNAMEs lead to."""
    seen = []
    for host, url in list(own.items())[:MAX_HOSTS]:
        if host in (front.host, target.host):
            continue
        questions, names = await cname_chain(host, ask)
        seen.append(
            Observation("own-host", host, target.domain, host, (*basis, *questions), {"names": tuple(names), "url": url})
        )
    return seen


def _declared(front: Site) -> Iterable[str]:
    """Hosts that a Content-Security-Policy names: wildcards stay, schemes, keywords, nonces and report-uri are ignored."""
    hosts: dict[str, None] = {}
    for name, value in front.page.get("headers", []):
        if str(name).lower() in CSP_HEADERS:
            for directive in str(value).split(";"):
                words = directive.split()
                if words and words[0].lower() not in ("report-uri", "report-to", "sandbox", "plugin-types"):
                    hosts.update((host, None) for host in map(_source_host, words[1:]) if host)
    return list(hosts)[:500]


def _source_host(source: str) -> str:
    """The host of a CSP source expression, or "" (CSP Level 3, section 2.3.1)."""
    if source.startswith("'") or source == "*" or source.endswith(":"):
        return ""
    try:
        host = urlsplit(source if "://" in source else f"//{source}").hostname or ""
    except ValueError:
        return ""
    bare = host.removeprefix("*.")
    return host if "." in bare and not bare.replace(".", "").isdigit() and "*" not in bare else ""
