"""Politeness: how many connections at once, in all and to one address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Limits:
    """At most `total` holders at once, and `per_key` of one key; memory only for keys in use."""

    def __init__(self, total: int, per_key: int) -> None:
        self._total = asyncio.Semaphore(max(1, total))
        self._per_key = max(1, per_key)
        self._keys: dict[str, tuple[asyncio.Semaphore, list[int]]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait for a place at `key`, then for one in all: a crowd before one address holds up no other."""
        semaphore, holders = self._keys.setdefault(key, (asyncio.Semaphore(self._per_key), [0]))
        holders[0] += 1
        try:
            async with semaphore, self._total:
                yield
        finally:
            holders[0] -= 1
            if not holders[0]:
                del self._keys[key]


class Pace:
    """At most one question an interval (seconds) for each key, in order of arrival."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next: dict[str, float] = {}

    async def wait(self, key: str) -> None:
        """Return when it is this caller's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next.get(key, 0.0))
        self._next[key] = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)
