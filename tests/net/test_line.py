"""The DNS client on a bad line: loss, delay and dead servers, made by a resolver of the tests' own."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from functools import partial

from scanner import ask
from scanner.model import Status
from scanner.net import Network, Settings

QUESTIONS = 2_000
ROUND_TRIP = 0.05
IN_FLIGHT = 200
GIVES_UP = 3  # round trips after which the resolver says SERVFAIL


class BadLine(asyncio.DatagramProtocol):
    """Answers every A question with one address, after a while, if at all."""

    def __init__(self, loss: float, dead: float) -> None:
        self.every = round(1 / loss)
        self.dead = dead
        self.dropped: Counter[int] = Counter()
        self.seen = self.under_way = self.most = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\0\0\1\0\1", 12) + 5
        number = int(data[14 : 13 + data[12]])
        if number % 100 < self.dead * 100:
            answer = data[:2] + b"\x81\x82\0\1\0\0\0\0\0\0" + data[12:end]  # a resolver gives up on a dead server
            seconds = GIVES_UP * ROUND_TRIP
        else:
            record = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"
            answer = data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + data[12:end] + record
            seconds = ROUND_TRIP
        self.seen += 1
        if self.seen % self.every == 0 and self.dropped[number] < 2:  # three in a row would be left to chance
            self.dropped[number] += 1
            return
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        asyncio.get_running_loop().call_later(seconds, self.reply, answer, addr)

    def reply(self, answer: bytes, addr: tuple[str, int]) -> None:
        self.under_way -= 1
        self.transport.sendto(answer, addr)


async def test_no_question_is_lost_on_a_bad_line_and_the_window_holds() -> None:
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_datagram_endpoint(
        lambda: BadLine(loss=0.05, dead=0.03), local_addr=("127.0.0.1", 0)
    )
    resolver = f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    async with Network(Settings(resolvers=(resolver,), dns_in_flight=IN_FLIGHT)) as net:
        answers = await asyncio.gather(*(net(ask.dns(f"n{number}.test", "A")) for number in range(QUESTIONS)))
    transport.close()
    dead = [answer for answer in answers if answer.status is Status.FAILED]
    assert {answer.reason for answer in dead} == {"servfail"}
    assert len(dead) == QUESTIONS * 3 // 100
    assert line.most <= IN_FLIGHT


ZONES = 300
LIMIT = 50
SHORT_TRIP = 0.02


class Lossy(asyncio.DatagramProtocol):
    """Answers A questions about names in the zones nN.test after 20 ms, loses 5 % each way; every 33rd zone is dead."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lost = self.under_way = self.most = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.loses():
            return
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        end = data.index(b"\0\0\1\0\1", 12) + 5
        zone = data[12:end].split(b"\4test")[0].rpartition(b"n")[2]
        answer = data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + data[12:end] + b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"
        asyncio.get_running_loop().call_later(SHORT_TRIP, self.reply, b"" if dead(int(zone)) else answer, addr)

    def reply(self, answer: bytes, addr: tuple[str, int]) -> None:
        self.under_way -= 1
        if answer and not self.loses():
            self.transport.sendto(answer, addr)

    def loses(self) -> bool:
        lost = self.random.random() < 0.05
        self.lost += lost
        return lost


def dead(zone: int) -> bool:
    return zone % 33 == 7


async def test_dead_zones_on_a_lossy_line_cost_no_other_question_anything() -> None:
    loop = asyncio.get_running_loop()
    found = [await loop.create_datagram_endpoint(partial(Lossy, seed), local_addr=("127.0.0.1", 0)) for seed in (1, 2)]
    lines = [line for _, line in found]
    resolvers = tuple(f"127.0.0.1:{transport.get_extra_info('sockname')[1]}" for transport, _ in found)
    names = [(zone, f"{host}.n{zone}.test") for host in "abcde" for zone in range(ZONES)]
    settings = Settings(resolvers=resolvers, dns_in_flight=LIMIT, dns_timeout=0.9)
    async with Network(settings) as net:
        start = time.monotonic()
        answers = await asyncio.gather(*(net(ask.dns(name, "A")) for _, name in names))
        seconds = time.monotonic() - start
        assert [upstream.window for upstream in net.dns.upstreams] == [LIMIT, LIMIT]
    for transport, _ in found:
        transport.close()
    for (zone, _), answer in zip(names, answers, strict=True):
        assert (answer.status, answer.reason) == ((Status.FAILED, "timeout") if dead(zone) else (Status.OK, ""))
    assert sum(line.lost for line in lines) > 100  # the line was as bad as claimed
    assert max(line.most for line in lines) <= LIMIT
    assert seconds < 4.0
