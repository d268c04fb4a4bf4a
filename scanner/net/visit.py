"""One visit to one page, from its first request until it is quiet: what it asked for, kept and left behind."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scanner.net import consent
from scanner.net.capture import MAX_KEYS, MAX_NAME, Recorder, cookie_values
from scanner.net.proxy import Contacts
from scanner.net.settings import Settings
from scanner.scrub import scrub

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Dialog, Frame, Page, Request

QUIET_SECONDS = 0.6  # without any event: the page is done
POLL_SECONDS = 0.1
SETTLE_SECONDS = 5.0  # at most, after the load event, and again after a click
EVALUATE_SECONDS = 5.0
MAX_FRAMES = 30
MAX_WORKERS = 20

# DOM size as EcoIndex counts it (https://www.ecoindex.fr/comment-ca-marche/): elements, without what is inside an SVG.
NODES = "document.querySelectorAll('*').length - document.querySelectorAll('svg *').length"
STORAGE = """() => {
  const keys = (store) => { try { return Object.keys(store()).slice(0, 100) } catch { return [] } };
  return {local: keys(() => localStorage), session: keys(() => sessionStorage)};
}"""
# Images and frames that wait to be seen: a visitor who reads to the end loads them.
SCROLL = """async () => {
  for (let n = 1; n <= 12; n++) {
    window.scrollTo(0, document.documentElement.scrollHeight * n / 12);
    await new Promise(done => setTimeout(done, 40));
  }
  window.scrollTo(0, 0);
}"""


class VisitError(Exception):
    """A visit that came to nothing. `reason`: a reason code; `absent`: there is nothing to see, which is an answer."""

    def __init__(self, reason: str, note: str = "", *, absent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.note = note
        self.absent = absent


class Visit:
    """A visit in a fresh browser context. `note` tells, once made, what was cut short."""

    def __init__(self, context: BrowserContext, contacts: Contacts, settings: Settings, shot: Path | None) -> None:
        self.note = ""
        self._late = ""
        self._context = context
        self._contacts = contacts
        self._settings = settings
        self._shot = shot
        self._recorder = Recorder(settings.page_requests)
        self._crashed = asyncio.Event()
        self._closing: set[asyncio.Task[None]] = set()

    async def make(self, url: str, choice: str) -> dict[str, Any]:
        """Load a page, wait until it is quiet, scroll, answer its banner if `choice` says so: the page answer's value.

        Raises VisitError, and Playwright's errors for a browser that has gone.
        """
        page = await self._open()
        end = asyncio.get_running_loop().time() + self._settings.page_timeout
        await self._unless_crashed(self._go(page, url, end))
        await self._unless_crashed(self._settle(page, end))
        clicked = ""
        if choice != consent.NONE:
            clicked = await self._unless_crashed(consent.answer(page, choice, self._recorder.click))
            if not clicked:
                raise VisitError("no-banner", absent=True)
            time_now = asyncio.get_running_loop().time()
            await self._unless_crashed(self._read_on(page, time_now + SETTLE_SECONDS, time_now + 2 * SETTLE_SECONDS))
        value: dict[str, Any] = await self._unless_crashed(self._value(page, clicked))
        return value

    async def _open(self) -> Page:
        context, recorder = self._context, self._recorder
        context.on("request", self._heard)
        page = await context.new_page()
        context.on("page", lambda other: self._later(other.close()) if other != page else None)
        page.on("dialog", self._dismiss)
        page.on("crash", lambda _: self._crashed.set())
        page.on("download", lambda download: self._later(download.cancel()))
        session = await context.new_cdp_session(page)
        recorder.listen(session)
        await session.send("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0})
        return page

    def _heard(self, request: Request) -> None:
        from playwright.async_api import Error

        worker = request.service_worker
        try:
            source = worker.url if worker is not None else request.frame.url
        except Error:  # the main script of a worker, or a frame that is gone
            source = ""
        self._recorder.told(request.url, request.resource_type.capitalize(), source)

    def _dismiss(self, dialog: Dialog) -> None:
        self._later(dialog.dismiss())

    def _later(self, coroutine: Any) -> None:
        """Do what an event calls for; a page that has gone by then is no matter."""
        from playwright.async_api import Error

        async def safely() -> None:
            with contextlib.suppress(Error):
                await coroutine

        task = asyncio.ensure_future(safely())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _go(self, page: Page, url: str, end: float) -> None:
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as Late

        left = (end - asyncio.get_running_loop().time()) * 1000
        try:
            await page.goto(url, wait_until="domcontentloaded", timeout=left)
        except Late as error:
            raise VisitError("timeout", "the document does not end") from error
        except Error as error:
            raise VisitError(*self._why(url, str(error))) from error

    def _why(self, url: str, text: str) -> tuple[str, str]:
        """Reason and note of a navigation that failed: the proxy knows best, then the browser's own code."""
        code = next((word.strip(":,.") for word in text.split() if word.startswith("net::")), "")
        failures = self._contacts.failures
        host = (urlsplit(url).hostname or "").rstrip(".")
        if "crashed" in text:
            return "crash", ""
        if self._contacts.cut:
            return "too-large", self._contacts.cut
        if host in failures:
            return failures[host], ""
        if (
            "TUNNEL" in code or "PROXY" in code or "EMPTY_RESPONSE" in code
        ):  # where a redirect led, or a host that hangs up
            return next(reversed(failures.values()), "connect"), code
        if "CERT" in code or "SSL" in code:
            return "tls", code
        if "TIMED_OUT" in code:
            return "timeout", code
        if "Download" in text:
            return "no-page", "a download"
        return ("connect" if code else "browser"), (code or text.splitlines()[0])[:200]

    async def _settle(self, page: Page, end: float) -> None:
        """Until the load event and some quiet, a scroll to the end, and quiet again; a page that goes on is cut."""
        from playwright.async_api import TimeoutError as Late

        loop = asyncio.get_running_loop()
        try:
            await page.wait_for_load_state("load", timeout=max(1.0, (end - loop.time()) * 1000))
        except Late:
            self._late = "time"
            return
        await self._read_on(page, min(end, loop.time() + SETTLE_SECONDS), min(end, loop.time() + 2 * SETTLE_SECONDS))

    async def _read_on(self, page: Page, quiet: float, end: float) -> None:
        """Until some quiet, to the page's end as a reader would, and, where that loaded something, quiet again."""
        await self._quiet(quiet)
        moved = self._recorder.moved
        await self._scroll(page)
        if self._recorder.moved != moved or self._recorder.waiting:
            await self._quiet(end)

    async def _quiet(self, end: float) -> None:
        loop = asyncio.get_running_loop()
        moved, since = self._recorder.moved, loop.time()
        while (time_now := loop.time()) < end and not self._over:
            if self._recorder.moved != moved:
                moved, since = self._recorder.moved, time_now
            elif not self._recorder.waiting and time_now - since >= QUIET_SECONDS:
                return
            await asyncio.sleep(POLL_SECONDS)

    @property
    def _over(self) -> str:
        return self._recorder.cut or self._contacts.cut or ("crash" if self._crashed.is_set() else "")

    async def _scroll(self, page: Page) -> None:
        from playwright.async_api import Error

        if self._over:
            return
        try:
            async with asyncio.timeout(EVALUATE_SECONDS):
                await page.evaluate(SCROLL)
        except TimeoutError as error:
            if not self._over:
                raise VisitError("timeout", "the page's script does not end") from error
        except Error:
            pass  # it went elsewhere meanwhile

    async def _unless_crashed(self, coroutine: Any) -> Any:
        """The coroutine's result, unless the page's renderer dies first."""
        task, crash = asyncio.ensure_future(coroutine), asyncio.ensure_future(self._crashed.wait())
        try:
            await asyncio.wait((task, crash), return_when=asyncio.FIRST_COMPLETED)
            if crash.done() or self._crashed.is_set():
                raise VisitError("crash")
            return task.result()
        finally:
            for pending in (task, crash):
                pending.cancel()
            await asyncio.gather(task, crash, return_exceptions=True)

    async def _value(self, page: Page, clicked: str) -> dict[str, Any]:
        """The page answer's value. A page that a limit has ended may not answer any more: what was heard is kept."""
        recorder, nodes, storage, cookies = self._recorder, None, [], []
        over = bool(self._over or self._late)
        try:
            async with asyncio.timeout(EVALUATE_SECONDS / 5 if self._over else EVALUATE_SECONDS):
                cookies = cookie_values(await self._context.cookies(), time.time())
                nodes = int(await page.evaluate(NODES))
                storage = await self._storage(page)
                if self._shot is not None:
                    await page.screenshot(path=self._shot, timeout=EVALUATE_SECONDS * 1000)
        except TimeoutError as error:
            if not over:
                raise VisitError("timeout", "the page's script does not end") from error
        recorder.settle()
        workers = [scrub(worker.url) for worker in self._context.service_workers[:MAX_WORKERS]]
        cut = recorder.cut or self._contacts.cut or self._late
        self.note = f"cut: {cut}" if cut else ""
        value: dict[str, Any] = {"url": scrub(page.url), "nodes": nodes, "requests": recorder.requests(self._contacts)}
        value |= {"cookies": cookies, "storage": storage, "service_workers": [worker for worker in workers if worker]}
        extra = {"cut": cut, "banner": clicked}
        return {key: found for key, found in value.items() if found is not None} | {k: v for k, v in extra.items() if v}

    async def _storage(self, page: Page) -> list[dict[str, str]]:
        """Keys of the page's and its frames' storage: {"origin", "area", "key"}; values are never read."""
        found: dict[tuple[str, str, str], None] = {}
        for frame in page.frames[:MAX_FRAMES]:
            for area, keys in (await self._keys(frame)).items():
                found.update(((_origin(frame.url), area, str(key)[:MAX_NAME]), None) for key in keys)
        return [{"origin": o, "area": area, "key": key} for o, area, key in list(found)[:MAX_KEYS] if o]

    async def _keys(self, frame: Frame) -> dict[str, list[str]]:
        from playwright.async_api import Error

        try:
            return await frame.evaluate(STORAGE)  # type: ignore[no-any-return]
        except Error:  # gone, or opaque
            return {}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}" if parts.scheme in ("http", "https") and parts.netloc else ""
