"""What the overview shows: key figures, who holds what, a body's classes in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.metrics import TIES, WHOLE, Control, ProviderUse, RoleShare
from scanner.model import Role
from scanner.report.charts import Segment, segments
from scanner.report.facts import Body, Facts
from scanner.report.voice import Voice, inline

SHOWN_PROVIDERS = 20
CODES = {
    Control.PUBLIC: "p",
    Control.DOMESTIC: "d",
    Control.EU: "e",
    Control.US: "u",
    Control.OTHER: "o",
    Control.UNATTRIBUTED: "n",
    Control.UNOBSERVABLE: "x",
}
"""One letter a class in the body table and its data; "-" where a body does without, " " where nothing was asked."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One role of "who holds what"."""

    share: RoleShare
    label: str
    services: str
    segments: list[Segment]
    described: str
    percent: str
    count: str


def figures(facts: Facts, voice: Voice) -> list[Figure]:
    """The four figures that carry the page: the first four that the data can support."""
    return [figure for figure, _ in zip(_figures(facts, voice), range(4), strict=False)]


def _figures(facts: Facts, voice: Voice) -> Iterator[Figure]:
    t, total = voice.t, len(facts.bodies)
    first = facts.first
    if first is not None:
        n = len(first.bodies)
        percent = t.percent(n, total)
        yield Figure(voice.number(n), t("report.figure.depend", n=n, provider=first.name, percent=percent))
    counts = facts.third_party_counts
    if counts and not facts.read_only:
        mean = sum(counts) / len(counts)
        yield Figure(t.number(mean), t("report.figure.third-parties", n=len(counts), of=voice.number(len(counts))))
    if facts.site_stops:
        provider, n = facts.site_stops[0]
        yield Figure(voice.number(n), t("report.figure.stops", n=n, provider=facts.name_of(provider)))
    for role in (Role.MAILBOX, Role.DNS, Role.HOSTING, Role.CERTIFICATE, Role.RESOURCE):
        held = facts.concentration.get(role)
        if held is not None and held.owners > 3 and 2 * held.bodies >= facts.share[role].total:
            args = {"percent": t.percent(held.cr3, 1), "role": voice.role(role), "of": voice.number(held.bodies)}
            names = voice.listing(facts.name_of(owner) for owner in held.largest)
            yield Figure(voice.number(3), t("report.figure.concentration", n=3, names=names, **args))
            break
    yield Figure(voice.number(len(facts.uses)), t("report.figure.providers", n=len(facts.uses)))
    hidden = sum(Control.UNOBSERVABLE in body.controls.values() for body in facts.bodies)
    yield Figure(voice.number(hidden), t("report.figure.hidden", n=hidden, of=voice.number(total)))
    yield Figure(voice.number(total), t("report.figure.bodies", n=total))


def bars(facts: Facts, voice: Voice) -> list[BarRow]:
    """One stacked bar a role."""
    rows = []
    for share in facts.shares:
        n = share.count(*facts.focused)
        described = voice.listing(
            voice.t("report.bars.part", label=voice.control(control), count=voice.number(count))
            for control, count in share.counts.items()
        )
        services = voice.t("report.bars.services", n=share.total, count=voice.number(share.total))
        if share.absent:
            code = "report.bars.absent" if share.role not in WHOLE else "report.bars.without-any"
            services += " " + voice.t(code, n=share.absent, count=voice.number(share.absent))
        percent = voice.t.percent(n, share.total)
        count = voice.t("report.bars.count", n=n, count=voice.number(n), of=voice.number(share.total))
        parts = segments(share.counts, share.total)
        rows.append(BarRow(share, voice.role(share.role), services, parts, described, percent, count))
    return rows


def seats_line(facts: Facts, voice: Voice) -> str:
    """Of how many services, role by role, the class rests on a seat alone; "" of none."""
    counts = {role: found.total() for role, found in facts.seats.items()}
    parts = [
        voice.t(
            "report.bars.seat-part",
            role=inline(voice.role(role)),
            count=voice.number(counts[role]),
            of=voice.number(facts.share[role].total),
        )
        for role in Role
        if counts.get(role)
    ]
    return voice.t("report.bars.seat", parts=voice.listing(parts, len(parts))) if parts else ""


def body_codes(body: Body, roles: list[Role]) -> str:
    """A body's classes, one letter a role in the order of `roles`."""
    return "".join(
        (CODES[control] if (control := body.controls[role]) else "-") if role in body.controls else " "
        for role in roles
    )


def role_names(use: ProviderUse, voice: Voice, most: int = 4) -> str:
    """What a provider is used for: roles, and categories in place of page resources."""
    ranked = sorted(use.roles, key=lambda role: (role in TIES, -len(use.roles[role])))
    names: list[str] = []
    for role in ranked:
        if role is Role.RESOURCE and use.categories:
            kinds = [category for category in use.categories if category != "other"][:3]
            names += [voice.category(category) for category in kinds] or [voice.role(role)]
        else:
            names.append(voice.role(role))
    return voice.listing(dict.fromkeys(inline(name) for name in names), most)
