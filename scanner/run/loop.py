"""The event loop that a scan runs on."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_fast(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine on the fastest event loop there is."""
    gc.collect()
    gc.freeze()  # the database: what stays for good need not be walked again at each full collection
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
