"""A question under way, what may come of it, and what every way to a resolver can do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

from scanner.net.silence import Silence
from scanner.net.udp import Link, Links, Receive, Sent
from scanner.net.upstream import Upstream
from scanner.net.wire import Message

Failure = Literal["timeout", "servfail", "refused", "malformed", "connect", "tls", "http"]
Done = Callable[[Message | Failure], None]


class Transport(Protocol):
    """A way to one resolver: UDP sockets, a kept connection."""

    open: list[Link]

    def send(self, sent: Sent, edns: bool) -> bool:
        """Ask; False when nothing can go out now."""

    def sweep(self) -> None:
        """Tidy up, now and then."""

    async def close(self) -> None:
        """Let go of everything."""


Connect = Callable[[Upstream, asyncio.AbstractEventLoop, Receive, Callable[[Sent, str], None]], Transport]
"""Makes the way to a resolver, given what to call with an answer and with a question that cannot go out."""


def by_udp(
    upstream: Upstream, loop: asyncio.AbstractEventLoop, receive: Receive, trouble: Callable[[Sent, str], None]
) -> Transport:
    """The usual way."""
    return Links(upstream, loop, receive)


class Query:
    """One question under way. `queued`: it waits for a place in a window, or for what comes of its zone; `patience`:
    seconds that it may still wait for answers; `current`: the resolver whose window it takes a place of; `silence`: of
    its zone, where that does not answer."""

    __slots__ = (
        "attempts",
        "current",
        "deadline",
        "done",
        "edns",
        "failure",
        "finished",
        "owner",
        "patience",
        "question",
        "queued",
        "sent",
        "silence",
    )

    def __init__(self, question: bytes, owner: str, done: Done, patience: float) -> None:
        self.question = question
        self.owner = owner
        self.done = done
        self.attempts = 0
        self.deadline = 0.0
        self.edns = True
        self.finished = False
        self.queued = True
        self.patience = patience
        self.failure: Failure = "timeout"
        self.current: Upstream | None = None
        self.sent: list[Sent] = []
        self.silence: Silence[Query] | None = None

    def tried(self, upstream: Upstream) -> int:
        """How often a resolver was asked."""
        return sum(sent.upstream is upstream for sent in self.sent)
