"""What was asked of whom, as a manifest tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

MOST_SLOWEST = 20  # hosts named
SLOWEST = "slowest-ms."


def counters(
    asked: int, remembered: int, packets: Mapping[str, int], connections: int, slowest: Mapping[str, int]
) -> dict[str, int]:
    """Questions to the DNS, those answered from memory and their share, packets to each resolver, web connections, and
    the milliseconds that the slowest hosts took."""
    return {
        "dns.asked": asked,
        "dns.remembered": remembered,
        "dns.remembered-percent": round(100 * remembered / max(1, asked + remembered)),
        **{f"dns.packets.{resolver}": number for resolver, number in packets.items()},
        "web.connections": connections,
        **{SLOWEST + host: milliseconds for host, milliseconds in Counter(slowest).most_common(MOST_SLOWEST)},
    }


def summed(shares: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counters of several networks as those of one."""
    total: Counter[str] = Counter()
    packets: Counter[str] = Counter()
    slowest: dict[str, int] = {}
    for share in shares:
        for name, number in share.items():
            if name.startswith(SLOWEST):
                host = name.removeprefix(SLOWEST)
                slowest[host] = max(number, slowest.get(host, 0))
            elif name.startswith("dns.packets."):
                packets[name.removeprefix("dns.packets.")] += number
            else:
                total[name] += number
    return counters(total["dns.asked"], total["dns.remembered"], packets, total["web.connections"], slowest)
