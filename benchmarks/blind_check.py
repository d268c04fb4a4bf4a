"""Draw findings for a blind check: `python benchmarks/blind_check.py [DATA] > docs/blind-check.csv`.

From the recordings, with a fixed seed: targets are drawn from each list and concluded upon, and of their attributions
200 are drawn, the roles in turn (one that has few gives all it has, the others share the rest), never two of one
provider, service, subject and rules. Registries are left out: a suffix has one.

It overwrites: draw once, then judge. A later database draws other findings.

Columns: number, domain, role, subject, category, provider, service, relation, confidence, owner, country, rules,
evidence; then `judgement` (right, wrong, undecidable) and `note`, empty for the judge, who looks only at the evidence
and at what anybody can look up.
"""

from __future__ import annotations

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

SEED, MANY, TARGETS = 2026, 200, 400
RUNS = (
    ("fr-state-sites.jsonl.gz", "fr-state-sites.txt"),
    ("mail.jsonl.gz", "mail-domains.csv"),
    ("certificates.jsonl.gz", "certificates.txt"),
    ("gov-name-servers.jsonl.gz", "gov-domains.txt"),
)
COLUMNS = [
    *("number", "domain", "role", "subject", "category", "provider", "service", "relation", "confidence", "owner"),
    *("country", "rules", "evidence", "judgement", "note"),
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
    return [_plain(cell) for cell in [*cells, " ".join(claim.rules), evidence[:900], "", ""]]


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def main() -> int:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOVSCAN_DATA", "../shared"))
    if not (data / "recordings").is_dir():
        print(f"{data}: no recorded data here; give its folder", file=sys.stderr)
        return 2
    chance = random.Random(SEED)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, finding in enumerate(draw(attributions(data, chance), chance), 1):
        writer.writerow(row(number, finding))
    return 0


if __name__ == "__main__":
    sys.exit(main())
