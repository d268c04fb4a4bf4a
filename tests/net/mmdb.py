"""Writes small MMDB files, for tests (https://maxmind.github.io/MaxMind-DB/); IPv4 only."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

WIDTHS = {"build_epoch": 64} | dict.fromkeys(
    ("record_size", "ip_version", "binary_format_major_version", "binary_format_minor_version"), 16
)


def write_mmdb(path: Path, records: dict[str, Any]) -> Path:
    """A table of records by IPv4 network."""
    nodes: list[list[int | tuple[int] | None]] = [[None, None]]
    data = b""
    for text, record in records.items():
        network = ipaddress.IPv4Network(text)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        node = 0
        for bit in map(int, bits[:-1]):
            following = nodes[node][bit]
            if not isinstance(following, int):
                nodes.append([None, None])
                following = nodes[node][bit] = len(nodes) - 1
            node = following
        nodes[node][int(bits[-1])] = (len(data),)
        data += encode(record)
    tree = b"".join(pointer(side, len(nodes)).to_bytes(4, "big") for node in nodes for side in node)
    metadata = {
        "node_count": len(nodes),
        "record_size": 32,
        "ip_version": 4,
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1,
        "database_type": "test",
        "languages": [],
        "description": {},
    }
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(metadata))
    return path


def pointer(side: int | tuple[int] | None, count: int) -> int:
    if side is None:
        return count
    return side if isinstance(side, int) else count + 16 + side[0]


def encode(value: Any, bits: int = 32) -> bytes:
    size, extended = {16: (5 << 5 | 2, []), 32: (6 << 5 | 4, []), 64: (8, [2])}[bits]
    if isinstance(value, str):
        raw = value.encode()
        return bytes([2 << 5 | len(raw)] if len(raw) < 29 else [2 << 5 | 29, len(raw) - 29]) + raw
    if isinstance(value, int):
        return bytes([size, *extended]) + value.to_bytes(size & 31, "big")
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encode, value))
    return bytes([7 << 5 | len(value)]) + b"".join(encode(k) + encode(v, WIDTHS.get(k, 32)) for k, v in value.items())
