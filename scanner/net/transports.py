"""The way to each resolver, by the scheme that the user named: UDP, TCP, TLS or HTTPS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import cache

from scanner.net.certificates import Roots
from scanner.net.channel import Channel, Trouble
from scanner.net.doh import DohLink
from scanner.net.query import Connect, Transport, by_udp
from scanner.net.settings import Settings
from scanner.net.udp import Receive
from scanner.net.upstream import Upstream


def transports(settings: Settings, roots: Roots) -> Connect:
    """Makes the way to a resolver. Those of TLS and HTTPS must prove themselves to the trusted `roots`."""
    context = _context_of(settings)

    def connect(upstream: Upstream, loop: asyncio.AbstractEventLoop, receive: Receive, trouble: Trouble) -> Transport:
        if upstream.scheme == "udp":
            return by_udp(upstream, loop, receive, trouble)
        if upstream.scheme == "https":
            seconds, pem = settings.dns_timeout, roots.pem()
            return DohLink(upstream, loop, receive, trouble, seconds, pem, settings.proxies, settings.user_agent)
        return Channel(upstream, loop, receive, trouble, context() if upstream.scheme == "tls" else None)

    return connect


def _context_of(settings: Settings) -> Callable[[], ssl.SSLContext]:
    @cache
    def context() -> ssl.SSLContext:
        made = ssl.create_default_context()
        if settings.ca_file is not None:
            made.load_verify_locations(settings.ca_file)  # Roots has read it before, or said why not
        made.set_alpn_protocols(["dot"])
        return made

    return context
