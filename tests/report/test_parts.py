"""Names of pages, geometry of charts, certain stops, reasons in words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.metrics import Control, by_role
from scanner.model import Reason, Role
from scanner.report.charts import NARROW, WIDE, flow, segments
from scanner.report.facts import Facts
from scanner.report.flows import flow_picture
from scanner.report.names import page_name, readable_domain, web_link
from scanner.report.stops import certain_stops
from scanner.report.voice import Voice
from scanner.store import Results

from . import sample


@given(st.text(max_size=300))
def test_a_page_name_is_safe_whatever_it_is_made_of(text: str) -> None:
    name = page_name(text)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,56}\.html", name)
    assert name == page_name(text)


def test_names_that_look_alike_have_pages_of_their_own() -> None:
    assert len({page_name(text) for text in ("a.b", "a-b", "a..b", "A.b", "a" * 60 + "1", "a" * 60 + "2")}) == 6


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("javascript:alert(1)", ""),
        ("  JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example", ""),
        ("https://", ""),
        ("http://[", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, expected: str) -> None:
    assert web_link(url) == expected


def test_a_domain_is_shown_as_its_owner_writes_it() -> None:
    assert readable_domain("xn--crpes-isa.example") == "crêpes.example"
    assert readable_domain("xn--\u0301.example") == "xn--\u0301.example"


@given(st.dictionaries(st.sampled_from(list(Control)), st.integers(min_value=0, max_value=10_000)))
def test_the_parts_of_a_bar_fill_it_in_the_order_of_the_legend(counts: dict[Control, int]) -> None:
    parts = segments(counts, sum(counts.values()))
    assert sum(part.count for part in parts) == sum(counts.values())
    assert [part.control for part in parts] == [control for control in Control if counts.get(control)]
    if parts:
        assert sum(part.width for part in parts) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_the_flow_keeps_what_passes_through_and_stays_in_its_frame(frame: object) -> None:
    columns = [[("a", "A", "group"), ("b", "B", "group"), ("z", "Z", "group")], [("p", "P", "us")], [("u", "U", "us")]]
    drawn = flow(columns, [("a", "p", 3, "us"), ("b", "p", 1, "us"), ("p", "u", 4, "us")], frame)  # type: ignore[arg-type]
    boxes = [box for column in drawn.columns for box in column]
    assert {box.id: box.value for box in boxes} == {"a": 3, "b": 1, "p": 4, "u": 4}
    assert all(box.y >= -0.1 and box.y + box.height <= drawn.height + 0.1 for box in boxes)
    assert len(drawn.bands) == 3


def test_the_flow_s_table_has_the_same_links_as_the_picture() -> None:
    facts = Facts(sample.results(), sample.database(), "FR")
    picture = flow_picture(facts, Voice("fr", facts.database, "FR"))
    assert picture is not None
    held = [len(use.bodies) for use in facts.uses if use.provider != "afnic"]  # registries are left out
    drawn = sum(band.value for band in picture.wide.bands if band.source.startswith("g/"))
    assert drawn == sum(row.count for row in picture.rows) == sum(held)


HARD = frozenset({Role.DNS, Role.HOSTING, Role.EDGE, Role.MAIL_GATEWAY, Role.MAILBOX})


def stops(*found: sample.Finding) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {stop.claim.provider: (stop.what, stop.lost) for stop in certain_stops(by_role(found), HARD)}


def test_one_operator_alone_in_a_hard_role_stops_the_site() -> None:
    found = sample.name_servers("a.example", "gandi")
    assert stops(*found) == {"gandi": (("site",), ())}


def test_name_servers_also_stop_the_mail_of_their_own_zone() -> None:
    found = [*sample.name_servers("a.example", "gandi"), sample.finding("a.example", "mailbox", "self")]
    assert stops(*found) == {"gandi": (("site", "mail"), ())}


@pytest.mark.parametrize(
    "doubt",
    [
        sample.finding("a.example", "dns", "provider", "ovhcloud"),
        sample.finding("a.example", "dns", "unknown", complete=False),
        sample.finding("a.example", "dns", "self"),
        sample.finding("a.example", "dns", "unattributed"),
        sample.finding("a.example", "dns", "provider", sample.claim("gandi", confidence="probable")),
        sample.finding("a.example", "dns", "provider", "gandi", complete=False),
        sample.finding("a.example", "dns", "provider", "gandi", "ovhcloud"),
    ],
)
def test_any_doubt_leaves_the_stop_unsaid(doubt: sample.Finding) -> None:
    assert stops(*sample.name_servers("a.example", "gandi"), doubt) == {}


def test_a_resource_only_degrades_the_page() -> None:
    found = sample.finding("a.example", "resource", "provider", "google", subject="f.example", category="fonts")
    assert stops(found) == {"google": ((), ("fonts",))}


def test_reasons_that_differ_by_one_name_are_said_together() -> None:
    voice = Voice("en", sample.database(), "FR")
    servers = [Reason("dns.by-name", {"host": f"ns{number}.x.example"}) for number in (1, 2)]
    assert voice.reasons(servers) == ["The servers’ names, ns1.x.example and ns2.x.example, belong to this provider."]
    assert voice.reasons(servers[:1] * 2) == ["The server’s name, ns1.x.example, belongs to this provider."]


def test_a_reason_names_its_failure_signals_and_provider_in_words() -> None:
    voice = Voice("fr", sample.database(), "FR")
    behind = Reason("mail.behind-gateway", {"gateway": "vade", "signals": ["dkim", "autodiscover"]})
    assert voice.reason(behind) == (
        "Le courrier passe par le filtre Vade\u202f; derrière lui, cette messagerie est désignée par la clé DKIM et "
        "autodiscover."
    )
    failed = Reason("dns.failed", {"why": "timeout"})
    assert voice.reason(failed) == "Les serveurs de noms n’ont pas pu être lus\u202f: aucune réponse dans le délai."


def test_a_reason_of_another_version_is_shown_rather_than_hidden() -> None:
    voice = Voice("en", sample.database(), "FR")
    assert voice.reason(Reason("dns.failed", {})) == "dns.failed"
    assert voice.reason(Reason("no.such", {"x": "{y}"})) == "reason.no.such"


def test_evidence_without_values_is_said_in_words_and_a_network_without_json() -> None:
    voice = Voice("en", sample.database(), "FR")
    assert voice.evidence("dns", "(absent: nxdomain)") == "(nothing: the name does not exist)"
    assert voice.evidence("dns", "(failed: timeout)") == "(no answer: no answer in time)"
    network = '{"asn":64500,"prefix":"192.0.2.0/24","name":"EXAMPLE","country":"FR"}'
    assert voice.evidence("asn", network) == "AS64500 EXAMPLE, 192.0.2.0/24, FR"
    assert voice.evidence("asn", "{broken") == "{broken"
    assert voice.evidence("asn", "{}") == "{}"


def test_the_period_is_that_of_the_answers_where_the_manifest_says_it() -> None:
    run = replace(sample.manifest(0), observed_from="2026-01-17T02:34:00Z", observed_to="2026-01-29T10:00:00Z")
    facts = Facts(Results(run, (), {}), sample.database(), "FR")
    voice = Voice("en", facts.database, "FR")
    assert voice.period(*facts.days) == "Observed from January 17, 2026 to January 29, 2026"
    assert facts.day.isoformat() == "2026-01-29"


def test_who_holds_a_claim_is_said_once_each() -> None:
    voice = Voice("fr", sample.database(), "FR")
    assert voice.holder(sample.CLAIMS["microsoft"]) == "Exchange Online (Microsoft, États-Unis)"
    assert voice.holder(sample.CLAIMS["vade"]) == "Vade Cloud (groupe Thoma Bravo, États-Unis)"
    assert voice.holder(sample.CLAIMS["google"]) == "Google Fonts (groupe Alphabet, États-Unis)"
    assert voice.holder(sample.CLAIMS["gandi"]) == "Gandi (France)"
