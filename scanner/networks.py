"""From an address to what covers it: networks of any length, by one binary search."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

_ZEROS = ("0",) * 8

_OCTETS = {str(number): number for number in range(256)}
"""Decimal octets as RFC 6943 section 3.1.1 wants them: no leading zero, nothing beside digits."""


def number(address: str) -> tuple[int, int] | None:
    """Version and value of an address literal, or None; several times as fast as `ipaddress`, and as strict."""
    try:
        if ":" in address:
            return 6, _ipv6(address)
        a, b, c, d = address.split(".")
        return 4, _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d]
    except (ValueError, KeyError):
        return None


def _ipv6(address: str) -> int:
    """The value of an IPv6 literal without zone (RFC 4291 section 2.2). Raises ValueError."""
    if "." in address:  # an IPv4 tail or a zone: rare
        parsed = ipaddress.IPv6Address(address)
        if parsed.scope_id is not None:
            raise ValueError(address)
        return int(parsed)
    digits = address.replace(":", "")
    if not address.isascii() or "x" in digits or "X" in digits or (digits and not digits.isalnum()):
        raise ValueError(address)  # int() below takes signs, underscores and 0x as well
    head, gap, tail = address.partition("::")
    left = head.split(":") if head else []
    right = tail.split(":") if tail else []
    missing = 8 - len(left) - len(right)
    if (missing < 1 if gap else missing) or "" in left or "" in right:
        raise ValueError(address)
    text = "".join([group.rjust(4, "0") for group in (*left, *_ZEROS[:missing], *right)])
    if len(text) != 32:  # a group longer than four digits
        raise ValueError(address)
    return int(text, 16)


def span(cidr: str) -> tuple[int, int, int]:
    """Version, first and last address of a network. Raises ValueError."""
    text, slash, length = cidr.partition("/")
    parsed = number(text)
    if parsed is None or not (slash and length.isascii() and length.isdigit()):
        raise ValueError(f"{cidr!r} is no network")
    version, first = parsed
    bits = (32 if version == 4 else 128) - int(length)
    if bits < 0 or first & ((1 << bits) - 1):
        raise ValueError(f"{cidr!r} is no network: {'too long' if bits < 0 else 'bits set behind the prefix'}")
    return version, first, first + (1 << bits) - 1


class NetworkIndex(Generic[T]):
    """Networks and what they stand for; of two entries for one network the later counts."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        spans: dict[tuple[int, int, int], T] = {}
        for cidr, item in entries:
            spans[span(cidr)] = item
        self._starts: dict[int, list[int]] = {}
        self._held: dict[int, list[tuple[T, ...]]] = {}
        for version in (4, 6):
            wide_first = sorted((key for key in spans if key[0] == version), key=lambda key: (key[1], -key[2]))
            networks = [(first, last, spans[version, first, last]) for _, first, last in wide_first]
            self._starts[version], self._held[version] = _segments(networks)

    def covering(self, address: str) -> tuple[T, ...]:
        """What covers an address, the narrowest network first; nothing for what is no address."""
        parsed = number(address)
        if parsed is None:
            return ()
        version, value = parsed
        return self._held[version][bisect_right(self._starts[version], value) - 1]


def _segments(networks: list[tuple[int, int, T]]) -> tuple[list[int], list[tuple[T, ...]]]:
    """Where each stretch of addresses begins, and what holds it; `networks`: sorted, the wider first, well nested."""
    starts: list[int] = [0]
    held: list[tuple[T, ...]] = [()]
    stack: list[tuple[int, tuple[T, ...]]] = []

    def begin(start: int, items: tuple[T, ...]) -> None:
        if starts[-1] == start:
            held[-1] = items
        else:
            starts.append(start)
            held.append(items)

    def end_before(address: int | None) -> None:
        while stack and (address is None or stack[-1][0] < address):
            last, _ = stack.pop()
            begin(last + 1, stack[-1][1] if stack else ())

    for first, last, item in networks:
        end_before(first)
        items = (item, *(stack[-1][1] if stack else ()))
        begin(first, items)
        stack.append((last, items))
    end_before(None)
    return starts, held
