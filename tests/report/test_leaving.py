"""What leaving looks like: by role, category and subject, on a page of its own, a provider's and a body's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scanner.entries import Alternative, Label
from scanner.report import build
from scanner.report.leaving import every_way, links, ways_from

from . import sample
from .few import facts, hosts, of_results, voice
from .sample_database import SOURCE, claim

TOOL = Alternative(
    "Tool", "https://tool.example/", "eu", {"fr": "Outil.", "en": "Tool."}, "https://s.example/", SOURCE.checked
)
OWN = replace(TOOL, name="OVHcloud", url="https://www.ovhcloud.example/fr", kind="self-host")
LABELS = {
    "role/hosting": Label(
        {"fr": "Hébergement", "en": "Hosting"}, {}, True, (TOOL, OWN), {"fr": "Copiez.", "en": "Copy."}
    ),
    "category/fonts": Label({"fr": "Polices", "en": "Fonts"}, {}, False, (TOOL,), {"fr": "Servez.", "en": "Serve."}),
    "subject/office-suite": Label({"fr": "Bureautique", "en": "Office suite"}, {}, False, (TOOL,), {}),
}


def test_leaving_is_said_by_role_category_and_subject() -> None:
    of = facts(*hosts(1, claim("ovhcloud")), labels=LABELS)
    groups = {code: [way.anchor for way in ways] for code, ways in every_way(of, voice(of))}
    assert groups == {"roles": ["role-hosting"], "categories": ["category-fonts"], "subjects": ["subject-office-suite"]}


def test_a_provider_is_no_alternative_to_itself() -> None:
    of = facts(*hosts(1, claim("ovhcloud")), *hosts(1, claim("hetzner")), labels=LABELS)
    named = {}
    for id_ in ("ovhcloud", "hetzner"):
        [way] = ways_from(of, voice(of, "fr"), of.use[id_], of.database.providers[id_])
        assert way.text == "Copiez."
        named[id_] = [choice.name for choice in way.choices]
    assert named == {"ovhcloud": ["Tool"], "hetzner": ["Tool", "OVHcloud"]}


def test_nobody_is_told_to_leave_a_public_operator_of_the_own_state() -> None:
    of = facts(*hosts(1, claim("rie")), labels=LABELS)
    assert ways_from(of, voice(of), of.use["rie"], of.database.providers["rie"]) == []
    assert links(of, voice(of), of.bodies[0]) == []


def test_a_body_s_page_leads_to_what_it_could_leave() -> None:
    fonts = sample.finding(
        "ovhcloud0.example", "resource", "provider", claim("google"), category="fonts", subject="f.example"
    )
    of = facts(*hosts(1, claim("ovhcloud")), fonts, labels=LABELS)
    assert links(of, voice(of), of.bodies[0]) == [("role-hosting", "Hosting"), ("category-fonts", "Fonts")]


def test_the_pages_show_the_ways_with_their_sources_and_load_nothing(tmp_path: Path) -> None:
    of = facts(*hosts(1, claim("hetzner")), labels=LABELS)
    site = build(of_results(of), of.database, tmp_path / "site", home="FR").parent
    for language, kind in (("en", "company of the European Union"), ("fr", "société de l’Union européenne")):
        for page in (site / language / "leaving.html", next((site / language / "providers").glob("hetzner-*.html"))):
            text = page.read_text(encoding="utf-8")
            assert kind in text
            assert '<a href="https://s.example/" rel="noreferrer noopener">' in text
            assert 'src="http' not in text
        body = next((site / language / "bodies").glob("hetzner0*.html")).read_text(encoding="utf-8")
        assert "leaving.html#role-hosting" in body
