"""Whether it is known who controls a provider: what the schema takes, where a chain ends, what lookup and claims say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import networkx as nx
import pytest
from samples import claim, company, finding, host, manifest, owner, service, write_companies

from scanner import ask
from scanner.encode import claim_from_json, claim_to_json, finding_from_json, finding_to_json
from scanner.graph import build
from scanner.lookup import lookup
from scanner.model import Answer, Confidence, Qualification, Shareholding, Status, Target
from scanner.providers import Database, load
from scanner.run.target import conclude
from scanner.store import Results
from scanner.tables import DatabaseError

ON = date(2026, 11, 22)
LISTED = 'shareholding = { kind = "listed", source = "https://x.example/shares", checked = 2026-11-01 }'
QUALIFIED = """
[[qualifications]]
scheme = "secnumcloud"
offer = "Trusted cloud"
service = "web"
from = 2024-05-01
to = 2027-05-01
source = "https://x.example/visa"
checked = 2026-11-01
"""
Base = Callable[..., Database]


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return lambda **companies: load(base=write_companies(tmp_path / "db", **companies))


# The format


def test_a_shareholding_and_a_qualification_are_read_whole(base: Base) -> None:
    acme = base(acme=company("acme", extra=LISTED, services=QUALIFIED + service(host("a.example")))).providers["acme"]
    assert acme.shareholding == Shareholding("listed", "https://x.example/shares", date(2026, 11, 1))
    assert acme.qualifications == (
        Qualification(
            "secnumcloud",
            "Trusted cloud",
            "web",
            date(2024, 5, 1),
            date(2027, 5, 1),
            "https://x.example/visa",
            date(2026, 11, 1),
        ),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (company("acme", extra=LISTED.replace("listed", "somehow")), "kind"),
        (company("acme", extra=LISTED.replace('source = "https://x.example/shares", ', "")), "source"),
        (company("acme", extra=LISTED.replace("2026-11-01", '"2026-13-01"')), "month"),
        (company("acme", extra=LISTED.replace("checked", "colour = 1, checked")), "colour"),
        (company("acme", services=QUALIFIED.replace("secnumcloud", "gold")), "scheme"),
        (company("acme", services=QUALIFIED.replace('offer = "Trusted cloud"', "")), "offer"),
        (company("acme", services=QUALIFIED.replace("from = 2024-05-01", "")), "from"),
        (company("acme", services=QUALIFIED.replace("to = 2027-05-01", 'to = "2027-02-30"')), "day is out of range"),
    ],
)
def test_a_bad_shareholding_or_qualification_is_refused_by_name(base: Base, text: str, why: str) -> None:
    with pytest.raises(DatabaseError, match=why) as caught:
        base(acme=text)
    assert "acme.toml: " in str(caught.value)


# Where a chain ends


def test_a_company_without_owner_or_shareholding_is_not_established(base: Base) -> None:
    database = base(acme=company("acme"), known=company("known", extra=LISTED))
    assert not database.established("acme", ON)
    assert database.established("known", ON)


@pytest.mark.parametrize("kind", ["public", "nonprofit"])
def test_a_public_body_and_a_nonprofit_need_no_owner(base: Base, kind: str) -> None:
    assert base(acme=company("acme").replace('"company"', f'"{kind}"')).established("acme", ON)


def test_a_daughter_is_as_established_as_the_end_of_its_chain(base: Base) -> None:
    database = base(
        low=company("low", owners=owner("mid", "2020-01-01")),
        mid=company("mid", owners=owner("top", "2020-01-01")),
        top=company("top"),
        fine=company("fine", owners=owner("end", "2020-01-01")),
        end=company("end", extra=LISTED),
    )
    assert not database.established("low", ON)
    assert database.established("fine", ON)


def test_it_is_read_on_the_day(base: Base) -> None:
    database = base(acme=company("acme", owners=owner("end", "2020-01-01")), end=company("end", extra=LISTED))
    assert not database.established("acme", date(2019, 12, 31))
    assert database.established("acme", date(2020, 1, 1))


def test_joint_control_says_who_holds_it_and_a_minority_does_not(base: Base) -> None:
    database = base(
        pair=company("pair", owners=owner("end", "2020-01-01", control="joint")),
        past=company("past", owners=owner("end", "2020-01-01", "2021-01-01", control="joint")),
        some=company("some", owners=owner("end", "2020-01-01", control="minority")),
        end=company("end", extra=LISTED),
    )
    assert [database.established(id_, ON) for id_ in ("pair", "past", "some")] == [True, False, False]


# What is said of it


def test_lookup_says_whether_the_owner_is_established(base: Base) -> None:
    database = base(
        acme=company("acme", services=service(host("acme.example"))),
        known=company("known", extra=LISTED, services=service(host("known.example"))),
    )
    found = [lookup(database, "host", f"www.{name}.example", ON) for name in ("acme", "known")]
    assert [match.established for match in found if match] == [False, True]


def test_a_claim_carries_it_as_an_optional_key_only_where_it_is_not() -> None:
    known, unknown = claim(), claim(established=False)
    assert "owner_established" not in claim_to_json(known)
    assert claim_to_json(unknown)["owner_established"] is False
    assert [claim_from_json(claim_to_json(each)) for each in (known, unknown)] == [known, unknown]
    whole = finding(claims=(unknown,))
    assert finding_from_json(finding_to_json(whole)) == whole


def test_the_graph_says_seat_where_the_law_is_only_the_seat_s(base: Base) -> None:
    database = base(acme=company("acme"), known=company("known", extra=LISTED))
    seen = {"ville.example": (finding(), finding(subject="ns2", claims=(claim("known"),)))}
    results = Results(manifest(), (Target("ville.example", "ville.example"),), seen)
    graph: nx.DiGraph = build(results, database)
    assert graph.edges["provider:acme", "jurisdiction:NO"]["control"] == "seat"
    assert graph.edges["provider:known", "jurisdiction:NO"]["control"] == "law"


# What ties names to a provider


def test_names_tied_by_a_network_or_a_product_alone_are_never_confirmed(base: Base) -> None:
    body, url = Target("ville.example", "ville.example"), "https://ville.example/"
    called = Answer(
        ask.page(url, "har"),
        Status.OK,
        ({"url": url, "requests": [{"url": "https://a.example/x.js", "type": "script"}]},),
    )
    for extra, sure in (
        ('basis = "as"', Confidence.PROBABLE),
        ('basis = "name"', Confidence.PROBABLE),
        ("", Confidence.CONFIRMED),
    ):
        database = base(acme=company("acme", extra=extra, services=service(host("a.example"))))
        findings = conclude(body, {called.question: called}, database).findings
        found = [claim for finding in findings for claim in finding.claims if claim.provider == "acme"]
        assert [claim.confidence for claim in found] == [sure]
    with pytest.raises(DatabaseError, match="basis"):
        base(acme=company("acme", extra='basis = "guess"'))
