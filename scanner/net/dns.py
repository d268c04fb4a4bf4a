"""The DNS client: questions by name and type, answers in presentation form, remembered for their TTL.

One response answers more than was asked: the CNAMEs on the way, that the last name of the chain has none, that a
missing name has no record of any type. All of it goes into the cache, so that it costs no further packet.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from scanner.ask import now
from scanner.model import Answer, Question, Status
from scanner.net.cache import DnsCache
from scanner.net.exchange import Exchange
from scanner.net.limits import Rate
from scanner.net.query import Connect, Failure, by_udp
from scanner.net.reply import Reading, distrust, failure, merge, read_plain, read_reply
from scanner.net.udp import Link
from scanner.net.upstream import Upstream
from scanner.net.wire import Message, WireError, canonical_name, question_bytes

MAX_FOLLOWED = 8  # aliases followed by ourselves, where a server does not


class DnsClient:
    """Asks `upstreams`; use it in one event loop, and `close` it. Never raises for what the network does."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        timeout: float,
        tries: int,
        vantage: str = "",
        *,
        connect: Connect = by_udp,
        rate: Rate | None = None,
    ) -> None:
        self.cache = DnsCache()
        self.asked = 0
        self.forgery: frozenset[str] | None = None
        """Set where the resolver forges answers for missing names: the addresses it gives for them."""
        self._exchange = Exchange(upstreams, timeout, tries, connect, rate)
        self._loop = asyncio.get_running_loop()
        self._vantage = vantage
        self._pending: dict[Question, list[Callable[[Answer], None]]] = {}  # who waits
        self._second, self._text = 0, ""
        self._followers: set[asyncio.Task[None]] = set()

    @property
    def upstreams(self) -> list[Upstream]:
        """The resolvers, with what is known of each."""
        return self._exchange.upstreams

    def links(self) -> list[Link]:
        """The sockets open at present."""
        return self._exchange.links()

    async def close(self) -> None:
        """End what is under way, as timed out."""
        await self._exchange.close()
        await asyncio.gather(*self._followers)

    def begin(self, question: Question, done: Callable[[Answer], None]) -> bool:
        """Answer a dns question from memory or from the network: `done` is called once, at once or later. True."""
        found = self.cache.get(question, self._loop.time())
        if found is not None:
            done(found)
            return True
        name, rtype = question.subject, question.detail
        waiting = self._pending.get(question)
        if waiting is not None:
            waiting.append(done)
            return True
        first = self._pending.get(Question("dns", name, "A")) if rtype == "CNAME" else None
        if first is not None:  # its response will tell
            first.append(partial(self._begin_after, question, done))
            return True
        try:
            wire = question_bytes(name, rtype)
        except WireError as error:
            done(failure(question, "malformed", self._now(), self._vantage, str(error)))
            return True
        self._pending[question] = [done]
        self.asked += 1
        owner = canonical_name(name)
        self._exchange.ask(wire, owner, partial(self._outcome, question, owner))
        return True

    def _begin_after(self, question: Question, done: Callable[[Answer], None], _first: Answer) -> None:
        self.begin(question, done)

    def ask(self, question: Question) -> asyncio.Future[Answer]:
        """The answer to a dns question, from memory or from the network."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        self.begin(question, partial(_settle, future))
        return future

    def _now(self) -> str:
        """The time of day to the second, written once a second."""
        second = int(time.time())
        if second != self._second:
            self._second, self._text = second, now()
        return self._text

    async def addresses(self, host: str, limit: int = 4) -> tuple[tuple[str, ...], Answer]:
        """Addresses of a host, A before AAAA, and the answer that says why when there is none."""
        first = await self.ask(Question("dns", host, "A"))
        if first.reason != "nodata":
            return tuple(str(value) for value in first.values[:limit]), first
        second = await self.ask(Question("dns", host, "AAAA"))
        if second.status is Status.ABSENT:
            second = first
        return tuple(str(value) for value in second.values[:limit]), second

    def _outcome(self, question: Question, owner: str, outcome: Message | Failure) -> None:
        if isinstance(outcome, str):
            self._settle(question, Reading(failure(question, outcome, self._now(), self._vantage)))
            return
        plain = read_plain(question, owner, outcome, self._now(), self._vantage)
        if plain is not None and self.forgery is None:
            clock, missing = self._loop.time(), plain.reason == "nxdomain"
            self.cache.put(plain, clock, direct=not missing)
            if missing:
                self.cache.put_missing(owner[:-1], plain, clock)
            self._tell(plain)
            return
        reading = read_reply(question, outcome, self._now(), self._vantage)
        if not reading.follow:
            self._settle(question, reading)
            return
        task = self._loop.create_task(self._follow(question, outcome, reading))
        self._followers.add(task)
        task.add_done_callback(self._followers.discard)

    async def _follow(self, question: Question, message: Message, reading: Reading) -> None:
        """Ask about an alias's target where the server did not (an authoritative one answers for its zones only)."""
        for _ in range(MAX_FOLLOWED):
            outcome = await self._raw(reading.follow, question.detail)
            if isinstance(outcome, str):
                reading = reading._replace(answer=failure(question, outcome, self._now(), self._vantage))
                break
            message = merge(message, outcome)
            reading = read_reply(question, message, self._now(), self._vantage)
            if not reading.follow:
                break
        self._settle(question, reading)

    async def _raw(self, name: str, rtype: str) -> Message | Failure:
        future: asyncio.Future[Message | Failure] = self._loop.create_future()
        self.asked += 1
        self._exchange.ask(question_bytes(name, rtype), canonical_name(name), future.set_result)
        return await future

    def _settle(self, question: Question, reading: Reading) -> None:
        """Remember what a response tells, and hand the answer to who waits."""
        clock = self._loop.time()
        if self.forgery is not None:
            reading = distrust(reading, self.forgery)
        self.cache.put(reading.answer, clock, reading.direct)
        for answer in reading.beside:
            self.cache.put(answer, clock)
        if reading.missing:
            self.cache.put_missing(reading.missing, reading.answer, clock)
        self._tell(reading.answer)

    def _tell(self, answer: Answer) -> None:
        for done in self._pending.pop(answer.question):
            done(answer)


def _settle(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():  # else who waited gave up
        future.set_result(answer)
