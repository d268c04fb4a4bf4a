"""Who issued the certificate."""

from __future__ import annotations

from typing import Any

import pytest

from scanner import ask
from scanner.model import Role
from tests.attribute.world import PRINT, absent, claims, failed, of, ok, one, said

QUESTION = ask.tls("ville.example")
LEAF = {"subject_cn": "ville.example", "issuer_cn": "R1", "issuer_org": "Some CA", "sha256": "01" * 32}
ISSUER = {"subject_cn": "R1", "subject_org": "Some CA", "issuer_cn": "Root", "sha256": PRINT}


def test_the_issuing_certificate_s_fingerprint_confirms() -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, {**LEAF, "issuer_org": "Brand"}, {**ISSUER, "subject_org": "Brand"}))
    assert said(finding) == ("provider", "certificate.by-fingerprint")
    assert claims(finding) == [("ca", "operates", "confirmed")]


@pytest.mark.parametrize(("verify", "confidence"), [("ok", "confirmed"), ("expired", "confirmed"), ("", "probable")])
def test_the_organisation_alone_is_as_sure_as_the_chain(verify: str, confidence: str) -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, LEAF, verify=verify))
    assert said(finding) == ("provider", "certificate.by-organisation")
    assert claims(finding) == [("ca", "operates", confidence)]


def test_a_borrowed_ca_certificate_confirms_nothing() -> None:
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, ISSUER, verify="untrusted"))) == [
        ("ca", "operates", "probable")
    ]


def test_a_certificate_of_the_chain_that_did_not_issue_the_leaf_names_nobody() -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, {**LEAF, "issuer_org": "Else"}, {**ISSUER, "subject_cn": "R2"}))
    assert said(finding) == ("unattributed", "certificate.no-rule")


def test_self_signed_is_self() -> None:
    own = {"subject_cn": "v", "issuer_cn": "v", "subject_org": "", "issuer_org": ""}
    assert said(one(Role.CERTIFICATE, ok(QUESTION, own))) == ("self", "certificate.self-signed")


def test_fields_that_were_not_recorded_are_not_self_signed() -> None:
    assert one(Role.CERTIFICATE, ok(QUESTION, {}, {"sha256": PRINT})).verdict == "unattributed"


def test_none_is_absent_and_a_refused_connection_unknown() -> None:
    assert said(one(Role.CERTIFICATE, absent(QUESTION))) == ("absent", "certificate.none")
    for reason in ("timeout", "connect", "tls"):
        assert said(one(Role.CERTIFICATE, failed(QUESTION, reason))) == ("unknown", "certificate.failed")
    assert not of(Role.CERTIFICATE)


@pytest.mark.parametrize("junk", [None, 1, [], {}, "x" * 100_000])
def test_fields_of_a_wrong_type_raise_nothing(junk: Any) -> None:
    keys = ("subject_cn", "subject_org", "issuer_cn", "issuer_org", "sha256")
    finding = one(Role.CERTIFICATE, ok(QUESTION, dict.fromkeys(keys, junk), dict.fromkeys(keys, junk)))
    assert not finding.claims
