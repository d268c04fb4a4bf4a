"""Questions to resolvers: many at once, asked again with back-off, moved to another resolver, bounded in flight.

The path of one question: wait for a free place in a resolver's window; send; on no answer in time ask the next
resolver (a late answer to an earlier packet still counts); on SERVFAIL, REFUSED or garbage another one; on truncation
the same one by TCP. It ends with a Message, or with why there is none. Of the questions about a zone that is silent,
one goes on asking; the others wait for it without a place, and end with it where the zone is dead.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import cast

from scanner.net.limits import Rate
from scanner.net.query import Connect, Done, Failure, Query, by_udp
from scanner.net.silence import Silences
from scanner.net.stream import ask_by_tcp
from scanner.net.udp import Link, Sent
from scanner.net.upstream import Upstream
from scanner.net.wire import BADVERS, FORMERR, NOERROR, NOTIMP, NXDOMAIN, REFUSED, SERVFAIL, Message, WireError, decode

TICK = 0.02  # seconds between two looks at the clock
LEAST = 1e-3  # seconds worth waiting
SERVFAIL_PAUSE = 0.3  # seconds before a lone resolver is asked again: it may have learnt a better server by then


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
        self._patience = timeout * max(1, tries)
        self._attempts = 2 * max(1, tries) + 1  # seven lose one question in 10 million where 5 % get lost each way
        self._silences: Silences[Query] = Silences(timeout)
        self._loop = asyncio.get_running_loop()
        self._links = {upstream: connect(upstream, self._loop, self._received, self._trouble) for upstream in upstreams}
        self._rate = rate
        self._turn: asyncio.TimerHandle | None = None
        self._active: set[Query] = set()
        self._waiting: deque[Query] = deque()
        self._overdue: set[Sent] = set()  # packets no longer waited for that still take a place
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, question: bytes, owner: str, done: Done) -> None:
        """Ask a question section about a canonical name; `done` is called once, later, with the response or why not."""
        query = Query(question, owner, done, self._patience)
        if self._silences.dead(owner, self._loop.time()):
            self._end_soon(query)
            return
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
            if not query.finished:  # else it ended while it waited
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
            query = self._waiting[0]
            if query.finished:  # a late answer came while it waited to be asked again
                self._waiting.popleft()
            elif self._silences.dead(query.owner, self._loop.time()):
                self._waiting.popleft()
                self._end_soon(query)
            else:
                upstream = self._choose(query)
                if upstream is None:
                    return
                self._send(self._waiting.popleft(), upstream)

    def _choose(self, query: Query) -> Upstream | None:
        """The resolver least tried by this question, then least busy; None when all windows are full, or not yet. One
        that is silent gets a question now and then, unless all are."""
        if self._rate is not None and not self._may_go(self._rate):
            return None
        if len(self.upstreams) == 1:
            return self.upstreams[0] if self.upstreams[0].free else None
        free = [upstream for upstream in self.upstreams if upstream.free]
        if any(upstream.silent for upstream in free) and not all(upstream.silent for upstream in self.upstreams):
            now = self._loop.time()
            free = [upstream for upstream in free if upstream.worth_asking(now)]
        return min(free, key=lambda upstream: (query.tried(upstream), upstream.load), default=None)

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
        query.queued = False
        upstream.took()
        if self._rate is not None:
            self._rate.take(now)
        sent = Sent(upstream, query.question, query, now)
        query.sent.append(sent)
        seconds = self._seconds(query, upstream)
        if seconds > query.patience:
            seconds = query.patience
        query.patience -= seconds
        query.deadline = now + seconds
        if not self._links[upstream].send(sent, query.edns):
            query.deadline = now + TICK  # nothing went out
        query.attempts += 1
        self._watch(query)

    def _seconds(self, query: Query, upstream: Upstream) -> float:
        """How long to wait for the answer to a packet."""
        if query.failure != "timeout":  # there is an answer to give, if a poor one
            return upstream.wait(0, self._timeout)
        if upstream.stream:
            return self._timeout
        longest = self._patience / self._attempts
        if query.attempts + 1 < self._attempts:
            return upstream.wait(query.attempts, longest)
        return max(longest, query.patience - self._patience / 2)  # a slow answer may still come

    def _watch(self, query: Query) -> None:
        """Look at a question again when its deadline is over."""
        self._active.add(query)
        if self._timer is None:
            self._timer = self._loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        """Ask again what was not answered in time."""
        now = self._loop.time()
        for query in [query for query in self._active if query.deadline <= now]:
            if query.current is not None:
                self._expire(query, query.current, now)
            elif not query.finished:  # it only paused
                self._retry(query, query.failure)
        for query in self._silences.died(now):
            if not query.finished:
                self._finish(query, "timeout")
        for sent in [sent for sent in self._overdue if sent.upstream.gone(sent.at, now, self._timeout / 2)]:
            self._come_back(sent)
        for links in self._links.values():
            links.sweep()
        self._timer = self._loop.call_later(TICK, self._tick) if self._active or self._overdue else None
        self._pump()

    def _expire(self, query: Query, upstream: Upstream, now: float) -> None:
        """No answer in time: the line, the resolver or the zone? Go on accordingly."""
        if self._silences.dead(query.owner, now):
            self._finish(query, "timeout")
            return
        sent = query.sent[-1]
        if upstream.newest <= sent.at:
            silence = self._silences.suspect(query.owner, now)
            if silence is None:
                upstream.unanswered(sent.at, now)
        elif sent.link is None:  # it did not go out, or what came in answer was no use
            silence = None
        else:
            silence = self._silences.unanswered(query.owner, sent.at, now, query.silence)
            if silence is not None:
                query.silence = silence
                silence.probe = silence.probe or query
        if silence is None or silence.probe is None or silence.probe is query:
            self._retry(query, query.failure)
        else:
            self._queue(query, query.failure)
            silence.parked.append(query)

    def _end_soon(self, query: Query) -> None:
        """End a question about a dead zone, from the loop: who asks is not ready for an answer yet."""
        query.queued = False
        query.attempts = self._attempts
        query.deadline = 0.0
        self._watch(query)

    def _retry(self, query: Query, failure: Failure) -> None:
        """Another attempt if one is left, ahead of questions that have not been asked yet."""
        if query.queued:  # a late and bad answer to an earlier packet
            query.failure = failure
        elif query.attempts >= self._attempts or query.patience < LEAST:
            self._finish(query, failure)
        else:
            self._queue(query, failure)
            self._waiting.appendleft(query)

    def _queue(self, query: Query, failure: Failure) -> None:
        """No packet of it is under way any more."""
        query.failure = failure
        query.queued = True
        self._leave(query)
        self._active.discard(query)

    def _leave(self, query: Query) -> None:
        """Give back the place in the window, as soon as the resolver has done with the packet."""
        if query.current is None:
            return
        sent = query.sent[-1]
        if sent.link is None or query.current.gone(sent.at, self._loop.time(), self._timeout / 2):
            query.current.in_flight -= 1
        else:
            self._overdue.add(sent)
        query.current = None

    def _come_back(self, sent: Sent) -> None:
        self._overdue.discard(sent)
        sent.upstream.in_flight -= 1

    def _finish(self, query: Query, outcome: Message | Failure) -> None:
        query.finished = True
        self._leave(query)
        self._active.discard(query)
        for sent in query.sent:
            sent.forget()
        query.sent.clear()
        if query.silence is not None and query.silence.probe is query:
            others = self._silences.end_probe(query.silence)
            if outcome == "timeout":  # all its packets got nothing: a turn of their own would get no more
                for other in others:
                    self._finish(other, "timeout")
            else:
                self._waiting.extendleft(others)
        query.done(outcome)

    def _received(self, sent: Sent, data: bytes) -> None:
        """A packet that answers `sent`."""
        query: Query = sent.token
        now = self._loop.time()
        sent.upstream.answered(sent.at, now)
        if sent in self._overdue:
            self._come_back(sent)
        if len(query.sent) > 1:
            for other in query.sent[: query.sent.index(sent)]:
                if other.link is not None:
                    other.upstream.lost(other.at, now)
        freed = self._silences.answered(query.owner)
        if freed:
            self._waiting.extendleft(freed)
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
        if query.queued:  # about to be asked again, and this comes late
            query.failure = failure
        elif untried and query.attempts < self._attempts:
            self._retry(query, failure)
        elif failure == "servfail" and query.attempts < 2 < self._attempts:
            self._leave(query)
            query.failure = failure
            query.attempts = self._attempts - 1
            query.deadline = self._loop.time() + SERVFAIL_PAUSE
            self._watch(query)
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
