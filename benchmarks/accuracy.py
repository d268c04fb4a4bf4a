"""How much the database names of what public bodies use, and where others disagree.

    python benchmarks/accuracy.py [DATA]

DATA is the folder of recorded public data ($SOVSCAN_DATA, or `../shared`). For each kind: observations, the share with
a name, with an owner, with the owner's country, the target, and the most frequent values without; beside it
the share whose owner is established (the chain of control ends at a public body, a nonprofit, or a company of which a
source says how it is held), and the most frequent ends of chains of which nobody has looked that up. Then the
disagreements with other people's labels, by weight: docs/accuracy.md explains each, those it does not are marked.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import accuracy_mail
import orjson
from coverage import Seen, ask_host, certificates, mail_exchangers, name_servers, state_site_requests, third_party_hosts

from scanner import ask, providers, targets
from scanner.lookup import Match, lookup
from scanner.model import Role, Status
from scanner.names import registrable
from scanner.net import local_table, shipped_table
from scanner.providers import Database
from scanner.run.target import conclude, drive
from scanner.update.third_party_web import CATEGORIES

TODAY = datetime.now(UTC).date()
TOP, TOP_DISAGREEMENTS = 15, 100
EXPLAINED = Path(__file__).parents[1] / "docs" / "accuracy.md"
MEASURES: tuple[tuple[str, Callable[[Path], Seen], int], ...] = (
    ("third-party hosts of public sites, by sites", third_party_hosts, 95),
    ("third-party hosts of French State sites", state_site_requests, 95),
    ("MX hosts outside the body's own domain", mail_exchangers, 90),
    (".gov NS records", name_servers, 90),
    ("certificates that are not self-signed", certificates, 100),
)
FREQUENT = 10_000  # a third party seen more often than once in so many observations must have an owner and a country
Disagreements = Counter[tuple[str, str]]
"""What a label says, and what we say, with the number of observations."""


@dataclass(slots=True)
class Measure:
    """Observations in all and with each fact; what has no country, and whose owner nobody has looked up."""

    total: int = 0
    named: int = 0
    owned: int = 0
    placed: int = 0
    established: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    open_ends: Counter[str] = field(default_factory=Counter)


def measure(database: Database, seen: Seen) -> Measure:
    """What the database says of each observation, today."""
    found = Measure()
    memo: dict[tuple[str, str], Match | None] = {}
    for kind, value, weight in seen:
        if (kind, value) not in memo:
            memo[kind, value] = lookup(database, kind, value, TODAY)
        match = memo[kind, value]
        curated = match is not None and match.provider.id in database.curated
        placed = curated and bool(match and match.owner.country)
        found.total += weight
        found.named += weight * (match is not None)
        found.owned += weight * curated
        found.placed += weight * placed
        if not placed:
            found.missing[registrable(value) if kind != "issuer" else value] += weight
        elif match and match.established:
            found.established += weight
        elif match:
            found.open_ends[match.owner.name] += weight
    return found


def often(found: Measure) -> int:
    """How many values without owner and country are seen more often than once in `FREQUENT` observations."""
    return sum(count * FREQUENT > found.total for count in found.missing.values())


def addresses(data: Path) -> Iterator[str]:
    """Every address that a recording holds, once a record."""
    for path in sorted((data / "recordings").glob("*.jsonl.gz")):
        for answer in ask.read_recording(path):
            if answer.status is not Status.OK:
                continue
            if answer.question.kind == "dns" and answer.question.detail in ("A", "AAAA"):
                yield from map(str, answer.values)
            elif answer.question.kind == "http":
                yield answer.values[0].get("ip") or ""
            elif answer.question.kind == "page":
                yield from (request.get("ip") or "" for request in answer.values[0].get("requests", ()))


def autonomous_systems(data: Path) -> tuple[int, int, Counter[str]]:
    """Recorded addresses, those whose AS the shipped table knows, and those it does not."""
    path = shipped_table()
    assert path is not None, "the table of AS numbers is not here"
    table = local_table(path)
    counts = Counter(address.strip("[]") for address in addresses(data) if address)
    missing = Counter(
        {a: n for a, n in counts.items() if drive(table(ask.asn(a))).status is not Status.OK}  # type: ignore[arg-type]
    )
    return counts.total(), counts.total() - missing.total(), missing


def certificate_labels(data: Path, database: Database) -> Disagreements:
    """Country and name of the CA, as a project of Nordic municipalities sees them."""
    answers = ask.read_recordings([data / "recordings" / "certificates.jsonl.gz"])
    found: Disagreements = Counter()
    for label in _labels(data / "labels" / "certificates.jsonl"):
        target = targets.parse(label["host"].encode(), "label").targets[0]
        for finding in conclude(target, answers, database).findings:
            if finding.role is Role.CERTIFICATE and finding.claims:
                claim = finding.claims[0]
                owner = database.providers[claim.owner]
                alike = _alike(
                    f"{label['ca']} {label['ca_owner']}", claim.name, claim.provider, owner.name, claim.service
                )
                if claim.country != label["ca_country"] or not alike:
                    theirs = f"{label['ca']}, {label['ca_owner']}, {label['ca_country']}"
                    found[theirs, f"{claim.name}, {owner.name}, {claim.country}"] += 1
    return found


def entity_labels(data: Path, database: Database) -> Disagreements:
    """Third parties of French State sites, as Lighthouse's list names and sorts them."""
    found: Disagreements = Counter()
    for label in _labels(data / "labels" / "fr-state-sites.jsonl"):
        for entity in label["entities"]:
            if entity["recognised"] and not entity["first_party"]:
                for origin in entity["origins"]:
                    _compare(database, ask_host(origin), entity["name"], entity["category"], found, 1)
    return found


def list_labels(data: Path, database: Database) -> Disagreements:
    """Third-party hosts of public sites, as the imported list names them."""
    found: Disagreements = Counter()
    for _, host, weight in third_party_hosts(data):
        name = host
        while name and name not in database.imported.hosts:
            _, _, name = name.partition(".")
        if name:
            imported = database.providers[database.imported.hosts[name][0]]
            _compare(database, host, imported.name, "", found, weight)
    return found


def _compare(database: Database, host: str, name: str, category: str | None, found: Disagreements, weight: int) -> None:
    match = lookup(database, "host", host, TODAY)
    if match is None or match.provider.id not in database.curated:
        return
    ours = (match.provider.name, match.provider.id, match.service.name, match.owner.name)
    wanted = CATEGORIES.get(category or "", "other")
    if not _alike(name, *ours) and not _alike(name, registrable(host)):
        found[f"{registrable(host)}: {name}", f"{match.provider.name}, {match.service.name}"] += weight
    elif wanted not in ("other", match.service.category):
        found[f"{registrable(host)}: {name} is {wanted}", f"{match.service.name} is {match.service.category}"] += weight


def _alike(one: str, *others: str) -> bool:
    """True when the names share a word of three letters or more, or one begins with the other."""
    words = set(re.findall(r"[a-z0-9]{3,}", one.lower()))
    rest = set(re.findall(r"[a-z0-9]{3,}", " ".join(others).lower()))
    joined = "".join(sorted(rest))
    return bool(words & rest) or any(word in joined for word in words if len(word) > 3)


def _labels(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as file:
        yield from map(orjson.loads, file)


LABELS: tuple[tuple[str, Callable[[Path, Database], Disagreements]], ...] = (
    ("certificates (labels/certificates.jsonl)", certificate_labels),
    ("third parties of State sites (labels/fr-state-sites.jsonl)", entity_labels),
    ("third-party hosts (imported third-party-web)", list_labels),
)


def explained(theirs: str, ours: str) -> bool:
    """True when docs/accuracy.md has a line for the disagreement."""
    return EXPLAINED.is_file() and f"| {theirs} \\| {ours} |" in EXPLAINED.read_text(encoding="utf-8")


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{value} {count}" for value, count in counts.most_common(TOP)) or "none"


def main() -> int:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOVSCAN_DATA", "../shared"))
    if not (data / "recordings").is_dir():
        print(f"{data}: no recorded data here; give its folder")
        return 2
    database = providers.load()
    print(f"{len(database.curated)} curated providers, database {database.digest} of {database.date}")
    short = 0
    for name, seen, target in MEASURES:
        found = measure(database, seen(data))
        shares = [100 * count / found.total for count in (found.named, found.owned, found.placed, found.established)]
        short += shares[2] < target
        print(f"\n{name}: {found.total:,} observations")
        named, owned, placed, established = (f"{share:.1f} %" for share in shares)
        print(f"  named {named}, with owner {owned}, with country {placed} (target {target} %)")
        print(f"  owner established {established}; of the rest that has a country, it is that of a seat")
        if seen is third_party_hosts:
            frequent = often(found)
            short += frequent > 0
            print(f"  without, and seen more often than once in {FREQUENT:,}: {frequent} (target 0)")
        print("  most frequent without: " + _most(found.missing))
        print("  most frequent whose owner is not established: " + _most(found.open_ends))
    total, known, unknown = autonomous_systems(data)
    print(f"\nAS of recorded addresses: {known:,} of {total:,} = {100 * known / total if total else 0:.2f} %")
    print("  most frequent without: " + _most(unknown))
    for name, compare in LABELS:
        apart = compare(data, database)
        print(f"\nDisagreements: {name}: {apart.total():,} observations, {len(apart)} kinds")
        for (theirs, ours), weight in apart.most_common(TOP_DISAGREEMENTS):
            mark = "" if explained(theirs, ours) else "  (not explained yet)"
            print(f"  {weight:6,}  {theirs} | {ours}{mark}")
    short += accuracy_mail.report(data, database)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
