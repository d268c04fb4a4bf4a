"""Resolvers as the user names them, and what is known of each: its window, its round trips, its losses."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

MIN_WINDOW = 4.0
FIRST_WINDOW = 64.0  # a burst of 300 overflows a server's buffer
MIN_WAIT = 0.3  # seconds; a resolver that must go out for an answer needs longer than its round trip
FIRST_WAIT = 1.0  # RFC 6298, 2.1; and the longest first wait: a second packet is cheaper than a second more
MAX_LOSS = 0.2  # a share of packets lost that a poor line explains without a crowd
MEMORY = 256  # packets over which it is averaged: the losses of one round trip all come at once
SHRINK = 0.7  # of the window is left when more is lost
REGROWTH = 0.1  # of the window a round trip, once it was cut
DEAD_AFTER = 8  # packets in a row without an answer
SILENT_WINDOW = 32.0
FIRST_PAUSE = 1.0  # seconds until a silent resolver is asked again, doubled each time
LONGEST_PAUSE = 30.0


class ResolverError(Exception):
    """A resolver that cannot be used; the text says which and what to write instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resolver is. `scheme`: udp (with TCP for long answers), tcp, tls or https; `name`: what its certificate
    must be for, "" for the host itself; `url`: of DNS over HTTPS."""

    scheme: str
    host: str
    port: int
    name: str = ""
    url: str = ""


def parse_place(text: str) -> Place:
    """A resolver as the user writes it: an address, address:port, tcp://address[:port], tls://address[:port][#name] or
    https://host[:port]/path. Raises ResolverError."""
    text = text.strip()
    scheme, mark, rest = text.partition("://")
    if not mark:
        return Place("udp", *parse_resolver(text))
    if scheme == "https":
        return _parse_https(text)
    if scheme not in ("tcp", "tls"):
        raise ResolverError(f"resolver {text!r}: the scheme must be tcp, tls or https")
    address, _, name = rest.partition("#")
    host, port = parse_resolver(address, "53" if scheme == "tcp" else "853")
    return Place(scheme, host, port, name.lower())


def _parse_https(text: str) -> Place:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 0
    if not host or not text.isascii() or any(character <= " " for character in text):
        raise ResolverError(f"resolver {text!r}: write https://host/dns-query")
    return Place("https", host, port, url=text if parts.path else f"{text}/dns-query")


def parse_resolver(text: str, usual: str = "53") -> tuple[str, int]:
    """Address and port of "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353".

    Raises ResolverError.
    """
    host, port = text.strip(), usual
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
    places = [parse_place(text) for text in resolvers] or [Place("udp", *pair) for pair in system_resolvers()]
    return [Upstream(place.host, place.port, most, place) for place in dict.fromkeys(places)]


class Upstream:
    """One resolver. The window is how many questions may be under way: it grows while answers come (at first by
    one an answer, as TCP's slow start does), and shrinks when more than a poor line's share of the packets is lost,
    once for all that were under way together."""

    def __init__(self, host: str, port: int, most: int, place: Place | None = None) -> None:
        place = place or Place("udp", host, port)
        self.host = host
        self.port = port
        self.scheme = place.scheme
        self.name = place.name
        self.url = place.url
        self.stream = place.scheme != "udp"  # nothing gets lost on the way: no reason to ask twice soon
        self.in_flight = 0
        self.highest = 0
        self.asked = 0
        self.window = min(FIRST_WINDOW, float(most))
        self.newest = 0.0  # when the last packet went out that it answered
        self._most = float(most)
        self._knee = self._most  # up to here the window grows fast
        self._round_trip = 0.0
        self._variation = 0.0
        self._loss = 0.0
        self._last_cut = 0.0
        self._unanswered = 0  # packets in a row
        self._pause = 0.0  # of a silent resolver
        self._asked_again = 0.0

    def __str__(self) -> str:
        place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return self.url or (f"{self.scheme}://{place}" if self.stream else place)

    @property
    def free(self) -> bool:
        """True when one more question may go out."""
        return self.in_flight < self.window

    @property
    def silent(self) -> bool:
        """True when it seems to be dead, or the line to it."""
        return self._pause > 0

    def worth_asking(self, now: float) -> bool:
        """True but for a silent one, which gets one question now and then."""
        return not self._pause or (now >= self._asked_again and not self.in_flight)

    @property
    def load(self) -> float:
        """How busy it is, to choose the least."""
        return self.in_flight / self.window

    def wait(self, attempt: int, longest: float) -> float:
        """Seconds to wait for an answer before asking again (RFC 6298's estimate), twice as long from the fourth on:
        before, they may just have been lost."""
        if self.stream:
            return longest
        seconds = self._round_trip + 4 * self._variation if self._round_trip else FIRST_WAIT
        if seconds < MIN_WAIT:  # comparisons, not min and max: it is asked about every packet, and those cost more
            seconds = MIN_WAIT
        elif seconds > FIRST_WAIT:
            seconds = FIRST_WAIT
        if attempt > 2:
            seconds *= 2
        return seconds if seconds < longest else longest

    def gone(self, at: float, now: float, longest: float) -> bool:
        """True when it has surely done with a packet sent at `at`: a later one was answered, or it took too long."""
        age = now - at
        return age >= longest or (self.newest > at and age >= self.wait(0, longest))

    def took(self) -> None:
        """One more question is under way."""
        self.asked += 1
        self.in_flight += 1
        if self.in_flight > self.highest:
            self.highest = self.in_flight

    def answered(self, at: float, now: float) -> None:
        """An answer came to a packet sent at `at`."""
        seconds = now - at
        if self._round_trip:
            self._variation += (abs(seconds - self._round_trip) - self._variation) / 4
            self._round_trip += (seconds - self._round_trip) / 8
        else:
            self._round_trip, self._variation = max(seconds, 1e-6), seconds / 2
        if at > self.newest:
            self.newest = at
        self._unanswered = 0
        self._pause = 0.0
        if self._loss:
            self._loss -= self._loss / MEMORY
        if self.window < self._most and self.in_flight * 2 >= self.window:
            self.window = min(self._most, self.window + (1.0 if self.window < self._knee else REGROWTH))

    def lost(self, at: float, now: float) -> None:
        """A packet sent at `at` got no answer, and a later one of the same question did: so it was the line."""
        self._loss += (1 - self._loss) / MEMORY
        if self._loss > MAX_LOSS and at > self._last_cut:
            self._last_cut = now
            self.window = self._knee = max(MIN_WINDOW, self.window * SHRINK)

    def unanswered(self, at: float, now: float) -> None:
        """No packet sent at `at` or later was answered: the line, the resolver or the question."""
        self._unanswered += 1
        if self._unanswered < DEAD_AFTER or at <= self._last_cut:
            return
        self._last_cut = now
        if not self._pause:
            self._knee = max(MIN_WINDOW, self.window / 2)
        self._pause = min(LONGEST_PAUSE, 2 * self._pause) or FIRST_PAUSE
        self._asked_again = now + self._pause
        self.window = min(self.window, SILENT_WINDOW)
