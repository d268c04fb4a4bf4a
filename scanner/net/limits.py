"""Politeness: how many connections at once, in all, to one address and to one hoster's network, and how fast."""

from __future__ import annotations

import asyncio
import ipaddress
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from scanner.net.guard import is_public

SLOWEST = 30.0  # seconds between two questions to a registry that asked us to slow down, at most


@lru_cache(maxsize=10_000)
def hoster_network(address: str) -> str:
    """The /24 or /48 that a public address is in, as a key; "" for a private one: whose it is, its user knows."""
    if not is_public(address):
        return ""
    return str(ipaddress.ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))


class _Place:
    """Where only so many may be at once; `holders` are there or wait."""

    __slots__ = ("holders", "key", "semaphore")

    def __init__(self, key: str, most: int) -> None:
        self.key = key
        self.semaphore = asyncio.Semaphore(most)
        self.holders = 0


class Limits:
    """At most `total` holders at once, `per_key` of one address, and `per_network` (0: any number) of one hoster's
    network; memory only for keys in use. A holder whose network is in use starts up to `jitter` seconds later."""

    def __init__(self, total: int, per_key: int, per_network: int = 0, jitter: float = 0.0) -> None:
        self._total = asyncio.Semaphore(max(1, total))
        self._per_key = max(1, per_key)
        self._per_network = per_network
        self._jitter = jitter
        self._keys: dict[str, _Place] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @asynccontextmanager
    async def hold(self, address: str) -> AsyncIterator[None]:
        """Wait for a place at `address`, in its network, then in all: a crowd before one address holds up no other."""
        network = hoster_network(address) if self._per_network or self._jitter else ""
        taken: list[_Place] = []
        try:
            await self._take(address, self._per_key, taken)
            if network:
                crowd = network in self._keys
                if self._per_network:
                    await self._take(network, self._per_network, taken)
                if crowd and self._jitter:
                    await asyncio.sleep(random.uniform(0, self._jitter))  # noqa: S311 - a pause is no secret
            async with self._total:
                yield
        finally:
            for place in reversed(taken):
                self._give(place)

    async def _take(self, key: str, most: int, taken: list[_Place]) -> None:
        place = self._keys.get(key)
        if place is None:
            place = self._keys[key] = _Place(key, most)
        place.holders += 1
        try:
            await place.semaphore.acquire()
        except BaseException:
            self._leave(place)
            raise
        taken.append(place)

    def _give(self, place: _Place) -> None:
        place.semaphore.release()
        self._leave(place)

    def _leave(self, place: _Place) -> None:
        place.holders -= 1
        if not place.holders:
            del self._keys[place.key]


class Rate:
    """At most `per_second` of anything, evenly; what was not used in the last tenth of a second may be caught up."""

    BURST = 0.1

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = 0.0

    def delay(self, now: float) -> float:
        """Seconds until the next may go; 0 if it may go now."""
        return max(0.0, self._next - now)

    def take(self, now: float) -> float:
        """Take the next turn; seconds until it comes."""
        turn = max(self._next, now - self.BURST)
        self._next = turn + self._interval
        return max(0.0, turn - now)

    async def wait(self) -> None:
        """Return when it is this caller's turn."""
        seconds = self.take(asyncio.get_running_loop().time())
        if seconds > 0:
            await asyncio.sleep(seconds)


class Pace:
    """At most one question an interval (seconds) for each key, in order of arrival."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._intervals: dict[str, float] = {}  # of keys that asked for another
        self._next: dict[str, float] = {}

    async def wait(self, key: str) -> None:
        """Return when it is this caller's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next.get(key, 0.0))
        self._next[key] = turn + self._intervals.get(key, self._interval)
        if turn > now:
            await asyncio.sleep(turn - now)

    def slow(self, key: str) -> None:
        """It said that we ask too often: half as often from now on."""
        self._intervals[key] = min(SLOWEST, 2 * self._intervals.get(key, self._interval))
