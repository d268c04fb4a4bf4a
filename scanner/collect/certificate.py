"""The certificate chain that the serving host presents."""

from __future__ import annotations

from scanner.ask import Ask, tls
from scanner.collect import Hints
from scanner.collect._walk import site
from scanner.model import Observation, Target


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`chain`: the host and the question of its chain."""
    front = await site(target, ask)
    question = tls(front.host)
    await ask(question)
    return [Observation("chain", front.host, target.domain, front.host, (question,))]
