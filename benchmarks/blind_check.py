"""Draw findings for a blind check: `python benchmarks/blind_check.py --seed N [DATA] > docs/blind-check-N.csv`.

From the recordings, by the seed: targets are drawn from each list and concluded upon, and of their attributions
200 are drawn, the roles in turn (one that has few gives all it has, the others share the rest), never two of one
provider, service, subject and rules. Registries are left out: a suffix has one.

Draw once, then judge: a later database draws other findings from the same seed.

Columns: number, domain, role, subject, category, provider, service, relation, confidence, owner, country; established
(no: nobody knows whether that owner is the last, the country is a seat); rules, evidence; then `judgement` (right,
wrong, undecidable) and `note`, empty for the judge, who looks only at the evidence and at what anybody can look up.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sys
from collections import defaultdict
from pathlib import Path

from scanner import ask, providers, targets
from scanner.model import Finding, Role, Verdict
from scanner.net import local_table, shipped_table
from scanner.run.target import conclude

MANY, TARGETS = 200, 400
RUNS = (
    ("fr-state-sites.jsonl.gz", "fr-state-sites.txt"),
    ("mail.jsonl.gz", "mail-domains.csv"),
    ("certificates.jsonl.gz", "certificates.txt"),
    ("gov-name-servers.jsonl.gz", "gov-domains.txt"),
)
COLUMNS = [
    *("number", "domain", "role", "subject", "category", "provider", "service", "relation", "confidence", "owner"),
    *("country", "established", "rules", "evidence", "judgement", "note"),
]


def attributions(data: Path, chance: random.Random) -> list[Finding]:
    """Findings that name a provider with a country, of targets drawn from every list."""
    database, path = providers.load(), shipped_table()
    local = local_table(path) if path else None
    found = []
    for recording, listed in RUNS:
        answers = ask.read_recordings([data / "recordings" / recording])
        for target in chance.sample(targets.read(data / "lists" / listed).targets, TARGETS):
            for finding in conclude(target, answers, database, local).findings:
                if (
                    finding.verdict is Verdict.PROVIDER
                    and finding.role is not Role.REGISTRY
                    and finding.claims[0].country
                ):
                    found.append(finding)
    return found


def draw(findings: list[Finding], chance: random.Random) -> list[Finding]:
    """MANY findings, the roles in turn."""
    chance.shuffle(findings)
    by_role: dict[Role, list[Finding]] = defaultdict(list)
    seen = set()
    for finding in findings:
        claim = finding.claims[0]
        key = (claim.provider, claim.service, finding.subject, tuple(sorted(claim.rules)))
        if key not in seen:
            seen.add(key)
            by_role[finding.role].append(finding)
    drawn: list[Finding] = []
    while len(drawn) < MANY and any(by_role.values()):
        for role in Role:
            if by_role[role] and len(drawn) < MANY:
                drawn.append(by_role[role].pop())
    return sorted(drawn, key=lambda finding: finding.key)


def row(number: int, finding: Finding) -> list[str]:
    claim = finding.claims[0]
    evidence = " ; ".join(f"{e.kind} {e.subject} {e.detail} = {e.value}" for e in finding.evidence[:4])
    cells = [str(number), finding.domain, finding.role.value, finding.subject, finding.category or "", claim.name]
    cells += [claim.service, claim.relation.value, claim.confidence.value, claim.owner, claim.country]
    cells.append("yes" if claim.established else "no")
    return [_plain(cell) for cell in [*cells, " ".join(claim.rules), evidence[:900], "", ""]]


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, required=True, help="a number that no earlier draw had")
    parser.add_argument("data", nargs="?", type=Path, default=Path(os.environ.get("SOVSCAN_DATA", "../shared")))
    options = parser.parse_args()
    data: Path = options.data
    if not (data / "recordings").is_dir():
        print(f"{data}: no recorded data here; give its folder", file=sys.stderr)
        return 2
    chance = random.Random(options.seed)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, finding in enumerate(draw(attributions(data, chance), chance), 1):
        writer.writerow(row(number, finding))
    return 0


if __name__ == "__main__":
    sys.exit(main())
