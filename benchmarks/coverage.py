"""What share of real observations the provider database names: `python benchmarks/coverage.py [DATA]`.

DATA is the folder of recorded public data ($SOVSCAN_DATA, or `../shared`). Prints, for each kind, the observations, the
share attributed with owner and country, the target of the milestone, and the most frequent names nobody is given for.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from publicsuffixlist import PublicSuffixList

from scanner import ask, providers
from scanner.lookup import lookup
from scanner.model import Status
from scanner.names import registrable, same_party
from scanner.providers import Database

KNOWN_SUFFIXES = PublicSuffixList(accept_unknown=False)

Seen = Iterator[tuple[str, str, int]]
"""Kind of rule, value, weight."""


def third_party_hosts(data: Path) -> Seen:
    """Hosts by the sites that call them; names that cannot be on the Internet (`on_the_internet`) are not counted."""
    with (data / "labels" / "third_party_hosts.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if on_the_internet(row["host"]):
                yield "host", row["host"], int(row["total_sites"])


def on_the_internet(host: str) -> bool:
    """False for a name without a dot (`localhost`, `invalid`) or under a suffix that does not exist (`jqj861.js`)."""
    return host.replace(".", "").isdigit() or ("." in host and KNOWN_SUFFIXES.publicsuffix(host) is not None)


def mail_exchangers(data: Path) -> Seen:
    """MX hosts (`on_the_internet`) outside the body's own registrable domain, one observation a record."""
    for answer in ask.read_recording(data / "recordings" / "mail.jsonl.gz"):
        if answer.question.detail == "MX":
            for value in answer.values:
                host = value.split()[-1].rstrip(".").lower()
                if on_the_internet(host) and not same_party(host, answer.question.subject):
                    yield "mx", host, 1


def name_servers(data: Path) -> Seen:
    for answer in ask.read_recording(data / "recordings" / "gov-name-servers.jsonl.gz"):
        for value in answer.values:
            yield "ns", value.rstrip(".").lower(), 1


def certificates(data: Path) -> Seen:
    for answer in ask.read_recording(data / "recordings" / "certificates.jsonl.gz"):
        leaf = answer.values[0]
        if (leaf["subject_cn"], leaf["subject_org"]) != (leaf["issuer_cn"], leaf["issuer_org"]):
            yield "issuer", leaf["issuer_org"], 1


def state_site_requests(data: Path) -> Seen:
    """Pairs of a French State site and a third-party host (`on_the_internet`) that its page called."""
    for answer in ask.read_recording(data / "recordings" / "fr-state-sites.jsonl.gz"):
        if answer.question.kind == "page" and answer.status is Status.OK:
            own = {registrable(ask_host(answer.question.subject)), registrable(ask_host(answer.values[0]["url"]))}
            hosts = {ask_host(request["url"]) for request in answer.values[0]["requests"]}
            for host in hosts:
                if on_the_internet(host) and registrable(host) not in own:
                    yield "host", host, 1


def ask_host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()


MEASURES = (
    ("third-party hosts of public sites, by sites", third_party_hosts, 80),
    ("third-party hosts of French State sites", state_site_requests, 80),
    ("MX hosts outside the body's own domain", mail_exchangers, 75),
    (".gov NS records", name_servers, 80),
    ("certificates that are not self-signed", certificates, 99),
)


def measure(database: Database, seen: Seen) -> tuple[int, int, Counter[str]]:
    total = named = 0
    missing: Counter[str] = Counter()
    memo: dict[tuple[str, str], bool] = {}
    for kind, value, weight in seen:
        if (kind, value) not in memo:
            match = lookup(database, kind, value, datetime.now(UTC).date())
            memo[kind, value] = match is not None and bool(match.owner.country)
        total += weight
        if memo[kind, value]:
            named += weight
        else:
            missing[registrable(value) if kind != "issuer" else value] += weight
    return total, named, missing


def main() -> int:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOVSCAN_DATA", "../shared"))
    if not data.is_dir():
        print(f"{data}: no recorded data here; give its folder")
        return 2
    database = providers.load()
    print(f"{len(database.providers)} providers, {len(database.services)} services, database {database.digest}")
    short = 0
    for name, seen, target in MEASURES:
        total, named, missing = measure(database, seen(data))
        share = 100 * named / total if total else 0.0
        short += share < target
        print(f"\n{name}: {named:,} of {total:,} = {share:.1f} % (target {target} %)")
        print(
            "  most frequent unattributed: " + ", ".join(f"{value} {count}" for value, count in missing.most_common(12))
        )
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
