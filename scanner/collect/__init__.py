"""Collectors: which questions to ask about a target, and what was seen. One file a layer, found by presence.

A collector is an `async def collect(target, ask, hints) -> list[Observation]` in a module whose name does not begin
with an underscore. It asks freely (the same question is asked once) and never raises: what failed is in the answers.
Run over stored answers it gives the same observations again.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

from scanner.ask import Ask
from scanner.model import Observation, Target


@dataclass(frozen=True, slots=True)
class Hints:
    """The provider data that collectors need: `known(kind, value)` is true where a rule names a value already;
    `selectors` are the DKIM selectors worth asking for an alias, `keys` those whose very name tells a provider."""

    known: Callable[[str, str], bool]
    selectors: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


Collector = Callable[[Target, Ask, Hints], Awaitable[list[Observation]]]


@cache
def collectors() -> tuple[Collector, ...]:
    """Every collector of this folder, in the order of names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(importlib.import_module(f"{__name__}.{name}").collect for name in names)


async def observe(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """Everything seen of a target, the layers asked side by side."""
    parts = await asyncio.gather(*(collect(target, ask, hints) for collect in collectors()))
    return [observation for part in parts for observation in part]


async def observe_stored(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """The same over stored answers, where nothing waits: no task is made, which is most of the time saved."""
    return [observation for collect in collectors() for observation in await collect(target, ask, hints)]
