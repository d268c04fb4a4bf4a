"""The web client: URLs followed hop by hop, hosts resolved by our own DNS client, the chains seen on the way."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509

from scanner.ask import is_address
from scanner.model import Status
from scanner.net.certificates import OK, CertificateError, Roots, load_chain, verify
from scanner.net.counters import MOST_SLOWEST
from scanner.net.dns import DnsClient
from scanner.net.fetch import Fetcher, Hop, Session, Where
from scanner.net.html import absolute
from scanner.net.limits import Limits, Rate

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_ADDRESSES = 3  # of one host, tried in turn while none accepts a connection
MAX_CHAINS = 5_000
# Ports of other services that no browser speaks HTTP to (https://fetch.spec.whatwg.org/#port-blocking), shortened.
OTHER_PORTS = frozenset(
    {*range(1, 80), *range(81, 443), *range(444, 591), 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049}
    | {3659, 4045, 4190, 5060, 5061, 6000, *range(6665, 6670), 6679, 6697, 10080}
)


class Load(NamedTuple):
    """How a URL answered, after redirects. `url`: the last one asked; `redirects`: those before it; `address`: what our
    DNS gave for it; `status`, `reason`, `note`: as an Answer has them."""

    url: str
    redirects: tuple[str, ...] = ()
    address: str = ""
    hop: Hop = Hop()
    status: Status = Status.OK
    reason: str = ""
    note: str = ""


class _Visit(NamedTuple):
    """One hop to make: a GET of `url` in a session, or without one a bare handshake."""

    url: str
    host: str
    port: int
    session: Session | None = None
    headers: Mapping[str, str] | None = None

    @property
    def key(self) -> tuple[str, int] | None:
        """Host and port where TLS is spoken, else None."""
        return (self.host, self.port) if self.session is None or self.url.startswith("https:") else None


class WebClient:
    """Loads URLs and shakes hands. Never raises for what the network does.

    `timeout`: seconds on the network for one question, all hops together; waiting for a place does not count.
    `refuses`: hosts that are not contacted, wherever a redirect leads. `connections`: made so far; `slowest`: the hosts
    that took longest, in seconds.
    """

    def __init__(
        self,
        dns: DnsClient,
        fetcher: Fetcher,
        limits: Limits,
        roots: Roots,
        timeout: float = 20.0,
        max_redirects: int = 8,
        rate: Rate | None = None,
        refuses: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self._dns = dns
        self._fetcher = fetcher
        self._limits = limits
        self._roots = roots
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._rate = rate
        self._refuses = refuses
        self.connections = 0
        self.slowest: dict[str, float] = {}
        self._chains: OrderedDict[tuple[str, int], tuple[str, ...]] = OrderedDict()
        self._shaking: dict[tuple[str, int], asyncio.Future[Load]] = {}

    async def load(self, url: str, headers: Mapping[str, str] | None = None, trusted: bool = False) -> Load:
        """GET a URL and follow its redirects.

        `trusted`: what comes back is believed, so every hop must be https with a chain that verifies.
        """
        redirects: list[str] = []
        left = self._timeout
        session = self._fetcher.session()
        try:
            while True:
                load, spent = await self._hop(url, session, headers, left)
                left -= spent
                if trusted and load.status is Status.OK and not self._trusts(url):
                    load = _failed(url, "tls", "not trusted")
                target = _target(load)
                if target and len(redirects) >= self._max_redirects:
                    load, target = _failed(url, "http", f"more than {self._max_redirects} redirects"), ""
                if not target:
                    break
                redirects.append(url)
                url = target
        finally:
            session.close()
        if redirects and load.status is Status.ABSENT:  # the site exists; what it redirects to does not
            load = _failed(url, load.reason, f"redirected to {url}")
        return load._replace(redirects=tuple(redirects))

    async def chain(self, host: str, port: int) -> Load:
        """The chain that a host presents; from the connection of a GET where there was one."""
        key = (host, port)
        await asyncio.sleep(0)  # let a GET asked at the same moment go first
        shaking = self._shaking.get(key)
        if shaking is not None:
            load = await asyncio.shield(shaking)
            if load.status is not Status.OK and not load.hop.chain:
                return load  # it would fare no better
        known = self._chains.get(key)
        if known is not None:
            return Load(f"{host}:{port}", hop=Hop(chain=known))
        return (await self._connect(_Visit(f"{host}:{port}", host, port), self._timeout))[0]

    def verdict(self, host: str, chain: Sequence[str]) -> tuple[list[x509.Certificate], str]:
        """The certificates of a chain, and what `certificates.verify` says. Raises CertificateError."""
        certificates = load_chain(chain)
        return certificates, verify(certificates, host, self._roots, datetime.now(UTC))

    def _trusts(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        chain = self._chains.get((host, parts.port or 443), ())
        try:
            return parts.scheme == "https" and bool(chain) and self.verdict(host, chain)[1] == OK
        except CertificateError:
            return False

    async def _hop(
        self, url: str, session: Session, headers: Mapping[str, str] | None, seconds: float
    ) -> tuple[Load, float]:
        """One hop of a GET, and the seconds it took on the network."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (ValueError, KeyError):
            return _failed(url, "malformed"), 0.0
        if not host:
            return _failed(url, "malformed"), 0.0
        if port in OTHER_PORTS:
            return _failed(url, "blocked", f"port {port}"), 0.0
        visit = _Visit(url, host, port, session, headers)
        if visit.key is None or visit.key in self._shaking:
            return await self._connect(visit, seconds)
        shaking = self._shaking[visit.key] = asyncio.get_running_loop().create_future()
        load = _failed(url, "timeout")
        try:
            load, spent = await self._connect(visit, seconds)
        finally:
            del self._shaking[visit.key]
            shaking.set_result(load)
        return load, spent

    async def _connect(self, visit: _Visit, seconds: float) -> tuple[Load, float]:
        """The visit, made at the first address of its host that accepts a connection."""
        if self._refuses(visit.host):
            return _failed(visit.url, "blocked", "opt-out"), 0.0
        addresses: tuple[str, ...] = (visit.host,)
        if not is_address(visit.host):
            addresses, why = await self._dns.addresses(visit.host, MAX_ADDRESSES)
            if not addresses:
                note = "dns" if why.status is Status.FAILED else ""
                return Load(visit.url, status=why.status, reason=why.reason, note=note), 0.0
        spent = 0.0
        load = _failed(visit.url, "timeout")
        for number, address in enumerate(addresses, 1):
            left = seconds - spent
            if left <= 0:
                break
            where = Where(address, visit.port, left, left if number == len(addresses) else left / 2)
            async with self._limits.hold(address):
                if self._rate is not None:
                    await self._rate.wait()
                self.connections += 1
                start = time.monotonic()
                hop = await self._visit(visit, where)
                spent += time.monotonic() - start
            status = Status.FAILED if hop.reason else Status.OK
            load = Load(visit.url, (), address, hop, status, hop.reason, hop.note)
            if hop.connected or not hop.reason:
                break
        self._time(visit.host, spent)
        return load, spent

    def _time(self, host: str, seconds: float) -> None:
        """Keep the slowest hosts."""
        self.slowest[host] = max(seconds, self.slowest.get(host, 0.0))
        if len(self.slowest) >= 10 * MOST_SLOWEST:
            ordered = sorted(self.slowest.items(), key=lambda item: -item[1])
            self.slowest = dict(ordered[:MOST_SLOWEST])

    async def _visit(self, visit: _Visit, where: Where) -> Hop:
        if visit.session is None:
            hop = await self._fetcher.handshake(visit.host, where)
        else:
            hop = await self._fetcher.get(visit.session, visit.url, where, visit.headers)
        if hop.chain and visit.key is not None:
            self._remember(visit.key, hop.chain)
        return hop

    def _remember(self, key: tuple[str, int], chain: tuple[str, ...]) -> None:
        self._chains[key] = chain
        self._chains.move_to_end(key)
        if len(self._chains) > MAX_CHAINS:
            self._chains.popitem(last=False)


def _failed(url: str, reason: str, note: str = "") -> Load:
    return Load(url, status=Status.FAILED, reason=reason, note=note)


def _target(load: Load) -> str:
    """Where a response redirects to, or ""."""
    if load.status is not Status.OK or load.hop.status not in REDIRECTS:
        return ""
    return absolute(load.url, load.hop.header("location"))
