"""What registries said of networks, kept between runs: a JSON file, bounded in age and number."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import time
from collections.abc import Callable
from pathlib import Path

import orjson

MAX_AGE = 30 * 86_400  # seconds; networks change hands rarely, and the registries ask that their data be kept
MAX_NETWORKS = 20_000
VERSION = 1
KEYS = ("name", "country", "org")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NetworkCache:
    """Networks with what is known of them and since when. `folder`: where the file is, None for memory alone.

    A file that cannot be read counts as empty, one that cannot be written is left: it saves questions, no more.
    """

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / "rdap-networks.json" if folder else None
        self._clock = clock
        self._known: dict[Network, tuple[float, dict[str, str]]] = {}
        self._changed = False
        self._read()

    def __len__(self) -> int:
        return len(self._known)

    def _read(self) -> None:
        """What the file says, where it is no older than what is known."""
        if self._path is None:
            return
        now = self._clock()
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            data = orjson.loads(self._path.read_bytes())
            networks = data["networks"] if data["version"] == VERSION else {}
            for cidr, (at, value) in list(networks.items())[-MAX_NETWORKS:]:
                network = ipaddress.ip_network(cidr)
                if 0 <= now - at < MAX_AGE and at >= self._known.get(network, (0.0,))[0]:
                    self._known[network] = at, {key: str(value[key]) for key in KEYS if key in value}

    def find(self, address: Address) -> tuple[float, dict[str, str]] | None:
        """When it was learnt (seconds since 1970) and what is known of the smallest network that holds an address."""
        bits = address.max_prefixlen
        for length in range(bits, 0, -1):  # a look-up a length: hundreds of networks cost no more than one
            mask = (1 << bits) - (1 << bits - length)
            network = type(address)(int(address) & mask)
            entry = self._known.get(ipaddress.ip_network((network, length)))
            if entry is not None and self._clock() - entry[0] < MAX_AGE:
                return entry
        return None

    def put(self, network: Network, value: dict[str, str]) -> None:
        """Keep what was learnt now; the oldest goes first when it is full."""
        self._known.pop(network, None)
        if len(self._known) >= MAX_NETWORKS:
            del self._known[next(iter(self._known))]
        self._known[network] = self._clock(), value
        self._changed = True

    def save(self) -> None:
        """Write the file beside itself and move it in place, with what another process learnt meanwhile."""
        if self._path is None or not self._changed:
            return
        self._read()
        latest = sorted(self._known.items(), key=lambda item: item[1][0])[-MAX_NETWORKS:]
        networks = {str(network): [int(at), value] for network, (at, value) in latest}
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}.partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(orjson.dumps({"version": VERSION, "networks": networks}))
            os.replace(partial, self._path)
            self._changed = False
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
