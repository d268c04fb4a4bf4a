"""What a provider's page shows: who depends on it and for what, its owners with dates, its jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scanner.metrics import ProviderUse
from scanner.model import Ownership, Provider, ProviderType, Qualification
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
class Qualified:
    """One qualified offer in words. `source`: a link or ""."""

    scheme: str
    offer: str
    period: str
    source: str


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """One provider of the run, or an owner of one. `says`: which law it answers to and how that is known."""

    id: str
    name: str
    use: ProviderUse | None
    provider: Provider | None
    ultimate: str
    country: str
    type: str
    website: str
    says: str
    says_source: str
    qualifications: list[Qualified]
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
    says, says_source = _control(facts, voice, provider, country)
    return ProviderPage(
        id_,
        facts.name_of(id_) if provider or not use else use.name,
        use,
        provider,
        facts.name_of(ultimate),
        country,
        voice.t(f"report.type.{type_}"),
        web_link(provider.website) if provider else "",
        says,
        says_source,
        [_qualified(facts, voice, each) for each in provider.qualifications] if provider else [],
        _roles(facts, voice, use) if use else [],
        [_owner(facts, voice, entry, pages) for entry in _by_date(provider)],
        [facts.name_of(link.owner) for link in chain],
        [other for other in pages if other != id_ and _controls(facts, id_, other)],
    )


def _control(facts: Facts, voice: Voice, provider: Provider | None, country: str) -> tuple[str, str]:
    """Which law a provider answers to and how that is known, and the link to the source of how the chain ends."""
    t = voice.t
    if provider is None or not country:
        return t("report.who.no-country"), ""
    chain = [facts.name_of(link.owner) for link in facts.database.control_chain(provider.id, facts.day)]
    end = facts.database.ultimate_owner(provider.id, facts.day)
    args = {"chain": " → ".join([provider.name, *chain]), "country": voice.country(country), "name": end.name}
    if not facts.database.established(provider.id, facts.day):
        return t(f"report.provider.{'chain-seat' if chain else 'seat-only'}", **args), ""
    if end.type is ProviderType.COMPANY and end.shareholding is not None:
        kind = t(f"report.held.{end.shareholding.kind}")
        said = t(f"report.provider.{'chain-held' if chain else 'held'}", kind=kind, **args)
        return said, web_link(end.shareholding.source)
    alone = "joint" if end.type is ProviderType.COMPANY else f"type-{end.type.value}"
    return t(f"report.provider.{'chain' if chain else alone}", **args), ""


def _qualified(facts: Facts, voice: Voice, each: Qualification) -> Qualified:
    t = voice.t
    if each.end is None:
        period = t("report.provider.since", start=t.date(each.start))
    else:
        code = "from-to" if each.end >= facts.day else "ended"
        period = t(f"report.provider.{code}", start=t.date(each.start), end=t.date(each.end))
    return Qualified(t(f"report.scheme.{each.scheme}"), each.offer, period, web_link(each.source))


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
