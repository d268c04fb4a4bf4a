"""What a provider's page shows: who depends on it and for what, its owners with dates, its jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scanner.metrics import ProviderUse
from scanner.model import Ownership, Provider
from scanner.providers import held
from scanner.report.facts import Body, Facts
from scanner.report.names import page_name, web_link
from scanner.report.voice import Voice

MAX_BODIES = 500
"""Bodies named a role: the rest are counted, and found with the filter of the list of bodies."""


@dataclass(frozen=True, slots=True)
class RoleUse:
    """Who depends on a provider for one role."""

    label: str
    count: int
    bodies: list[Body]
    more: int


@dataclass(frozen=True, slots=True)
class Owner:
    """One entry of the owner history in words. `now`: it holds on the run's day; `source`: a link or ""."""

    name: str
    page: str
    country: str
    control: str
    period: str
    now: bool
    source: str


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """One provider of the run, or an owner of one."""

    id: str
    name: str
    use: ProviderUse | None
    provider: Provider | None
    ultimate: str
    country: str
    type: str
    website: str
    roles: list[RoleUse]
    owners: list[Owner]
    chain: list[str]
    holdings: list[str]


def listed(facts: Facts) -> list[str]:
    """Ids of the providers that get a page: those in use, and everyone who controls one of them."""
    ids = [use.provider for use in facts.uses]
    owners: dict[str, None] = {}
    for id_ in ids:
        if id_ in facts.database.providers:
            owners.update((link.owner, None) for link in facts.database.control_chain(id_, facts.day))
    return [*ids, *(owner for owner in owners if owner not in facts.use and owner in facts.database.providers)]


def provider_page(facts: Facts, voice: Voice, id_: str, pages: frozenset[str]) -> ProviderPage:
    """The content of one page; `pages`: the ids that have one."""
    provider, use = facts.database.providers.get(id_), facts.use.get(id_)
    country = use.country if use else ""
    ultimate = use.owner if use else id_
    if provider is not None:
        owner = facts.database.ultimate_owner(id_, facts.day)
        ultimate, country = owner.id, country or owner.country
    chain = facts.database.control_chain(id_, facts.day) if provider else ()
    type_ = provider.type if provider else use.type if use else ""
    return ProviderPage(
        id_,
        facts.name_of(id_) if provider or not use else use.name,
        use,
        provider,
        facts.name_of(ultimate),
        country,
        voice.t(f"report.type.{type_}"),
        web_link(provider.website) if provider else "",
        _roles(facts, voice, use) if use else [],
        [_owner(facts, voice, entry, pages) for entry in _by_date(provider)],
        [facts.name_of(link.owner) for link in chain],
        [other for other in pages if other != id_ and _controls(facts, id_, other)],
    )


def _controls(facts: Facts, owner: str, other: str) -> bool:
    """True when `owner` directly controls `other` on the run's day."""
    provider = facts.database.providers.get(other)
    owners = provider.owners if provider else ()
    return any(entry.owner == owner and held(entry, facts.day) for entry in owners)


def _roles(facts: Facts, voice: Voice, use: ProviderUse) -> list[RoleUse]:
    uses = []
    for role, domains in sorted(use.roles.items(), key=lambda item: -len(item[1])):
        bodies = sorted((facts.body[domain] for domain in domains), key=lambda body: body.name.casefold())
        uses.append(RoleUse(voice.role(role), len(bodies), bodies[:MAX_BODIES], max(0, len(bodies) - MAX_BODIES)))
    return uses


def _by_date(provider: Provider | None) -> list[Ownership]:
    return sorted(provider.owners, key=lambda entry: entry.start, reverse=True) if provider else []


def _owner(facts: Facts, voice: Voice, entry: Ownership, pages: frozenset[str]) -> Owner:
    known = facts.database.providers.get(entry.owner)
    t = voice.t
    if entry.end is None:
        period = t("report.provider.since", start=t.date(entry.start))
    else:
        period = t("report.provider.from-to", start=t.date(entry.start), end=t.date(entry.end))
    return Owner(
        known.name if known else entry.owner,
        page_name(entry.owner) if entry.owner in pages else "",
        voice.country(known.country) if known else "",
        t(f"report.control.{entry.control}"),
        period,
        held(entry, facts.day),
        web_link(entry.source),
    )


def checked(provider: Provider | None) -> list[tuple[str, date]]:
    """The sources of a provider's entry that a reader may follow, with the day of their last check."""
    sources = provider.sources if provider else ()
    return [(web_link(source.url), source.checked) for source in sources if web_link(source.url)]
