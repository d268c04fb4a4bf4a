"""A table for spreadsheets: one line a claim, or a finding without any; formulas are disarmed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from scanner.model import Finding, Target
from scanner.providers import Database
from scanner.store import Results

SUFFIX = "csv"
COLUMNS = (
    "domain", "host", "org", "country", "sector", "role", "subject", "category", "verdict", "complete", "reason",
    "rank", "provider", "provider_name", "provider_type", "service", "relation", "owner", "owner_country",
    "confidence", "rules", "location", "evidence", "owner_established",
)  # fmt: skip
_ARMED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(results: Results, database: Database, stream: BinaryIO) -> None:
    """Every claim of every finding; `rank` 1 is the best of a finding, 0 says that it has none."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for target in sorted(results.targets, key=lambda target: target.domain):
        for finding in results.findings.get(target.domain, ()):
            for row in _rows(target, finding):
                writer.writerow([disarm(cell) for cell in row])
    text.flush()
    text.detach()


def disarm(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): a quote before what would start one."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_ARMED) else text


def _rows(target: Target, finding: Finding) -> Iterator[list[Any]]:
    head = [
        finding.domain, finding.host, target.org, target.country, target.sector, finding.role.value, finding.subject,
        finding.category, finding.verdict.value, str(finding.complete).lower(), finding.reason.code,
    ]  # fmt: skip
    evidence = " | ".join(f"{e.kind} {e.subject} {e.detail} {e.value}" for e in finding.evidence)
    if not finding.claims:
        yield [*head, 0, *[""] * 9, finding.location, evidence, ""]
    for rank, claim in enumerate(finding.claims, 1):
        yield [
            *head, rank, claim.provider, claim.name, claim.type.value, claim.service, claim.relation.value, claim.owner,
            claim.country, claim.confidence.value, " ".join(claim.rules), finding.location, evidence,
            str(claim.established).lower(),
        ]  # fmt: skip
