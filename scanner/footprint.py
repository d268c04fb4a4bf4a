"""What a page weighs: requests, bytes, DOM nodes, the third parties' share, EcoIndex. Pure functions of page answers.

EcoIndex is the public formula of the French collective for responsible digital design, with its quantiles, as
https://www.ecoindex.fr/comment-ca-marche/ explains it: the page's place among those of the HTTP Archive, by nodes
(weight 3), requests (2) and kilobytes (1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.names import same_party

# Twentieths of the HTTP Archive's pages (ecoindex.fr): number of nodes, of requests, kilobytes transferred.
NODES = (0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459, 1801, 2479, 594601)
REQUESTS = (0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920)
KILOBYTES = (
    0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06,
    2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26,
)  # fmt: skip
GRADES = (("A", 80), ("B", 70), ("C", 55), ("D", 40), ("E", 25), ("F", 10))
"""A grade is for scores above its bound; G below all."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """One page load, or several added up (`pages`). Bytes as transferred, 1 kB = 1,000 bytes.

    `nodes`: None where not recorded; `third_*`: requests to and bytes from other parties than the page's;
    `sized`: requests whose bytes are known: below `requests`, the bytes are a lower bound.
    """

    requests: int
    bytes: int
    nodes: int | None
    third_requests: int
    third_bytes: int
    sized: int
    pages: int = 1

    @property
    def score(self) -> float | None:
        """EcoIndex from 0 (heavy) to 100 (light); None without nodes, or for more than one page."""
        if self.nodes is None or self.pages != 1:
            return None
        return ecoindex(self.nodes, self.requests, self.bytes / 1000)


def ecoindex(nodes: float, requests: float, kilobytes: float) -> float:
    """EcoIndex of a page, 0 to 100: `100 - 5 (3 q(nodes) + 2 q(requests) + q(kB)) / 6`, q in twentieths (0 to 20)."""
    place = 3 * _twentieth(NODES, nodes) + 2 * _twentieth(REQUESTS, requests) + _twentieth(KILOBYTES, kilobytes)
    return 100 - 5 * place / 6


def grade(score: float) -> str:
    """The letter of a score, A to G."""
    return next((letter for letter, bound in GRADES if score > bound), "G")


def greenhouse_gas(score: float) -> float:
    """Grams of CO2 equivalent a visit, as ecoindex.fr gives them: 2 g at 50 points, 1 g at 100, 3 g at 0."""
    return 2 + 2 * (50 - score) / 100


def water(score: float) -> float:
    """Centilitres of water a visit, as ecoindex.fr gives them."""
    return 3 + 3 * (50 - score) / 100


def _twentieth(bounds: tuple[float, ...], value: float) -> float:
    """The place of a value among the quantiles, between two of them in proportion."""
    for number in range(1, len(bounds)):
        if value < bounds[number]:
            return number - 1 + max(0.0, value - bounds[number - 1]) / (bounds[number] - bounds[number - 1])
    return len(bounds) - 1


def of_page(value: Mapping[str, Any], *own: str) -> Footprint | None:
    """The footprint of a page answer's value; `own`: the body's hosts beside the page's. None for no request."""
    hosts = [host for host in (_host(str(value.get("url") or "")), *own) if host]
    listed = value.get("requests")
    requests = third = size = third_size = sized = 0
    for request in listed if isinstance(listed, list) else []:
        host = _host(str(request.get("url") or "")) if isinstance(request, dict) else ""
        if not host or request.get("type") == "Connection":  # connected to, nothing asked
            continue
        known = _count(request.get("bytes"))
        foreign = not any(same_party(host, mine) for mine in hosts)
        requests += 1
        third += foreign
        sized += known is not None
        size += known or 0
        third_size += (known or 0) if foreign else 0
    if not requests:
        return None
    return Footprint(requests, size, _count(value.get("nodes")), third, third_size, sized)


def total(footprints: Iterable[Footprint]) -> Footprint | None:
    """Everything that some page loads weigh together; None of none."""
    found = list(footprints)
    if not found:
        return None
    nodes = [footprint.nodes for footprint in found if footprint.nodes is not None]
    return Footprint(
        sum(f.requests for f in found),
        sum(f.bytes for f in found),
        sum(nodes) if len(nodes) == len(found) else None,
        sum(f.third_requests for f in found),
        sum(f.third_bytes for f in found),
        sum(f.sized for f in found),
        sum(f.pages for f in found),
    )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
