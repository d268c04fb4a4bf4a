"""The body page's tree of who loaded whom, what came before the click, and what the page weighs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner import providers, report
from scanner.footprint import Footprint
from scanner.i18n import LANGUAGES
from scanner.loads import PageLoad
from scanner.model import Claim, Confidence, Evidence, Finding, ProviderType, Reason, Relation, Role, Target, Verdict
from scanner.providers import Database
from scanner.report.facts import Facts
from scanner.report.page import Node, total_weight, tree, weight
from scanner.report.voice import Voice
from scanner.store import Results
from tests.report.sample import manifest

BODY = Target("ville.example", "ville.example", country="FR")
NAMES = {"google": ("Google", "US"), "meta": ("Meta", "US"), "matomo": ("Matomo", "FR")}


def called(host: str, who: str, category: str, **args: Any) -> Finding:
    name, country = NAMES[who]
    made = Claim(who, name, ProviderType.COMPANY, category, Relation.OPERATES, who, country, Confidence.CONFIRMED)
    proof = Evidence("page", "https://ville.example/", "chromium;consent=none", f"https://{host}/")
    reason = Reason("resource.by-host", {"host": host, "hard": False, **args})
    return Finding(
        BODY.domain, BODY.host, Role.RESOURCE, host, category, Verdict.PROVIDER, True, reason, (made,), None, (proof,)
    )


def facts(database: Database, *findings: Finding, load: PageLoad | None = None) -> Facts:
    loads = {BODY.domain: load} if load else {}
    return Facts(Results(manifest(1), (BODY,), {BODY.domain: findings}, loads), database, "FR")


def shape(nodes: list[Node]) -> list[Any]:
    return [[node.hosts, *shape(node.children)] for node in nodes]


GTM = called("tags.test", "google", "tag-manager", consent="before")
PIXEL = called("pixel.test", "meta", "social", by=["tags.test"], consent="accept")
LOAD = PageLoad(Footprint(60, 1_250_000, 600, 15, 500_000, 60), ("matomo",), "chromium")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tag_manager_stands_above_what_it_brought(database: Database, language: str) -> None:
    known = facts(database, GTM, PIXEL)
    made = tree(known, Voice(language, database, "FR"), known.bodies[0])
    assert made is not None
    assert shape(made.roots) == [["tags.test", ["pixel.test"]]]
    assert made.roots[0].marks == ["report.page.before"]
    assert made.roots[0].children[0].marks == ["report.page.accept"]
    assert len(made.leads) == 2


def test_circles_and_unknown_loaders_stand_at_the_first_level(database: Database) -> None:
    first = called("a.test", "google", "video", by=["b.test"])
    second = called("b.test", "meta", "social", by=["a.test"])
    lost = called("c.test", "matomo", "analytics", by=["nowhere.test"])
    known = facts(database, first, second, lost)
    made = tree(known, Voice("en", database, "FR"), known.bodies[0])
    assert made is not None
    assert sorted(str(node.hosts) for node in made.roots) == ["a.test", "b.test", "c.test"]


def test_without_a_browser_there_is_no_tree_and_no_weight(database: Database) -> None:
    plain = replace(GTM, reason=Reason("resource.by-host", {"host": "tags.test", "hard": False}))
    known = facts(database, plain)
    voice = Voice("en", database, "FR")
    assert tree(known, voice, known.bodies[0]) is None
    assert weight(known, voice, known.bodies[0]) == []
    assert total_weight(known, voice) == ""


def test_the_weight_is_told_in_words(database: Database) -> None:
    known = facts(database, GTM, load=LOAD)
    rows = dict(weight(known, Voice("en", database, "FR"), known.bodies[0]))
    assert rows == {
        "report.page.requests": "60",
        "report.page.bytes": "1.2 MB",
        "report.page.third-requests": "25%",
        "report.page.third-bytes": "40%",
        "report.page.nodes": "600",
        "report.page.ecoindex": "55 of 100 (D)",
        "report.page.audience": "Matomo",
    }
    assert "25%" in total_weight(known, Voice("en", database, "FR"))
    cut = facts(database, GTM, load=replace(LOAD, cut="time", footprint=replace(LOAD.footprint, sized=10)))
    rows = dict(weight(cut, Voice("en", database, "FR"), cut.bodies[0]))
    assert "report.page.ecoindex" not in rows
    assert rows["report.page.bytes"] == "at least 1.2 MB"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_body_page_shows_both(tmp_path: Path, database: Database, language: str) -> None:
    results = Results(manifest(1), (BODY,), {BODY.domain: (GTM, PIXEL)}, {BODY.domain: LOAD})
    report.build(results, database, tmp_path / "site")
    (page,) = (path for path in (tmp_path / "site" / language / "bodies").iterdir() if path.name.startswith("ville"))
    text = page.read_text(encoding="utf-8")
    nested = re.search(r'<details class="tree".*?</details>', text, re.S)
    assert nested is not None
    assert re.search(r"tags\.test.*<ul>.*pixel\.test.*</ul>\s*</li>", nested[0], re.S)
    assert "EcoIndex" in text


def test_every_reason_says_the_same_with_and_without_the_arguments_shown_elsewhere() -> None:
    database = providers.load()
    voice = Voice("en", database, "FR")
    with_all = [
        Reason("resource.by-host", {"host": h, "hard": x, "by": [h], "consent": "before"})
        for h, x in (("a", True), ("b", False))
    ]
    without = [Reason("resource.by-host", {"host": h}) for h in ("a", "b")]
    assert voice.reasons(with_all) == voice.reasons(without)
    assert len(voice.reasons(with_all)) == 1
