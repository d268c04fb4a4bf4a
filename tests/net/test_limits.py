"""Politeness: places and pace."""

from __future__ import annotations

import asyncio
import time

from scanner.net.limits import Limits, Pace


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
    assert 0.1 <= time.monotonic() - start < 0.2
