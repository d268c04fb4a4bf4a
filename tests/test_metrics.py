"""Who holds what: classes, shares, concentration, on literal findings."""

from __future__ import annotations

import pytest

from scanner.metrics import (
    Control,
    Standpoint,
    body_controls,
    concentrations,
    control_of,
    dependency,
    finding_control,
    provider_uses,
    role_control,
    role_shares,
    third_parties,
)
from scanner.model import (
    Claim,
    Confidence,
    Finding,
    ProviderType,
    Reason,
    Relation,
    Role,
    Target,
    Verdict,
)

FRANCE = Standpoint("FR", frozenset({"FR", "DE", "PL"}))


def claim(provider: str, country: str, kind: str = "company", relation: str = "operates", owner: str = "") -> Claim:
    return Claim(
        provider, provider.title(), ProviderType(kind), "s", Relation(relation), owner or provider, country,
        Confidence.CONFIRMED,
    )  # fmt: skip


def finding(verdict: str, *claims: Claim, role: str = "dns", subject: str = "x", domain: str = "a.example") -> Finding:
    return Finding(domain, domain, Role(role), subject, None, Verdict(verdict), True, Reason("x"), claims)


OVH, GOOGLE, HETZNER = claim("ovh", "FR"), claim("google", "US"), claim("hetzner", "DE")
STATE, YANDEX = claim("rie", "FR", "public"), claim("yandex", "RU")


@pytest.mark.parametrize(
    ("kind", "country", "body", "expected"),
    [
        ("public", "FR", "FR", Control.PUBLIC),
        ("public", "CA", "CA", Control.PUBLIC),
        ("public", "FR", "CA", Control.PUBLIC),
        ("public", "DE", "FR", Control.EU),
        ("public", "US", "FR", Control.US),
        ("public", "CH", "FR", Control.OTHER),
        ("company", "FR", "FR", Control.DOMESTIC),
        ("nonprofit", "FR", "FR", Control.DOMESTIC),
        ("company", "US", "US", Control.DOMESTIC),
        ("company", "FR", "DE", Control.EU),
        ("company", "US", "FR", Control.US),
        ("company", "GB", "FR", Control.OTHER),
        ("company", "", "FR", Control.UNATTRIBUTED),
    ],
)
def test_a_provider_is_in_the_first_class_that_fits(kind: str, country: str, body: str, expected: Control) -> None:
    assert control_of(ProviderType(kind), country, body, FRANCE) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (finding("provider", GOOGLE, OVH), Control.US),
        (finding("provider", OVH, GOOGLE), Control.DOMESTIC),
        (finding("provider"), Control.UNATTRIBUTED),
        (finding("self"), Control.PUBLIC),
        (finding("self", OVH), Control.PUBLIC),
        (finding("self", claim("ovh", "FR", relation="hosts")), Control.DOMESTIC),
        (finding("unattributed"), Control.UNATTRIBUTED),
        (finding("unknown", GOOGLE), Control.UNOBSERVABLE),
        (finding("absent"), None),
    ],
)
def test_a_finding_has_the_class_of_its_best_claim_or_of_its_verdict(found: Finding, expected: Control | None) -> None:
    assert finding_control(found, "FR", FRANCE) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([finding("provider", OVH), finding("provider", GOOGLE), finding("provider", YANDEX)], Control.US),
        ([finding("provider", HETZNER), finding("provider", YANDEX)], Control.OTHER),
        ([finding("provider", HETZNER), finding("unattributed")], Control.EU),
        ([finding("provider", OVH), finding("unattributed")], Control.UNATTRIBUTED),
        ([finding("provider", OVH), finding("provider", STATE)], Control.DOMESTIC),
        ([finding("provider", STATE), finding("unknown")], Control.PUBLIC),
        ([finding("unknown"), finding("absent")], Control.UNOBSERVABLE),
        ([finding("absent")], None),
    ],
)
def test_a_body_counts_once_a_role_in_the_class_furthest_away(found: list[Finding], expected: Control | None) -> None:
    assert role_control(found, "FR", FRANCE) is expected


def test_absent_leaves_the_denominator_and_unobservable_stays_in_it() -> None:
    bodies = [{Role.DNS: Control.US}, {Role.DNS: Control.UNOBSERVABLE}, {Role.DNS: None}, {Role.EDGE: None}]
    shares = {share.role: share for share in role_shares(bodies)}
    dns = shares[Role.DNS]
    assert (dns.total, dns.absent, dns.seen, dns.count(Control.US, Control.EU)) == (2, 1, 2, 1)
    assert (shares[Role.EDGE].total, shares[Role.EDGE].absent) == (0, 1)
    assert Role.MAILBOX not in shares


def test_a_body_without_country_is_seen_from_home() -> None:
    listed = Target("a.example", "a.example", country="US")
    found = [finding("provider", GOOGLE)]
    assert body_controls(listed, found, FRANCE) == {Role.DNS: Control.DOMESTIC}
    assert body_controls(Target("a.example", "a.example"), found, FRANCE) == {Role.DNS: Control.US}


def test_dependency_counts_bodies_with_any_role_in_the_class_among_those_seen() -> None:
    bodies = [
        {Role.DNS: Control.US, Role.EDGE: None},
        {Role.DNS: Control.DOMESTIC},
        {Role.DNS: Control.UNOBSERVABLE},
        {Role.DNS: None},
    ]
    assert dependency(bodies, frozenset({Control.US})) == (1, 3)


def test_providers_are_ranked_by_bodies_and_counted_once_a_body() -> None:
    targets = [Target(domain, domain) for domain in ("a", "b", "c")]
    found = {
        "a": [finding("provider", GOOGLE), finding("provider", GOOGLE, subject="y"), finding("provider", OVH)],
        "b": [finding("provider", OVH, role="mailbox")],
        "c": [finding("self", claim("ovh", "FR", relation="hosts"), role="hosting"), finding("unknown", GOOGLE)],
    }
    uses = provider_uses(targets, found, FRANCE)
    assert [(use.provider, len(use.bodies)) for use in uses] == [("ovh", 3), ("google", 1)]
    assert uses[0].roles == {Role.DNS: ("a",), Role.HOSTING: ("c",), Role.MAILBOX: ("b",)}
    assert uses[0].control is Control.DOMESTIC


def test_a_proven_account_or_a_declared_resource_is_no_dependency() -> None:
    found = {
        "a": [finding("provider", GOOGLE, role="account"), finding("provider", OVH)],
        "b": [finding("provider", GOOGLE, role="declared-resource")],
    }
    uses = {use.provider: use for use in provider_uses([Target("a", "a"), Target("b", "b")], found, FRANCE)}
    assert uses["google"].bodies == ()
    assert uses["google"].roles == {Role.ACCOUNT: ("a",), Role.DECLARED_RESOURCE: ("b",)}
    assert dependency([{Role.ACCOUNT: Control.US}], frozenset({Control.US})) == (0, 0)


def test_concentration_weighs_each_body_one_and_splits_it_between_its_owners() -> None:
    gmail = claim("gmail", "US", owner="google")
    found = {
        "a": [finding("provider", GOOGLE), finding("provider", gmail)],
        "b": [finding("provider", GOOGLE), finding("provider", OVH)],
        "c": [finding("unknown")],
    }
    held = concentrations(found)[Role.DNS]
    assert (held.bodies, held.owners, held.largest) == (2, 2, ("google", "ovh"))
    assert held.hhi == pytest.approx(0.75**2 + 0.25**2)
    assert held.effective == pytest.approx(1 / held.hhi)
    assert held.cr3 == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([("provider", "a"), ("unattributed", "b"), ("provider", "a")], 2),
        ([("absent", "")], 0),
        ([("unknown", "")], None),
        ([], None),
        ([("unknown", ""), ("provider", "a")], 1),
    ],
)
def test_third_parties_are_hosts_and_an_unseen_page_has_no_number(
    verdicts: list[tuple[str, str]], expected: int | None
) -> None:
    found = [finding(verdict, OVH, role="resource", subject=host) for verdict, host in verdicts]
    assert third_parties(found) == expected
