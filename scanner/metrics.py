"""Who holds what: classes of control, shares by role, providers by bodies, concentration. Pure functions of findings.

The class of a claim follows the reader's standpoint and the body's country, first that fits: a public operator of the
body's own State (or of the standpoint's), a company of that country, another member of the European Union, the United
States, any other country. A foreign State's operator is classed by its country like a company.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner.model import Claim, Finding, ProviderType, Relation, Role, Target, Verdict


class Control(StrEnum):
    """Whose law a dependency answers to in the end, seen from the body; the order is that of every bar and legend."""

    PUBLIC = "public"
    DOMESTIC = "domestic"
    EU = "eu"
    US = "us"
    OTHER = "other"
    UNATTRIBUTED = "unattributed"
    UNOBSERVABLE = "unobservable"


FURTHEST_FIRST = (
    Control.US,
    Control.OTHER,
    Control.EU,
    Control.UNATTRIBUTED,  # may come from anywhere: only what is surely further away goes before it
    Control.DOMESTIC,
    Control.PUBLIC,
    Control.UNOBSERVABLE,
)
"""A body counts once a role, in the first of these classes that one of its findings is in."""

KNOWN = frozenset({Control.PUBLIC, Control.DOMESTIC, Control.EU, Control.US, Control.OTHER})
ABROAD = frozenset({Control.EU, Control.US, Control.OTHER})


WHOLE = frozenset({Role.RESOURCE, Role.DECLARED_RESOURCE, Role.ACCOUNT})
"""Roles that a body does well to be without: those without stay in the denominator."""
TIES = frozenset({Role.ACCOUNT, Role.DECLARED_RESOURCE})
"""Roles that prove an account or a permission and no use: shown, never counted as depending."""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where the reader stands: `home`, the country of bodies whose list gives none; `eu`, the members of the Union."""

    home: str
    eu: frozenset[str]

    def country(self, target: Target) -> str:
        """The country whose public service the target is."""
        return target.country or self.home


@dataclass(frozen=True, slots=True)
class RoleShare:
    """How many bodies are in each class for one role; `absent` bodies do without it.

    They are out of `total`, except for what a page calls or a body proves (WHOLE): there the question is how many do.
    """

    role: Role
    counts: Mapping[Control, int]
    absent: int

    @property
    def total(self) -> int:
        """The denominator: bodies that have the role, seen or not; every body asked about, for the roles in WHOLE."""
        return sum(self.counts.values()) + (self.absent if self.role in WHOLE else 0)

    @property
    def seen(self) -> int:
        """Bodies whose role could be observed, those without it included."""
        return sum(self.counts.values()) + self.absent - self.counts.get(Control.UNOBSERVABLE, 0)

    def count(self, *controls: Control) -> int:
        """Bodies in any of the classes."""
        return sum(self.counts.get(control, 0) for control in controls)


@dataclass(frozen=True, slots=True)
class Concentration:
    """How few ultimate owners hold a role among the bodies whose holder is known.

    Each body weighs one, split equally between its owners. `hhi`: Herfindahl-Hirschman index, 0 to 1; `effective`:
    1/hhi, the number of equal owners that would give it; `cr3`: the three largest owners' share, 0 to 1.
    """

    role: Role
    bodies: int
    owners: int
    hhi: float
    effective: float
    cr3: float
    largest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProviderUse:
    """Who depends on one provider. `roles`: domains by role; `categories`: bodies by resource category.

    `bodies`: domains that depend on it; those with no more than a tie (TIES) to it are in `roles` only. `control`: the
    class most frequent among its bodies, as a company is domestic for the bodies of its own country only; it is that of
    a seat where the owner is not `established`.
    """

    provider: str
    name: str
    owner: str
    country: str
    type: ProviderType
    control: Control
    roles: Mapping[Role, tuple[str, ...]]
    categories: Mapping[str, int]
    bodies: tuple[str, ...]
    established: bool = True


def control_of(type_: ProviderType, country: str, body_country: str, standpoint: Standpoint) -> Control:
    """The class of a provider of that type, controlled from `country`, for a body of `body_country`."""
    if not country:
        return Control.UNATTRIBUTED
    if type_ is ProviderType.PUBLIC and country in (body_country, standpoint.home):
        return Control.PUBLIC
    if country == body_country:
        return Control.DOMESTIC
    if country in standpoint.eu:
        return Control.EU
    return Control.US if country == "US" else Control.OTHER


def counted_claim(finding: Finding) -> Claim | None:
    """The claim that a finding counts for: the best one; of what a body runs itself, whose machine it stands on."""
    if finding.verdict is Verdict.PROVIDER:
        return finding.claims[0] if finding.claims else None
    if finding.verdict is Verdict.SELF:
        return next((claim for claim in finding.claims if claim.relation is Relation.HOSTS), None)
    return None


def finding_control(finding: Finding, body_country: str, standpoint: Standpoint) -> Control | None:
    """The class of one finding; None when there is nothing (`absent`)."""
    if finding.verdict is Verdict.ABSENT:
        return None
    if finding.verdict is Verdict.UNKNOWN:
        return Control.UNOBSERVABLE
    claim = counted_claim(finding)
    if claim is not None:
        return control_of(claim.type, claim.country, body_country, standpoint)
    return Control.PUBLIC if finding.verdict is Verdict.SELF else Control.UNATTRIBUTED


def role_control(findings: Iterable[Finding], body_country: str, standpoint: Standpoint) -> Control | None:
    """The class of a body for one role from that role's findings; None when it does without."""
    found = {finding_control(finding, body_country, standpoint) for finding in findings}
    return next((control for control in FURTHEST_FIRST if control in found), None)


def seat_only(findings: Iterable[Finding], control: Control, body_country: str, standpoint: Standpoint) -> bool:
    """True when a body's class for a role rests on seats alone: no finding in that class has its owner established."""
    deciding = [finding for finding in findings if finding_control(finding, body_country, standpoint) is control]
    claims = [counted_claim(finding) for finding in deciding]
    return bool(claims) and all(claim is not None and not claim.established for claim in claims)


def by_role(findings: Iterable[Finding]) -> dict[Role, list[Finding]]:
    """Findings of one body by role, roles in the model's order; roles without a finding are left out."""
    roles: dict[Role, list[Finding]] = {role: [] for role in Role}
    for finding in findings:
        roles[finding.role].append(finding)
    return {role: found for role, found in roles.items() if found}


def body_controls(target: Target, findings: Iterable[Finding], standpoint: Standpoint) -> dict[Role, Control | None]:
    """A body's class for each role that was asked about; None where it does without."""
    country = standpoint.country(target)
    return {role: role_control(found, country, standpoint) for role, found in by_role(findings).items()}


def role_shares(controls: Iterable[Mapping[Role, Control | None]]) -> list[RoleShare]:
    """Shares by role over bodies, each as `body_controls` gives it; roles that no body was asked about are left out."""
    counts: dict[Role, Counter[Control | None]] = defaultdict(Counter)
    for body in controls:
        for role, control in body.items():
            counts[role][control] += 1
    shares = []
    for role in Role:
        if role in counts:
            found = {control: counts[role][control] for control in Control if counts[role][control]}
            shares.append(RoleShare(role, found, counts[role][None]))
    return shares


def dependency(controls: Iterable[Mapping[Role, Control | None]], wanted: frozenset[Control]) -> tuple[int, int]:
    """(bodies with a role in a wanted class, bodies of which a role could be seen); TIES are no dependency."""
    hits = seen = 0
    for body in controls:
        classes = {control for role, control in body.items() if role not in TIES}
        seen += bool(classes - {Control.UNOBSERVABLE})
        hits += bool(classes & wanted)
    return hits, seen


def provider_uses(
    targets: Iterable[Target], findings: Mapping[str, Iterable[Finding]], standpoint: Standpoint
) -> list[ProviderUse]:
    """Every provider that a body depends on, by number of bodies, then name."""
    claims: dict[str, Claim] = {}
    roles: dict[str, dict[Role, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    categories: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    classes: dict[str, Counter[Control]] = defaultdict(Counter)
    for target in targets:
        country = standpoint.country(target)
        mine: set[str] = set()
        for finding in findings.get(target.domain, ()):
            claim = counted_claim(finding)
            if claim is None:
                continue
            claims.setdefault(claim.provider, claim)
            roles[claim.provider][finding.role][target.domain] = None
            if finding.category:
                categories[claim.provider][finding.category].add(target.domain)
            if claim.provider not in mine:
                mine.add(claim.provider)
                classes[claim.provider][control_of(claim.type, claim.country, country, standpoint)] += 1
    uses = []
    for provider, claim in claims.items():
        held = {role: tuple(roles[provider][role]) for role in Role if role in roles[provider]}
        bodies = tuple(dict.fromkeys(d for role, domains in held.items() if role not in TIES for d in domains))
        kinds = sorted(categories[provider].items(), key=lambda item: (-len(item[1]), item[0]))
        counted = {category: len(domains) for category, domains in kinds}
        control = min(classes[provider].items(), key=lambda item: (-item[1], FURTHEST_FIRST.index(item[0])))[0]
        uses.append(
            ProviderUse(
                provider,
                claim.name,
                claim.owner,
                claim.country,
                claim.type,
                control,
                held,
                counted,
                bodies,
                claim.established,
            )
        )
    return sorted(uses, key=lambda use: (-len(use.bodies), use.name.casefold(), use.provider))


def concentrations(findings: Mapping[str, Iterable[Finding]]) -> dict[Role, Concentration]:
    """How few owners hold each role (Herfindahl 1950, Hirschman 1945; CR3 as in merger control)."""
    weights: dict[Role, Counter[str]] = defaultdict(Counter)
    bodies: Counter[Role] = Counter()
    for found in findings.values():
        owners: dict[Role, dict[str, None]] = defaultdict(dict)
        for finding in found:
            claim = counted_claim(finding)
            if claim is not None:
                owners[finding.role][claim.owner or claim.provider] = None
        for role, mine in owners.items():
            bodies[role] += 1
            for owner in mine:
                weights[role][owner] += 1 / len(mine)  # type: ignore[assignment]  # a Counter of fractions
    result = {}
    for role in (role for role in Role if role in weights):
        ranked = sorted(weights[role].items(), key=lambda item: (-item[1], item[0]))
        shares = [weight / bodies[role] for _, weight in ranked]
        hhi = sum(share * share for share in shares)
        largest = tuple(owner for owner, _ in ranked[:3])
        result[role] = Concentration(role, bodies[role], len(ranked), hhi, 1 / hhi, min(1.0, sum(shares[:3])), largest)
    return result


def third_parties(findings: Iterable[Finding]) -> int | None:
    """Third-party hosts that the page of a body requested; None when the page could not be seen or was not asked."""
    resources = [finding for finding in findings if finding.role is Role.RESOURCE]
    hosts = {f.subject for f in resources if f.verdict in (Verdict.PROVIDER, Verdict.UNATTRIBUTED)}
    if hosts:
        return len(hosts)
    return 0 if any(f.verdict in (Verdict.ABSENT, Verdict.SELF) for f in resources) else None
