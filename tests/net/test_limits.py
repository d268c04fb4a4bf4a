"""Politeness: places and pace."""

from __future__ import annotations

import asyncio
import time

from scanner import ask
from scanner.model import Status
from scanner.net.limits import Limits, Pace, Rate, hoster_network

from .conftest import Start
from .servers import Zone


async def test_a_crowd_before_one_key_holds_up_no_other() -> None:
    limits = Limits(total=3, per_key=1)
    order: list[str] = []

    async def visit(key: str, seconds: float) -> None:
        async with limits.hold(key):
            await asyncio.sleep(seconds)
            order.append(key)

    await asyncio.gather(*(visit("crowded", 0.05) for _ in range(4)), visit("quiet", 0.01))
    assert order[0] == "quiet"


async def test_no_more_than_the_total_at_once_and_nothing_is_kept() -> None:
    limits = Limits(total=3, per_key=2)
    now = most = 0

    async def visit(number: int) -> None:
        nonlocal now, most
        async with limits.hold(str(number)):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.005)
            now -= 1

    await asyncio.gather(*map(visit, range(20)))
    assert most == 3
    assert len(limits) == 0


async def test_one_who_gives_up_frees_the_place() -> None:
    limits = Limits(total=1, per_key=1)
    async with limits.hold("a"):
        waiting = asyncio.create_task(limits.hold("a").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), limits.hold("a"):
        pass
    assert len(limits) == 0


async def test_pace_spaces_one_key_and_not_another() -> None:
    pace = Pace(0.05)
    start = time.monotonic()
    await asyncio.gather(*(pace.wait("a") for _ in range(3)), pace.wait("b"))
    assert time.monotonic() - start >= 0.1


async def test_a_hoster_s_network_is_a_limit_of_its_own_and_a_private_one_is_not() -> None:
    limits = Limits(total=50, per_key=2, per_network=3)
    now: dict[str, int] = {}
    most: dict[str, int] = {}

    async def visit(prefix: str, number: int) -> None:
        async with limits.hold(f"{prefix}{number}"):
            now[prefix] = now.get(prefix, 0) + 1
            most[prefix] = max(most.get(prefix, 0), now[prefix])
            await asyncio.sleep(0.005)
            now[prefix] -= 1

    crowds = ("8.8.8.", "8.8.4.", "2a01:e0a:1::", "10.0.0.")
    await asyncio.gather(*(visit(prefix, number) for prefix in crowds for number in range(1, 9)))
    assert most == {"8.8.8.": 3, "8.8.4.": 3, "2a01:e0a:1::": 3, "10.0.0.": 8}
    assert len(limits) == 0


def test_a_network_is_a_24_or_a_48_of_public_addresses() -> None:
    assert hoster_network("8.8.8.8") == hoster_network("8.8.8.9") != hoster_network("8.8.9.8")
    assert hoster_network("2a01:e0a:1:2::3") == "2a01:e0a:1::/48"
    assert hoster_network("192.168.1.1") == hoster_network("nonsense") == ""


def test_a_rate_is_kept_over_any_stretch() -> None:
    rate = Rate(100.0)
    clock, turns = 1000.0, []
    for number in range(500):
        if number == 250:
            clock += 60.0  # a pause earns a tenth of a second, no more
        clock += rate.take(clock)
        turns.append(clock)
    for first in range(0, 480, 7):
        within = sum(turns[first] <= turn < turns[first] + 1.0 for turn in turns)
        assert within <= 100 + 100 * Rate.BURST + 1


async def test_the_rate_holds_for_the_dns_and_nothing_is_lost_by_it(zone: Zone, network: Start) -> None:
    names = [f"n{number}.test" for number in range(30)]
    zone.records |= {(name, "A"): ["127.0.0.1"] for name in names}
    async with network(rate=100.0) as net:
        start = time.monotonic()
        answers = await asyncio.gather(*(net(ask.dns(name, "A")) for name in names))
        seconds = time.monotonic() - start
    assert all(answer.status is Status.OK for answer in answers)
    assert seconds >= 0.18  # 30 at 100 a second, a tenth of a second's worth at once


async def test_the_rate_holds_for_the_web(network: Start) -> None:
    async with network(rate=50.0, per_address=20) as net:
        start = time.monotonic()
        await asyncio.gather(*(net(ask.http(f"http://127.0.0.1:50009/{number}")) for number in range(15)))
        assert time.monotonic() - start >= 0.18


async def test_a_registry_that_asks_for_patience_gets_it() -> None:
    pace = Pace(0.01)
    pace.slow("a")
    pace.slow("a")
    start = time.monotonic()
    await asyncio.gather(*(pace.wait("a") for _ in range(3)))
    assert time.monotonic() - start >= 0.08
