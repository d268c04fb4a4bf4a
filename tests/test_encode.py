"""Plain JSON values and back; the key order of the formats."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import claim, finding, manifest

from scanner.encode import (
    finding_from_json,
    finding_to_json,
    run_from_json,
    run_to_json,
    target_from_json,
    target_to_json,
)
from scanner.model import Confidence, Evidence, Finding, ProviderType, Relation, Role, Target, Verdict

KEYS = [
    "domain",
    "host",
    "role",
    "subject",
    "category",
    "verdict",
    "complete",
    "reason",
    "claims",
    "location",
    "evidence",
]
CLAIM_KEYS = ["provider", "name", "type", "service", "relation", "owner", "country", "confidence", "rules"]
EVIDENCE_KEYS = ["kind", "subject", "detail", "value"]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CLAIMS = st.builds(
    replace,
    st.just(claim()),
    provider=TEXT,
    type=st.sampled_from(ProviderType),
    relation=st.sampled_from(Relation),
    confidence=st.sampled_from(Confidence),
    rules=st.lists(TEXT, max_size=2).map(tuple),
)
FINDINGS = st.builds(
    replace,
    st.just(finding()),
    role=st.sampled_from(Role),
    subject=TEXT,
    category=st.none() | TEXT,
    verdict=st.sampled_from(Verdict),
    complete=st.booleans(),
    claims=st.lists(CLAIMS, max_size=2).map(tuple),
    location=st.none() | TEXT,
    evidence=st.lists(st.builds(Evidence, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)


def test_the_keys_of_a_finding_are_in_the_order_of_the_format() -> None:
    value = finding_to_json(finding())
    assert list(value) == KEYS
    assert list(value["claims"][0]) == CLAIM_KEYS
    assert list(value["evidence"][0]) == EVIDENCE_KEYS
    assert list(value["reason"]) == ["code", "args"]


@given(FINDINGS)
def test_a_finding_survives_being_written_and_read(value: Finding) -> None:
    assert finding_from_json(orjson.loads(orjson.dumps(finding_to_json(value)))) == value


@pytest.mark.parametrize("damage", [{"role": "boss"}, {"verdict": "guilty"}, {"reason": {}}])
def test_a_value_that_is_no_finding_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        finding_from_json({**finding_to_json(finding()), **damage})


def test_a_target_survives_being_written_and_read() -> None:
    target = Target("ville.example", "www.ville.example", population=12, tags=("a", "b"), country="FR")
    assert target_from_json(orjson.loads(orjson.dumps(target_to_json(target)))) == target


def test_a_manifest_survives_and_keys_of_a_later_version_are_ignored() -> None:
    run = manifest(resolvers=("192.0.2.53",), counters={"dns ok": 3}, rejected=("a:1: no",), fictional=True)
    value = orjson.loads(orjson.dumps(run_to_json(run)))
    assert run_from_json({**value, "of_a_later_version": 1}) == run
