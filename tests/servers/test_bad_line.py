"""A slow line that loses packets, with dead name servers behind it: nothing that has an answer is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import ask
from scanner.model import Status
from scanner.net import Network, Settings

from .line import Line, dead
from .processes import HOST, find, free_port, knot
from .world import bulk, name_of_bulk

BODIES = 150
LIMIT = 60


async def test_no_question_is_lost_and_no_resolver_has_more_under_way_than_its_limit(
    tmp_path: Path, require: Callable[[object, str], None]
) -> None:
    """100 ms a round trip, 5 % of the packets lost each way, 3 % of the bodies on servers that never answer."""
    require(find("knotd"), "knotd")
    lab = bulk(BODIES)
    numbers = {name_of_bulk(n): n for n in range(BODIES)}
    questions = [ask.dns(name, rtype) for name in numbers for rtype in ("A", "MX", "TXT", "AAAA")]
    with knot(tmp_path / "knot", lab) as port:
        lines = [Line(port, 0.1, 0.05, random.Random(seed)) for seed in (1, 2)]
        where = []
        for line in lines:
            line.start(near := free_port())
            where.append(f"{HOST}:{near}")
        settings = Settings(resolvers=tuple(where), allow_private=True, rdap=False, web=False, dns_in_flight=LIMIT)
        async with Network(settings) as net:
            answers = await asyncio.gather(*map(net, questions))
        for line in lines:
            line.close()
    for question, answer in zip(questions, answers, strict=True):
        if dead(numbers[question.subject]):
            assert (answer.status, answer.reason) == (Status.FAILED, "timeout")
        else:
            told = (answer.status.value, answer.reason, tuple(sorted(answer.values)))
            assert told == lab.expected(question.subject, question.detail)
    assert sum(line.lost for line in lines) > 20  # the line was as bad as claimed
    assert max(line.most for line in lines) <= LIMIT
    assert sum(line.seen for line in lines) == pytest.approx(1.2 * len(questions), rel=0.1)  # and nobody was pestered
