"""What one page load requested, from the browser's own events (Chrome DevTools Protocol, Network domain)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scanner.net.proxy import Contacts
from scanner.scrub import scrub

MAX_COOKIES = 300
MAX_KEYS = 300
MAX_NAME = 200  # characters of a cookie's or storage key's name
_FRAMES = 40  # of a call stack looked at
_BLOCKING = ("Blocking", "InBodyParserBlocking")  # Network.RenderBlockingBehavior


@dataclass(slots=True)
class Request:
    """One request: `at` in seconds of the browser's clock; `bytes` as transferred, headers included."""

    url: str
    type: str
    initiator: str
    at: float
    status: int | None = None
    mime: str = ""
    bytes: int = 0
    after: bool = False
    blocks: bool = False

    def value(self, start: float, address: str) -> dict[str, Any]:
        """As the recording format has it; what is not known is left out."""
        value: dict[str, Any] = {"url": scrub(self.url), "type": self.type}
        if self.mime:
            value["mime"] = self.mime[:100]
        if self.status is not None:
            value["status"] = self.status
        value |= {"bytes": self.bytes, "at_ms": max(0, round((self.at - start) * 1000))}
        if address:
            value["ip"] = address
        initiator = scrub(self.initiator)
        if initiator and initiator != value["url"]:
            value["initiator"] = initiator
        if self.after:
            value["after_click"] = True
        if self.blocks:
            value["blocks"] = True
        return value


@dataclass  # without slots: Playwright keeps a mark on whose method hears
class Recorder:
    """Listens to one page. `cut`: the limit that ended the listening ("requests") or ""; `moved`: counts what happened,
    so that quiet can be told; `clicked`: a banner was answered: what comes now comes after it."""

    max_requests: int
    done: list[Request] = field(default_factory=list)
    open: dict[str, Request] = field(default_factory=dict)
    cut: str = ""
    moved: int = 0
    clicked: bool = False
    beside: dict[str, Request] = field(default_factory=dict)

    def listen(self, session: Any) -> None:
        """Hear the events of a CDP session."""
        for name, hear in (
            ("requestWillBeSent", self.sent),
            ("responseReceived", self.received),
            ("loadingFinished", self.finished),
            ("loadingFailed", self.failing),
            ("webSocketCreated", self.socket),
            ("webSocketHandshakeResponseReceived", self.shaken),
        ):
            session.on(f"Network.{name}", hear)

    def sent(self, event: Mapping[str, Any]) -> None:
        """A request goes out, or is redirected: then the response before it ends one, which brought the next."""
        self.moved += 1
        key, url = str(event["requestId"]), str(event["request"]["url"])
        initiator = _initiator(event.get("initiator") or {}, url) or str(event.get("documentURL") or "")
        redirect = event.get("redirectResponse")
        before = self.open.pop(key, None)
        if before is not None and redirect:
            before.status, before.mime = int(redirect["status"]), str(redirect.get("mimeType") or "")
            before.bytes = int(redirect.get("encodedDataLength") or 0)
            initiator = before.url
        kind, at = str(event.get("type") or ""), float(event["timestamp"])
        blocks = kind == "Script" and event.get("renderBlockingBehavior") in _BLOCKING
        self._keep(key, Request(url, kind, initiator, at, after=self.clicked, blocks=blocks))

    def _keep(self, key: str, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("http", "https", "ws", "wss"):
            return
        if len(self.done) >= self.max_requests:
            self.cut = "requests"
            return
        self.done.append(request)
        self.open[key] = request

    def received(self, event: Mapping[str, Any]) -> None:
        """A response's head."""
        self.moved += 1
        request, response = self.open.get(str(event["requestId"])), event["response"]
        if request is not None:
            request.status, request.mime = int(response["status"]), str(response.get("mimeType") or "")
            request.type = str(event.get("type") or request.type)
            request.bytes = int(response.get("encodedDataLength") or 0)

    def finished(self, event: Mapping[str, Any]) -> None:
        """A response's end, with all that was transferred for it."""
        self.moved += 1
        request = self.open.pop(str(event["requestId"]), None)
        if request is not None:
            request.bytes = int(event.get("encodedDataLength") or 0)

    def failing(self, event: Mapping[str, Any]) -> None:
        """A request that came to nothing is a request nonetheless."""
        self.moved += 1
        self.open.pop(str(event["requestId"]), None)

    def socket(self, event: Mapping[str, Any]) -> None:
        """A web socket is opened; such events carry no time."""
        self.moved += 1
        url = str(event["url"])
        at = max((request.at for request in self.done), default=0.0)
        self._keep(
            str(event["requestId"]),
            Request(url, "WebSocket", _initiator(event.get("initiator") or {}, url), at, after=self.clicked),
        )

    def shaken(self, event: Mapping[str, Any]) -> None:
        """A web socket's handshake was answered."""
        request = self.open.get(str(event["requestId"]))
        if request is not None:
            request.status = int(event["response"]["status"])

    def click(self) -> None:
        """A banner is being answered: what comes from here on comes after it."""
        self.clicked = True

    def told(self, url: str, kind: str, initiator: str) -> None:
        """The browser's context tells of a request, also of those of its other processes and of workers."""
        self.moved += 1
        if len(self.beside) < self.max_requests:
            self.beside.setdefault(url, Request(url, kind, initiator, 0.0, after=self.clicked))

    def settle(self) -> None:
        """Take over what only the context told of."""
        known = {request.url for request in self.done}
        at = max((request.at for request in self.done), default=0.0)
        for url, request in self.beside.items():
            if url not in known:
                request.at = at
                self._keep(f"beside {url}", request)

    @property
    def waiting(self) -> int:
        """Requests under way; a web socket stays open and counts for nothing."""
        return sum(request.type not in ("WebSocket", "EventSource", "Ping") for request in self.open.values())

    def requests(self, contacts: Contacts) -> list[dict[str, Any]]:
        """Every request in order, and one `Connection` for each host that was only connected to (preconnect)."""
        start = self.done[0].at if self.done else 0.0
        hosts: set[str] = set()
        values = []
        for request in self.done:
            host = (urlsplit(request.url).hostname or "").rstrip(".")
            hosts.add(host)
            values.append(request.value(start, contacts.addresses.get(host, "")))
        for host in {**contacts.addresses, **contacts.failures}:
            if host and host not in hosts:
                scheme = "https" if host in contacts.secure or host in contacts.failures else "http"
                address = contacts.addresses.get(host)
                extra = {"url": scrub(f"{scheme}://{host}/"), "type": "Connection", "bytes": 0}
                values.append(extra | ({"ip": address} if address else {}))
        return [value for value in values if value["url"]]


def _initiator(initiator: Mapping[str, Any], url: str) -> str:
    """The URL of the script, style sheet or document that caused a request, or "".

    Of a script's call stack, the innermost frame that has a URL: it made the call (Network.Initiator).
    """
    if initiator.get("url"):
        return str(initiator["url"])
    stack = initiator.get("stack") or {}
    left = _FRAMES
    while stack and left:
        for call in stack.get("callFrames") or ():
            left -= 1
            if call.get("url") and call["url"] != url:
                return str(call["url"])
            if not left:
                break
        stack = stack.get("parent") or {}
        left = max(0, left - 1)
    return ""


def cookie_values(cookies: list[Any], now: float) -> list[dict[str, Any]]:
    """Name, domain and lifetime in seconds, to the minute (none for those of the session); a value is never kept."""
    values = []
    for cookie in cookies[:MAX_COOKIES]:
        expires = float(cookie.get("expires", -1))
        lifetime = {"lifetime": round((expires - now) / 60) * 60} if expires > now else {}
        domain = str(cookie.get("domain", "")).lstrip(".").lower()
        values.append({"name": str(cookie.get("name", ""))[:MAX_NAME], "domain": domain} | lifetime)
    return values
