"""How long one look-up takes: `python benchmarks/lookup.py`.

Hosts and addresses half of which no rule names, each asked once a round; processor time, the median of the rounds. With
12,000 published networks over the database, as after `sovscan providers update`. Targets: < 5 us for each.
"""

from __future__ import annotations

import ipaddress
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import maxminddb

from scanner import providers
from scanner.net import shipped_table
from scanner.net.asn import AsnTable
from scanner.providers import Database
from scanner.rules import Ranges, RuleIndex

ROUNDS, MANY = 15, 20_000
MICROSECONDS = 5.0


def per_call(ask: Callable[[str], object], values: Sequence[str]) -> float:
    """Microseconds, the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for value in values:
            ask(value)
        rounds.append((time.process_time() - start) / len(values) * 1e6)
    return statistics.median(rounds)


def hosts(database: Database, chance: random.Random) -> list[str]:
    known = [rule.pattern for service in database.services.values() for rule in service.rules if rule.kind == "host"]
    known += list(database.imported.hosts)
    words = ["www", "cdn", "static", "assets", "api", "a1", "eu-west"]
    named = [f"{chance.choice(words)}.{chance.choice(known)}" for _ in range(MANY // 2)]
    return named + [f"{chance.choice(words)}.ville-{chance.randrange(10**6)}.example" for _ in range(MANY // 2)]


def with_ranges(database: Database, chance: random.Random) -> tuple[RuleIndex, list[str], list[str]]:
    """The index with published networks over it, and addresses inside and outside of them."""
    v4 = [
        ipaddress.ip_network((chance.randrange(1, 223) << 24 | chance.randrange(1 << 16) << 8, 24)) for _ in range(8000)
    ]
    v6 = [ipaddress.ip_network((0x2A << 120 | chance.getrandbits(32) << 80, 48)) for _ in range(4000)]
    rules = (rule for service in database.services.values() for rule in service.rules)
    ranges = [Ranges("amazon", "aws", "r", False, tuple(str(network) for network in [*v4, *v6]))]
    inside = [
        [str(network[chance.randrange(200)]) for network in chance.choices(some, k=MANY // 2)] for some in (v4, v6)
    ]
    outside = [
        [str(ipaddress.IPv4Address(chance.getrandbits(32))) for _ in range(MANY // 2)],
        [str(ipaddress.IPv6Address(0x20 << 120 | chance.getrandbits(120))) for _ in range(MANY // 2)],
    ]
    return RuleIndex(rules, ranges=ranges), inside[0] + outside[0], inside[1] + outside[1]


def main() -> int:
    chance = random.Random(4)
    database = providers.load()
    index, v4, v6 = with_ranges(database, chance)
    index.match("ip", "192.0.2.1")  # the index of networks is made at the first question
    rows = [
        ("host", per_call(lambda host: database.rules.match("host", host), hosts(database, chance))),
        ("IPv4 address", per_call(lambda address: index.match("ip", address), v4)),
        ("IPv6 address", per_call(lambda address: index.match("ip", address), v6)),
    ]
    for name, microseconds in rows:
        print(f"{name}: {microseconds:.2f} us (target < {MICROSECONDS:.0f} us)")
    path = shipped_table()
    if path is not None:
        with maxminddb.open_database(path) as reader:
            print(f"AS of an address, by maxminddb: {per_call(reader.get, v4):.2f} us")
        print(f"AS of an address, as an answer's value: {per_call(AsnTable(path).look_up, v4):.2f} us")
    return 0 if all(microseconds < MICROSECONDS for _, microseconds in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
