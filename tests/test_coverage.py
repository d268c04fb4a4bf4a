"""What a run saw and nobody is named for, and the draft that a person completes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from scanner import providers
from scanner.coverage import KINDS, Gap, attributed, draft, gaps
from scanner.model import Claim, Confidence, Finding, ProviderType, Reason, Relation, Role, Verdict
from scanner.tables import schema_problems


def finding(domain: str, role: Role, subject: str, verdict: Verdict = Verdict.UNATTRIBUTED, **args: Any) -> Finding:
    claims = args.pop("claims", ())
    return Finding(domain, domain, role, subject, None, verdict, True, Reason("x", args), claims)


def claim(provider: str, country: str) -> Claim:
    return Claim(
        provider,
        provider.upper(),
        ProviderType.COMPANY,
        "web",
        Relation.OPERATES,
        provider,
        country,
        Confidence.CONFIRMED,
    )


def test_hosts_are_counted_by_bodies_under_their_registrable_domain() -> None:
    found = gaps(
        [
            finding("a.example", Role.RESOURCE, "cdn.x.test"),
            finding("a.example", Role.RESOURCE, "img.x.test"),
            finding("b.example", Role.DECLARED_RESOURCE, "*.x.test"),
            finding("a.example", Role.RESOURCE, "y.test"),
            finding("a.example", Role.RESOURCE, "z.test", Verdict.PROVIDER, claims=(claim("google", "US"),)),
            finding("c.example", Role.RESOURCE, "c.example", Verdict.ABSENT),
        ]
    )
    assert found == [
        Gap("host", "x.test", "", 2, ("cdn.x.test", "img.x.test", "x.test")),
        Gap("host", "y.test", "", 1, ("y.test",)),
    ]


def test_each_role_asks_for_the_kind_of_rule_that_would_name_it() -> None:
    found = gaps(
        [
            finding("a.fr", Role.DNS, "ns1.x.test"),
            finding("a.fr", Role.MAILBOX, "a.fr", host="mx.x.test"),
            finding("a.fr", Role.MAIL_SENDER, "include:spf.x.test", term="include:spf.x.test"),
            finding("a.fr", Role.CERTIFICATE, "a.fr", issuer="X CA"),
            finding("a.fr", Role.REGISTRAR, "a.fr", registrar="X Names"),
            finding("a.fr", Role.HOSTING, "a.fr", network="AS64500 X Hosting, FR"),
            finding("b.fr", Role.HOSTING, "b.fr", network=""),
            finding("a.paris", Role.REGISTRY, "a.paris", suffix="paris"),
        ]
    )
    assert {(gap.kind, gap.value) for gap in found} == {
        ("ns", "x.test"),
        ("mx", "x.test"),
        ("spf", "x.test"),
        ("issuer", "X CA"),
        ("registrar", "X Names"),
        ("asn", "64500"),
        ("tld", "paris"),
    }
    assert [KINDS.index(gap.kind) for gap in found] == sorted(KINDS.index(gap.kind) for gap in found)


def test_an_imported_name_is_a_gap_with_a_name_to_begin_with() -> None:
    [gap] = gaps([finding("a.fr", Role.RESOURCE, "cdn.x.test", Verdict.PROVIDER, claims=(claim("tpw-x", ""),))])
    assert (gap.value, gap.name, gap.imported) == ("x.test", "TPW-X", "tpw-x")


def test_an_issuer_known_by_its_root_alone_is_a_gap_and_no_import() -> None:
    rooted = finding("a.fr", Role.CERTIFICATE, "a.fr", Verdict.PROVIDER, claims=(claim("ca", "GB"),), issuer="X CA")
    assert gaps([rooted]) == []
    assert gaps([replace(rooted, reason=Reason("certificate.under-root", {"issuer": "X CA"}))]) == [
        Gap("issuer", "X CA", "X CA", 1, ("X CA",))
    ]


def test_the_share_counts_what_is_named_with_a_country() -> None:
    found = [
        finding("a.fr", Role.RESOURCE, "x.test", Verdict.PROVIDER, claims=(claim("tpw-x", ""),)),
        finding("a.fr", Role.RESOURCE, "y.test", Verdict.PROVIDER, claims=(claim("google", "US"),)),
        finding("a.fr", Role.RESOURCE, "z.test"),
        finding("a.fr", Role.DNS, "a.fr", Verdict.UNKNOWN),
    ]
    assert attributed(found) == {Role.RESOURCE: (1, 3)}


GAPS = [
    Gap("host", "plyr.io", "", 9, ("cdn.plyr.io",)),
    Gap("host", "x.test", 'The "X" \\ company\x1b[2J\n[[owners]]', 3, ('a"].x.test',), "tpw-x"),
    Gap("ns", "x.test", "", 1, ("ns1.x.test",)),
    Gap("mx", "x.test", "", 1, ("mx.x.test",)),
    Gap("spf", "x.test", "", 1, ("spf.x.test",)),
    Gap("dmarc", "x.test", "", 1, ("x.test",)),
    Gap("issuer", "X CA «é»", "X CA «é»", 1, ("X CA «é»",)),
    Gap("registrar", "X Names", "X Names", 1, ("X Names",)),
    Gap("registrar", "123", "123", 1, ("123",)),
    Gap("asn", "64500", "X Hosting", 1, ("64500",)),
    Gap("tld", "paris", "", 1, ("paris",)),
]


@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: f"{gap.kind} {gap.value}")
def test_a_draft_is_refused_until_it_is_completed_and_then_names_the_gap(gap: Gap, tmp_path: Path) -> None:
    text = draft(gap)
    table = orjson.loads(orjson.dumps(tomllib.loads(text)))
    assert list(schema_problems(table)), "what was not looked up must not pass the check"
    done = text.replace('country = "TODO"', 'country = "FR"').replace('website = "TODO"', 'website = "https://x.test/"')
    done = done.replace('{ url = "TODO", checked = "TODO" }', '{ url = "https://x.test/legal", checked = 2026-11-22 }')
    table = orjson.loads(orjson.dumps(tomllib.loads(done)))
    assert list(schema_problems(table)) == []
    assert "owners" not in table
    (tmp_path / "companies").mkdir()
    (tmp_path / "companies" / f"{table['id']}.toml").write_text(done)
    rule = providers.load(tmp_path).rules.match(gap.kind, gap.examples[0])
    assert rule is not None
    assert rule.provider == table["id"]
