"""What the zones answer, without any socket."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import pytest

from scanner.lab.zones import Zones

from .small import SMALL

ZONES = Zones(SMALL.zones, SMALL.name_faults)


def respond(name: str, rtype: str) -> dns.message.Message:
    return ZONES.respond(dns.message.make_query(name, rtype))


def answers(name: str, rtype: str) -> list[str]:
    return [f"{rrset.name} {rdata}" for rrset in respond(name, rtype).answer for rdata in rrset]


def test_an_alias_is_followed_to_the_address() -> None:
    assert answers("alias.ville.example", "A") == [
        "alias.ville.example. www.ville.example.",
        "www.ville.example. ville.example.",
        "ville.example. 192.0.2.10",
    ]


def test_an_alias_is_the_answer_to_its_own_question() -> None:
    assert answers("www.ville.example", "CNAME") == ["www.ville.example. ville.example."]


def test_a_missing_name_is_nxdomain_and_a_missing_type_is_nodata_each_with_the_zones_soa() -> None:
    missing, empty = respond("no.ville.example", "A"), respond("ville.example", "MX")
    assert (missing.rcode(), empty.rcode()) == (dns.rcode.NXDOMAIN, dns.rcode.NOERROR)
    assert [str(response.authority[0].name) for response in (missing, empty)] == ["ville.example."] * 2
    assert not missing.answer
    assert not empty.answer


def test_the_end_of_a_chain_gives_the_response_code() -> None:
    response = respond("gone.ville.example", "A")
    assert response.rcode() == dns.rcode.NXDOMAIN
    assert len(response.answer) == 1


def test_a_name_with_only_names_below_it_exists() -> None:
    assert respond("b.deep.ville.example", "A").rcode() == dns.rcode.NOERROR
    assert respond("c.deep.ville.example", "A").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("name", ["x.wild.ville.example", "x.y.wild.ville.example"])
def test_a_wildcard_answers_for_every_name_below_its_parent(name: str) -> None:
    assert answers(name, "A") == [f"{name}. 192.0.2.12"]


def test_a_wildcard_does_not_answer_for_its_parent() -> None:
    assert answers("wild.ville.example", "A") == []


def test_an_alias_loop_is_servfail() -> None:
    response = respond("loop1.ville.example", "A")
    assert (response.rcode(), response.answer) == (dns.rcode.SERVFAIL, [])


def test_a_name_outside_every_zone_is_nxdomain_and_a_domain_above_one_is_not() -> None:
    zones = Zones({"provider.test": "@ NS ns1\n"})
    rcodes = [zones.respond(dns.message.make_query(name, "NS")).rcode() for name in ("other.test", "test")]
    assert rcodes == [dns.rcode.NXDOMAIN, dns.rcode.NOERROR]


def test_zone_transfers_are_refused() -> None:
    assert respond("ville.example", "AXFR").rcode() == dns.rcode.REFUSED


def test_recursion_is_offered_and_data_is_never_called_authentic() -> None:
    flags = respond("ville.example", "A").flags
    assert flags & dns.flags.RA
    assert not flags & dns.flags.AD


def test_a_fault_holds_for_a_name_and_all_below() -> None:
    fault = ZONES.fault
    name = dns.message.make_query("www.broken.example", "A").question[0].name
    assert fault(name) == "servfail"
    assert fault(name.parent().parent()) is None


def test_a_wrong_zone_names_itself() -> None:
    with pytest.raises(ValueError, match=r"zone ville\.example"):
        Zones({"ville.example": "@ NS ns1\nwww A not-an-address\n"})
