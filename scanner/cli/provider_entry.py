"""One entry of the provider database as `sovscan providers list` and `show` tell it: lines of text, JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from scanner.cli.output import t
from scanner.model import Provider, ProviderType, Qualification
from scanner.providers import Database


def label(database: Database, key: str) -> str:
    """What a role or category is called."""
    known = database.labels.get(key)
    return known.label[t.language] if known else key.partition("/")[2]


def row(database: Database, provider: Provider, on: date) -> dict[str, Any]:
    """An entry in short; `owner_established`: it is known who controls the ultimate owner, if anybody."""
    owner = database.ultimate_owner(provider.id, on)
    return {
        "id": provider.id,
        "name": provider.name,
        "type": provider.type.value,
        "country": provider.country,
        "owner": owner.id,
        "owner_country": owner.country,
        "owner_established": database.established(provider.id, on),
        "services": len(provider.services),
        "rules": sum(len(service.rules) for service in provider.services),
        "checked": max(source.checked for source in provider.sources).isoformat(),
    }


def line(database: Database, told: dict[str, Any]) -> str:
    """A row in words."""
    code = "line" if told["owner"] == told["id"] else "owned"
    code += "" if told["owner_established"] else "-seat"
    words = {"country": t.country(told["country"]), "owner_country": t.country(told["owner_country"])}
    return t(
        f"providers.list.{code}",
        **{**told, **words, "owner": database.providers[told["owner"]].name, "n": told["rules"]},
    )


def established(database: Database, on: date) -> str:
    """Of how many companies it is known who controls them, if anybody, in one line."""
    companies = [id_ for id_, each in database.curated.items() if each.type is ProviderType.COMPANY]
    known = sum(database.established(id_, on) for id_ in companies)
    return t("providers.established", n=len(companies), known=known, share=t.percent(known, len(companies)))


def lines(database: Database, provider: Provider, on: date) -> Iterator[str]:
    """Everything that the database says of one provider."""
    type_ = t(f"report.type.{provider.type.value}")
    yield t("providers.show.head", name=provider.name, type=type_, website=provider.website)
    country = t.country(provider.country) if provider.country else t("report.who.no-country")
    yield t("providers.show.seat", country=country)
    yield from _control(database, provider, on)
    yield from _qualifications(provider, on)
    yield from _services(database, provider)
    if provider.inferred:
        yield t("report.provider.inferred")
    for source in provider.sources:
        yield t("providers.show.source", url=source.url, date=t.date(source.checked))


def _control(database: Database, provider: Provider, on: date) -> Iterator[str]:
    for entry in provider.owners:
        code = "providers.show.owner-to" if entry.end else "providers.show.owner"
        holder, control = database.providers.get(entry.owner), t(f"report.control.{entry.control}")
        days = {"start": t.date(entry.start), "end": t.date(entry.end or entry.start)}
        yield t(code, owner=holder.name if holder else entry.owner, control=control, source=entry.source, **days)
    if provider.shareholding is not None:
        held = provider.shareholding
        kind = t(f"report.held.{held.kind}")
        yield t("providers.show.held", kind=kind, source=held.source, date=t.date(held.checked))
    owner, known = database.ultimate_owner(provider.id, on), database.established(provider.id, on)
    if owner.id != provider.id:
        code = "providers.show.ultimate" if known else "providers.show.ultimate-seat"
        yield t(code, owner=owner.name, country=t.country(owner.country))
    elif not known and provider.country:
        yield t("providers.show.not-established")


def _qualifications(provider: Provider, on: date) -> Iterator[str]:
    for each in provider.qualifications:
        yield t(
            "providers.show.qualification",
            scheme=t(f"report.scheme.{each.scheme}"),
            offer=each.offer,
            period=period(each, on),
            source=each.source,
            date=t.date(each.checked),
        )
    if provider.qualifications:
        yield t("report.provider.qualification-note")


def period(each: Qualification, on: date) -> str:
    """Since when a qualification holds, and until when."""
    if each.end is None:
        return t("report.provider.since", start=t.date(each.start))
    code = "report.provider.from-to" if each.end >= on else "report.provider.ended"
    return t(code, start=t.date(each.start), end=t.date(each.end))


def _services(database: Database, provider: Provider) -> Iterator[str]:
    for service in provider.services:
        category = f", {label(database, f'category/{service.category}')}" if service.category else ""
        role = label(database, f"role/{service.role.value}")
        yield t("providers.show.service", id=service.id, name=service.name, role=role, category=category)
        for rule in service.rules:
            yield f"    {rule.kind} {rule.pattern}{rule.path}"
        for host in (host for host, of in database.imported.hosts.items() if of == (provider.id, service.id)):
            yield f"    host {host}"
        for ranges in (r for r in database.imported.ranges if (r.provider, r.service) == (provider.id, service.id)):
            place = "anycast" if ranges.anycast else ranges.region or "–"
            yield f"    {t('providers.show.ranges', n=len(ranges.cidrs), region=place)}"


def whole(database: Database, provider: Provider, on: date) -> dict[str, Any]:
    """Everything that the database says of one provider, as JSON values."""
    owner = database.ultimate_owner(provider.id, on)
    held = provider.shareholding
    return {
        "id": provider.id,
        "name": provider.name,
        "type": provider.type.value,
        "country": provider.country or None,
        "website": provider.website,
        "curated": provider.id in database.curated,
        "owner": owner.id,
        "owner_country": owner.country or None,
        "owner_established": database.established(provider.id, on),
        "owners": [
            {"owner": o.owner, "control": o.control, "from": o.start, "to": o.end, "source": o.source}
            for o in provider.owners
        ],
        "shareholding": {"kind": held.kind, "source": held.source, "checked": held.checked} if held else None,
        "qualifications": [
            {
                "scheme": q.scheme,
                "offer": q.offer,
                "service": q.service or None,
                "from": q.start,
                "to": q.end,
                "source": q.source,
                "checked": q.checked,
            }
            for q in provider.qualifications
        ],
        "services": [
            {"id": s.id, "name": s.name, "role": s.role.value, "category": s.category, "rules": [r.id for r in s.rules]}
            for s in provider.services
        ],
        "sources": [{"url": source.url, "checked": source.checked} for source in provider.sources],
    }
