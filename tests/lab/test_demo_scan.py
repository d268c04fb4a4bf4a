"""The ordinary scanner on the demonstration's world: each special case ends in the finding that it stands for."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scanner import providers
from scanner.lab import Lab, demo_targets, demo_world
from scanner.model import Finding, Role
from scanner.net import Network
from scanner.run.target import examine
from scanner.targets import parse
from scanner.transcript import Transcript

EXPECTED = tomllib.loads(Path(__file__).with_name("expected.toml").read_text(encoding="utf-8"))["findings"]
Findings = dict[str, tuple[Finding, ...]]


async def scan() -> Findings:
    targets = parse(demo_targets().encode(), "list.csv").targets
    database = providers.load()
    async with Lab(demo_world()) as lab, Network(lab.settings) as network:
        transcript = Transcript(network)
        conclusions = await asyncio.gather(*(examine(target, transcript, database) for target in targets))
    return {target.domain: conclusion.findings for target, conclusion in zip(targets, conclusions, strict=True)}


@pytest.fixture(scope="module")
def findings() -> Findings:
    return asyncio.run(scan())


def named(expected: dict[str, Any]) -> str:
    return " ".join((expected["domain"], expected["role"], expected.get("subject", "")))


def seen(finding: Finding) -> dict[str, str | None]:
    best = finding.claims[0] if finding.claims else None
    return {
        "verdict": finding.verdict,
        "category": finding.category,
        "reason": finding.reason.code,
        "provider": best.provider if best else "",
        "relation": best.relation if best else "",
        "confidence": best.confidence if best else "",
    }


@pytest.mark.parametrize("expected", EXPECTED, ids=named)
def test_a_case_is_concluded_as_expected(findings: Findings, expected: dict[str, Any]) -> None:
    found = [
        seen(finding)
        for finding in findings[expected["domain"]]
        if finding.role == expected["role"] and finding.subject == expected.get("subject", finding.subject)
    ]
    wanted = {key: value for key, value in expected.items() if key not in ("domain", "role", "subject")}
    assert wanted in [{key: one[key] for key in wanted} for one in found], found


def test_every_role_is_seen(findings: Findings) -> None:
    assert {finding.role for one in findings.values() for finding in one} == set(Role)


def test_no_body_disappears(findings: Findings) -> None:
    assert len(findings) == 40
    assert all(findings.values())
