"""From a request to what is sent back: which site, which page, which fault. Pure."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from scanner.lab import rdap
from scanner.lab.asn import AsnTable
from scanner.lab.certificates import LABORATORY
from scanner.lab.world import Certificate, Page, Plain, Site, SiteFault, World

MAX_TARGET = 4096
_GZIP_FROM = 256  # bytes: below, gzip makes it longer
_ASSET_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png", "svg": "image/svg+xml"}
_NOT_FOUND = Page("<!doctype html><title>404</title>", 404)


@dataclass(frozen=True, slots=True)
class Request:
    """The request line's method and target, the Host header without its port, and what matters of the rest."""

    method: str
    target: str
    host: str
    secure: bool
    gzip: bool = False


class Routes:
    """Finds a world's answer to a request."""

    def __init__(self, world: World, table: AsnTable) -> None:
        self._world = world
        self._table = table

    def certificate(self, host: str) -> Certificate | None:
        """What the host presents; None where it speaks no TLS, or is not of this world."""
        site = self._world.sites.get(host)
        if site:
            return site.certificate
        known = rdap.is_registry(host) or host in self._world.assets
        return Certificate(LABORATORY) if known else None

    def fault(self, request: Request) -> SiteFault:
        """How the host misbehaves; a host that is closed to plain HTTP, or not of this world, resets."""
        site = self._world.sites.get(request.host)
        if site:
            return SiteFault.RESET if site.plain is Plain.CLOSED and not request.secure else site.fault
        known = rdap.is_registry(request.host) or request.host in self._world.assets
        return SiteFault.NONE if known else SiteFault.RESET

    def page(self, request: Request) -> Page:
        """The page of a request to a host of this world."""
        path = urlsplit(request.target).path or "/"
        site = self._world.sites.get(request.host)
        if site:
            return _upgrade(request) if _upgrades(site, request) else _page(site, path)
        if rdap.is_registry(request.host):
            return rdap.respond(path, self._world.registrations, self._table)
        return Page("", content_type=_ASSET_TYPES.get(path.rpartition(".")[2], "text/javascript"))


def response(request: Request, page: Page) -> bytes:
    """A whole HTTP/1.1 response; the connection closes after it (RFC 9112, 9.6)."""
    body = page.body.encode()
    headers = [("Content-Type", page.content_type), *page.headers]
    if request.gzip and len(body) >= _GZIP_FROM:
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    headers += [("Content-Length", str(len(body))), ("Connection", "close")]
    try:
        phrase = HTTPStatus(page.status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {page.status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head if request.method == "HEAD" else head + body


def parse(head: bytes, secure: bool) -> Request | None:
    """A request's head, up to the empty line, or None where it is not HTTP/1."""
    lines = head.decode("latin-1").split("\r\n")
    method, _, rest = lines[0].partition(" ")
    target, _, version = rest.partition(" ")
    if not version.startswith("HTTP/1.") or not target.startswith("/") or len(target) > MAX_TARGET:
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    host = headers.get("host", "").rsplit(":", 1)[0].lower().rstrip(".")
    return Request(method, target, host, secure, "gzip" in headers.get("accept-encoding", ""))


def _upgrades(site: Site, request: Request) -> bool:
    return not request.secure and site.plain is Plain.UPGRADE


def _upgrade(request: Request) -> Page:
    location = f"https://{request.host}{request.target}"
    return Page("", 301, headers=(("Location", location),))


def _page(site: Site, path: str) -> Page:
    return site.pages.get(path) or site.pages.get("*") or _NOT_FOUND
