"""The plain data that a lab serves: zones, sites, networks and registrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class NameFault(StrEnum):
    """How the name server misbehaves for a name and everything below it."""

    SERVFAIL = "servfail"
    REFUSED = "refused"
    SILENT = "silent"
    TRUNCATED = "truncated"
    """An empty answer with TC over UDP, the full one over TCP."""


class SiteFault(StrEnum):
    """How a web host misbehaves once the connection is made."""

    NONE = "none"
    SILENT = "silent"
    """The request is read and never answered."""
    SLOW = "slow"
    """The answer comes, after `SLOW_SECONDS`."""
    RESET = "reset"
    """The connection is dropped when the request is read."""
    GARBAGE = "garbage"
    """The answer is not HTTP."""


class CertificateFault(StrEnum):
    """What is wrong with a certificate that a site presents."""

    NONE = "none"
    EXPIRED = "expired"
    SELF_SIGNED = "self-signed"
    WRONG_NAME = "wrong-name"
    INCOMPLETE = "incomplete"
    """The leaf comes without its intermediate."""


class Plain(StrEnum):
    """What a site answers to plain HTTP."""

    UPGRADE = "upgrade"
    """A redirect to the same URL over HTTPS."""
    SERVE = "serve"
    """The same pages as over HTTPS."""
    CLOSED = "closed"
    """The connection is dropped."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certification authority that the lab imitates: its intermediate's common name, organisation and country."""

    common_name: str
    organization: str
    country: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a site presents: `issuer` is a key of `World.issuers`; `names` are DNS names, empty for the host alone;
    `organization` of the subject, empty for a domain-validated one; `days` of validity left."""

    issuer: str
    names: tuple[str, ...] = ()
    organization: str = ""
    days: int = 60
    fault: CertificateFault = CertificateFault.NONE


@dataclass(frozen=True, slots=True)
class Page:
    """One resource of a site: the status, the headers beside the ordinary ones, and the body's text."""

    body: str = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """One web host. `pages` by path, `*` for any other path; without a certificate it speaks no TLS."""

    pages: Mapping[str, Page]
    certificate: Certificate | None = None
    plain: Plain = Plain.UPGRADE
    fault: SiteFault = SiteFault.NONE


@dataclass(frozen=True, slots=True)
class Network:
    """One announced prefix: the AS that announces it, and what the address registry says of it (RFC 9083)."""

    prefix: str
    asn: int
    name: str
    organization: str
    country: str


@dataclass(frozen=True, slots=True)
class System:
    """One autonomous system: its name as Team Cymru prints it, without the country, and the country."""

    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry says of a domain: the registrar's name and IANA id (0: none given), and the expiry."""

    registrar: str
    registrar_id: int
    expires: date


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a lab serves; names are A-labels in lower case without a final dot.

    `zones`: origin to master-file text (RFC 1035), without the SOA, which the lab adds. `name_faults`: by name, for it
    and all below. `assets`: hosts that answer any path with an empty body, under a certificate of the lab's own.
    `cases`: the special cases that the world shows, each with its domains.
    """

    zones: Mapping[str, str] = field(default_factory=dict)
    name_faults: Mapping[str, NameFault] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    assets: frozenset[str] = frozenset()
    issuers: Mapping[str, Issuer] = field(default_factory=dict)
    networks: tuple[Network, ...] = ()
    systems: Mapping[int, System] = field(default_factory=dict)
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
