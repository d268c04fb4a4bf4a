"""Registration data, as registries answer it."""

from __future__ import annotations

import json

import pytest
from ipwhois.net import Net
from ipwhois.rdap import RDAP

from scanner.lab import Lab
from scanner.lab.asn import AsnTable
from scanner.lab.rdap import is_registry, respond

from .small import SMALL, get

TABLE = AsnTable(SMALL.networks, SMALL.systems)


def test_a_domain_has_its_registrar_iana_id_and_expiry() -> None:
    value = json.loads(respond("/domain/VILLE.example", SMALL.registrations, TABLE).body)
    entity = value["entities"][0]
    assert entity["roles"] == ["registrar"]
    assert entity["vcardArray"][1][1] == ["fn", {}, "text", "OVH sas"]
    assert entity["publicIds"] == [{"type": "IANA Registrar ID", "identifier": "433"}]
    assert value["events"] == [{"eventAction": "expiration", "eventDate": "2027-03-01T12:00:00Z"}]


@pytest.mark.parametrize("path", ["/ip/192.0.2.200", "/registry/ip/192.0.2.200", "/bootstrap/ip/192.0.2.200"])
def test_a_network_is_one_that_ipwhois_reads(path: str) -> None:
    value = json.loads(respond(path, {}, TABLE).body)
    found = RDAP(Net("93.184.216.34")).lookup(response=value, bootstrap=True)  # ipwhois refuses a documentation address
    network = found["network"]
    assert (network["name"], network["country"], network["cidr"]) == ("DOC-2", "DE", "192.0.2.128/25")
    assert found["objects"]["ORG-64497"]["contact"]["name"] == "Second network"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/domain/other.example", 404),
        ("/ip/198.51.100.1", 404),
        ("/ip/not-an-address", 400),
        ("/help", 400),
        ("/", 400),
    ],
)
def test_what_no_registry_knows_is_an_error(path: str, status: int) -> None:
    assert respond(path, SMALL.registrations, TABLE).status == status


@pytest.mark.parametrize("host", ["rdap.nic.fr", "rdap.arin.net", "rdap-bootstrap.arin.net"])
def test_registries_are_known_by_their_first_label(host: str) -> None:
    assert is_registry(host)


@pytest.mark.parametrize("host", ["rdapx.example", "www.rdap.example", "nic.fr"])
def test_other_hosts_are_not_registries(host: str) -> None:
    assert not is_registry(host)


async def test_any_registry_host_answers_over_tls(lab: Lab) -> None:
    reply = await get(lab, "rdap.nic.fr", "/domain/ville.example")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/rdap+json")
