"""Write address ranges as an MMDB file (MaxMind DB format 2.0, https://maxmind.github.io/MaxMind-DB/).

Equal subtrees are kept once: readers only follow records, and the file is less than half as large.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_EMPTY = -1
_WIDTH = 128
_MARKER = b"\xab\xcd\xefMaxMind.com"
_UINT16, _UINT32, _UINT64 = 5, 6, 9
_KEYS = ("autonomous_system_number", "autonomous_system_organization")

Range = tuple[int, int, int]
"""First and last address as 128-bit numbers (IPv4 as ::a.b.c.d), and the number of the record they share."""


@dataclass(frozen=True, slots=True)
class System:
    """One autonomous system: number and the organisation's name, "" where unknown."""

    number: int
    name: str


class _Tree:
    """The search tree: nodes are pairs of references, negative ones to records (-2 - number) or to nothing."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        self.nodes: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}
        self._ranges = ranges
        root = self._build(0, _WIDTH, 0, len(ranges))
        self.root = root if root >= 0 else self._node(root, root)

    def _build(self, start: int, bits: int, low: int, high: int) -> int:
        """The reference for the 2**bits addresses from `start`, which only ranges[low:high] touch."""
        if low == high:
            return _EMPTY
        first, last, record = self._ranges[low]
        if first <= start and start + (1 << bits) - 1 <= last:
            return -2 - record
        middle = start + (1 << (bits - 1))
        split = self._first_reaching(middle, low, high)
        left = self._build(start, bits - 1, low, split + (split < high and self._ranges[split][0] < middle))
        right = self._build(middle, bits - 1, split, high)
        return left if left == right and left < 0 else self._node(left, right)

    def _first_reaching(self, address: int, low: int, high: int) -> int:
        """The first range that ends at `address` or later."""
        while low < high:
            half = (low + high) // 2
            if self._ranges[half][1] < address:
                low = half + 1
            else:
                high = half
        return low

    def _node(self, left: int, right: int) -> int:
        number = self._known.get((left, right))
        if number is None:
            number = len(self.nodes)
            self._known[left, right] = number
            self.nodes.append((left, right))
        return number


def write(ranges: Sequence[Range], systems: Sequence[System], description: str, epoch: int) -> bytes:
    """The file's content. `ranges`: sorted, disjoint; `epoch`: when the data is of, seconds since 1970.

    Raises ValueError for ranges that overlap or run backwards, OverflowError for more than 24-bit records can address.
    """
    for (_, before, _), (first, last, _) in zip([(0, -1, 0), *ranges], ranges, strict=False):
        if not before < first <= last:
            raise ValueError(f"ranges must be sorted and disjoint: {first:x}-{last:x} after {before:x}")
    tree = _Tree(ranges)
    data, offsets = _records(systems)
    count = len(tree.nodes)
    if count + 16 + len(data) >= 1 << 24:
        raise OverflowError(f"{count} nodes and {len(data)} bytes of records do not fit 24-bit references")
    order = {tree.root: 0}  # the root comes first; the others keep their places, the first one takes the root's
    order[0] = order.get(0, tree.root)

    def place(reference: int) -> bytes:
        if reference == _EMPTY:
            value = count
        elif reference < 0:
            value = count + 16 + offsets[-2 - reference]
        else:
            value = order.get(reference, reference)
        return value.to_bytes(3, "big")

    nodes = list(tree.nodes)
    nodes[0], nodes[tree.root] = nodes[tree.root], nodes[0]
    search = b"".join(place(left) + place(right) for left, right in nodes)
    meta = {
        "binary_format_major_version": _uint(_UINT16, 2),
        "binary_format_minor_version": _uint(_UINT16, 0),
        "build_epoch": _uint(_UINT64, epoch),
        "database_type": "sovscan-asn",
        "description": {"en": description},
        "ip_version": _uint(_UINT16, 6),
        "languages": ["en"],
        "node_count": _uint(_UINT32, count),
        "record_size": _uint(_UINT16, 24),
    }
    return search + bytes(16) + data + _MARKER + _encode(meta)


def _records(systems: Sequence[System]) -> tuple[bytes, list[int]]:
    """The data section and where each record stands in it; the keys are written once and pointed at."""
    data = bytearray()
    pointers = []
    for key in _KEYS:
        pointers.append(bytes([0b001_00_000 | len(data) >> 8, len(data) & 0xFF]))
        data += _encode(key)
    offsets = []
    for system in systems:
        offsets.append(len(data))
        fields = [pointers[0] + _uint(_UINT32, system.number)]
        if system.name:
            fields.append(pointers[1] + _encode(system.name))
        data += _control(7, len(fields)) + b"".join(fields)
    return bytes(data), offsets


def _uint(kind: int, value: int) -> bytes:
    """An unsigned number of a type; libmaxminddb wants each field of the metadata in its own."""
    raw = value.to_bytes(8, "big").lstrip(b"\0")
    return _control(kind, len(raw)) + raw


def _encode(value: object) -> bytes:
    if isinstance(value, bytes):  # encoded already
        return value
    if isinstance(value, str):
        raw = value.encode()
        return _control(2, len(raw)) + raw
    if isinstance(value, Mapping):
        return _control(7, len(value)) + b"".join(_encode(key) + _encode(item) for key, item in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encode, value))
    raise TypeError(f"no MMDB form of {type(value).__name__}")


def _control(kind: int, size: int) -> bytes:
    """The control byte of a value: its type and size, with the bytes that follow for large ones."""
    if size < 29:
        low, more = size, b""
    elif size < 285:
        low, more = 29, bytes([size - 29])
    elif size < 65_821:
        low, more = 30, struct.pack(">H", size - 285)
    else:
        raise OverflowError(f"a value of {size} bytes")
    return bytes([kind << 5 | low]) + more if kind < 8 else bytes([low, kind - 7]) + more
