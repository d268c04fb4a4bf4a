"""The types that flow through sovscan; this module imports nothing of ours.

    list -> Target -ask-> Answer -collect-> Observation -attribute-> Finding -> graph, metrics, report

All are frozen and slotted: values, never state. Names are A-labels in lower case without a final dot; times are
ISO 8601 in UTC as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple


class Status(StrEnum):
    """What became of a question. Unknown is not absent: only `absent` says that there is nothing."""

    OK = "ok"
    ABSENT = "absent"
    FAILED = "failed"
    UNASKED = "unasked"


class Role(StrEnum):
    """What a provider does for a service; the order is that of every page and table."""

    REGISTRY = "registry"
    REGISTRAR = "registrar"
    DNS = "dns"
    HOSTING = "hosting"
    EDGE = "edge"
    CERTIFICATE = "certificate"
    MAIL_GATEWAY = "mail-gateway"
    MAILBOX = "mailbox"
    MAIL_SENDER = "mail-sender"
    MAIL_REPORTS = "mail-reports"
    ACCOUNT = "account"
    RESOURCE = "resource"
    DECLARED_RESOURCE = "declared-resource"


class Verdict(StrEnum):
    """What is concluded on one subject of one role."""

    PROVIDER = "provider"
    SELF = "self"
    UNATTRIBUTED = "unattributed"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """What a claim says: the provider runs the service, or owns what it stands on: network, machine, root key."""

    OPERATES = "operates"
    HOSTS = "hosts"


class Confidence(StrEnum):
    """How sure a claim is; no invented percentages (see the method page)."""

    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    INDICATED = "indicated"


class ProviderType(StrEnum):
    """Whose interest a provider serves by law."""

    COMPANY = "company"
    PUBLIC = "public"
    NONPROFIT = "nonprofit"


@dataclass(frozen=True, slots=True)
class Target:
    """One body's service, as listed.

    `domain`: the listed host without a leading `www.`, its identity; `host`: the host as listed; `url`: the listed
    URL or ""; `mail_domain`: where the list says that mail lives, or ""; `country`: ISO 3166-1 alpha-2 or "".
    """

    domain: str
    host: str
    mail_domain: str = ""
    url: str = ""
    org: str = ""
    org_id: str = ""
    country: str = ""
    region: str = ""
    sector: str = ""
    population: int | None = None
    tags: tuple[str, ...] = ()


class Question(NamedTuple):  # a tuple: hashed and compared a hundred times a body, in C
    """One thing to ask of the network, canonical: lower case, A-labels, normal URL (`ask.py` builds them).

    `kind`: dns, asn, http, tls, page, rdap, tenant or smtp; `subject`: a name, address, URL or host:port; `detail`:
    record type, method, page source or "".
    """

    kind: str
    subject: str
    detail: str = ""


class Answer(NamedTuple):  # a tuple: made in a quarter of the time of a frozen dataclass
    """What the network said: the evidence, the cache and the test recording all at once.

    `values`: records in presentation form for dns, JSON objects for the other kinds (the recording format of
    docs/formats.md); empty unless `status` is ok. `reason`: a closed code that says why, when not ok. `at`: when it
    was asked. `ttl`: seconds. `ad`: the resolver's authentic-data bit. `verify` (tls): "ok" or why the chain fails.
    """

    question: Question
    status: Status
    values: tuple[Any, ...] = ()
    reason: str = ""
    at: str = ""
    vantage: str = ""
    ttl: int | None = None
    ad: bool | None = None
    verify: str = ""
    note: str = ""

    @property
    def settled(self) -> bool:
        """True when the question got an answer, be it that there is nothing."""
        return self.status in (Status.OK, Status.ABSENT)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value of one answer that a finding rests on."""

    kind: str
    subject: str
    detail: str
    value: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen, before any thought of what it means.

    `kind`: see `collect/`; `value`: the text that rules match; `subject`: what it is about (a host, a record's owner
    name); `questions`: the questions it rests on, in order; `data`: whatever else the attribution needs.
    """

    kind: str
    value: str
    target: str
    subject: str = ""
    questions: tuple[Question, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """One explanation of a finding. `owner` is the ultimate owner's id at the observation's date, `country` its own.

    `established`: False where nobody has looked up who controls that owner. Then `country` is no more than its seat.
    """

    provider: str
    name: str
    type: ProviderType
    service: str
    relation: Relation
    owner: str
    country: str
    confidence: Confidence
    rules: tuple[str, ...] = ()
    established: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """A message code with its arguments, rendered in each language by `i18n`; never a stored sentence."""

    code: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion: who, for one subject of one role of one target.

    `claims`: rival explanations, best first; of a certificate, the issuer and behind it who holds the root.
    `complete`: every question that could change the verdict was answered ok or absent. `location`: null unless a
    published range names a region.
    """

    domain: str
    host: str
    role: Role
    subject: str
    category: str | None
    verdict: Verdict
    complete: bool
    reason: Reason
    claims: tuple[Claim, ...] = ()
    location: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies a finding in a run, and the order of every export."""
        return (self.domain, self.role, self.subject, self.category or "")


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who controls a provider from `start` (included) to `end` (excluded; None while it lasts)."""

    owner: str
    control: str
    start: date
    end: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was found, and when it was last checked."""

    url: str
    checked: date


@dataclass(frozen=True, slots=True)
class Shareholding:
    """How we know that the chain of control ends at a company: `kind` is listed, people, members, state, foundation."""

    kind: str
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a scheme says of one offer, never of the company, from `start` to `end` (both included; None: not said).

    `scheme`: secnumcloud, hds, ens, c5 or eucs; `service`: the id of the service that is sold as the offer, or "".
    """

    scheme: str
    offer: str
    service: str
    start: date
    end: date | None
    source: str
    checked: date


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern that names one service. `id` is provider/service/kind/pattern and stable."""

    id: str
    provider: str
    service: str
    kind: str
    pattern: str
    path: str = ""
    region: str = ""
    network: str = ""
    selectors: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One thing a provider does, with the rules that recognise it."""

    id: str
    name: str
    role: Role
    category: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """One company, public operator or nonprofit of the database.

    `inferred`: nothing but its servers' network, or a product's name, ties the names of its rules to it.
    """

    id: str
    name: str
    type: ProviderType
    country: str
    website: str
    sources: tuple[Source, ...]
    owners: tuple[Ownership, ...] = ()
    services: tuple[Service, ...] = ()
    shareholding: Shareholding | None = None
    qualifications: tuple[Qualification, ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """The manifest of a run: what was asked, from where, with what.

    `started`, `ended`: when the run was made; `observed_from`, `observed_to`: when the network gave its answers, which
    in a replay is long before.
    """

    id: str
    tool_version: str
    database: str
    vantage: str
    resolvers: tuple[str, ...]
    started: str
    ended: str
    input_digest: str
    targets: int
    batch_size: int
    home: str = "FR"
    command: str = ""
    recordings: tuple[str, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)
    rejected: tuple[str, ...] = ()
    fictional: bool = False
    observed_from: str = ""
    observed_to: str = ""
