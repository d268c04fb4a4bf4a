"""The path of a question, on a way to the resolvers that the test holds in its hands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from scanner.net.exchange import Exchange
from scanner.net.query import Failure
from scanner.net.udp import Link, Receive, Sent
from scanner.net.upstream import MIN_WAIT, Upstream
from scanner.net.wire import Message, question_bytes

NOERROR, SERVFAIL = 0, 2


class Hand:
    """A way to a resolver on which the test answers what it wants, when it wants."""

    def __init__(self, receive: Receive) -> None:
        self.open: list[Link] = []
        self.pending: dict[int, Sent] = {}
        self.seen: list[Sent] = []
        self._receive = receive

    def send(self, sent: Sent, edns: bool) -> bool:
        sent.ident, sent.link = len(self.seen), self
        self.pending[sent.ident] = sent
        self.seen.append(sent)
        return True

    def answer(self, sent: Sent, rcode: int = NOERROR) -> None:
        """Answer a packet, unless nobody waits for it any more: a name without data, or the rcode."""
        if sent.link is not None:
            sent.forget()
            head = sent.ident.to_bytes(2, "big") + bytes([0x81, 0x80 | rcode]) + b"\0\1\0\0\0\0\0\0"
            self._receive(sent, head + sent.question)

    def sweep(self) -> None:
        pass

    async def close(self) -> None:
        self.pending.clear()


class Bench:
    """An exchange over such ways, and the outcome of each question by name."""

    def __init__(self, resolvers: int, most: int = 100, timeout: float = 0.5) -> None:
        self.hands: list[Hand] = []
        self.upstreams = [Upstream("192.0.2.1", port, most) for port in range(1, resolvers + 1)]
        self.exchange = Exchange(self.upstreams, timeout, 3, self._connect)
        self.outcomes: dict[str, list[Message | Failure]] = {}

    def _connect(self, upstream: Upstream, loop: Any, receive: Receive, trouble: Callable[[Sent, str], None]) -> Hand:
        self.hands.append(Hand(receive))
        return self.hands[-1]

    def ask(self, name: str) -> None:
        outcomes = self.outcomes[name] = []
        self.exchange.ask(question_bytes(name, "A"), f"{name}.", outcomes.append)

    def about(self, zone: str) -> list[Sent]:
        """The packets about a zone, in the order of time."""
        found = [sent for hand in self.hands for sent in hand.seen if sent.token.owner.endswith(f"{zone}.")]
        return sorted(found, key=lambda sent: sent.at)

    def answer_all(self, but: str = "nothing") -> None:
        """Answer whatever waits, but a zone that is dead."""
        for hand in self.hands:
            for sent in list(hand.pending.values()):
                if not sent.token.owner.endswith(f"{but}."):
                    hand.answer(sent)

    async def busy(self, seconds: float, but: str = "nothing", each: int = 8) -> None:
        """So long, other questions come, `each` at a time, and are answered."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            for _ in range(each):
                self.ask(f"n{len(self.outcomes)}.other.test")
            await asyncio.sleep(0.02)
            self.answer_all(but)


async def test_a_dead_zone_costs_one_question_s_packets_and_its_others_end_with_it() -> None:
    bench = Bench(2, timeout=1.0)
    names = [f"n{number}.dead.test" for number in range(50)]
    await bench.busy(0.1)
    for name in names[:5]:
        bench.ask(name)
    await bench.busy(0.9, "dead.test")
    places = sum(upstream.in_flight for upstream in bench.upstreams)
    assert places <= 3  # one goes on asking, for all of them
    for name in names[5:]:
        bench.ask(name)
    await bench.busy(0.5, "dead.test")  # those under way end with their first wait
    assert [bench.outcomes[name] for name in names] == [["timeout"]] * 50
    before = len(bench.about("dead.test"))
    assert before <= 60  # a packet for each that was asked before it was known, and a few more
    bench.ask("later.dead.test")
    assert bench.outcomes["later.dead.test"] == []  # never at once: who asks is not ready yet
    await asyncio.sleep(0.1)
    assert bench.outcomes["later.dead.test"] == ["timeout"]
    assert len(bench.about("dead.test")) == before
    assert min(upstream.window for upstream in bench.upstreams) >= 64  # and the line is as good as ever
    await bench.exchange.close()


async def test_a_zone_that_answers_at_last_loses_no_question() -> None:
    bench = Bench(2, timeout=1.0)
    names = [f"n{number}.slow.test" for number in range(20)]  # answered after 0.8 s, when all but one wait for it
    await bench.busy(0.1)
    for name in names:
        bench.ask(name)
    await bench.busy(0.8, "slow.test")
    assert sum(len(bench.outcomes[name]) for name in names) == 0
    for hand in bench.hands:
        for sent in list(hand.pending.values()):
            if sent is not bench.about("slow.test")[-1]:  # lost on the line
                del hand.pending[sent.ident]
    await bench.busy(0.7)
    assert all(len(bench.outcomes[name]) == 1 and bench.outcomes[name] != ["timeout"] for name in names)
    await bench.exchange.close()


async def test_what_waits_for_a_place_when_its_zone_dies_is_not_asked_any_more() -> None:
    bench = Bench(2, most=8)
    await bench.busy(0.1)
    for number in range(6):
        bench.ask(f"n{number}.dead.test")
    await bench.busy(0.4, "dead.test", each=4)
    for number in range(100):
        bench.ask(f"n{number}.other.test")
        bench.ask(f"m{number}.dead.test")
    await bench.busy(1.2, "dead.test", each=1)
    assert all(len(found) == 1 for name, found in bench.outcomes.items() if name.endswith("dead.test"))
    assert len(bench.about("dead.test")) < 40
    await bench.exchange.close()


async def test_where_nothing_else_is_asked_any_more_a_dead_zone_s_questions_still_end_together() -> None:
    bench = Bench(2)
    names = [f"n{number}.dead.test" for number in range(3)]
    await bench.busy(0.1)
    for name in names:
        bench.ask(name)
    await bench.busy(0.3, "dead.test")
    await asyncio.sleep(1.5)  # three time-outs in all
    assert [bench.outcomes[name] for name in names] == [["timeout"]] * 3
    assert len(bench.about("dead.test")) == 7 + 2
    await bench.exchange.close()


async def test_on_a_dead_line_no_zone_is_blamed_and_every_question_gets_all_its_packets() -> None:
    bench = Bench(1, timeout=0.2)
    names = [f"n{number}.ville.test" for number in range(5)]
    for name in names:
        bench.ask(name)
    await asyncio.sleep(1.0)
    assert [bench.outcomes[name] for name in names] == [["timeout"]] * 5
    assert len(bench.about("ville.test")) == 35
    bench.ask("again.ville.test")
    assert len(bench.about("again.ville.test")) == 1
    await bench.exchange.close()


async def test_a_dead_resolver_is_left_alone_but_asked_now_and_then() -> None:
    bench = Bench(2)
    dead, living = bench.hands
    for number in range(60):
        bench.ask(f"n{number}.test")
    for _ in range(50):
        await asyncio.sleep(0.02)
        for sent in list(living.pending.values()):
            living.answer(sent)
    assert all(len(found) == 1 and found != ["timeout"] for found in bench.outcomes.values())
    noticed = len(dead.seen)
    for number in range(60, 160):
        bench.ask(f"n{number}.test")
        await asyncio.sleep(0.02)
        for sent in list(living.pending.values()):
            living.answer(sent)
    assert noticed < len(dead.seen) <= noticed + 3
    for sent in list(dead.pending.values()):
        dead.answer(sent)
    assert not bench.upstreams[0].silent or not dead.pending
    await bench.exchange.close()


async def test_a_resolver_that_stalls_gets_no_more_than_its_limit() -> None:
    """Time-outs give no place back as long as it answers nothing: it may still have them all to do."""
    bench = Bench(2, most=10, timeout=2.0)
    first, second = bench.hands
    for number in range(60):
        bench.ask(f"n{number}.ville-{number}.test")
    await asyncio.sleep(0)
    bench.answer_all()
    await asyncio.sleep(0)
    bench.answer_all()
    before = len(first.seen)
    done = sum(sent.link is None for sent in first.seen)
    for _ in range(35):  # more than two first waits
        await asyncio.sleep(0.02)
        for sent in list(second.pending.values()):
            second.answer(sent)
    assert len(first.seen) - done <= 10
    assert before >= 20
    await bench.exchange.close()


async def test_places_are_given_back_once_each_whatever_comes_late() -> None:
    """SERVFAIL comes while the question waits for a place to be asked again."""
    bench = Bench(2, most=1, timeout=2.0)
    await bench.busy(0.2, each=2)
    bench.answer_all()
    bench.outcomes.clear()
    bench.ask("a.ville-1.test")
    bench.ask("b.ville-2.test")
    await asyncio.sleep(MIN_WAIT + 0.1)
    assert [upstream.in_flight for upstream in bench.upstreams] == [1, 1]  # neither has told that it has done
    assert [len(hand.pending) for hand in bench.hands] == [1, 1]
    for _ in range(100):
        for hand in bench.hands:
            for sent in list(hand.pending.values()):
                hand.answer(sent, SERVFAIL)
        await asyncio.sleep(0.01)
    assert list(bench.outcomes.values()) == [["servfail"]] * 2
    assert [upstream.in_flight for upstream in bench.upstreams] == [0, 0]
    await bench.exchange.close()


async def test_all_that_is_under_way_ends_once_when_the_exchange_closes() -> None:
    bench = Bench(2, most=20)
    await bench.busy(0.1)
    for number in range(30):
        bench.ask(f"n{number}.dead.test")
    await bench.busy(0.4, "dead.test")  # some are asked, some wait for a place, some for their zone
    await bench.exchange.close()
    assert all(len(found) == 1 for found in bench.outcomes.values())
