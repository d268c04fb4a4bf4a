"""Which proxy leads to a host: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as other programs read them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proxies:
    """`https`, `http`: a proxy's URL, or "" for none; `bypass`: hosts, domains (with all below them), addresses and
    networks that are reached without one; "*" for all. Loopback is never asked of a proxy."""

    https: str = ""
    http: str = ""
    bypass: tuple[str, ...] = ()

    def choose(self, scheme: str, host: str, address: str = "") -> str:
        """The proxy's URL for a host, at the address that it has, or ""."""
        proxy = self.https if scheme == "https" else self.http
        return "" if not proxy or self._direct(host.lower().rstrip("."), address or host) else proxy

    def _direct(self, host: str, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address.strip("[]"))
        except ValueError:
            parsed = None
        if host == "localhost" or (parsed is not None and parsed.is_loopback):
            return True
        for entry in self.bypass:
            name = entry.removeprefix("*").removeprefix(".")
            if entry == "*" or (name and (host == name or host.endswith(f".{name}"))):
                return True
            if parsed is not None and _holds(entry, parsed):
                return True
        return False


NO_PROXIES = Proxies()


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def proxies_of(environment: Mapping[str, str]) -> Proxies:
    """The proxies of an environment; the lower-case names win. HTTP_PROXY in upper case is not read where a web server
    may have set it (https://httpoxy.org)."""

    def value(name: str) -> str:
        return (environment.get(name) or environment.get(name.upper()) or "").strip()

    every = _url(value("all_proxy"))
    http = environment.get("http_proxy", "") if "REQUEST_METHOD" in environment else value("http_proxy")
    bypass = tuple(entry.strip().lower() for entry in value("no_proxy").split(",") if entry.strip())
    return Proxies(_url(value("https_proxy")) or every, _url(http) or every, bypass)


def _url(text: str) -> str:
    return text if not text or "://" in text else f"http://{text}"
