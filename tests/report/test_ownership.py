"""Who holds a provider, as the pages say it: owner not established, shareholding, qualifications, roots of certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanner.metrics import Control
from scanner.model import Claim, Ownership, Provider, Qualification, Role, Shareholding
from scanner.report import build
from scanner.report.body import Statement, blocks
from scanner.report.facts import Facts
from scanner.report.overview import seats_line
from scanner.report.provider import provider_page
from scanner.report.sentences import overview_claim

from . import sample
from .few import facts, hosts, of_results, voice
from .sample_database import PROVIDERS, claim

HELD = Shareholding("members", "https://held.example/", date(2026, 1, 1))
BY_ID = {each.id: each for each in PROVIDERS}


def unknown(id_: str) -> Claim:
    """A claim whose owner nobody has looked up."""
    return replace(claim(id_), established=False)


# Owner not established


def test_the_claim_says_of_how_many_bodies_it_rests_on_a_seat_alone() -> None:
    of = facts(*hosts(4, claim("microsoft")), *hosts(3, unknown("cloudflare")), *hosts(5, claim("ovhcloud")))
    assert "For 3 of the 7, this rests on the seat" in overview_claim(of, voice(of)).detail
    assert "Pour 3 des 7, cela repose sur le siège" in overview_claim(of, voice(of, "fr")).detail
    alone = facts(*hosts(1, unknown("cloudflare")), *hosts(5, claim("ovhcloud")))
    assert "It rests on the seat of a company" in overview_claim(alone, voice(alone)).detail
    certain = facts(*hosts(4, claim("microsoft")), *hosts(9, claim("ovhcloud")))
    assert "rests" not in overview_claim(certain, voice(certain)).detail


def test_a_class_that_one_established_owner_gives_rests_on_no_seat() -> None:
    both = [
        sample.finding("a.example", "dns", "provider", unknown("cloudflare"), subject="ns1"),
        sample.finding("a.example", "dns", "provider", claim("microsoft"), subject="ns2"),
    ]
    assert not facts(*both).seats
    assert facts(both[0]).seats == {Role.DNS: {Control.US: 1}}
    nearer = sample.finding("a.example", "dns", "provider", claim("ovhcloud"), subject="ns2")
    assert facts(both[0], nearer).seats == {Role.DNS: {Control.US: 1}}, "the class is the further one's"


def test_the_legend_of_the_bars_counts_them_role_by_role() -> None:
    of = facts(*hosts(2, unknown("gandi")), *hosts(1, claim("ovhcloud")), *hosts(1, unknown("gandi"), role="mailbox"))
    assert "hosting (2 of 3) and mailboxes (1 of 1)." in seats_line(of, voice(of))
    assert seats_line(facts(*hosts(2, claim("gandi"))), voice(of)) == ""


def statement(of: Facts) -> Statement:
    return blocks(of, voice(of), of.bodies[0])[0].statements[0]


def test_a_body_s_page_says_whose_country_is_only_a_seat() -> None:
    said = statement(facts(*hosts(1, replace(unknown("vade"), owner="thoma-bravo"))))
    assert said.notes == ["Thoma Bravo: the country is that of the seat; owner not established."]
    assert statement(facts(*hosts(1, claim("vade")))).notes == []


def test_a_provider_s_row_says_it_too(tmp_path: Path) -> None:
    of = facts(*hosts(2, unknown("gandi")))
    site = build(of_results(of), of.database, tmp_path / "site", home="FR").parent
    assert "seat; owner not established" in (site / "en/providers/index.html").read_text(encoding="utf-8")


# A provider's page


@pytest.mark.parametrize(
    ("provider", "said", "source"),
    [
        (BY_ID["gandi"], "Seat: France; owner not established.", ""),
        (BY_ID["google"], "Google → Alphabet. Seat: United States; owner of Alphabet not established.", ""),
        (
            replace(BY_ID["gandi"], shareholding=HELD),
            "No majority owner, its members hold it: France.",
            "https://held.example/",
        ),
        (
            replace(
                BY_ID["gandi"], owners=(Ownership("brevo", "joint", date(2024, 1, 1), None, "https://o.example/"),)
            ),
            "No majority owner, joint control: France, by its seat.",
            "",
        ),
        (BY_ID["rie"], "Public body: France.", ""),
        (BY_ID["isrg"], "Non-profit body: United States.", ""),
    ],
)
def test_a_provider_s_page_says_how_its_control_is_known(provider: Provider, said: str, source: str) -> None:
    of = facts(*hosts(1, claim(provider.id)), extra=(provider,))
    page = provider_page(of, voice(of), provider.id, frozenset())
    assert (page.says, page.says_source) == (said, source)


def test_a_chain_that_ends_at_a_known_shareholding_says_so() -> None:
    of = facts(*hosts(1, claim("ovhcloud")), extra=(replace(BY_ID["ovh-groupe"], shareholding=HELD),))
    page = provider_page(of, voice(of, "fr"), "ovhcloud", frozenset())
    assert page.says.startswith("OVHcloud → OVH Groupe\u202f: France. OVH Groupe n’a pas de propriétaire majoritaire")
    assert page.says_source == "https://held.example/"


def test_qualifications_are_shown_with_offer_period_and_source() -> None:
    until = replace(QUALIFIED, scheme="hds", end=date(2026, 1, 16))
    of = facts(*hosts(1, claim("ovhcloud")), extra=(replace(BY_ID["ovhcloud"], qualifications=(QUALIFIED, until)),))
    page = provider_page(of, voice(of), "ovhcloud", frozenset())
    assert [(q.scheme, q.offer, q.source) for q in page.qualifications] == [
        ("SecNumCloud", "Hosted cloud", "https://visa.example/"),
        ("HDS", "Hosted cloud", "https://visa.example/"),
    ]
    assert [q.period for q in page.qualifications] == [
        "since May 1, 2024",
        "from May 1, 2024, ended on January 16, 2026",
    ]


QUALIFIED = Qualification(
    "secnumcloud", "Hosted cloud", "", date(2024, 5, 1), None, "https://visa.example/", date(2026, 1, 1)
)


def test_the_page_says_that_a_qualification_is_an_offer_s(tmp_path: Path) -> None:
    of = facts(*hosts(1, claim("ovhcloud")), extra=(replace(BY_ID["ovhcloud"], qualifications=(QUALIFIED,)),))
    site = build(of_results(of), of.database, tmp_path / "site", home="FR").parent
    for language, said in (("en", "nothing observed says which offer"), ("fr", "rien d’observé ne dit quelle offre")):
        page = next((site / language / "providers").glob("ovhcloud-*.html")).read_text(encoding="utf-8")
        assert said in page
        assert "Hosted cloud" in page
        method = (site / language / "method.html").read_text(encoding="utf-8")
        assert all(f'id="{place}"' in method for place in ("reach", "establishment", "schemes"))
        assert "https://www.law.cornell.edu/uscode/text/18/2713" in method


# Certificates


def test_the_holder_of_the_root_is_no_rival_explanation() -> None:
    root = replace(claim("thoma-bravo"), relation=claim("ovhcloud", relation="hosts").relation)
    said = statement(facts(*hosts(1, claim("microsoft"), root, role="certificate")))
    assert said.rivals == []
    assert said.notes == ["The chain leads to a root of Thoma Bravo (United States), which holds that key: confirmed."]
