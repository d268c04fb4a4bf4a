"""Requests, bytes, nodes, the third parties' share, EcoIndex."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.footprint import (
    KILOBYTES,
    NODES,
    REQUESTS,
    Footprint,
    ecoindex,
    grade,
    greenhouse_gas,
    of_page,
    total,
    water,
)

PAGE = {
    "url": "https://www.ville.example/",
    "nodes": 120,
    "requests": [
        {"url": "https://www.ville.example/", "bytes": 1000},
        {"url": "https://static.ville.example/a.css", "bytes": 500},
        {"url": "https://cdn.test/a.js", "bytes": 2500},
        {"url": "https://cdn.test/b.js"},
        {"url": "https://only.connected.test/", "type": "Connection", "bytes": 0},
    ],
}


@pytest.mark.shared_data
def test_ecoindex_equals_the_observatory_s_within_a_point_and_its_grade(shared_data: Path) -> None:
    lines = (shared_data / "labels" / "fr-state-sites.jsonl").read_text(encoding="utf-8").splitlines()
    made = [label for line in lines if (label := json.loads(line)["ecoindex"]) and label["nodes"] is not None]
    assert len(made) > 400
    for label in made:
        score = ecoindex(label["nodes"], label["requests"], label["size"])
        assert abs(score - label["score"]) <= 1, label
        assert grade(round(score)) == label["grade"]
        assert abs(greenhouse_gas(round(score)) - label["ges"]) < 0.02
        assert abs(water(round(score)) - label["water"]) < 0.02


def test_ecoindex_goes_from_100_to_0_and_never_rises_with_weight() -> None:
    assert ecoindex(0, 0, 0) == 100
    assert ecoindex(10**9, 10**9, 10**9) == 0
    assert all(len(bounds) == 21 and list(bounds) == sorted(bounds) for bounds in (NODES, REQUESTS, KILOBYTES))
    scores = [ecoindex(n, n / 8, n * 2) for n in range(0, 5000, 50)]
    assert scores == sorted(scores, reverse=True)


def test_the_third_parties_share_is_told_by_registrable_domain() -> None:
    assert of_page(PAGE) == Footprint(4, 4000, 120, 2, 2500, 3)
    assert of_page(PAGE, "cdn.test") == Footprint(4, 4000, 120, 0, 0, 3)


@pytest.mark.parametrize(
    "value", [{}, {"requests": []}, {"requests": "x"}, {"requests": [5, {"url": 3}, {"url": "data:,"}]}]
)
def test_a_load_without_requests_weighs_nothing_that_is_known(value: dict[str, object]) -> None:
    assert of_page(value) is None


def test_a_score_needs_nodes_and_one_page() -> None:
    one = Footprint(4, 4000, 120, 2, 2500, 4)
    assert one.score is not None
    assert total([]) is None
    both = total([one, Footprint(1, 10, None, 0, 0, 1)])
    assert both == Footprint(5, 4010, None, 2, 2500, 5, 2)
    assert both.score is None
