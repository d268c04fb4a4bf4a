"""Page loads by a real browser: Chromium through Playwright, one fresh context a page, everything bounded.

    class BrowserError(Exception)   # no browser can be had: Playwright or Chromium is not there

What a page does wrong is never an exception but an Answer with a status: one time-out, one `failed`, its reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scanner.ask import now
from scanner.model import Answer, Question, Status
from scanner.net import consent
from scanner.net.proxy import PageProxy, Way
from scanner.net.settings import Settings
from scanner.net.visit import Visit, VisitError

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Playwright

VARIABLE = "SOVSCAN_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CLOSE_SECONDS = 5.0
AFTER_SECONDS = 12.0  # at most, beyond the page's time: a last scroll, and reading what there is
AFTER_CLICK_SECONDS = 20.0  # more: looking for a banner, and what comes after its answer
LAUNCH_SECONDS = 30.0
PAGES_A_BROWSER = 200  # then a new one: what a browser leaks does not grow with the run
VIEW = {"width": 1366, "height": 900}

# Chromium's own traffic and conveniences, switched off; the guard's proxy is the only way out
# (https://peter.sh/experiments/chromium-command-line-switches/).
SWITCHES = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-client-side-phishing-detection",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--no-pings",
    "--no-first-run",
    "--metrics-recording-only",
    "--disable-site-isolation-trials",  # frames of other sites stay in the page's process: one session hears them all
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--mute-audio",
    "--disable-dev-shm-usage",
)
_PROXY_BYPASS = "<-loopback>"  # loopback, too, goes through the guard


class BrowserError(Exception):
    """No browser can be had; the text says what to install or to set."""


@dataclass(slots=True)
class _Running:
    """A browser, the pages begun in it, and those open."""

    chromium: Chromium
    begun: int = 0
    open: int = 0
    stale: bool = False


class BrowserPool:
    """Loads pages; an async context manager. Entering launches the browser: BrowserError where there is none."""

    def __init__(self, settings: Settings, way: Way) -> None:
        self._settings = settings
        self._way = way
        self._lab = settings.connect_to != ""
        self._places = asyncio.Semaphore(settings.browser_pages)
        self._launching = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._running: _Running | None = None
        self._playwright: Playwright

    async def __aenter__(self) -> Self:
        try:
            from playwright.async_api import Error, async_playwright
        except ImportError as error:
            raise BrowserError("Playwright is not installed: pip install 'sovscan[browser]'") from error
        self._error = Error
        try:
            self._playwright = await self._stack.enter_async_context(async_playwright())
            self._running = await self._launch()
        except (Error, OSError, TimeoutError) as error:
            await self._stack.aclose()
            raise BrowserError(_no_browser(error)) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            await self._end(self._running)
        await self._stack.aclose()

    async def ask(self, question: Question) -> Answer:
        """Load the page of a `page` question; unasked where it is no browser's, or not the choice of the settings."""
        source, _, choice = question.detail.partition(";consent=")
        if source != "chromium" or choice not in {consent.NONE, self._settings.consent}:
            return Answer(question, Status.UNASKED)
        vantage = self._settings.vantage
        async with self._places:
            at = now()
            try:
                value, note = await self._load(question.subject, choice)
            except VisitError as error:
                status = Status.ABSENT if error.absent else Status.FAILED
                return Answer(question, status, (), error.reason, at, vantage, note=error.note)
        return Answer(question, Status.OK, (value,), "", at, vantage, note=note)

    async def _load(self, url: str, choice: str) -> tuple[dict[str, Any], str]:
        """One visit in a context of its own. Raises VisitError."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        async with PageProxy(self._way, settings.page_bytes) as proxy, self._context(proxy.url) as context:
            visit = Visit(context, proxy.contacts, settings, self._shot(url, choice))
            task = loop.create_task(visit.make(url, choice))
            beyond = AFTER_SECONDS if choice == consent.NONE else AFTER_SECONDS + AFTER_CLICK_SECONDS
            done, _ = await asyncio.wait((task,), timeout=settings.page_timeout + beyond)
            if not done:  # a renderer that no longer answers: its context is thrown away below
                task.cancel()
                await asyncio.wait((task,), timeout=CLOSE_SECONDS)
                raise VisitError("timeout", "the page does not answer")
            try:
                return task.result(), visit.note
            except self._error as error:
                raise VisitError("browser", str(error).splitlines()[0][:200]) from error

    @contextlib.asynccontextmanager
    async def _context(self, proxy: str) -> AsyncIterator[BrowserContext]:
        """A fresh context; the browser is launched again where it has gone or has grown old."""
        try:
            running = await self._place()
            context = await running.chromium.new_context(
                proxy={"server": proxy, "bypass": _PROXY_BYPASS},
                user_agent=await self._user_agent(running.chromium),
                ignore_https_errors=self._lab,
                accept_downloads=False,
                service_workers="allow",
                locale="fr-FR",
                viewport=VIEW,  # type: ignore[arg-type]
            )
        except (self._error, OSError, TimeoutError) as error:
            if self._running is not None:
                self._running.stale = True
            raise VisitError("browser", str(error).splitlines()[0][:200]) from error
        running.open += 1
        try:
            yield context
        finally:
            running.open -= 1
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await context.close()
            except (self._error, TimeoutError):
                running.stale = True
            if running.stale and not running.open:
                await self._end(running)

    async def _place(self) -> _Running:
        async with self._launching:
            running = self._running
            if (
                running is None
                or running.stale
                or running.begun >= PAGES_A_BROWSER
                or not running.chromium.is_connected()
            ):
                if running is not None:
                    running.stale = True
                    if not running.open:
                        await self._end(running)
                running = self._running = await self._launch()
            running.begun += 1
            return running

    async def _launch(self) -> _Running:
        switches = [*SWITCHES, *(["--ignore-certificate-errors"] if self._lab else [])]
        browser = await self._playwright.chromium.launch(
            executable_path=executable(self._settings.chromium),
            headless=True,
            args=switches,
            chromium_sandbox=not _is_root(),
            timeout=LAUNCH_SECONDS * 1000,
            handle_sigint=False,
        )
        return _Running(browser)

    async def _end(self, running: _Running) -> None:
        with contextlib.suppress(self._error, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await running.chromium.close()

    async def _user_agent(self, chromium: Chromium) -> str:
        """What the browser is, and who drives it."""
        major = chromium.version.partition(".")[0]
        return (
            f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
            f" {self._settings.user_agent}"
        )

    def _shot(self, url: str, choice: str) -> Path | None:
        """Where the screenshot of a page goes, or None: its host, and a digest of its URL."""
        if self._settings.screenshots is None:
            return None
        host = "".join(c if c.isalnum() or c in ".-" else "_" for c in (urlsplit(url).hostname or "page"))[:100]
        digest = hashlib.sha256(url.encode()).hexdigest()[:8]
        return self._settings.screenshots / f"{host}-{digest}-{choice}.png"


def executable(path: Path | None) -> str | None:
    """The Chromium to run: the one asked for, $SOVSCAN_CHROMIUM, the system's, or None for Playwright's own."""
    if path is not None:
        return str(path)
    named = os.environ.get(VARIABLE)
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _is_root() -> bool:
    """Chromium's sandbox does not work for root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _no_browser(error: Exception) -> str:
    first = next((line.strip(" ╔═║") for line in str(error).splitlines() if line.strip(" ╔═║")), "it does not start")
    return f"no Chromium could be started ({first[:200]}): install one, or name it with --chromium or ${VARIABLE}"
