"""Registration data as registries answer it: RDAP objects of domains and addresses (RFC 9083). Pure."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from scanner.lab.asn import AsnTable
from scanner.lab.world import Network, Page, Registration

CONTENT_TYPE = "application/rdap+json"
_CONFORMANCE = ["rdap_level_0"]


def is_registry(host: str) -> bool:
    """True for the hosts that answer RDAP in the lab: rdap.example, rdap-bootstrap.example, ..."""
    first = host.partition(".")[0]
    return first == "rdap" or first.startswith("rdap-")


def respond(path: str, registrations: Mapping[str, Registration], table: AsnTable) -> Page:
    """The answer to `.../domain/NAME` or `.../ip/ADDRESS`; 404 for what no registry knows, 400 for what is neither."""
    kind, _, subject = path.rpartition("/")
    kind = kind.rpartition("/")[2]
    if kind == "domain":
        name = subject.lower().rstrip(".")
        registration = registrations.get(name)
        return _page(200, _domain(name, registration)) if registration else _error(404, "not found")
    if kind == "ip":
        try:
            network = table.find(ipaddress.ip_address(subject))
        except ValueError:
            return _error(400, "not an address")
        return _page(200, _network(network)) if network else _error(404, "not found")
    return _error(400, "neither a domain nor an address")


def _domain(name: str, registration: Registration) -> dict[str, Any]:
    registrar: dict[str, Any] = {
        "objectClassName": "entity",
        "handle": str(registration.registrar_id or registration.registrar),
        "roles": ["registrar"],
        "vcardArray": _vcard(registration.registrar, "org"),
    }
    if registration.registrar_id:
        registrar["publicIds"] = [{"type": "IANA Registrar ID", "identifier": str(registration.registrar_id)}]
    return {
        "objectClassName": "domain",
        "rdapConformance": _CONFORMANCE,
        "handle": name.upper(),
        "ldhName": name,
        "status": ["active"],
        "entities": [registrar],
        "events": [{"eventAction": "expiration", "eventDate": f"{registration.expires}T12:00:00Z"}],
    }


def _network(network: Network) -> dict[str, Any]:
    prefix = ipaddress.ip_network(network.prefix)
    return {
        "objectClassName": "ip network",
        "rdapConformance": _CONFORMANCE,
        "handle": f"{prefix[0]} - {prefix[-1]}",
        "startAddress": str(prefix[0]),
        "endAddress": str(prefix[-1]),
        "ipVersion": f"v{prefix.version}",
        "name": network.name,
        "type": "ALLOCATED PA",
        "country": network.country,
        "status": ["active"],
        "entities": [
            {
                "objectClassName": "entity",
                "handle": f"ORG-{network.asn}",
                "roles": ["registrant"],
                "vcardArray": _vcard(network.organization, "org"),
            }
        ],
        "links": [],
        "events": [],
    }


def _vcard(name: str, kind: str) -> list[Any]:
    """A jCard (RFC 7095) with the full name."""
    return ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", name], ["kind", {}, "text", kind]]]


def _error(status: int, title: str) -> Page:
    return _page(status, {"errorCode": status, "title": title, "rdapConformance": _CONFORMANCE})


def _page(status: int, value: dict[str, Any]) -> Page:
    return Page(json.dumps(value, ensure_ascii=False), status, CONTENT_TYPE)
