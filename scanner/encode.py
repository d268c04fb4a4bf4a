"""Findings, targets and manifests as plain JSON values, and back: one place for the key order of the formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from scanner.model import (
    Claim,
    Confidence,
    Evidence,
    Finding,
    ProviderType,
    Reason,
    Relation,
    Role,
    Run,
    Target,
    Verdict,
)


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding in the findings format, keys in its order."""
    return {
        "domain": finding.domain,
        "host": finding.host,
        "role": finding.role.value,
        "subject": finding.subject,
        "category": finding.category,
        "verdict": finding.verdict.value,
        "complete": finding.complete,
        "reason": {"code": finding.reason.code, "args": dict(finding.reason.args)},
        "claims": [claim_to_json(claim) for claim in finding.claims],
        "location": finding.location,
        "evidence": [
            {"kind": e.kind, "subject": e.subject, "detail": e.detail, "value": e.value} for e in finding.evidence
        ],
    }


def claim_to_json(claim: Claim) -> dict[str, Any]:
    """A claim in the findings format; `owner_established` only where it is not."""
    value = {
        "provider": claim.provider,
        "name": claim.name,
        "type": claim.type.value,
        "service": claim.service,
        "relation": claim.relation.value,
        "owner": claim.owner,
        "country": claim.country,
        "confidence": claim.confidence.value,
        "rules": list(claim.rules),
    }
    return value if claim.established else {**value, "owner_established": False}


def finding_from_json(value: Mapping[str, Any]) -> Finding:
    """The finding that a value of the findings format tells; KeyError or ValueError where it is none."""
    return Finding(
        domain=value["domain"],
        host=value["host"],
        role=Role(value["role"]),
        subject=value["subject"],
        category=value["category"],
        verdict=Verdict(value["verdict"]),
        complete=value["complete"],
        reason=Reason(value["reason"]["code"], value["reason"]["args"]),
        claims=tuple(claim_from_json(claim) for claim in value["claims"]),
        location=value["location"],
        evidence=tuple(Evidence(e["kind"], e["subject"], e["detail"], e["value"]) for e in value["evidence"]),
    )


def claim_from_json(value: Mapping[str, Any]) -> Claim:
    """The claim that a value of the findings format tells."""
    return Claim(
        value["provider"],
        value["name"],
        ProviderType(value["type"]),
        value["service"],
        Relation(value["relation"]),
        value["owner"],
        value["country"],
        Confidence(value["confidence"]),
        tuple(value["rules"]),
        value.get("owner_established", True),
    )


def target_to_json(target: Target) -> dict[str, Any]:
    """A target with every field."""
    return asdict(target)


def target_from_json(value: Mapping[str, Any]) -> Target:
    """The target that a value tells."""
    return Target(**{**value, "tags": tuple(value["tags"])})


def run_to_json(run: Run) -> dict[str, Any]:
    """A manifest as it is stored."""
    return asdict(run)


def run_from_json(value: Mapping[str, Any]) -> Run:
    """The manifest that a value tells; keys of a later version are ignored."""
    known = {field.name for field in fields(Run)}
    values: dict[str, Any] = {
        key: tuple(item) if isinstance(item, list) else item for key, item in value.items() if key in known
    }
    return Run(**values)
