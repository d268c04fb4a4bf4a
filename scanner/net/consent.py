"""Answering a page's consent banner as a visitor would: find the button of a known product, and click it."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

NONE, ACCEPT, REJECT = "none", "accept", "reject"
CHOICES = (NONE, ACCEPT, REJECT)
LOOK_SECONDS = 4.0  # banners come with a script, a moment after the page
POLL_SECONDS = 0.4
CLICK_MS = 2_000
MAX_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Banner:
    """A product that asks for consent, and the CSS selectors of its buttons by choice."""

    id: str
    buttons: dict[str, str]


@cache
def banners() -> tuple[Banner, ...]:
    """Every banner of consent.toml."""
    data = tomllib.loads((files("scanner.net") / "consent.toml").read_text(encoding="utf-8"))
    return tuple(_banner(entry) for entry in data["banners"])


def _banner(entry: dict[str, Any]) -> Banner:
    return Banner(entry["id"], {choice: ", ".join(entry[choice]) for choice in (ACCEPT, REJECT) if entry.get(choice)})


async def answer(page: Page, choice: str, clicking: Callable[[], None]) -> str:
    """Click `choice` (accept or reject) on the page's banner; the banner's id, or "" where there is none that we know.
    `clicking` is called just before.

    Raises Playwright's errors for a page that has gone.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + LOOK_SECONDS
    while True:
        for frame in page.frames[:MAX_FRAMES]:
            found = await _click(frame, choice, clicking)
            if found:
                return found
        if loop.time() >= end:
            return ""
        await asyncio.sleep(POLL_SECONDS)


async def _click(frame: Frame, choice: str, clicking: Callable[[], None]) -> str:
    from playwright.async_api import Error

    try:
        every = ", ".join(banner.buttons[choice] for banner in banners() if choice in banner.buttons)
        if not await frame.locator(every).count():
            return ""
        for banner in banners():
            if choice not in banner.buttons:
                continue
            button = frame.locator(banner.buttons[choice]).filter(visible=True).first
            if await button.count():
                clicking()
                await button.click(timeout=CLICK_MS, no_wait_after=True)
                return banner.id
    except Error:  # the frame went away, or the button moved: looked at again
        return ""
    return ""
