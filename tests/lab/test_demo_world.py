"""The demonstration's world holds together: every body exists unless meant to be missing, and every case is there."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest
from selectolax.lexbor import LexborHTMLParser

from scanner.lab import Lab, demo_targets, demo_world
from scanner.lab.asn import AsnTable
from scanner.lab.world import CertificateFault, NameFault, Plain, Site, SiteFault
from scanner.lab.zones import Zones
from scanner.targets import parse

from .small import get

WORLD = demo_world()
ZONES = Zones(WORLD.zones, WORLD.name_faults)
LIST = parse(demo_targets().encode(), "list.csv")
LISTED = {target.domain for target in LIST.targets}
CASES = {
    "account-tokens": 1,
    "cloaked-tracker": 2,
    "dead-name-server": 1,
    "declared-resources": 1,
    "dmarc-external-authorised": 1,
    "edge-by-cname": 2,
    "edge-unknown-origin": 1,
    "european-providers": 1,
    "expired-certificate": 1,
    "french-providers": 1,
    "gateway-mailbox-by-dkim-alone": 1,
    "gateway-mailbox-unknown": 1,
    "gateway-other-mailbox": 2,
    "hosted-by-public-body": 1,
    "hostile-text": 1,
    "http-only": 1,
    "inbound-api-gateway": 1,
    "internationalised-name": 1,
    "listed-with-www": 1,
    "mail-on-an-access-network": 1,
    "mta-sts": 1,
    "name-below-the-zone-cut": 1,
    "no-mail": 1,
    "no-third-party": 1,
    "nxdomain": 1,
    "own-network": 1,
    "private-address": 1,
    "redirect-to-another-domain": 1,
    "research-network": 1,
    "self-hosted-mail": 2,
    "self-on-rented-machine": 1,
    "self-signed-certificate": 1,
    "servfail": 1,
    "single-name-server-operator": 1,
    "site-403": 1,
    "site-time-out": 1,
    "slow-site": 1,
    "spf-loop": 1,
    "spf-nested": 1,
    "two-name-server-operators": 1,
    "unattributed-mail": 1,
    "wildcard-zone": 1,
    "wrong-name-certificate": 1,
    "www-only": 1,
}


def rcode(name: str, rtype: str = "SOA") -> dns.rcode.Rcode:
    return ZONES.respond(dns.message.make_query(name, rtype)).rcode()


def values(name: str, rtype: str) -> list[str]:
    response = ZONES.respond(dns.message.make_query(name, rtype))
    wanted = dns.rdatatype.from_text(rtype)
    return [rdata.to_text() for rrset in response.answer if rrset.rdtype == wanted for rdata in rrset]


def only(case: str) -> str:
    (domain,) = WORLD.cases[case]
    return domain


def site(case: str) -> Site:
    domain = only(case)
    return WORLD.sites.get(f"www.{domain}") or WORLD.sites[domain]


def records(rtype: str) -> set[tuple[str, str]]:
    """Owner and text of every record of a type in the zones of the bodies."""
    return {
        (str(dns.name.from_text(line.split()[0], dns.name.from_text(origin))), line.split(None, 2)[2])
        for origin, text in WORLD.zones.items()
        if origin.endswith(".example")
        for line in text.splitlines()
        if line.split()[1:2] == [rtype]
    }


def test_the_list_has_forty_bodies_and_no_bad_row() -> None:
    assert len(LIST.targets) == 40
    assert not LIST.rejected
    assert {target.sector for target in LIST.targets} == {
        "Ministère", "Commune", "Santé", "Enseignement", "Culture", "Région",
    }  # fmt: skip
    assert all(target.tags == ("demo",) and target.org and not target.country for target in LIST.targets)
    assert all(target.population for target in LIST.targets if target.sector == "Commune")


def test_every_body_exists_unless_meant_to_be_missing() -> None:
    missing = {target.domain for target in LIST.targets if rcode(target.domain) == dns.rcode.NXDOMAIN}
    assert missing == {only("nxdomain"), only("servfail")}  # the server never reaches the zones for the latter
    assert ZONES.fault(dns.name.from_text(only("servfail"))) is NameFault.SERVFAIL


@pytest.mark.parametrize("case", sorted(CASES))
def test_each_special_case_is_shown_by_listed_bodies(case: str) -> None:
    domains = WORLD.cases[case]
    assert len(domains) >= CASES[case]
    assert set(domains) <= LISTED


def test_every_name_server_has_an_address_but_the_dead_one() -> None:
    hosts = {str(dns.name.from_text(host, dns.name.from_text(owner))) for owner, host in records("NS")}
    dead = {host for host in hosts if not values(host, "A")}
    assert dead == {"ns1.hebergeur-disparu.example."}


def test_every_mail_exchanger_has_an_address() -> None:
    hosts = {str(dns.name.from_text(text.split()[1], dns.name.from_text(owner))) for owner, text in records("MX")}
    assert {host for host in hosts if not values(host, "A")} == {"."}


def test_every_alias_leads_somewhere() -> None:
    gone = {owner for owner, _ in records("CNAME") if "*" not in owner and rcode(owner, "A") != dns.rcode.NOERROR}
    assert not gone


def test_every_spf_include_is_a_record() -> None:
    includes = {name for _, text in records("TXT") for name in re.findall(r"include:([^\s\"]+)", text)}
    assert {name for name in includes if "v=spf1" not in " ".join(values(name, "TXT"))} == set()


def test_every_address_of_a_known_network_has_its_as() -> None:
    table = AsnTable(WORLD.networks, WORLD.systems)
    addresses = [ipaddress.ip_address(text) for rtype in ("A", "AAAA") for _, text in records(rtype)]
    nowhere = {
        str(address)
        for address in addresses
        if table.find(address) is None and address not in ipaddress.ip_network("198.51.100.0/24")
    }
    assert nowhere == {"192.168.1.10"}
    assert {network.asn for network in WORLD.networks} == set(WORLD.systems)


def test_every_host_that_a_page_asks_for_is_of_this_world() -> None:
    unknown = set()
    for site in WORLD.sites.values():
        page = site.pages.get("/")
        for node in LexborHTMLParser(page.body).css("script[src],link[href],img[src],iframe[src]") if page else []:
            url = node.attributes.get("src") or node.attributes.get("href") or ""
            host = re.match(r"https?://([a-z0-9.-]+)/", url)
            if host and (host[1] not in WORLD.assets or not values(host[1], "A")):
                unknown.add(host[1])
    assert unknown == set()


def test_every_certificate_has_an_issuer() -> None:
    issuers = {site.certificate.issuer for site in WORLD.sites.values() if site.certificate}
    assert issuers == set(WORLD.issuers)


def test_the_bodies_lie_in_names_numbers_and_networks_reserved_for_it() -> None:
    assert all(domain.endswith(".example") for domain in LISTED)
    own = {number for number, system in WORLD.systems.items() if system.country == "ZZ"}
    assert own
    assert all(64496 <= number <= 64511 for number in own)
    assert not any(ipaddress.ip_network(net.prefix).is_global for net in WORLD.networks if net.asn in own - {64498})


def test_every_body_has_a_registration_but_the_missing_one() -> None:
    without = {
        domain for domain in LISTED if not any(f".{domain}".endswith(f".{name}") for name in WORLD.registrations)
    }
    assert without == {only("nxdomain")}


def test_what_makes_each_web_case() -> None:
    assert site("site-403").pages["/"].status == 403
    assert site("http-only").certificate is None
    assert site("http-only").plain is Plain.SERVE
    assert site("site-time-out").fault is SiteFault.SILENT
    assert site("slow-site").fault is SiteFault.SLOW
    assert dict(site("redirect-to-another-domain").pages["*"].headers)["Location"].startswith(
        "https://www.haute-rive-agglo"
    )
    faults = {
        "expired-certificate": CertificateFault.EXPIRED,
        "self-signed-certificate": CertificateFault.SELF_SIGNED,
        "wrong-name-certificate": CertificateFault.WRONG_NAME,
    }
    for case, fault in faults.items():
        certificate = site(case).certificate
        assert certificate is not None
        assert certificate.fault is fault


def test_what_makes_each_name_case() -> None:
    assert not values(only("www-only"), "A")
    assert values(f"www.{only('www-only')}", "A")
    assert values(only("no-mail"), "MX") == ["0 ."]
    assert values(only("private-address"), "A") == ["192.168.1.10"]
    assert values(f"anything._domainkey.{only('wildcard-zone')}", "CNAME")
    assert only("internationalised-name").startswith("xn--")
    for domain in WORLD.cases["cloaked-tracker"]:
        cloaked = [host for host in WORLD.assets if host.endswith(f".{domain}")]
        assert cloaked
        assert all(not values(host, "CNAME")[0].endswith(".example.") for host in cloaked)
    for domain in WORLD.cases["gateway-other-mailbox"]:
        assert values(f"selector1._domainkey.{domain}", "CNAME")[0].endswith(".onmicrosoft.com.")
        assert values(f"autodiscover.{domain}", "CNAME")[0] == "autodiscover.outlook.com."
        assert not any("outlook" in value for value in values(domain, "MX"))


def test_what_makes_each_mail_policy_case() -> None:
    domain = only("dmarc-external-authorised")
    assert values(f"{domain}._report._dmarc.ag.eu.dmarcian.com", "TXT") == ['"v=DMARC1"']
    domain = only("mta-sts")
    assert values(f"_mta-sts.{domain}", "TXT")
    assert "mode: enforce" in WORLD.sites[f"mta-sts.{domain}"].pages["/.well-known/mta-sts.txt"].body
    loop = [text for _, text in records("TXT") if "_spf-a" in text or "_spf-b" in text]
    assert len(loop) == 3


def test_hostile_text_stands_in_the_list_the_page_the_headers_and_the_zone() -> None:
    domain = only("hostile-text")
    (target,) = [target for target in LIST.targets if target.domain == domain]
    page = site("hostile-text").pages["/"]
    zone = " ".join(values(domain, "TXT") + values(f"_dmarc.{domain}", "TXT"))
    for text in (target.org, page.body, str(page.headers), zone):
        assert "<script>alert(" in text


def test_each_zone_case_has_the_operators_it_says() -> None:
    assert {host.split(".", 1)[1] for host in values(only("single-name-server-operator"), "NS")} == {"ovh.net."}
    assert {host.split(".", 1)[1] for host in values(only("two-name-server-operators"), "NS")} == {
        "ovh.net.",
        "gandi.net.",
    }


def test_the_expected_findings_are_about_listed_bodies() -> None:
    expected = tomllib.loads(Path(__file__).with_name("expected.toml").read_text(encoding="utf-8"))["findings"]
    assert {finding["domain"] for finding in expected} <= LISTED


def test_the_readme_says_that_the_bodies_are_fictional_and_the_certificates_imitations() -> None:
    text = (files("scanner.lab") / "demo" / "README.md").read_text(encoding="utf-8")
    assert "does not exist" in text
    assert "imitations" in text


async def test_every_site_of_the_world_answers_as_its_case_says() -> None:
    async with Lab(WORLD) as lab:
        for host, site in WORLD.sites.items():
            if site.fault is SiteFault.SILENT:
                continue
            reply = await get(lab, host, secure=site.certificate is not None, check=False)
            page = site.pages.get("/") or site.pages["*"]
            assert (host, reply.status) == (host, page.status)
            assert reply.body == page.body.encode()
