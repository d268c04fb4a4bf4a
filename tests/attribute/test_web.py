"""Who hosts the site and who stands in front of it."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.model import Answer, Role, Target
from scanner.run.target import conclude
from tests.attribute.world import BODY, absent, claims, database, dns, failed, http, network, of, ok, one, said

URL = "https://ville.example/"
NO_CNAME, NO_V6 = dns("ville.example", "CNAME"), dns("ville.example", "AAAA")
PLAIN = http(URL)


def at(address: str, number: int | None = None) -> list[Answer]:
    """The site at one address, everything asked."""
    return [dns("ville.example", "A", address), NO_V6, NO_CNAME, network(address, number)]


def test_a_name_and_a_range_that_agree_confirm_the_host() -> None:
    chain = [dns("ville.example", "CNAME", "c1.hosting.host.test."), dns("c1.hosting.host.test", "CNAME")]
    finding = one(Role.HOSTING, *chain, *[a for a in at("198.51.100.9") if a is not NO_CNAME], PLAIN)
    assert said(finding) == ("provider", "hosting.by-name-and-range")
    assert claims(finding) == [("host", "operates", "confirmed")]
    assert finding.location == "reg-1"
    assert finding.complete


def test_a_published_range_alone_and_an_as_alone_are_indicated() -> None:
    assert claims(one(Role.HOSTING, *at("198.51.100.9"), PLAIN)) == [("host", "hosts", "indicated")]
    finding = one(Role.HOSTING, *at("203.0.113.9", 64512), PLAIN)
    assert said(finding) == ("provider", "hosting.by-as")
    assert claims(finding) == [("host", "hosts", "indicated")]
    assert finding.location is None


def test_a_net_name_is_probable_and_beats_the_as() -> None:
    registry = ok(ask.rdap("203.0.113.9"), {"name": "HOST-NET"})
    finding = one(Role.HOSTING, *at("203.0.113.9", 64510), registry, PLAIN)
    assert said(finding) == ("provider", "hosting.by-netname")
    assert claims(finding) == [("host", "hosts", "probable")]


def test_a_header_alone_is_probable() -> None:
    finding = one(Role.HOSTING, http(URL, headers=[("Server", "hostpanel/2")]))
    assert said(finding) == ("provider", "hosting.by-header")
    assert claims(finding) == [("host", "operates", "probable")]
    assert not finding.complete


def test_an_access_network_makes_no_claim() -> None:
    finding = one(Role.HOSTING, *at("203.0.113.9", 64513), PLAIN)
    assert said(finding) == ("unattributed", "hosting.access-network")
    assert not finding.claims


def test_an_unlisted_network_is_unattributed_and_its_registry_is_wanted() -> None:
    answers = {answer.question: answer for answer in (*at("203.0.113.9", 64999), PLAIN)}
    conclusion = conclude(BODY, answers, database())
    assert conclusion.wanted == {ask.rdap("203.0.113.9")}
    finding = next(f for f in conclusion.findings if f.role is Role.HOSTING)
    assert said(finding) == ("unattributed", "hosting.no-rule")
    assert not finding.complete  # the registry's net name could still name it
    answers[ask.rdap("203.0.113.9")] = ok(ask.rdap("203.0.113.9"), {"name": "ELSE"})
    assert next(f for f in conclude(BODY, answers, database()).findings if f.role is Role.HOSTING).complete


def test_an_address_whose_network_was_not_asked_is_unknown_not_unattributed() -> None:
    finding = one(Role.HOSTING, dns("ville.example", "A", "203.0.113.9"))
    assert said(finding) == ("unknown", "hosting.network-unknown")
    assert one(Role.EDGE, dns("ville.example", "A", "203.0.113.9")).verdict == "unknown"


def test_a_front_masks_the_origin() -> None:
    answers = (*at("192.0.2.9", 64511), http(URL, headers=[("server", "edgeco")]))
    assert claims(one(Role.EDGE, *answers)) == [("edgeco", "operates", "confirmed")]
    finding = one(Role.HOSTING, *answers)
    assert said(finding) == ("unknown", "hosting.behind-edge")
    assert finding.reason.args["edge"] == "edgeco"
    assert not finding.claims


def test_a_header_may_name_the_origin_behind_a_front() -> None:
    answers = (*at("192.0.2.9"), http(URL, headers=[("server", "hostpanel")]))
    finding = one(Role.HOSTING, *answers)
    assert said(finding) == ("provider", "hosting.behind-edge-header")
    assert claims(finding) == [("host", "operates", "probable")]


def test_an_edge_by_range_or_by_as_alone_is_indicated_and_by_name_confirmed() -> None:
    assert claims(one(Role.EDGE, *at("192.0.2.9"))) == [("edgeco", "operates", "indicated")]
    assert said(one(Role.EDGE, *at("203.0.113.9", 64511))) == ("provider", "edge.by-as")
    named = dns("ville.example", "CNAME", "v.cdn.edgeco.test.")
    assert claims(one(Role.EDGE, named)) == [("edgeco", "operates", "confirmed")]


def test_a_body_s_own_proxy_that_passes_on_a_front_s_header_shows_two_claims() -> None:
    answers = (*at("198.51.100.9", 64512), http(URL, headers=[("server", "edgeco")]))
    edge = one(Role.EDGE, *answers)
    assert said(edge) == ("provider", "edge.disagree")
    assert claims(edge) == [("edgeco", "operates", "probable"), ("host", "hosts", "indicated")]
    assert claims(one(Role.HOSTING, *answers)) == [("host", "hosts", "indicated")]  # the machine that answers


def test_an_address_in_another_service_of_the_front_s_owner_agrees_with_its_header() -> None:
    answers = (
        dns("ville.example", "CNAME", "x.shield.host.test."),
        dns("x.shield.host.test", "CNAME"),
        *at("203.0.113.9", 64512)[:2],
        network("203.0.113.9", 64512),
    )
    assert claims(one(Role.EDGE, *answers)) == [("host", "operates", "confirmed")]
    assert one(Role.HOSTING, *answers).verdict == "unknown"  # its own network does not prove the origin


def test_a_name_that_only_steers_traffic_hosts_nothing() -> None:
    chain = [dns("ville.example", "CNAME", "v.steer.soft.test."), dns("v.steer.soft.test", "CNAME")]
    finding = one(Role.HOSTING, *chain, *[a for a in at("203.0.113.9", 64512) if a is not NO_CNAME])
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_a_rented_machine_in_the_chain_is_hosted_by_its_network_alone() -> None:
    chain = [dns("ville.example", "CNAME", "vps123.host.test."), dns("vps123.host.test", "CNAME")]
    finding = one(Role.HOSTING, *chain, *[a for a in at("203.0.113.9", 64512) if a is not NO_CNAME])
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_no_address_is_absent_an_unread_one_unknown_an_unasked_one_unasked() -> None:
    gone = (absent(ask.dns("ville.example", "A"), "nxdomain"), absent(ask.dns("ville.example", "AAAA"), "nxdomain"))
    assert said(one(Role.HOSTING, *gone, NO_CNAME)) == ("absent", "web.no-address")
    assert said(one(Role.EDGE, *gone, NO_CNAME)) == ("absent", "edge.none")
    unread = (dns("ville.example", "A"), failed(ask.dns("ville.example", "AAAA"), "servfail"))
    finding = one(Role.HOSTING, *unread)
    assert said(finding) == ("unknown", "web.failed")
    assert finding.reason.args["why"] == "servfail"
    assert said(one(Role.HOSTING, PLAIN)) == ("unknown", "web.addresses-unasked")
    assert said(one(Role.EDGE, PLAIN)) == ("unknown", "edge.headers-only")


def test_no_front_is_absent_where_names_and_addresses_were_seen() -> None:
    finding = one(Role.EDGE, *at("203.0.113.9", 64512), PLAIN)
    assert said(finding) == ("absent", "edge.none")
    assert finding.complete
    assert not one(Role.EDGE, *at("203.0.113.9", 64512)).complete  # the headers were not asked


def test_a_site_that_lands_elsewhere_is_hosted_where_it_lands() -> None:
    moved = http(URL, redirects=[URL])
    moved = ok(moved.question, {**moved.values[0], "url": "https://portail.test/"})
    finding = one(Role.HOSTING, moved, dns("portail.test", "A", "198.51.100.9"))
    assert finding.subject == "portail.test"


def test_a_redirect_to_an_address_is_hosted_at_that_address() -> None:
    moved = ok(ask.http(URL), {"status": 200, "url": "http://198.51.100.9/"})
    assert claims(one(Role.HOSTING, moved)) == [("host", "hosts", "indicated")]


def test_www_answers_where_the_apex_does_not() -> None:
    body = Target("ville.example", "ville.example")
    answers = (failed(ask.http(URL)), http("https://www.ville.example/"), dns("www.ville.example", "A", "198.51.100.9"))
    assert one(Role.HOSTING, *answers, target=body).subject == "www.ville.example"


@pytest.mark.parametrize("value", ["", "not an address", "300.1.2.3", "ville.example"])
def test_garbage_for_an_address_is_no_address(value: str) -> None:
    assert said(one(Role.HOSTING, dns("ville.example", "A", value))) == ("unknown", "web.failed")


def test_nothing_asked_nothing_found() -> None:
    assert not of(Role.HOSTING, dns("ville.example", "MX"))
