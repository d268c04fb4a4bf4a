"""Registration data: of domains by their registry, of addresses by ipwhois on top of our own client."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import ask
from scanner.model import Status
from scanner.net.rdap import bootstrap, read_domain

from .conftest import Start, Web
from .servers import Handler, Issued, Request, Zone, issue, page

DOMAIN = {
    "objectClassName": "domain",
    "ldhName": "ville.fr",
    "entities": [
        {
            "roles": ["registrant"],
            "vcardArray": [
                "vcard",
                [
                    ["fn", {}, "text", "Jeanne Martin"],
                    ["org", {}, "text", "Mairie de Ville"],
                    ["email", {}, "text", "jeanne@ville.fr"],
                    ["adr", {"cc": "FR"}, "text", ["", "", "1 rue Haute", "Ville", "", "00000", ""]],
                ],
            ],
        },
        {
            "roles": ["registrar"],
            "publicIds": [{"type": "IANA Registrar ID", "identifier": "433"}],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "OVH"]]],
        },
    ],
    "events": [
        {"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2027-01-01T00:00:00Z"},
    ],
}
NETWORK = {
    "objectClassName": "ip network",
    "handle": "192.168.0.0 - 192.168.0.255",
    "startAddress": "5.6.7.0",
    "endAddress": "5.6.7.255",
    "ipVersion": "v4",
    "name": "FR-EXEMPLE",
    "country": "FR",
    "links": [{"rel": "self", "href": "https://rdap.arin.net/ip/5.6.7.0/24"}],
    "entities": [
        {
            "handle": "ORG-1",
            "roles": ["registrant"],
            "vcardArray": ["vcard", [["fn", {}, "text", "Exemple SAS"], ["kind", {}, "text", "org"]]],
        },
        {
            "handle": "P-1",
            "roles": ["technical"],
            "vcardArray": ["vcard", [["fn", {}, "text", "Jean Dupont"], ["kind", {}, "text", "individual"]]],
        },
    ],
}


@pytest.fixture
def registry(zone: Zone, web: Web, authority: Issued) -> Any:
    """An HTTPS server that stands for every registry."""
    for host in ("rdap.nic.fr", "rdap-bootstrap.arin.net"):
        zone.records[(host, "A")] = ["192.0.2.9"]
    leaf = issue("rdap", authority, names=["rdap.nic.fr", "rdap-bootstrap.arin.net"])
    return lambda handler, certificate=leaf: web.tls(handler, certificate)


def record(content: Any) -> Handler:
    return page(json.dumps(content).encode(), "200 OK", "Content-Type: application/rdap+json")


async def test_registrar_expiry_and_organisation_are_read_and_no_person(network: Start, registry: Any) -> None:
    async with registry(record(DOMAIN)) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        answer = await net(ask.rdap("ville.fr"))
    assert answer.status is Status.OK
    assert answer.values == (
        {
            "org": "Mairie de Ville",
            "country": "FR",
            "registrar": "OVH",
            "registrar_id": "433",
            "expires": "2027-01-01T00:00:00Z",
        },
    )
    assert site.requests[0].path == "/domain/ville.fr"
    assert site.requests[0].headers["accept"] == "application/rdap+json"


async def test_a_domain_that_is_not_registered_is_absent(network: Start, registry: Any) -> None:
    async with registry(page(b"", "404 Not Found")) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        answer = await net(ask.rdap("ville.fr"))
    assert (answer.status, answer.reason) == (Status.ABSENT, "nodata")


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (page(b"", "429 Too Many Requests"), "http"),
        (page(b"", "503 Oops"), "http"),
        (page(b"not json"), "malformed"),
        (page(b"[1]"), "malformed"),
        (page(b"[" * 100_000), "malformed"),
    ],
)
async def test_a_registry_that_fails_is_a_failure(network: Start, registry: Any, handler: Handler, reason: str) -> None:
    async with registry(handler) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        answer = await net(ask.rdap("ville.fr"))
    assert (answer.status, answer.reason) == (Status.FAILED, reason)


async def test_a_registry_that_cannot_prove_itself_is_not_believed(network: Start, registry: Any) -> None:
    forger = issue("rdap.nic.fr", names=["rdap.nic.fr"])
    async with registry(record(DOMAIN), forger) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        answer = await net(ask.rdap("ville.fr"))
    assert (answer.status, answer.reason) == (Status.FAILED, "tls")


async def test_a_registry_that_redirects_to_plain_http_is_not_believed(network: Start, registry: Any) -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        await page(b"", "302 Found", "Location: http://rdap.nic.fr/domain/ville.fr")(request, writer)

    async with registry(handle) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        assert (await net(ask.rdap("ville.fr"))).status is Status.FAILED


async def test_a_top_level_domain_without_registry_is_told(network: Start) -> None:
    async with network() as net:
        answer = await net(ask.rdap("ville.example"))
    assert (answer.status, answer.reason) == (Status.FAILED, "no-rdap")


async def test_a_registry_of_the_users_own_goes_before_the_list(network: Start, registry: Any, zone: Zone) -> None:
    async with registry(record(DOMAIN)) as site:
        own = (("example", "https://rdap.nic.fr/own/"),)
        async with network(connect_to=f"127.0.0.1:{site.port}", rdap_servers=own) as net:
            assert (await net(ask.rdap("ville.example"))).status is Status.OK
    assert site.requests[0].path == "/own/domain/ville.example"


async def test_one_registry_is_asked_at_its_pace(network: Start, registry: Any) -> None:
    async with (
        registry(record(DOMAIN)) as site,
        network(connect_to=f"127.0.0.1:{site.port}", rdap_interval=0.1) as net,
    ):
        start = time.monotonic()
        await asyncio.gather(*(net(ask.rdap(f"ville{number}.fr")) for number in range(4)))
        assert time.monotonic() - start >= 0.3


async def test_a_network_is_asked_about_once_through_our_own_client(network: Start, registry: Any, zone: Zone) -> None:
    async with registry(record(NETWORK)) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        first, second = await asyncio.gather(net(ask.rdap("5.6.7.8")), net(ask.rdap("5.6.7.9")))
    assert first.status is Status.OK
    assert first.values == second.values == ({"name": "FR-EXEMPLE", "country": "FR", "org": "Exemple SAS"},)
    assert [request.path for request in site.requests] == ["/bootstrap/ip/5.6.7.8"]
    assert ("rdap-bootstrap.arin.net", "A") in zone.asked


@pytest.mark.parametrize("handler", [page(b"", "404 No"), page(b"", "429 Slow down"), page(b"{}"), page(b"[]")])
async def test_a_network_registry_that_fails_is_a_failure(network: Start, registry: Any, handler: Handler) -> None:
    async with registry(handler) as site, network(connect_to=f"127.0.0.1:{site.port}") as net:
        answer = await asyncio.wait_for(net(ask.rdap("5.6.7.8")), 5)
    assert answer.status is Status.FAILED
    assert len(site.requests) == 1


async def test_a_private_address_is_not_asked_about(network: Start) -> None:
    async with network() as net:
        assert (await net(ask.rdap("10.0.0.1"))).status is Status.ABSENT


def test_the_bootstrap_names_https_bases() -> None:
    assert bootstrap()["fr"] == "https://rdap.nic.fr/"
    assert all(base.startswith("https://") and base.endswith("/") for base in bootstrap().values())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["registrar", "fn", "org", "adr", "x", "expiration"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(
                ["entities", "roles", "vcardArray", "publicIds", "events", "eventAction", "eventDate", "type", "cc"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(content=st.dictionaries(st.sampled_from(["entities", "events"]), JSON))
def test_any_record_is_read_without_exception(content: dict[str, Any]) -> None:
    assert all(isinstance(value, str) and value for value in read_domain(content).values())
