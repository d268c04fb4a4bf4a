"""How the network is asked: every limit, address and time-out in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scanner import __version__
from scanner.net.proxies import NO_PROXIES, Proxies

CONTACT_URL = (
    "https://sovscan.example/contact"  # a reserved name until the project has a site: `--contact` sets a real one
)


def user_agent(contact: str = CONTACT_URL) -> str:
    """Who asks, and where to complain."""
    return f"sovscan/{__version__} (+{contact})"


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds, sizes in bytes.

    `resolvers`: "address", "address:port", or a URL with tcp, tls or https; empty for the system's. `connect_to`:
    "host:port" that every HTTP, TLS and RDAP connection goes to instead (labs), "" for none. `ca_file`: a private CA
    beside the system's. `rdap`: ask registries at all; `rdap_servers`: ("top-level domain", "base URL") beside those
    of IANA's list. `asn_table`: an MMDB of AS numbers, or None. `proxies`: for the web, RDAP and DNS over HTTPS.
    `cache_folder`: where what registries say of networks is kept between runs, or None.

    `active_mail`: ask receiving servers for their greeting, and Microsoft whether a tenant exists.

    `dns_timeout`, `dns_tries`: seconds to wait for an answer, and how often that; twice as many packets and one go out
    in that time, the first ones closer together.

    Politeness: `rate`: packets and connections a second in all, 0 for no limit; `per_address`, `per_network`:
    connections at once to one address, and to one /24 or /48 of public addresses; `jitter`: by how much a connection
    to a network in use is put off, at most; `opt_out`: domains that nothing is asked about.

    `browser`: load pages with Chromium, `chromium` or the one found; `consent`: none, accept or reject, asked after the
    load before any click; `screenshots`: a folder, or None; `browser_pages`: at once; the `page_` limits hold for one
    load."""

    resolvers: tuple[str, ...] = ()
    connect_to: str = ""
    ca_file: Path | None = None
    allow_private: bool = False
    asn_table: Path | None = None
    rdap: bool = True
    rdap_servers: tuple[tuple[str, str], ...] = ()
    web: bool = True
    vantage: str = ""
    user_agent: str = user_agent()
    dns_timeout: float = 3.0
    dns_tries: int = 3
    http_timeout: float = 20.0
    max_body: int = 2 << 20
    max_redirects: int = 8
    dns_in_flight: int = 200
    http_in_flight: int = 40
    per_address: int = 2
    per_network: int = 8
    jitter: float = 0.2
    rate: float = 0.0
    proxies: Proxies = NO_PROXIES
    opt_out: frozenset[str] = frozenset()
    cache_folder: Path | None = None
    rdap_interval: float = 1.0
    active_mail: bool = False
    browser: bool = False
    chromium: Path | None = None
    consent: str = "none"
    screenshots: Path | None = None
    browser_pages: int = 2
    page_timeout: float = 30.0
    page_requests: int = 3_000
    page_bytes: int = 100 << 20

    @property
    def most_processes(self) -> int:
        """How many processes can share these limits: none may be left with less than one connection to an address."""
        return 1 if self.browser or self.active_mail else max(1, self.per_address)

    def share(self, processes: int) -> Settings:
        """What each of several processes may do, so that together they keep to these limits; at most
        `most_processes`."""
        return replace(
            self,
            dns_in_flight=self.dns_in_flight // processes,
            http_in_flight=self.http_in_flight // processes,
            per_address=self.per_address // processes,
            per_network=self.per_network // processes,
            rate=self.rate / processes,
            rdap_interval=self.rdap_interval * processes,
        )
