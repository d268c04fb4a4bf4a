"""Who brought a resource, whether it came before any click, whether the page breaks without it; and loads that failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner import ask
from scanner.attribute._hardness import hard
from scanner.collect._walk import url_host
from scanner.model import Answer, Finding, Role, Target, Verdict
from scanner.names import same_party
from scanner.providers import Database
from scanner.run.target import conclude as conclude_on
from tests.attribute.world import absent, failed, http, of, ok, one, said

URL = "https://ville.example/"
FONT = "https://fonts.search.test/a.woff"
TAGS = "https://tags.search.test/t.js"
OTHER = "https://else.test/x.js"


def page(*requests: dict[str, Any], consent: str = "none", source: str = "chromium", **more: Any) -> Answer:
    document = {"url": URL, "type": "Document", "status": 200}
    return ok(ask.page(URL, source, consent), {"url": URL, "requests": [document, *requests], **more})


def script(url: str, initiator: str = URL, **more: Any) -> dict[str, Any]:
    return {"url": url, "type": "Script", "status": 200, "initiator": initiator, **more}


def resources(*answers: Answer) -> dict[str, Finding]:
    return {finding.subject: finding for finding in of(Role.RESOURCE, *answers)}


def test_what_brought_a_resource_is_named_through_hosts_that_only_pass_it_on() -> None:
    found = resources(
        page(
            script(TAGS),
            script(OTHER, TAGS),
            script("https://else.test/y.js", OTHER),
            script(FONT, "https://www.ville.example/own.js"),
        )
    )
    assert "by" not in found["tags.search.test"].reason.args
    assert found["else.test"].reason.args["by"] == ["tags.search.test"]
    assert "tags.search.test -> else.test" in [evidence.value for evidence in found["else.test"].evidence]
    assert found["fonts.search.test"].reason.args["by"] == ["www.ville.example"]


def test_what_the_page_also_calls_itself_was_brought_by_nobody() -> None:
    found = resources(page(script(TAGS), script(FONT), script(f"{FONT}2", TAGS)))
    assert "by" not in found["fonts.search.test"].reason.args


def test_initiators_that_go_in_circles_end() -> None:
    first, second = "https://else.test/1", "https://else.test/2"
    found = resources(page(script(first, second), script(second, first)))
    assert "by" not in found["else.test"].reason.args


@pytest.mark.parametrize("choice", ["accept", "reject"])
def test_what_comes_only_after_the_answer_to_a_banner_is_told_from_what_comes_before(choice: str) -> None:
    after = page(script(FONT), script(TAGS), consent=choice, banner="x")
    found = resources(page(script(FONT)), after)
    assert found["fonts.search.test"].reason.args["consent"] == "before"
    assert found["tags.search.test"].reason.args["consent"] == choice
    assert found["tags.search.test"].evidence[0].detail == f"chromium;consent={choice}"


def test_what_comes_by_chance_before_the_click_of_the_second_load_is_not_put_down_to_consent() -> None:
    after = page(script(OTHER), script(TAGS, after_click=True), consent="accept", banner="x")
    assert set(resources(page(script(FONT)), after)) == {"fonts.search.test", "tags.search.test"}


def test_a_page_clean_before_the_click_is_not_clean_after_it() -> None:
    found = resources(page(), page(script(TAGS), consent="accept"))
    assert [finding.verdict for finding in found.values()] == [Verdict.PROVIDER]
    clean = one(Role.RESOURCE, page(), absent(ask.page(URL, "chromium", "accept"), "no-banner"))
    assert said(clean) == ("absent", "resource.none")


def test_a_load_recorded_after_the_click_only_says_so() -> None:
    found = one(Role.RESOURCE, page(script(TAGS), consent="accept", source="har"))
    assert found.reason.args["consent"] == "accept"


def test_a_browser_that_failed_is_never_reported_as_no_trackers() -> None:
    text = http(URL, links=[])
    for reason in ("timeout", "crash", "browser", "no-page"):
        found = one(Role.RESOURCE, text, failed(ask.page(URL, "chromium"), reason))
        assert said(found) == ("unknown", "resource.browser-failed")
        assert (found.complete, found.reason.args["why"]) == (False, reason)
    known = resources(http(URL, links=[{"url": FONT, "tag": "link"}]), failed(ask.page(URL, "chromium"), "crash"))
    assert {key: finding.verdict for key, finding in known.items()} == {
        "fonts.search.test": Verdict.PROVIDER,
        "ville.example": Verdict.UNKNOWN,
    }


def test_a_load_that_a_limit_ended_is_never_whole() -> None:
    assert said(one(Role.RESOURCE, page(cut="time"))) == ("unknown", "resource.page-cut")
    found = resources(page(script(FONT), cut="bytes"))
    assert found["ville.example"].reason.code == "resource.page-cut"
    assert found["fonts.search.test"].verdict is Verdict.PROVIDER


@pytest.mark.parametrize(
    ("category", "call", "breaks"),
    [
        ("captcha", {"type": "Script", "blocks": False}, True),
        ("payment", {"type": "Document"}, True),
        ("analytics", {"type": "Script", "blocks": True}, False),
        ("fonts", {"type": "Stylesheet", "blocks": True}, False),
        ("script-cdn", {"type": "Script", "blocks": True}, True),
        ("script-cdn", {"type": "Script", "blocks": False}, False),
        ("script-cdn", {"type": "Script", "blocks": None}, True),
        ("script-cdn", {"type": "script", "blocks": None}, True),
        ("script-cdn", {"type": "Script", "blocks": None, "by": "tags.test"}, False),
        ("script-cdn", {"type": "Stylesheet", "blocks": None}, False),
        ("other", {"type": "Script", "blocks": True}, True),
        ("other", {"type": "Script", "blocks": None}, False),
        ("video", {"type": "Document", "blocks": None}, False),
    ],
)
def test_what_breaks_a_page_is_told_from_what_it_only_lacks(category: str, call: dict[str, Any], breaks: bool) -> None:
    assert hard(category, [call]) is breaks


def test_a_script_that_the_page_waits_for_is_hard_by_its_text_alone() -> None:
    links = [{"url": OTHER, "tag": "script"}, {"url": "https://more.test/a.js", "tag": "script"}]
    value = {"status": 200, "url": URL, "headers": [], "links": links, "blocking": [OTHER]}
    found = resources(ok(ask.http(URL), value))
    assert {host: finding.reason.args["hard"] for host, finding in found.items()} == {
        "else.test": True,
        "more.test": False,
    }


def test_link_headers_load_and_reporting_headers_declare() -> None:
    headers = [
        ["Link", '<https://fonts.search.test/f.woff>; rel="preload"; as=font, <https://no.test/>; rel=canonical'],
        ["Link", "<//tags.search.test>; rel=preconnect, </own.css>; rel=preload, <garbage"],
        ["Reporting-Endpoints", 'main="https://else.test/r", own="https://www.ville.example/r"'],
        [
            "Report-To",
            '{"group":"x","endpoints":[{"url":"https://tags.search.test/y"}]}, {"endpoints":[{"url":"https://nel.test/"}]}',
        ],
        ["Report-To", "{garbage"],
        ["Content-Security-Policy", "script-src https://site.search.test; report-uri https://quiet.test/"],
    ]
    answer = ok(ask.http(URL), {"status": 200, "url": URL, "headers": headers, "links": []})
    assert set(resources(answer)) == {"fonts.search.test", "tags.search.test"}
    declared = {finding.subject: finding for finding in of(Role.DECLARED_RESOURCE, answer)}
    assert {host: finding.reason.code for host, finding in declared.items()} == {
        "else.test": "declared.reporting-no-rule",
        "nel.test": "declared.reporting-no-rule",
        "site.search.test": "declared.by-csp",
    }
    assert declared["nel.test"].evidence[0].detail == "report-to"


def test_google_s_five_uses_are_five_dependencies(database: Database) -> None:
    urls = {
        "https://fonts.googleapis.com/css2": "fonts",
        "https://www.google-analytics.com/analytics.js": "analytics",
        "https://www.google.com/maps/embed": "maps",
        "https://www.google.com/recaptcha/api.js": "captcha",
        "https://www.youtube.com/embed/x": "video",
    }
    answer = page(*(script(url) for url in urls))
    target = Target("ville.example", "ville.example", country="FR")
    found = [f for f in conclude_on(target, {answer.question: answer}, database).findings if f.role is Role.RESOURCE]
    assert sorted(str(f.category) for f in found) == sorted(urls.values())
    assert len({f.claims[0].service for f in found}) == 5


@pytest.mark.shared_data
def test_every_request_of_every_state_site_ends_in_a_finding_or_is_first_party(
    shared_data: Path, database: Database
) -> None:
    answers = ask.read_recordings([shared_data / "recordings" / "fr-state-sites.jsonl.gz"])
    third = 0
    for question, answer in answers.items():
        if question.kind != "page":
            continue
        host = url_host(question.subject)
        target = Target(host.removeprefix("www."), host, url=question.subject, country="FR")
        findings = conclude_on(target, answers, database).findings
        found = {finding.subject for finding in findings if finding.role is Role.RESOURCE}
        codes = {finding.reason.code for finding in findings}
        own = (host, url_host(answer.values[0]["url"]))
        for request in answer.values[0]["requests"]:
            called = url_host(request["url"])
            if called and not any(same_party(called, mine) for mine in own) and "resource.page-status" not in codes:
                third += 1
                assert called in found, (question.subject, called)
    assert third > 4000
