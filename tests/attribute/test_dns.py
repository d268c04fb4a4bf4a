"""Who answers for the zone."""

from __future__ import annotations

from scanner import ask
from scanner.model import Role, Target
from tests.attribute.world import absent, claims, dns, failed, network, of, one, said

NAMED = dns("ville.example", "NS", "ns1.host.test.")


def test_a_server_s_name_is_confirmed() -> None:
    assert claims(one(Role.DNS, NAMED)) == [("host", "operates", "confirmed")]


def test_four_servers_are_four_findings_in_the_order_of_names() -> None:
    servers = dns("ville.example", "NS", "d.x.test.", "b.x.test.", "a.x.test.", "c.x.test.")
    assert [f.subject for f in of(Role.DNS, servers)] == ["a.x.test", "b.x.test", "c.x.test", "d.x.test"]


def test_a_server_under_the_body_s_own_name_is_self_on_its_network() -> None:
    own = dns("ville.example", "NS", "ns1.ville.example.")
    where = (dns("ns1.ville.example", "A", "203.0.113.9"), network("203.0.113.9", 64512))
    assert said(one(Role.DNS, own, *where)) == ("self", "dns.own-name")
    assert claims(one(Role.DNS, own, *where)) == [("host", "hosts", "indicated")]


def test_a_state_s_suffix_names_a_sister_never_the_body_itself() -> None:
    body = Target("x.gouv.fr", "x.gouv.fr")
    servers = dns("x.gouv.fr", "NS", "ns.x.gouv.fr.", "ns.y.gouv.fr.")
    found = {f.subject: f for f in of(Role.DNS, servers, target=body)}
    assert found["ns.x.gouv.fr"].verdict == "self"
    assert not found["ns.x.gouv.fr"].claims
    assert claims(found["ns.y.gouv.fr"]) == [("state", "operates", "confirmed")]
    assert found["ns.y.gouv.fr"].claims[0].type == "public"


def test_a_company_s_rule_still_speaks_of_its_guest() -> None:
    guest = Target("ville.host.test", "ville.host.test")
    assert one(Role.DNS, dns("ville.host.test", "NS", "ns1.host.test."), target=guest).verdict == "provider"


def test_an_unattributed_server_on_a_known_network_says_so() -> None:
    servers = dns("ville.example", "NS", "ns.unlisted.test.")
    where = (dns("ns.unlisted.test", "A", "203.0.113.9"), network("203.0.113.9", 64512))
    finding = one(Role.DNS, servers, *where)
    assert said(finding) == ("unattributed", "dns.on-network")
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_a_customer_s_machine_is_self() -> None:
    finding = one(Role.DNS, dns("ville.example", "NS", "vps9.host.test."))
    assert said(finding) == ("self", "dns.customer-machine")
    assert claims(finding) == [("host", "hosts", "probable")]


def test_a_dead_server_is_said_to_be_dead_and_stays_its_owner_s() -> None:
    dead = (dns("ns1.host.test", "A"), dns("ns1.host.test", "AAAA"))
    finding = one(Role.DNS, NAMED, *dead)
    assert said(finding) == ("provider", "dns.dead-server")
    half = (dns("ns1.host.test", "A"), failed(ask.dns("ns1.host.test", "AAAA")))
    assert one(Role.DNS, NAMED, *half).reason.code == "dns.by-name"


def test_the_zone_cut_is_found_upwards() -> None:
    body = Target("a.b.ville.example", "a.b.ville.example")
    climb = [dns("a.b.ville.example", "NS"), dns("b.ville.example", "NS"), NAMED]
    finding = one(Role.DNS, *climb, target=body)
    assert finding.verdict == "provider"
    assert finding.complete
    assert not one(Role.DNS, *climb[1:], target=body).complete  # the cut may be below, at a name not asked


def test_a_body_that_does_not_exist_has_no_zone() -> None:
    finding = one(Role.DNS, absent(ask.dns("ville.example", "NS"), "nxdomain"))
    assert said(finding) == ("absent", "dns.no-zone")
    assert finding.reason.args["why"] == "nxdomain"
    assert finding.complete


def test_what_could_not_be_read_is_unknown() -> None:
    finding = one(Role.DNS, failed(ask.dns("ville.example", "NS"), "servfail"))
    assert said(finding) == ("unknown", "dns.failed")
    assert finding.reason.args["why"] == "servfail"


def test_no_zone_below_and_the_registrable_domain_unasked_is_unknown() -> None:
    body = Target("a.ville.example", "a.ville.example")
    finding = one(Role.DNS, dns("a.ville.example", "NS"), target=body)
    assert said(finding) == ("unknown", "dns.failed")
    assert not finding.complete
