"""One HTTP request or TLS handshake to one address, by libcurl, guarded and bounded.

libcurl (pycurl, MIT) because it gives the presented chain without trusting it, connects to the address we say, asks us
before it opens a socket, and does 890 fresh hosts a second on one core (aiohttp: 700).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlsplit

import pycurl

from scanner.net.proxies import NO_PROXIES, Proxies

MAX_HEADERS = 200
MAX_HEADER = 16_384  # bytes of one header line
OLD_SERVERS = "DEFAULT:@SECLEVEL=0"  # we look and send no secret: a server's old keys must not hide it
CURVES = "X25519:P-256:P-384:P-521"  # no post-quantum share (1.2 kB and a tenth of our time): nothing here is secret
BUFFER = 131_072  # bytes read at once: a page of 100 kB comes in a few pieces, not in seven

Session = Any
"""A libcurl handle; its cookies last for the hops made with it."""

_CONNECT = {pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_INTERFACE_FAILED}
_TLS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_INVALIDCERTSTATUS,
    pycurl.E_SSL_ISSUER_ERROR,
}


class Where(NamedTuple):
    """Where to connect to, and for how long in all and until the connection stands, in seconds."""

    address: str
    port: int
    seconds: float
    connect_seconds: float


class Hop(NamedTuple):
    """What came back of one request.

    `reason`: "" or why it failed (connect, tls, timeout, blocked, http); `headers`: names in lower case, in order;
    `body`: decoded, cut at the limit (`cut`); `chain`: PEM texts as presented, leaf first; `connected`: a TCP
    connection stood.
    """

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    chain: tuple[str, ...] = ()
    reason: str = ""
    note: str = ""
    connected: bool = False

    def header(self, name: str) -> str:
        """The first header of a name (lower case), or ""."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(slots=True)
class _Receiver:
    """Collects one response within bounds."""

    max_body: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    cut: bool = False
    blocked: bool = False

    def header(self, line: bytes) -> None:
        if line[:5] == b"HTTP/":  # also after an interim 1xx response: only the last one counts
            self.headers.clear()
        elif b":" in line and not self.size and len(self.headers) < MAX_HEADERS:
            name, _, value = line[:MAX_HEADER].partition(b":")
            self.headers.append((_text(name).lower(), _text(value)))

    def body(self, chunk: bytes) -> int | None:
        room = self.max_body - self.size
        self.chunks.append(chunk[:room])
        self.size += min(room, len(chunk))
        if len(chunk) > room:
            self.cut = True
            return 0  # libcurl then ends the transfer with E_WRITE_ERROR
        return None


def _text(raw: bytes) -> str:
    try:
        return raw.strip().decode()
    except UnicodeDecodeError:
        return raw.strip().decode("latin-1")


class Fetcher:
    """Makes requests; an async context manager, for one event loop.

    `may_connect`: asked for every address and port before a socket to it is opened; `connect_to`: (address, port) that
    every connection goes to instead of its own, or None; `proxies`: for the others. A proxy is told the address to
    connect to where TLS is spoken; the host of a plain http URL it resolves itself, once the guard has seen our answer.
    `roots` (PEM): to whom a proxy that speaks TLS must prove itself.
    """

    def __init__(
        self,
        user_agent: str,
        max_body: int,
        may_connect: Callable[[str, int], bool],
        connect_to: tuple[str, int] | None = None,
        proxies: Proxies = NO_PROXIES,
        roots: bytes = b"",
    ) -> None:
        self._user_agent = user_agent
        self._max_body = max_body
        self._may_connect = may_connect
        self._connect_to = connect_to
        self._proxies = proxies
        self._roots = roots
        self._multi = pycurl.AsyncCurlMulti()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._multi.aclose()

    def session(self) -> Session:
        """A handle whose cookies last for the hops made with it; the caller closes it."""
        return pycurl.Curl()

    async def get(
        self,
        curl: Session,
        url: str,
        where: Where,
        headers: Mapping[str, str] | None = None,
    ) -> Hop:
        """GET a URL from an address; never raises for what the network does."""
        proxy = self._proxy("https" if url.startswith("https:") else "http", urlsplit(url).hostname or "", where)
        if proxy and not self._may_connect(where.address, where.port):
            return Hop(reason="blocked")
        self._prepare(curl, url, where, proxy)
        curl.setopt(pycurl.COOKIEFILE, "")  # keep cookies, start with none
        curl.setopt(pycurl.ACCEPT_ENCODING, "")  # all that libcurl can undo, piece by piece: the limit holds inside
        fields = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", **(headers or {})}
        curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in fields.items()])
        return await self._perform(curl, url.startswith("https:"), bool(proxy))

    async def handshake(self, host: str, where: Where) -> Hop:
        """Shake hands by TLS and hang up: no request is made."""
        proxy = self._proxy("https", host, where)
        if proxy and not self._may_connect(where.address, where.port):
            return Hop(reason="blocked")
        curl = self.session()
        try:
            name = f"[{host}]" if ":" in host else host
            self._prepare(curl, f"https://{name}:{where.port}/", where, proxy)
            curl.setopt(pycurl.CONNECT_ONLY, 1)
            return await self._perform(curl, True, bool(proxy))
        finally:
            curl.close()

    def _proxy(self, scheme: str, host: str, where: Where) -> str:
        return "" if self._connect_to is not None else self._proxies.choose(scheme, host, where.address)

    def _prepare(self, curl: Session, url: str, where: Where, proxy: str) -> None:
        curl.reset()  # options, not cookies
        host, port = self._connect_to or (where.address, where.port)
        curl.setopt(pycurl.URL, quote(url, safe="%/:=&?~#+!$,;'@()*[]"))
        if not proxy or url.startswith("https:"):  # many proxies tunnel to port 443 only
            curl.setopt(pycurl.CONNECT_TO, [f"::[{host}]:{port}" if ":" in host else f"::{host}:{port}"])
        curl.setopt(pycurl.PROXY, proxy)
        if proxy.startswith("https:") and self._roots:
            curl.setopt(pycurl.PROXY_CAINFO_BLOB, self._roots)
        curl.setopt(pycurl.USERAGENT, self._user_agent)
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(where.seconds * 1000)))
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(where.connect_seconds * 1000)))
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.HTTP09_ALLOWED, 0)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.FORBID_REUSE, 1)  # an idle connection would count against the limit of its address
        curl.setopt(pycurl.SSL_VERIFYPEER, 0)  # the chain is judged by certificates.verify
        curl.setopt(pycurl.SSL_VERIFYHOST, 0)
        curl.setopt(pycurl.SSL_CIPHER_LIST, OLD_SERVERS)
        curl.setopt(pycurl.SSL_EC_CURVES, CURVES)
        curl.setopt(pycurl.BUFFERSIZE, BUFFER)
        curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_0)
        curl.setopt(pycurl.SSL_SESSIONID_CACHE, 0)  # a resumed session presents no chain
        curl.setopt(pycurl.OPT_CERTINFO, 1)

    async def _perform(self, curl: Session, tls: bool, proxied: bool) -> Hop:
        receiver = _Receiver(self._max_body)

        def open_socket(_purpose: int, target: Any) -> socket.socket | int:
            if not proxied and not self._may_connect(str(target.addr[0]), int(target.addr[1])):
                receiver.blocked = True
                return int(pycurl.SOCKET_BAD)
            opened = socket.socket(target.family, target.socktype, target.protocol)
            asyncio.get_running_loop().call_soon(opened.close)  # pycurl goes on with a duplicate of it
            return opened

        curl.setopt(pycurl.OPENSOCKETFUNCTION, open_socket)
        curl.setopt(pycurl.HEADERFUNCTION, receiver.header)
        curl.setopt(pycurl.WRITEFUNCTION, receiver.body)
        reason, note = "", ""
        try:
            await self._multi.perform(curl)
        except pycurl.error as error:
            code, note = error.args[0], str(error.args[1])[:200]
            if not (code == pycurl.E_WRITE_ERROR and receiver.cut):
                reason = "blocked" if receiver.blocked else self._reason(curl, code, tls)
                if proxied and curl.getinfo(pycurl.HTTP_CONNECTCODE) not in (0, 200):
                    reason = "connect"  # the proxy's own answer, not the host's
        return Hop(
            curl.getinfo(pycurl.RESPONSE_CODE),
            tuple(receiver.headers),
            b"".join(receiver.chunks),
            receiver.cut,
            _chain(curl.getinfo(pycurl.INFO_CERTINFO)) if tls else (),
            reason,
            note if reason else "",
            bool(curl.getinfo(pycurl.CONNECT_TIME_T)),
        )

    @staticmethod
    def _reason(curl: Session, code: int, tls: bool) -> str:
        """libcurl's error as one of our codes."""
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return "timeout"
        if code in _CONNECT:
            return "connect"
        if code in _TLS or (tls and not curl.getinfo(pycurl.APPCONNECT_TIME_T)):
            return "tls"  # reset in the middle of the handshake
        return "http"


def _chain(certificates: Sequence[Sequence[tuple[str, str]]]) -> tuple[str, ...]:
    return tuple(value for fields in certificates for name, value in fields if name == "Cert")
