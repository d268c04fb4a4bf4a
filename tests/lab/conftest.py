"""The small world, started once a test, and dnspython to ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import dns.asyncquery
import dns.message
import pytest

from scanner.lab import Lab

from .small import SMALL

Ask = Callable[[str, str], Awaitable[dns.message.Message]]


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with Lab(SMALL) as lab:
        yield lab


@pytest.fixture
def ask(lab: Lab) -> Ask:
    """Ask the lab's name server over UDP."""

    async def one(name: str, rtype: str) -> dns.message.Message:
        query = dns.message.make_query(name, rtype, use_edns=0, payload=1232)
        return await dns.asyncquery.udp(query, "127.0.0.1", port=lab.names.port, timeout=2)

    return one
