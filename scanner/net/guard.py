"""The address guard: nothing but global unicast is contacted, unless the user allows private networks.

It is asked for the address that is connected to, at the moment of connecting, so that no name, redirect or rebinding
answer gets around it.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# Addresses that carry an IPv4 address inside: the inner one is what a gateway would reach.
_MAPPED_96 = tuple(IPv6Network(net) for net in ("::ffff:0:0/96", "64:ff9b::/96", "::/96"))
_SIX_TO_FOUR = IPv6Network("2002::/16")
# Beside what the standard library knows as not global; see the IANA special-purpose address registries.
_REFUSED = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared address space of carriers
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "64:ff9b:1::/48",
        "100::/64",
        "3fff::/20",  # documentation
        "2001::/23",  # Teredo, benchmarking, ORCHID
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",  # link-local, and site-local of old
        "ff00::/8",
    )
)


def guard(allow_private: bool, connect_to: tuple[str, int] | None) -> Callable[[str, int], bool]:
    """Whether an address and port may be connected to: public ones, the lab's, or all."""

    def may_connect(address: str, port: int) -> bool:
        return allow_private or (address, port) == connect_to or is_public(address)

    return may_connect


def is_public(address: str) -> bool:
    """True for a global unicast address; False for any other, and for what is no address (zone ids included)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public(parsed)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if any(address in net for net in _MAPPED_96):
            return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address in _SIX_TO_FOUR:
            return _is_public(IPv4Address(int(address) >> 80 & 0xFFFFFFFF))
        if int(address) >> 125 != 1:  # 2000::/3 is all that was ever given out as global unicast
            return False
    if not address.is_global or address.is_multicast:
        return False
    return not any(address.version == net.version and address in net for net in _REFUSED)
