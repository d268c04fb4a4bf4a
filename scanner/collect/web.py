"""The web front: who answers for the site, by which names and addresses, with which headers."""

from __future__ import annotations

from scanner.ask import Ask
from scanner.collect import Hints
from scanner.collect._walk import addresses, cname_chain, header_fields, site, status_code
from scanner.model import Observation, Target

MAX_HEADER = 500


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`site` (the serving host), `web-cname`s in order of the chain, `web-address`es and `header`s."""
    front = await site(target, ask)
    chain_questions, names = await cname_chain(front.host, ask)
    data = {"url": front.url, "status": status_code(front.page.get("status"))}
    seen = [Observation("site", front.host, target.domain, front.host, front.asked, data)]
    seen.append(Observation("web-chain", "", target.domain, front.host, tuple(chain_questions)))
    seen += [
        Observation("web-cname", name, target.domain, front.host, (question,))
        for question, name in zip(chain_questions, names, strict=False)
    ]
    seen += await addresses(front.host, target, ask, kind="web-address")
    for name, value in header_fields(front.page):
        text = f"{name}: {value}"[:MAX_HEADER]
        seen.append(Observation("header", text, target.domain, front.host, (front.answer.question,)))
    return seen
