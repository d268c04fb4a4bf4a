"""Sentences are right for none, one, few, many, all and too few to say, in both languages."""

from __future__ import annotations

import pytest

from scanner.metrics import Control
from scanner.model import Role
from scanner.report.facts import Facts
from scanner.report.sentences import body_sentence, overview_claim, proportion, provider_sentence, share_sentence
from scanner.report.voice import Voice
from scanner.store import Results

from . import sample


def voice(language: str, home: str = "FR") -> Voice:
    return Voice(language, sample.database(), home)


@pytest.mark.parametrize(
    ("n", "of", "expected"),
    [
        (0, 450, ("none", 0)),
        (0, 3, ("none", 0)),
        (1, 450, ("one", 0)),
        (1, 1, ("all", 0)),
        (9, 9, ("all", 0)),
        (4, 9, ("count", 0)),
        (4, 10, ("exact", 4)),
        (182, 450, ("exact", 4)),
        (43, 100, ("over", 4)),
        (37, 100, ("near", 4)),
        (45, 100, ("over", 4)),
        (50, 100, ("exact", 5)),
        (10, 450, ("few", 0)),
        (440, 450, ("most", 0)),
        (450, 450, ("all", 0)),
    ],
)
def test_a_share_is_said_in_tenths_only_where_there_are_enough(n: int, of: int, expected: tuple[str, int]) -> None:
    assert proportion(n, of) == expected


@pytest.mark.parametrize(
    ("n", "of", "french", "english"),
    [
        (0, 40, "Aucun site observé ne fait appel à une entreprise états‑unienne à l’ouverture de la page",
         "No site observed calls on a US company when the page opens"),
        (1, 40, "Un seul site observé fait appel à une entreprise états‑unienne dès l’ouverture de la page",
         "A single site observed calls on a US company as soon as the page opens"),
        (3, 7, "3 sites sur 7 observés font appel à une entreprise états‑unienne dès l’ouverture de la page",
         "3 of 7 sites observed call on a US company as soon as the page opens"),
        (1, 7, "1 site sur 7 observés fait appel à une entreprise états‑unienne dès l’ouverture de la page",
         "1 of 7 sites observed calls on a US company as soon as the page opens"),
        (11, 100, "Un site sur dix fait appel à une entreprise états‑unienne dès l’ouverture de la page",
         "One site in ten calls on a US company as soon as the page opens"),
        (182, 450, "Quatre sites sur dix font appel à une entreprise états‑unienne dès l’ouverture de la page",
         "Four sites in ten call on a US company as soon as the page opens"),
        (47, 100, "Près d’un site sur deux fait appel à une entreprise états‑unienne dès l’ouverture de la page",
         "Nearly one site in two calls on a US company as soon as the page opens"),
        (73, 100, "Plus de sept sites sur dix font appel à une entreprise états‑unienne dès l’ouverture de la page",
         "More than seven sites in ten call on a US company as soon as the page opens"),
        (97, 100, "Presque tous les sites font appel à une entreprise états‑unienne dès l’ouverture de la page",
         "Nearly all sites call on a US company as soon as the page opens"),
        (100, 100, "Tous les sites observés font appel à une entreprise états‑unienne dès l’ouverture de la page",
         "All sites observed call on a US company as soon as the page opens"),
        (0, 0, "Aucune page n’a pu être observée", "No page could be observed"),
    ],
)  # fmt: skip
def test_the_claim_agrees_with_its_number(n: int, of: int, french: str, english: str) -> None:
    area = "report.claim.us.resource"
    assert share_sentence(voice("fr"), area, n, of) == french
    assert share_sentence(voice("en"), area, n, of) == english


@pytest.mark.parametrize("focus", ["us", "abroad"])
@pytest.mark.parametrize("role", ["resource", "mailbox", "dns", "hosting", "certificate", "any"])
def test_every_claim_has_a_negation_in_french_and_every_text_in_both(focus: str, role: str) -> None:
    for language in ("fr", "en"):
        told = [share_sentence(voice(language), f"report.claim.{focus}.{role}", n, 100) for n in (0, 1, 30, 100)]
        assert all("report." not in text and "{" not in text for text in told)
        assert len(set(told)) == 4
    assert " ne " in (none := share_sentence(voice("fr"), f"report.claim.{focus}.{role}", 0, 100)) or " n’" in none


def test_the_overview_opens_with_what_its_own_figures_say() -> None:
    facts = Facts(sample.results(), sample.database(), "FR")
    pages = facts.share[Role.RESOURCE]
    said = overview_claim(facts, voice("en"))
    assert said.detail.startswith(f"{pages.count(Control.US)} of the {pages.seen} sites observed call")
    google = len(facts.use["google"].roles[Role.RESOURCE])
    assert f"Google alone is present on {google} of them" in said.detail


def test_an_empty_run_claims_nothing() -> None:
    facts = Facts(Results(sample.manifest(0), (), {}), sample.database(), "FR")
    assert overview_claim(facts, voice("fr")).headline == "Rien n’a été demandé au réseau"


def test_where_american_bodies_are_looked_at_the_claim_is_about_other_countries() -> None:
    target = sample.Target("city.example", "city.example", country="US")
    found = tuple(sample.finding("city.example", "mailbox", "provider", "microsoft") for _ in range(1))
    facts = Facts(Results(sample.manifest(1), (target,), {"city.example": found}), sample.database(), "FR")
    assert facts.focus == "abroad"
    assert (
        overview_claim(facts, voice("en")).headline
        == "No body observed entrusts its mailboxes to a company of another country"
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fr",
            "Quatre fonctions examinées\u202f: deux relèvent d’acteurs états‑uniens, "
            "une relève d’un acteur français et une n’est pas observable.",
        ),
        ("en", "Four roles examined: two are in US hands, one is in French hands, and one is not observable."),
    ],
)
def test_a_body_is_summed_up_by_class(language: str, expected: str) -> None:
    controls = {
        Role.DNS: Control.US, Role.EDGE: None, Role.HOSTING: Control.UNOBSERVABLE, Role.MAILBOX: Control.US,
        Role.RESOURCE: Control.DOMESTIC,
    }  # fmt: skip
    assert body_sentence(voice(language), controls) == expected


def test_a_body_of_which_nothing_was_asked_says_so() -> None:
    assert body_sentence(voice("en"), {}) == "Nothing was asked about this body."


def test_a_provider_is_summed_up_by_its_bodies() -> None:
    facts = Facts(sample.results(), sample.database(), "FR")
    use = facts.use["google"]
    assert provider_sentence(voice("fr"), facts, use).startswith(
        f"{len(use.bodies)} organismes sur 40 dépendent de Google"
    )
    assert provider_sentence(voice("fr"), facts, None) == "Aucun des 40 organismes n’en dépend directement."


def test_pages_whose_scripts_were_not_run_count_as_calling_nobody_since_the_others_were_seen_by_the_same_means() -> (
    None
):
    targets = tuple(sample.Target(f"v{n}.example", f"v{n}.example", country="FR") for n in range(20))
    findings = {
        target.domain: (
            sample.finding(target.domain, "resource", "provider", "google", subject="g.example", category="fonts")
            if number < 8
            else sample.finding(
                target.domain, "resource", "unknown", reason="resource.scripts-not-run", complete=False
            ),
        )
        for number, target in enumerate(targets)
    }
    facts = Facts(Results(sample.manifest(20), targets, findings), sample.database(), "FR")
    said = overview_claim(facts, voice("en"))
    assert said.headline.startswith("Four sites in ten")
    assert said.detail.startswith("8 of the 20 sites observed call")
    assert "12 pages, read without running their scripts, count as calling nobody" in said.detail
