"""The AS table, answered as Team Cymru's IP to ASN mapping does (https://www.team-cymru.com/ip-asn-mapping). Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from scanner.lab.world import Network, System

Prefix: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

ZONE = "asn.cymru.com"
_REGISTRY = "ripencc | 2000-01-01"  # the table does not say; no reader of these records needs it


class AsnTable:
    """Prefixes and systems of a world; ValueError when a prefix is wrong."""

    def __init__(self, networks: Iterable[Network], systems: Mapping[int, System]) -> None:
        self._systems = systems
        table: list[tuple[Prefix, Network]] = [(ipaddress.ip_network(net.prefix), net) for net in networks]
        self._table = sorted(table, key=lambda entry: -entry[0].prefixlen)

    def find(self, address: Address) -> Network | None:
        """The longest prefix that holds the address."""
        return next((net for prefix, net in self._table if address in prefix), None)

    def text(self, labels: tuple[str, ...]) -> str | None:
        """The TXT of a name below `asn.cymru.com`, given without that suffix; None when there is no such name.

        `4.3.2.1.origin` and the nibbles of `origin6` give "AS | prefix | country | registry | date"; `AS64496` gives
        "AS | country | registry | date | name, country".
        """
        if len(labels) == 1 and labels[0].lower().startswith("as") and labels[0][2:].isdecimal():
            number = int(labels[0][2:])
            system = self._systems.get(number)
            return f"{number} | {system.country} | {_REGISTRY} | {system.name}, {system.country}" if system else None
        address = _address(labels)
        net = address and self.find(address)
        return f"{net.asn} | {net.prefix} | {net.country} | {_REGISTRY}" if net else None


def _address(labels: tuple[str, ...]) -> Address | None:
    units = labels[-2::-1]
    try:
        if labels[-1] == "origin" and len(units) == 4:
            return ipaddress.IPv4Address(".".join(units))
        if labels[-1] == "origin6" and len(units) == 32:
            return ipaddress.IPv6Address(int("".join(units), 16))
    except (ValueError, IndexError):
        pass
    return None
