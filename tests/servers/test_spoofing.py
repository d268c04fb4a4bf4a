"""Answers that somebody else sends before the resolver does change nothing."""

from __future__ import annotations

import asyncio

from scanner import ask
from scanner.model import Status
from scanner.net import Network

from .conftest import Lab
from .middle import FORGED, forging
from .processes import HOST


async def test_forged_packets_before_every_true_answer_are_ignored(servers: Lab) -> None:
    """Another id, type or name, a query for an answer, a cut header, and the right answer from another port."""
    lab = servers.world
    questions = [ask.dns(body.hosts[1], "A") for body in lab.bodies]
    async with (
        forging(servers.recursive) as (port, forged),
        Network(servers.settings(resolvers=(f"{HOST}:{port}",))) as net,
    ):
        answers = await asyncio.gather(*map(net, questions))
        assert (await net(ask.dns("victim.lab", "A"))).status is Status.ABSENT  # nothing forged went to memory
        packets = sum(upstream.asked for upstream in net.dns.upstreams)
    assert len(forged) >= 8 * len(questions)
    for answer in answers:
        wanted = lab.expected(answer.question.subject, "A")
        assert (answer.status.value, answer.reason, tuple(sorted(answer.values))) == wanted
        assert FORGED not in answer.values
    assert packets < 1.2 * len(questions)  # a forgery neither ends a question nor makes it be asked again
