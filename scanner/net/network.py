"""The Ask that goes out to the network: one client a kind of question, all under one set of limits."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from scanner.ask import Ask, is_address, now
from scanner.model import Answer, Question, Status
from scanner.net import security_txt
from scanner.net.active_mail import ActiveMail
from scanner.net.asn import AsnTable, ask_cymru, table_answer
from scanner.net.browser import BrowserPool
from scanner.net.certificates import CertificateError, Roots, describe
from scanner.net.counters import counters
from scanner.net.dns import DnsClient
from scanner.net.fetch import Fetcher
from scanner.net.guard import guard
from scanner.net.html import decode_body, parse, read
from scanner.net.limits import Limits, Pace, Rate
from scanner.net.mailto import mail_domains
from scanner.net.opt_out import covers, host_of
from scanner.net.preflight import Line, preflight
from scanner.net.proxies import NO_PROXIES
from scanner.net.proxy import Way
from scanner.net.rdap import ask_registry
from scanner.net.rdap_cache import NetworkCache
from scanner.net.rdap_network import NetworkRegistry
from scanner.net.reply import failure
from scanner.net.settings import Settings
from scanner.net.transports import transports
from scanner.net.upstream import ResolverError, upstreams
from scanner.net.web import WebClient

GARBAGE = 50_000
"""Objects made before Python looks for garbage while a network is open: after every 700 as usual, it walks thousands of
remembered answers again and again, a tenth of the time of a DNS scan."""
HTML_TYPES = ("text/html", "application/xhtml+xml")


class Network:
    """An async context manager and an Ask: every question gets an Answer; only bugs of ours raise.

    Entering raises ResolverError, TrustError, TableError and BrowserError for settings that cannot work.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = AsyncExitStack()
        self._kinds: dict[str, Ask] = {}

    async def __aenter__(self) -> Self:
        settings = self.settings
        connect_to = await _lab_address(settings.connect_to)
        roots = Roots(settings.ca_file)
        resolvers = upstreams(settings.resolvers, settings.dns_in_flight)
        self.resolvers = tuple(str(upstream) for upstream in resolvers)
        self._table = AsnTable(settings.asn_table) if settings.asn_table is not None else None
        rate = Rate(settings.rate) if settings.rate > 0 else None
        self.dns = DnsClient(
            resolvers,
            settings.dns_timeout,
            settings.dns_tries,
            settings.vantage,
            connect=transports(settings, roots),
            rate=rate,
        )
        self._stack.push_async_callback(self.dns.close)
        if self._table is not None:
            self._stack.callback(self._table.close)
        may_connect = guard(settings.allow_private, connect_to)
        pem = roots.pem() if settings.proxies != NO_PROXIES else b""
        fetcher = Fetcher(settings.user_agent, settings.max_body, may_connect, connect_to, settings.proxies, pem)
        await self._stack.enter_async_context(fetcher)
        limits = Limits(settings.http_in_flight, settings.per_address, settings.per_network, settings.jitter)
        times = (settings.http_timeout, settings.max_redirects)
        self.web = WebClient(self.dns, fetcher, limits, roots, *times, rate, self._refuses)
        pace = Pace(settings.rdap_interval)
        self._pace = pace
        kept = NetworkCache(settings.cache_folder)
        self._stack.callback(kept.save)
        self._networks = NetworkRegistry(self.web, pace, settings.vantage, kept)
        self._kinds = {"dns": self.dns.ask, "asn": self._asn}
        if settings.web:
            self._kinds |= {"http": self._http, "tls": self._tls}
        if settings.rdap:
            self._kinds["rdap"] = self._rdap
        if settings.active_mail:
            speaker = urlsplit(settings.user_agent.partition("(+")[2].rstrip(")")).hostname or ""
            active = ActiveMail(
                self.dns,
                self.web,
                may_connect,
                speaker=speaker,
                timeout=settings.http_timeout,
                vantage=settings.vantage,
            )
            self._kinds["tenant"] = active.tenant
            if not connect_to:  # a lab has no port 25, and its addresses are other people's
                self._kinds["smtp"] = active.smtp
        if settings.browser:
            pool = BrowserPool(settings, Way(self._resolve, may_connect, connect_to))
            self._kinds["page"] = (await self._stack.enter_async_context(pool)).ask
        usual = gc.get_threshold()
        gc.set_threshold(max(GARBAGE, usual[0]) if usual[0] else 0, *usual[1:])  # 0: switched off, and stays so
        self._stack.callback(gc.set_threshold, *usual)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kinds = {}
        await self._stack.aclose()

    def __call__(self, question: Question) -> Awaitable[Answer]:
        """The network's answer; unasked for kinds that are switched off or are not asked of the network here."""
        ask = self._kinds.get(question.kind, unasked)
        if self.settings.opt_out and self._refuses(host_of(question)):
            ask = unasked
        return ask(question)

    def begin(self, question: Question, done: Callable[[Answer], None]) -> bool:
        """The same without a coroutine, for what the DNS, the AS table or nobody is asked; else False."""
        kind = question.kind
        if kind not in self._kinds or (self.settings.opt_out and self._refuses(host_of(question))):
            done(Answer(question, Status.UNASKED))
            return True
        if kind == "dns":
            return self.dns.begin(question, done)
        if kind == "asn" and self._table is not None:
            answer = table_answer(self._table, question, self.settings.vantage)
            if answer.status is Status.OK:
                done(answer)
                return True
        return False

    def _refuses(self, host: str) -> bool:
        """True for a host whose holder asked to be left alone."""
        return bool(self.settings.opt_out) and covers(self.settings.opt_out, host)

    async def preflight(self) -> Line:
        """Look at the line; a resolver that forges answers is no longer believed where it may have."""
        line, forged = await preflight(self.dns.ask)
        if line is Line.FORGED:
            self.dns.forgery = forged
            self.dns.cache.clear()
        return line

    async def _resolve(self, host: str) -> tuple[tuple[str, ...], str]:
        """Addresses of a host that the browser asks for, or why there are none."""
        if self._refuses(host):
            return (), "blocked"
        found, why = await self.dns.addresses(host)
        return found, why.reason

    @property
    def counters(self) -> dict[str, int]:
        """What was asked so far of whom."""
        return counters(
            self.dns.asked,
            self.dns.cache.hits,
            {str(upstream): upstream.asked for upstream in self.dns.upstreams},
            self.web.connections,
            {host: round(1000 * seconds) for host, seconds in self.web.slowest.items()},
        )

    async def _asn(self, question: Question) -> Answer:
        if self._table is not None:
            answer = table_answer(self._table, question, self.settings.vantage)
            if answer.status is Status.OK:
                return answer  # what the table lacks may have been announced since it was made
        return await ask_cymru(self.dns, question, self.settings.vantage)

    async def _http(self, question: Question) -> Answer:
        at = now()
        load = await self.web.load(question.subject)
        if load.status is not Status.OK:
            return Answer(question, load.status, (), load.reason, at, self.settings.vantage, note=load.note)
        value: dict[str, Any] = {
            "status": load.hop.status,
            "url": load.url,
            "redirects": list(load.redirects),
            "headers": [[name, text] for name, text in load.hop.headers],
            "ip": load.address,
            "links": [],
        }
        content_type = load.hop.header("content-type").lower()
        if content_type.startswith(HTML_TYPES) or (not content_type and load.hop.body.lstrip()[:1] == b"<"):
            tree = parse(decode_body(load.hop.body, content_type))
            value["links"], blocking = read(tree, load.url)
            beside = {"blocking": blocking, "mail_domains": mail_domains(tree)}
            value |= {key: found for key, found in beside.items() if found}
        elif content_type.startswith("text/plain") and urlsplit(load.url).path == security_txt.PATH:
            value["links"] = security_txt.contacts(decode_body(load.hop.body, content_type), load.url)
        note = "body cut" if load.hop.cut else ""
        return Answer(question, Status.OK, (value,), "", at, self.settings.vantage, note=note)

    async def _tls(self, question: Question) -> Answer:
        at = now()
        vantage = self.settings.vantage
        host, _, port = question.subject.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            return failure(question, "malformed", at, vantage)
        load = await self.web.chain(host, int(port))
        if load.status is not Status.OK:
            return Answer(question, load.status, (), load.reason, at, vantage, note=load.note)
        try:
            certificates, verdict = self.web.verdict(host, load.hop.chain)
            values = tuple(describe(certificate) for certificate in certificates)
        except CertificateError as error:
            return failure(question, "malformed", at, vantage, str(error)[:200])
        return Answer(question, Status.OK, values, "", at, vantage, verify=verdict)

    async def _rdap(self, question: Question) -> Answer:
        if is_address(question.subject):
            return await self._networks.ask(question)
        return await ask_registry(
            self.web, self._pace, question, self.settings.vantage, dict(self.settings.rdap_servers)
        )


async def unasked(question: Question) -> Answer:
    """The answer to what is not asked of the network."""
    return Answer(question, Status.UNASKED)


async def _lab_address(connect_to: str) -> tuple[str, int] | None:
    """Address and port of "host:port", resolved once by the system. Raises ResolverError."""
    if not connect_to:
        return None
    try:
        parts = urlsplit(f"//{connect_to}")
        host, port = parts.hostname, parts.port
        if not host or not port:
            raise ValueError("write host:port")
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except (ValueError, OSError) as error:
        raise ResolverError(f"connect-to {connect_to!r}: {error}") from error
    return str(found[0][4][0]), port
