"""Questions to resolvers: many at once, asked again with back-off, moved to another resolver, bounded in flight.

The path of one question: wait for a free place in a resolver's window; send; on no answer in time ask the next
resolver (a late answer to an earlier packet still counts); on SERVFAIL, REFUSED or garbage another one; on truncation
the same one by TCP. It ends with a Message, or with why there is none.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, Protocol, cast

from scanner.net.limits import Rate
from scanner.net.stream import ask_by_tcp
from scanner.net.udp import Link, Links, Receive, Sent
from scanner.net.upstream import Upstream
from scanner.net.wire import BADVERS, FORMERR, NOERROR, NOTIMP, NXDOMAIN, REFUSED, SERVFAIL, Message, WireError, decode

TICK = 0.02  # seconds between two looks at the clock
SERVFAIL_PAUSE = 0.3  # seconds before a lone resolver is asked again: it may have learnt a better server by then

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
    """One question under way."""

    __slots__ = (
        "attempts",
        "current",
        "deadline",
        "done",
        "edns",
        "failure",
        "finished",
        "owner",
        "question",
        "sent",
    )

    def __init__(self, question: bytes, owner: str, done: Done) -> None:
        self.question = question
        self.owner = owner
        self.done = done
        self.attempts = 0
        self.deadline = 0.0
        self.edns = True
        self.finished = False
        self.failure: Failure = "timeout"
        self.current: Upstream | None = None  # whose window it takes a place of
        self.sent: list[Sent] = []

    def tried(self, upstream: Upstream) -> int:
        """How often a resolver was asked."""
        return sum(sent.upstream is upstream for sent in self.sent)


class Exchange:
    """The questions under way at a set of resolvers. Use from one event loop; `close` ends all."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        timeout: float,
        tries: int,
        connect: Connect = by_udp,
        rate: Rate | None = None,
    ) -> None:
        self.upstreams = list(upstreams)
        self._timeout = timeout
        self._attempts = max(1, tries) + 1  # the last wait is shared by two packets: one lost is not the end
        self._loop = asyncio.get_running_loop()
        self._links = {upstream: connect(upstream, self._loop, self._received, self._trouble) for upstream in upstreams}
        self._rate = rate
        self._turn: asyncio.TimerHandle | None = None
        self._active: set[Query] = set()
        self._waiting: deque[Query] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, question: bytes, owner: str, done: Done) -> None:
        """Ask a question section about a canonical name; `done` is called once, later, with the response or why not."""
        query = Query(question, owner, done)
        upstream = None if self._waiting else self._choose(query)
        if upstream is None:
            self._waiting.append(query)
        else:
            self._send(query, upstream)

    def links(self) -> list[Link]:
        """The UDP sockets open at present."""
        return [link for links in self._links.values() for link in links.open]

    async def close(self) -> None:
        """Stop; what is under way ends as timed out."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for query in [*self._active, *self._waiting]:
            self._finish(query, "timeout")
        self._waiting.clear()
        for timer in (self._timer, self._turn):
            if timer is not None:
                timer.cancel()
        for links in self._links.values():
            await links.close()

    def _pump(self) -> None:
        """Send what waits, as long as a window has room."""
        while self._waiting:
            if self._waiting[0].finished:  # a late answer came while it waited to be asked again
                self._waiting.popleft()
                continue
            upstream = self._choose(self._waiting[0])
            if upstream is None:
                return
            self._send(self._waiting.popleft(), upstream)

    def _choose(self, query: Query) -> Upstream | None:
        """The resolver least tried by this question, then least busy; None when all windows are full, or not yet."""
        if self._rate is not None and not self._may_go(self._rate):
            return None
        if len(self.upstreams) == 1:
            return self.upstreams[0] if self.upstreams[0].free else None
        now = self._loop.time()
        free = [upstream for upstream in self.upstreams if upstream.free]
        return min(free, key=lambda upstream: (query.tried(upstream), upstream.load(now)), default=None)

    def _may_go(self, rate: Rate) -> bool:
        """True when the user's rate has room for one more; else what waits goes on when it has."""
        delay = rate.delay(self._loop.time())
        if delay > 0 and self._turn is None:
            self._turn = self._loop.call_later(delay, self._next_turn)
        return delay <= 0

    def _next_turn(self) -> None:
        self._turn = None
        self._pump()

    def _send(self, query: Query, upstream: Upstream) -> None:
        now = self._loop.time()
        query.current = upstream
        upstream.took()
        if self._rate is not None:
            self._rate.take(now)
        sent = Sent(upstream, query.question, query, now)
        query.sent.append(sent)
        if query.failure != "timeout":  # there is an answer to give, if a poor one
            seconds = upstream.wait(0, self._timeout)
        elif query.attempts + 2 >= self._attempts:
            seconds = self._timeout / 2
        else:
            seconds = upstream.wait(query.attempts, self._timeout)
        query.deadline = now + seconds
        if not self._links[upstream].send(sent, query.edns):
            query.deadline = now + TICK  # nothing went out
        query.attempts += 1
        self._active.add(query)
        if self._timer is None:
            self._timer = self._loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        """Ask again what was not answered in time."""
        now = self._loop.time()
        for query in [query for query in self._active if query.deadline <= now]:
            if query.current is not None:  # else it only paused
                query.current.lost(now)
            self._retry(query, query.failure)
        for links in self._links.values():
            links.sweep()
        self._timer = self._loop.call_later(TICK, self._tick) if self._active else None
        self._pump()

    def _retry(self, query: Query, failure: Failure) -> None:
        """Another attempt if one is left, ahead of questions that have not been asked yet."""
        query.failure = failure
        self._leave(query)
        self._active.discard(query)
        if query.attempts >= self._attempts:
            self._finish(query, failure)
        else:
            self._waiting.appendleft(query)

    def _leave(self, query: Query) -> None:
        """Give back the place in the window."""
        if query.current is not None:
            query.current.in_flight -= 1
            query.current = None

    def _finish(self, query: Query, outcome: Message | Failure) -> None:
        query.finished = True
        self._leave(query)
        self._active.discard(query)
        for sent in query.sent:
            sent.forget()
        query.sent.clear()
        query.done(outcome)

    def _received(self, sent: Sent, data: bytes) -> None:
        """A packet that answers `sent`, by UDP."""
        query: Query = sent.token
        sent.upstream.answered(self._loop.time() - sent.at, late=sent is not query.sent[-1])
        self._judge(query, sent.upstream, data, sent.upstream.stream)
        if self._waiting:
            self._pump()

    def _trouble(self, sent: Sent, why: str) -> None:
        """A question cannot go out: to another resolver at once, else again after a pause, unless that is no use."""
        query: Query = sent.token
        if query.finished or sent is not query.sent[-1]:
            return
        failure = cast(Failure, why)
        if any(not query.tried(upstream) for upstream in self.upstreams) or failure == "tls":
            self._elsewhere(query, failure)
            self._pump()
        else:
            query.failure = failure
            query.deadline = self._loop.time() + SERVFAIL_PAUSE

    def _judge(self, query: Query, upstream: Upstream, data: bytes, by_tcp: bool = False) -> None:
        """Take the response, or find out what to do instead."""
        truncated = bool(data[2] & 0x02)
        if truncated and not by_tcp:
            self._by_tcp(query, upstream)
            return
        try:
            message = decode(data, query.question, query.owner)
        except WireError:
            self._elsewhere(query, "malformed")
            return
        if message.rcode in (NOERROR, NXDOMAIN) and not truncated:
            self._finish(query, message)
        elif message.rcode in (FORMERR, NOTIMP, BADVERS) and query.edns:
            query.edns = False  # an old server: once more, without EDNS, and this attempt does not count
            query.attempts -= 1
            self._retry(query, "malformed")
        else:
            reasons: dict[int, Failure] = {SERVFAIL: "servfail", REFUSED: "refused"}
            self._elsewhere(query, reasons.get(message.rcode, "malformed"))

    def _elsewhere(self, query: Query, failure: Failure) -> None:
        """A bad answer: another resolver may know better; a lone one is asked once more, and only for SERVFAIL."""
        untried = any(not query.tried(upstream) for upstream in self.upstreams)
        if untried and query.attempts < self._attempts:
            self._retry(query, failure)
        elif failure == "servfail" and query.attempts < 2 < self._attempts:
            self._leave(query)
            query.failure = failure
            query.attempts = self._attempts - 1
            query.deadline = self._loop.time() + SERVFAIL_PAUSE
            self._active.add(query)
        else:
            self._finish(query, failure)

    def _by_tcp(self, query: Query, upstream: Upstream) -> None:
        query.deadline = self._loop.time() + 2 * self._timeout
        task = self._loop.create_task(self._ask_by_tcp(query, upstream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_by_tcp(self, query: Query, upstream: Upstream) -> None:
        data = b""
        failure: Failure = "timeout"
        try:
            data = await ask_by_tcp(upstream, query.question, self._timeout)
        except OSError:  # refused, reset, or no answer in time
            pass
        except WireError:
            failure = "malformed"
        if query.finished:
            return
        if data:
            self._judge(query, upstream, data, by_tcp=True)
        else:
            self._elsewhere(query, failure)
        self._pump()
