"""What a stored run knows of each body's page load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samples import manifest

from scanner import ask
from scanner.loads import page_load
from scanner.model import Answer, Evidence, Finding, Reason, Role, Status, Target, Verdict
from scanner.store import create


def answer(consent: str = "none", **more: Any) -> Answer:
    requests = [
        {"url": "https://ville.example/", "type": "Document", "bytes": 10},
        {"url": "https://stats.ville.example/matomo.js", "bytes": 5},
        {"url": "https://cdn.test/a.js", "bytes": 5},
    ]
    value = {"url": "https://ville.example/", "nodes": 7, "requests": requests, **more}
    return Answer(ask.page("https://ville.example/", "chromium", consent), Status.OK, (value,))


def finding(of: Answer) -> Finding:
    question = of.question
    proof = Evidence(question.kind, question.subject, question.detail, "https://cdn.test/a.js")
    args = ("ville.example", "ville.example", Role.RESOURCE, "cdn.test", "other", Verdict.UNATTRIBUTED, True)
    return Finding(*args, Reason("resource.no-rule", {"host": "cdn.test"}), (), None, (proof,))


def test_a_run_tells_the_weight_of_the_load_before_any_click(tmp_path: Path) -> None:
    before, after = answer(), answer("accept", nodes=99)
    folder = create(tmp_path / "run", manifest(), [Target("ville.example", "ville.example")])
    folder.write_part(0, [after, before], [finding(after), finding(before)], "d1")
    folder.conclude("d1")
    load = folder.results().loads["ville.example"]
    assert (load.footprint.requests, load.footprint.third_requests, load.footprint.nodes) == (3, 1, 7)
    assert (load.software, load.source, load.cut) == (("matomo",), "chromium", "")


def test_a_load_of_nothing_is_none() -> None:
    assert page_load(answer(requests=[]), "ville.example") is None
    assert page_load(Answer(answer().question, Status.FAILED), "ville.example") is None
    cut = page_load(answer(cut="time"), "ville.example")
    assert cut is not None
    assert cut.cut == "time"
