"""Sentences made from the data: the claim of each page, right for none, one, many and too few to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.metrics import TIES, Control, ProviderUse, RoleShare
from scanner.model import Role
from scanner.report.facts import Facts
from scanner.report.voice import Voice, inline

ENOUGH = 10
"""Under ten observed bodies no proportion is said: one more or less would change it."""

CLAIM_ROLES = (Role.RESOURCE, Role.MAILBOX, Role.DNS, Role.HOSTING, Role.CERTIFICATE)
"""The roles that a page may open with, the one that citizens meet first."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The sentence of a page and the one under it."""

    headline: str
    detail: str


def proportion(n: int, of: int) -> tuple[str, int]:
    """`n` of `of` in tenths: (exact, near or over, tenths), or (none, one, few, most, all, count) and 0.

    A share within one point of a tenth is exact. Under ENOUGH bodies: `count`.
    """
    if n == 0:
        return "none", 0
    if n == of:
        return "all", 0
    if of < ENOUGH:
        return "count", 0
    if n == 1:
        return "one", 0
    share = n / of
    tenths = round(share * 10)
    if tenths == 0 or tenths == 10:
        return ("few" if tenths == 0 else "most"), 0
    gap = share - tenths / 10
    return ("exact" if abs(gap) < 0.0101 else "near" if gap < 0 else "over"), tenths


def share_sentence(voice: Voice, area: str, n: int, of: int) -> str:
    """The sentence "Four sites in ten call on ...": `area` names the noun and the verb phrase of the catalogue."""
    if of == 0:
        return voice.t(f"{area}.unseen")
    kind, tenths = proportion(n, of)
    numbers = {"count": voice.number(n), "of": voice.number(of)}
    nouns = {"unit": voice.t(f"{area}.unit"), "units": voice.t(f"{area}.units")}
    if tenths:
        form = "half" if tenths == 5 else "tenth" if tenths == 1 else "tenths"
        subject = voice.t(f"report.share.{kind}.{form}", word=voice.word(tenths), **nouns)
        grammatical = 2 if form == "tenths" else 1
    else:
        subject = voice.t(f"report.share.{kind}", n=n, **numbers, **nouns)
        grammatical = {"none": 0, "one": 1}.get(kind, n if kind == "count" else 2)
    return voice.sentence(f"{subject} {voice.t(f'{area}.says', n=grammatical)}")


def claim_share(facts: Facts) -> RoleShare | None:
    """The role that the overview opens with: the first of CLAIM_ROLES with enough seen, else the best seen."""
    known = [facts.share[role] for role in CLAIM_ROLES if role in facts.share] or facts.shares
    enough = next((share for share in known if denominator(share) >= ENOUGH), None)
    return enough or max(known, key=denominator, default=None)


def denominator(share: RoleShare) -> int:
    """Bodies that a claim about a role speaks of: seen; pages without third parties are seen, mail-less domains not."""
    return share.seen if share.role is Role.RESOURCE else share.seen - share.absent


def overview_claim(facts: Facts, voice: Voice) -> Claim:
    """The sentence of the overview, with its figure and its first provider."""
    share = claim_share(facts)
    if share is None:
        return Claim(voice.t("report.claim.nothing"), voice.t("report.claim.nothing-detail"))
    area = f"report.claim.{facts.focus}.{share.role if share.role in CLAIM_ROLES else 'any'}"
    read_only = facts.read_only if share.role is Role.RESOURCE else 0
    n, of = share.count(*facts.focused), denominator(share) + read_only
    detail = voice.t(f"{area}.detail", n=n, count=voice.number(n), of=voice.number(of))
    if 0 < of < ENOUGH:
        detail += " " + voice.t("report.claim.too-few")
    first = _first_provider(facts, share.role)
    if first is not None and n > 1:
        provider, count = first
        detail += " " + voice.t(
            f"report.claim.first-{'page' if share.role is Role.RESOURCE else 'any'}",
            n=count,
            provider=provider.name,
            count=voice.number(count),
        )
    resting = facts.seats.get(share.role, Counter())
    seats = sum(resting[control] for control in facts.focused)
    if seats:
        code = "report.claim.seat" if seats < n else "report.claim.seat-all"
        detail += " " + voice.t(code, n=seats, count=voice.number(seats), of=voice.number(n))
    if read_only:
        detail += " " + voice.t("report.claim.read-only", n=read_only, count=voice.number(read_only))
    return Claim(share_sentence(voice, area, n, of), detail)


def _first_provider(facts: Facts, role: Role) -> tuple[ProviderUse, int] | None:
    held = [(use, len(use.roles[role])) for use in facts.uses if role in use.roles and use.control in facts.focused]
    return max(held, key=lambda pair: pair[1], default=None)


def body_sentence(voice: Voice, controls: Mapping[Role, Control | None]) -> str:
    """ "Six functions observed: four answer to US companies, one to ...": a body's roles by class."""
    counts = Counter(control for control in controls.values() if control is not None)
    total = sum(counts.values())
    if not total:
        return voice.t("report.body.nothing")
    order = sorted(counts, key=lambda control: (control in _LAST, -counts[control], list(Control).index(control)))
    parts = [
        voice.t(f"{_part(voice, control)}", n=counts[control], word=voice.word(counts[control])) for control in order
    ]
    start = voice.t("report.body.functions", n=total, word=voice.word(total))
    return voice.sentence(voice.t("report.body.sentence", functions=start, parts=voice.listing(parts)))


_LAST = (Control.UNATTRIBUTED, Control.UNOBSERVABLE)


def _part(voice: Voice, control: Control) -> str:
    special = f"class.{control}.part-{voice.home}"
    return special if voice.t.has(special) else f"class.{control}.part"


def provider_sentence(voice: Voice, facts: Facts, use: ProviderUse | None) -> str:
    """ "141 of the 450 bodies depend on it, for ...": how much one provider weighs."""
    of = voice.number(len(facts.bodies))
    if use is None:
        return voice.t("report.provider.unused", of=of)
    roles = sorted(set(use.roles) - TIES, key=lambda role: (-len(use.roles[role]), list(Role).index(role)))
    count = len(use.bodies)
    names = voice.listing((inline(voice.role(role)) for role in roles), most=4)
    said = voice.t("report.provider.sentence", n=count, count=voice.number(count), of=of, name=use.name, roles=names)
    tied = {domain for role in TIES for domain in use.roles.get(role, ())} - set(use.bodies)
    return f"{said} {voice.t('report.provider.tied', n=len(tied), count=voice.number(len(tied)))}" if tied else said
