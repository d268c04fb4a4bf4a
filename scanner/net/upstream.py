"""Resolvers as the user names them, and what is known of each: its window, its round trips, its losses."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.resolver

MIN_WINDOW = 4.0
FIRST_WINDOW = 32.0
MIN_WAIT = 0.5  # seconds; a resolver that must go out for an answer needs longer than its round trip
FIRST_WAIT = 1.0  # RFC 6298, 2.1; and the longest first wait: a second packet is cheaper than a second more
MAX_LOSS = 0.2  # a share of questions lost that a poor line and dead servers explain without a crowd
MEMORY = 256  # questions over which it is averaged: the time-outs of one round trip all come at once
REGROWTH = 0.1  # of the window a round trip, once it was cut
DEAD_AFTER = 8  # time-outs in a row without an answer


class ResolverError(Exception):
    """A resolver that cannot be used; the text says which and what to write instead."""


def parse_resolver(text: str) -> tuple[str, int]:
    """Address and port of "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353".

    Raises ResolverError.
    """
    host, port = text.strip(), "53"
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        port = (rest.removeprefix(":") or port) if closed else ""
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise ResolverError(f"resolver {text!r}: write an address, or address:port")
    return host, number


def system_resolvers() -> list[tuple[str, int]]:
    """What the system is set up to ask, in its order. Raises ResolverError when there is none."""
    try:
        system = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError) as error:
        raise ResolverError(f"no resolver in the system's settings: name one with --resolver ({error})") from error
    found = [(str(server), int(system.port)) for server in system.nameservers if "://" not in str(server)]
    if not found:
        raise ResolverError("no resolver in the system's settings: name one with --resolver")
    return found


def upstreams(resolvers: Sequence[str], most: int) -> list[Upstream]:
    """One Upstream for each resolver named, else for each of the system's. Raises ResolverError."""
    pairs = [parse_resolver(text) for text in resolvers] or system_resolvers()
    return [Upstream(host, port, most) for host, port in dict.fromkeys(pairs)]


class Upstream:
    """One resolver. The window is how many questions may be under way: it grows while answers come (at first by
    one an answer, as TCP's slow start does), and shrinks when more than a poor line's share of them is lost."""

    def __init__(self, host: str, port: int, most: int) -> None:
        self.host = host
        self.port = port
        self.in_flight = 0
        self.highest = 0
        self.asked = 0
        self.window = min(FIRST_WINDOW, float(most))
        self._most = float(most)
        self._starting = True
        self._round_trip = 0.0
        self._variation = 0.0
        self._loss = 0.0
        self._last_cut = 0.0
        self._silent = 0
        self._dead_until = 0.0

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def free(self) -> bool:
        """True when one more question may go out."""
        return self.in_flight < self.window

    def load(self, now: float) -> float:
        """How busy it is, to choose the least; a silent one comes after all others."""
        return self.in_flight / self.window + (1e6 if now < self._dead_until else 0.0)

    def wait(self, attempt: int, longest: float) -> float:
        """Seconds to wait for an answer before asking again (RFC 6298's estimate, doubled at each attempt)."""
        estimate = self._round_trip + 4 * self._variation if self._round_trip else FIRST_WAIT
        return float(min(longest, min(FIRST_WAIT, max(MIN_WAIT, estimate)) * 2**attempt))

    def took(self) -> None:
        """One more question is under way."""
        self.asked += 1
        self.in_flight += 1
        self.highest = max(self.highest, self.in_flight)

    def answered(self, seconds: float, late: bool = False) -> None:
        """An answer came after `seconds`; `late`: after it was given up for lost, which it was not."""
        if self._round_trip:
            self._variation += (abs(seconds - self._round_trip) - self._variation) / 4
            self._round_trip += (seconds - self._round_trip) / 8
        else:
            self._round_trip, self._variation = max(seconds, 1e-6), seconds / 2
        self._silent = 0
        self._dead_until = 0.0
        self._loss = max(0.0, self._loss - self._loss / MEMORY - late / MEMORY)
        if self.in_flight * 2 >= self.window and self.window < self._most:
            self.window = min(self._most, self.window + (1.0 if self._starting else REGROWTH))

    def lost(self, now: float) -> None:
        """No answer came in time."""
        self._silent += 1
        if self._silent >= DEAD_AFTER:
            self._dead_until = now + min(60.0, 2.0 ** (self._silent - DEAD_AFTER))
        self._loss += (1 - self._loss) / MEMORY
        if self._loss > MAX_LOSS and now - self._last_cut > max(MIN_WAIT, self._round_trip):
            self._starting = False
            self._last_cut = now
            self.window = max(MIN_WINDOW, self.window * 0.7)
