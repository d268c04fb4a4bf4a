"""Runs of a few findings for the report's tests: facts, a voice, results."""

from __future__ import annotations

from scanner.entries import Label
from scanner.model import Claim, Provider, Target
from scanner.providers import Database
from scanner.report.facts import Facts
from scanner.report.voice import Voice
from scanner.store import Results

from . import sample


def facts(*findings: sample.Finding, extra: tuple[Provider, ...] = (), labels: dict[str, Label] | None = None) -> Facts:
    """A run of the bodies that the findings are about."""
    by_domain: dict[str, tuple[sample.Finding, ...]] = {}
    for finding in findings:
        by_domain[finding.domain] = (*by_domain.get(finding.domain, ()), finding)
    base = sample.database(extra)
    database = Database(base.curated, base.groups, {**base.labels, **(labels or {})}, base.digest)
    targets = tuple(Target(domain, domain) for domain in by_domain)
    return Facts(Results(sample.manifest(len(targets)), targets, by_domain), database, "FR")


def voice(of: Facts, language: str = "en") -> Voice:
    return Voice(language, of.database, "FR")


def hosts(count: int, *claims: Claim, role: str = "hosting") -> list[sample.Finding]:
    return [sample.finding(f"{claims[0].provider}{n}.example", role, "provider", *claims) for n in range(count)]


def of_results(of: Facts) -> Results:
    return Results(of.run, tuple(body.target for body in of.bodies), of.findings)
