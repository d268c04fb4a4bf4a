"""What the page loads: requests of a recorded load, else links of its HTML; hosts that its policy declares."""

from __future__ import annotations

from typing import Any

from scanner.ask import Ask
from scanner.collect import Hints
from scanner.collect._declared import declared
from scanner.collect._load import MAX_REQUESTS, Called, Load, seen
from scanner.collect._walk import cname_chain, site, status_code, url_host
from scanner.model import Observation, Target
from scanner.names import same_party

MAX_HOSTS = 60
"""First-party hosts whose CNAME is followed."""
SCHEMES = ("http", "https", "ws", "wss")


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`page` (its questions and how it was seen), `request`s to third parties, `own-host`s with the names that their
    CNAMEs lead to, and `declared` hosts."""
    front = await site(target, ask)
    load = await seen(front, ask)
    hosts = (target.host, front.host, url_host(load.url))
    basis = (load.question,)
    own: dict[str, Called] = {}
    third: dict[tuple[str, str], Called] = {}
    ours: dict[str, bool] = {}
    for called in load.requests[:MAX_REQUESTS]:
        host = url_host(called.url)
        if host and called.url.partition(":")[0].lower() in SCHEMES:
            if host not in ours:
                ours[host] = any(same_party(host, known) for known in hosts)
            if ours[host]:
                own.setdefault(host, called)
            else:
                third.setdefault((called.url, called.by), called)
    whole = len(load.requests) <= MAX_REQUESTS and len(own) <= MAX_HOSTS and not load.cut
    data = {"source": load.source, "status": load.status, "url": load.url, "whole": whole, "cut": load.cut}
    seen_page = Observation("page", front.host, target.domain, front.host, (*basis, *load.asked), data)
    found = [seen_page, *(_request(called, target, load) for called in third.values())]
    for host, called in list(own.items())[:MAX_HOSTS]:
        if host not in hosts:
            questions, names = await cname_chain(host, ask)
            names = [name for name in names if not any(same_party(name, known) for known in hosts)]
            links = {"names": tuple(names), "url": called.url, **_how(called)}
            found.append(Observation("own-host", host, target.domain, host, (*basis, *questions), links))
    found.append(Observation("policy", "", target.domain, front.host, front.asked))
    if (status_code(front.page.get("status")) or 0) < 400:  # an error page may be somebody else's, its policy too
        requested = {url_host(called.url) for called in third.values()}
        found += [
            Observation("declared", host, target.domain, host, (front.answer.question,), {"header": header})
            for host, header in declared(front).items()
            if host not in requested and not any(same_party(host.removeprefix("*."), known) for known in hosts)
        ]
    return found


def _request(called: Called, target: Target, load: Load) -> Observation:
    question = load.after.get(called.consent, load.question)
    return Observation("request", called.url, target.domain, url_host(called.url), (question,), _how(called))


def _how(called: Called) -> dict[str, Any]:
    return {"type": called.type, "by": called.by, "blocks": called.blocks, "consent": called.consent}
