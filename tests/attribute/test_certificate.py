"""Who issued the certificate."""

from __future__ import annotations

from typing import Any

import pytest

from scanner import ask
from scanner.metrics import counted_claim
from scanner.model import Role
from tests.attribute.world import PRINT, ROOT_PRINT, absent, claims, failed, of, ok, one, said

QUESTION = ask.tls("ville.example")
LEAF = {"subject_cn": "ville.example", "issuer_cn": "R1", "issuer_org": "Some CA", "sha256": "01" * 32}
ISSUER = {"subject_cn": "R1", "subject_org": "Some CA", "issuer_cn": "Root", "sha256": PRINT}


def test_the_issuing_certificate_s_fingerprint_confirms() -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, {**LEAF, "issuer_org": "Brand"}, {**ISSUER, "subject_org": "Brand"}))
    assert said(finding) == ("provider", "certificate.by-fingerprint")
    assert claims(finding) == [("ca", "operates", "confirmed")]


@pytest.mark.parametrize(
    ("verify", "confidence"),
    [("ok", "confirmed"), ("expired", "confirmed"), ("wrong-name", "probable"), ("", "probable")],
)
def test_the_organisation_alone_is_as_sure_as_the_chain(verify: str, confidence: str) -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, LEAF, verify=verify))
    assert said(finding) == ("provider", "certificate.by-organisation")
    assert claims(finding) == [("ca", "operates", confidence)]


def test_a_borrowed_ca_certificate_confirms_nothing() -> None:
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, ISSUER, verify="untrusted"))) == [
        ("ca", "operates", "probable")
    ]


def test_a_certificate_for_another_name_confirms_nothing_about_this_one() -> None:
    [claim] = claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, ISSUER, verify="wrong-name")))
    [right] = claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, ISSUER, verify="ok")))
    assert (claim[:-1], claim[-1], right[-1]) == (right[:-1], "probable", "confirmed")


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


ROOT = {"subject_cn": "Root", "subject_org": "Other", "issuer_cn": "Root", "issuer_org": "Other", "sha256": ROOT_PRINT}
BETWEEN = {**ISSUER, "issuer_cn": "Root", "issuer_org": "Other"}


def test_a_root_of_another_owner_stands_beside_the_issuer_which_alone_counts() -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, LEAF, BETWEEN, ROOT, verify="ok"))
    assert said(finding) == ("provider", "certificate.by-fingerprint")
    assert claims(finding) == [("ca", "operates", "confirmed"), ("root", "hosts", "confirmed")]
    counted = counted_claim(finding)
    assert counted is not None
    assert counted.provider == "ca"


def test_a_root_that_the_server_does_not_present_is_known_by_its_name_and_less_sure() -> None:
    named = {**ISSUER, "issuer_cn": "Old Root", "issuer_org": "Root Org"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, named))) == [
        ("ca", "operates", "confirmed"),
        ("root", "hosts", "probable"),
    ]


def test_the_highest_of_several_cross_signed_roots_is_named() -> None:
    own = {"subject_cn": "Root", "subject_org": "Other", "issuer_cn": "Old", "issuer_org": "Root Org", "sha256": "77"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, BETWEEN, own)))[1:] == [("root", "hosts", "probable")]


def test_a_root_of_the_same_owner_is_said_once() -> None:
    own = {**ISSUER, "issuer_cn": "Daughter Root", "issuer_org": "Daughter Org"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, own))) == [("ca", "operates", "confirmed")]


def test_a_brand_on_the_key_of_another_names_both() -> None:
    leaf, issuer = {**LEAF, "issuer_org": "Brand Org"}, {**ISSUER, "subject_org": "Brand Org"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, leaf, issuer, verify="ok"))) == [
        ("brand", "operates", "confirmed"),
        ("ca", "hosts", "confirmed"),
    ]


def test_an_issuer_in_no_rule_under_a_known_root_is_that_root_s_and_never_confirmed() -> None:
    leaf, issuer = {**LEAF, "issuer_org": "Nobody"}, {**BETWEEN, "subject_org": "Nobody", "sha256": "99"}
    finding = one(Role.CERTIFICATE, ok(QUESTION, leaf, issuer, ROOT, verify="ok"))
    assert said(finding) == ("provider", "certificate.under-root")
    assert claims(finding) == [("root", "hosts", "probable")]


def test_the_root_is_never_surer_than_the_issuer() -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, LEAF, {**BETWEEN, "sha256": "99"}, ROOT))
    assert claims(finding) == [("ca", "operates", "probable"), ("root", "hosts", "probable")]


def test_a_chain_that_does_not_hold_confirms_no_root() -> None:
    finding = one(Role.CERTIFICATE, ok(QUESTION, LEAF, BETWEEN, ROOT, verify="untrusted"))
    assert claims(finding) == [("ca", "operates", "probable"), ("root", "hosts", "probable")]


def test_certificates_that_no_name_links_to_the_issuer_say_nothing() -> None:
    apart = {**ROOT, "subject_cn": "Elsewhere"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, BETWEEN, apart))) == [("ca", "operates", "confirmed")]


@pytest.mark.parametrize("sold", ["Starfield Services Root Certificate Authority - G2", "GlobalSign"])
def test_the_organisation_in_the_name_of_a_root_that_was_sold_says_nothing(sold: str) -> None:
    bought = {**ISSUER, "issuer_cn": sold, "issuer_org": "Root Org"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, bought))) == [("ca", "operates", "confirmed")]
    shown = {"subject_cn": sold, "subject_org": "Root Org", "issuer_cn": sold, "issuer_org": "Root Org"}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, bought, shown))) == [("ca", "operates", "confirmed")]
    known = {**shown, "sha256": ROOT_PRINT}
    assert claims(one(Role.CERTIFICATE, ok(QUESTION, LEAF, bought, known)))[1:] == [("root", "hosts", "confirmed")]


def test_a_loop_of_names_ends() -> None:
    one_way = {"subject_cn": "A", "issuer_cn": "B", "sha256": "1"}
    back = {"subject_cn": "B", "issuer_cn": "A", "sha256": "2"}
    assert one(Role.CERTIFICATE, ok(QUESTION, {**LEAF, "issuer_cn": "A", "issuer_org": ""}, one_way, back, one_way))
