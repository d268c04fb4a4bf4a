"""Make `providers/imported/asn.mmdb` from the CSV files of npm `@ip-location-db/asn` (CC BY 4.0).

Columns: first address, last address, AS number, organisation. `sovscan providers import asn` writes the file.
"""

from __future__ import annotations

import csv
import heapq
import ipaddress
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from scanner.update.errors import SourceError
from scanner.update.mmdb import Range, System, write

CREDIT = "IP to AS by RouteViews, DB-IP (https://db-ip.com) and the NRO, merged by ip-location-db; CC BY 4.0"


def read(lines: Iterable[str], systems: dict[System, int]) -> Iterator[Range]:
    """The ranges of one CSV file; systems not met before are added. Raises ValueError for a line that is none."""
    for row in csv.reader(lines):
        first, last, number, name = row
        system = System(int(number), name.strip())
        record = systems.setdefault(system, len(systems))
        yield int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last)), record


def disjoint(ranges: Iterable[Range]) -> list[Range]:
    """Sorted ranges without overlap: where two overlap, the one that ends first keeps the addresses they share."""
    done: list[Range] = []
    todo = list(ranges)
    heapq.heapify(todo)
    while todo:
        first, last, record = heapq.heappop(todo)
        if todo and todo[0][0] == first:  # begins as well, and ends no earlier: it keeps what lies behind
            _, other_last, other = heapq.heappop(todo)
            heapq.heappush(todo, (first, last, record))
            if other_last > last:
                heapq.heappush(todo, (last + 1, other_last, other))
            continue
        if todo and todo[0][0] <= last:
            cut = todo[0][0]
            heapq.heappush(todo, (cut, last, record))
            last = cut - 1
        done.append((first, last, record))
    return done


def build(package: Path) -> bytes:
    """The MMDB of an unpacked package, dated as its version says (…YYYYMMDDHH). Raises SourceError."""
    try:
        return _build(package)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, csv.Error) as error:
        raise SourceError(f"{package}: not an unpacked @ip-location-db/asn: {error}") from error


def _build(package: Path) -> bytes:
    version = json.loads((package / "package.json").read_text())["version"]
    epoch = int(datetime.strptime(version.rpartition(".")[2], "%Y%m%d%H").replace(tzinfo=UTC).timestamp())
    systems: dict[System, int] = {}
    ranges: list[Range] = []
    for name in ("asn-ipv4.csv", "asn-ipv6.csv"):
        with (package / name).open(newline="", encoding="utf-8") as file:
            ranges += read(file, systems)
    return write(disjoint(ranges), list(systems), f"{CREDIT}; version {version}", epoch)
