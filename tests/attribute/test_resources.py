"""Whom a page calls, by itself, under a cloak, or by declaration."""

from __future__ import annotations

from typing import Any

import pytest

from scanner import ask
from scanner.model import Role, Target
from tests.attribute.world import claims, dns, failed, http, load, of, ok, one, said

URL = "https://ville.example/"
FONT = "https://fonts.search.test/a.woff"


def test_a_requested_host_is_confirmed() -> None:
    finding = one(Role.RESOURCE, load(URL, FONT))
    assert said(finding) == ("provider", "resource.by-host")
    assert claims(finding) == [("search", "operates", "confirmed")]
    assert (finding.subject, finding.category) == ("fonts.search.test", "fonts")
    assert finding.evidence[0].value == FONT


def test_the_best_recorded_load_wins() -> None:
    best = load(URL, FONT)
    worse = [load(URL, "https://else.test/", source="har"), load(URL, "https://more.test/", source="lighthouse")]
    assert one(Role.RESOURCE, best, *worse).subject == "fonts.search.test"
    assert one(Role.RESOURCE, *worse).subject == "else.test"
    assert one(Role.RESOURCE, failed(best.question), *worse).subject == "else.test"


def test_html_alone_is_never_clean() -> None:
    assert said(one(Role.RESOURCE, http(URL, links=[]))) == ("unknown", "resource.scripts-not-run")
    links = [{"url": FONT, "tag": "link"}, {"url": "https://form.test/", "tag": "form"}]
    assert one(Role.RESOURCE, http(URL, links=links)).subject == "fonts.search.test"


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_an_error_page_is_unknown_never_clean(status: int) -> None:
    for answer in (load(URL, FONT, status=status), http(URL, status, links=[{"url": FONT, "tag": "script"}])):
        finding = one(Role.RESOURCE, answer)
        assert said(finding) == ("unknown", "resource.page-status")
        assert finding.reason.args["status"] == str(status)


def test_a_page_that_redirects_to_itself_is_judged_by_its_last_answer() -> None:
    requests = [{"url": URL, "type": "Document", "status": 307}, {"url": URL, "type": "Document", "status": 403}]
    finding = one(Role.RESOURCE, ok(ask.page(URL, "lighthouse"), {"url": URL, "requests": requests}))
    assert said(finding) == ("unknown", "resource.page-status")


def test_a_load_that_requested_nothing_or_failed_is_unknown() -> None:
    empty = ok(ask.page(URL, "har"), {"url": URL, "requests": []})
    broken = load(URL, status=-1)
    for answer in (empty, broken, failed(ask.page(URL, "har")), failed(ask.http(URL), "connect")):
        assert said(one(Role.RESOURCE, answer)) == ("unknown", "resource.page-failed")


def test_no_third_party_is_absent() -> None:
    finding = one(Role.RESOURCE, load(URL, "https://ville.example/a.js", "data:text/plain,x"))
    assert said(finding) == ("absent", "resource.none")
    assert finding.complete


def test_both_ends_of_a_redirect_are_first_party() -> None:
    answer = load(URL, "https://ville.example/a.js", "https://x.portail.test/b.js", final="https://www.portail.test/")
    finding = one(Role.RESOURCE, answer, dns("x.portail.test", "CNAME"))
    assert said(finding) == ("absent", "resource.none")


def test_two_bodies_on_one_platform_are_not_one_party() -> None:
    body = Target("ville.github.io", "ville.github.io")
    answer = load("https://ville.github.io/", "https://autre.github.io/a.js")
    assert one(Role.RESOURCE, answer, target=body).subject == "autre.github.io"


def test_a_cloaked_third_party_is_unveiled() -> None:
    answers = (load(URL, "https://stats.ville.example/x"), dns("stats.ville.example", "CNAME", "v.cloak.search.test."))
    finding = one(Role.RESOURCE, *answers)
    assert said(finding) == ("provider", "resource.cloaked")
    assert (finding.subject, finding.category, finding.reason.args["target"]) == (
        "stats.ville.example",
        "analytics",
        "v.cloak.search.test",
    )
    assert {e.kind for e in finding.evidence} == {"page", "dns"}


def test_an_own_name_on_a_hoster_is_hosted_not_operated() -> None:
    answers = (load(URL, "https://img.ville.example/x"), dns("img.ville.example", "CNAME", "v.apps.soft.test."))
    assert claims(one(Role.RESOURCE, *answers)) == [("soft", "hosts", "confirmed")]


def test_an_alias_to_the_body_s_own_names_hides_nobody() -> None:
    body = Target("x.gouv.fr", "x.gouv.fr")
    page = load("https://x.gouv.fr/", "https://img.x.gouv.fr/a")
    answers = (page, dns("img.x.gouv.fr", "CNAME", "lb.x.gouv.fr."), dns("lb.x.gouv.fr", "CNAME"))
    finding = one(Role.RESOURCE, *answers, target=body)
    assert said(finding) == ("absent", "resource.none")
    assert finding.complete


def test_an_alias_that_only_steers_traffic_names_nobody() -> None:
    chain = [dns("img.ville.example", "CNAME", "v.steer.soft.test."), dns("v.steer.soft.test", "CNAME")]
    assert one(Role.RESOURCE, load(URL, "https://img.ville.example/a"), *chain).verdict == "absent"


def test_an_alias_that_was_not_asked_leaves_the_host_first_party_and_the_page_incomplete() -> None:
    finding = one(Role.RESOURCE, load(URL, "https://stats.ville.example/x"))
    assert said(finding) == ("absent", "resource.none")
    assert not finding.complete


def test_another_administration_is_a_class_of_its_own() -> None:
    body = Target("x.gouv.fr", "x.gouv.fr")
    finding = one(Role.RESOURCE, load("https://x.gouv.fr/", "https://y.gouv.fr/a.js"), target=body)
    assert said(finding) == ("provider", "resource.public-sister")
    assert finding.claims[0].type == "public"


def test_one_host_has_a_finding_a_category_by_its_paths() -> None:
    urls = [f"https://www.search.test/{path}" for path in ("recaptcha/a.js", "maps/a", "maps/b", "gen_204")]
    found = of(Role.RESOURCE, load(URL, *urls))
    assert [(f.category, len(f.evidence)) for f in found] == [("captcha", 1), ("maps", 2), ("other", 1)]
    assert found[0].evidence[0].value == urls[0]


def test_an_unlisted_host_is_unattributed() -> None:
    assert said(one(Role.RESOURCE, load(URL, "https://cdn.unlisted.test/"))) == ("unattributed", "resource.no-rule")
    assert one(Role.RESOURCE, load(URL, "https://fonts.search.test.evil.test/")).verdict == "unattributed"


def csp(policy: str, **value: Any) -> Any:
    return http(URL, headers=[("Content-Security-Policy", policy)], **value)


def test_a_policy_s_hosts_are_declared_and_its_other_sources_are_not() -> None:
    policy = (
        "default-src 'self' https: data: *; script-src 'nonce-a.b' *.search.test https://x.test:8443/p;"
        " frame-ancestors https://framer.test; form-action https://form.test; report-uri https://report.test/r;"
        " img-src 192.0.2.1 localhost *.test https://*.*.test ville.example *.ville.example"
    )
    assert [f.subject for f in of(Role.DECLARED_RESOURCE, csp(policy))] == ["*.search.test", "x.test"]
    assert [f.verdict.value for f in of(Role.DECLARED_RESOURCE, csp(policy))] == ["provider", "unattributed"]


def test_a_host_that_is_requested_is_not_only_declared() -> None:
    answers = (csp("font-src fonts.search.test x.test"), load(URL, FONT))
    assert [f.subject for f in of(Role.DECLARED_RESOURCE, *answers)] == ["x.test"]


def test_two_policies_in_one_field_are_two_policies() -> None:
    found = of(Role.DECLARED_RESOURCE, csp("img-src a.test, script-src b.test"))
    assert [f.subject for f in found] == ["a.test", "b.test"]


def test_no_policy_is_absent_and_that_of_an_error_page_unknown() -> None:
    assert said(one(Role.DECLARED_RESOURCE, http(URL))) == ("absent", "declared.none")
    assert said(one(Role.DECLARED_RESOURCE, csp("img-src waf.test", status=403))) == ("unknown", "declared.failed")
    assert said(one(Role.DECLARED_RESOURCE, failed(ask.http(URL)))) == ("unknown", "declared.failed")


def test_a_policy_without_end_is_bounded() -> None:
    bomb = "img-src " + " ".join(f"h{n}.test" for n in range(20_000))
    assert len(of(Role.DECLARED_RESOURCE, csp(bomb))) == 500


def test_a_self_hosted_matomo_counts_visits_whosever_host_it_is_on() -> None:
    sent = "https://stats.unlisted.test/matomo.php?idsite=5&rec=1"
    assert one(Role.RESOURCE, load(URL, sent)).category == "analytics"
    for own in (
        "js/container_tBVEbJvE.js",
        "js/container_tBVEbJvE_dev.js",
        "plugins/HeatmapSessionRecording/configs.php",
    ):
        assert one(Role.RESOURCE, load(URL, f"https://stats.unlisted.test/{own}?idsite=5")).category == "analytics"
    for other in ("notmatomo.php", "js/container_x.js", "js/container_tBVEbJvE.json"):
        assert one(Role.RESOURCE, load(URL, f"https://stats.unlisted.test/{other}")).category == "other"
    assert one(Role.RESOURCE, load(URL, f"{FONT}?x=/matomo.php")).category == "fonts"
