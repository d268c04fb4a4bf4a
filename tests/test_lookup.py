"""Who one value belongs to."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.lookup import guess_kinds, lookup
from scanner.providers import Database

ON = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("192.0.2.1", ("ip",)),
        ("2001:db8::1", ("ip",)),
        ("AS64496", ("asn",)),
        ("64496", ("asn",)),
        ("MS=ms12345678", ("txt",)),
        ("Let's Encrypt", ("issuer", "registrar")),
        ("GANDI", ("issuer", "registrar")),
        ("www.google-analytics.com", ("host", "ns", "mx", "spf", "cname")),
    ],
)
def test_the_kind_of_a_value_is_guessed_from_its_form(value: str, kinds: tuple[str, ...]) -> None:
    assert guess_kinds(value) == kinds


@pytest.mark.parametrize(
    ("kind", "value", "provider", "owner"),
    [
        ("mx", "ville-example.mail.protection.outlook.com.", "microsoft", "microsoft"),
        ("host", "https://www.google-analytics.com/analytics.js", "google", "alphabet"),
        ("host", "fonts.googleapis.com", "google", "alphabet"),
        ("ns", "ns-12-a.gandi.net", "gandi", "your-online"),
        ("asn", "AS16276", "ovhcloud", "ovh-groupe"),
    ],
)
def test_well_known_values_belong_to_whom_they_belong(
    database: Database, kind: str, value: str, provider: str, owner: str
) -> None:
    match = lookup(database, kind, value, ON)
    assert match is not None
    assert match.provider.id == provider
    assert match.owner == database.ultimate_owner(provider, ON)
    assert match.owner.id == owner
    assert match.service in match.provider.services


def test_the_owner_is_that_of_the_day(database: Database) -> None:
    match = lookup(database, "ns", "a.dns.gandi.net", date(2015, 1, 1))
    assert match is not None
    assert match.owner.id != "your-online"


@pytest.mark.parametrize(
    "value", ["notgoogle-analytics.com", "www.google-analytics.com.evil.test", "", "ville.example"]
)
def test_a_stranger_belongs_to_nobody(database: Database, value: str) -> None:
    assert lookup(database, "host", value, ON) is None


def test_a_host_carries_its_path_to_the_rules(database: Database) -> None:
    rules = [r for s in database.services.values() for r in s.rules if r.kind == "host" and r.path]
    assert rules, "no shipped rule has a path: this test needs another subject"
    for rule in rules:
        match = lookup(database, "host", f"{rule.pattern}{rule.path}", ON)
        assert match is not None
        assert match.rule.path == rule.path
