"""Everything that the pages of one site share, worked out once: classes, shares, providers, effects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from scanner.metrics import (
    ABROAD,
    KNOWN,
    TIES,
    Concentration,
    Control,
    ProviderUse,
    RoleShare,
    Standpoint,
    body_controls,
    by_role,
    concentrations,
    provider_uses,
    role_shares,
    seat_only,
    third_parties,
)
from scanner.model import Finding, Role, Run, Target
from scanner.providers import Database
from scanner.report.names import page_name, readable_domain
from scanner.report.stops import SITE, Stop, certain_stops
from scanner.store import Results


@dataclass(frozen=True, slots=True)
class Body:
    """One body as the pages show it: `name` is the organisation's, else its domain; `page` its file name."""

    target: Target
    name: str
    shown_domain: str
    page: str
    controls: dict[Role, Control | None]


class Facts:
    """One run seen from one standpoint; computed lazily, read-only."""

    def __init__(self, results: Results, database: Database, home: str) -> None:
        self.run: Run = results.manifest
        self.database = database
        self.findings = results.findings
        self.loads = results.loads
        self.posture = results.posture
        eu = database.groups.get("eu")
        self.standpoint = Standpoint(home, eu.countries if eu else frozenset())
        self.bodies = [self._body(target) for target in results.targets]
        self.bodies.sort(key=lambda body: (body.name.casefold(), body.target.domain))

    def _body(self, target: Target) -> Body:
        shown = readable_domain(target.domain)
        controls = body_controls(target, self.of(target), self.standpoint)
        return Body(target, target.org or shown, shown, page_name(target.domain), controls)

    def of(self, target: Target) -> Sequence[Finding]:
        """The findings of a body."""
        return self.findings.get(target.domain, ())

    @cached_property
    def days(self) -> tuple[date, date]:
        """The first and the last day of observation (of the run itself where the manifest does not say)."""
        first = _day(self.run.observed_from) or _day(self.run.started) or datetime.now(UTC).date()
        return first, _day(self.run.observed_to) or first

    @property
    def day(self) -> date:
        """The day on which ownership is read."""
        return self.days[1]

    @cached_property
    def roles(self) -> list[Role]:
        """The roles that were asked about."""
        return [share.role for share in self.shares]

    @cached_property
    def read_only(self) -> int:
        """Pages read without running their scripts in which no third party stood: not observable, and not clean.

        What counts pages that call somebody must count these too: those where one stood were seen by the same means.
        """
        code = "resource.scripts-not-run"
        return sum(any(f.reason.code == code for f in self.of(body.target)) for body in self.bodies)

    @cached_property
    def shares(self) -> list[RoleShare]:
        """Shares by role over all bodies."""
        return role_shares(body.controls for body in self.bodies)

    @cached_property
    def share(self) -> dict[Role, RoleShare]:
        """The same by role."""
        return {share.role: share for share in self.shares}

    @cached_property
    def seats(self) -> dict[Role, Counter[Control]]:
        """Bodies by role and class whose class rests on seats alone, no owner being established."""
        counts: dict[Role, Counter[Control]] = {}
        for body in self.bodies:
            country = self.standpoint.country(body.target)
            for role, found in by_role(self.of(body.target)).items():
                control = body.controls.get(role)
                if control in KNOWN and seat_only(found, control, country, self.standpoint):
                    counts.setdefault(role, Counter())[control] += 1
        return counts

    @cached_property
    def uses(self) -> list[ProviderUse]:
        """Providers by number of bodies."""
        return provider_uses([body.target for body in self.bodies], self.findings, self.standpoint)

    @cached_property
    def use(self) -> dict[str, ProviderUse]:
        """The same by provider id."""
        return {use.provider: use for use in self.uses}

    @cached_property
    def body(self) -> dict[str, Body]:
        """Bodies by domain."""
        return {body.target.domain: body for body in self.bodies}

    @cached_property
    def concentration(self) -> dict[Role, Concentration]:
        """How few owners hold each role."""
        return concentrations(self.findings)

    @cached_property
    def focus(self) -> str:
        """Which control the claims are about: `us`, or `abroad` where American bodies are looked at."""
        countries = {self.standpoint.country(body.target) for body in self.bodies}
        return "abroad" if "US" in countries else "us"

    @cached_property
    def focused(self) -> frozenset[Control]:
        """The classes that the claims are about."""
        return frozenset({Control.US}) if self.focus == "us" else ABROAD

    @cached_property
    def first(self) -> ProviderUse | None:
        """The provider that the claims name: the most used one that the focus is on, certificates and the like apart.

        A certificate or a proven account binds less than a mailbox or a script: they do not choose the name.
        """
        lesser = {Role.REGISTRY, Role.REGISTRAR, Role.CERTIFICATE, *TIES}
        held = [use for use in self.uses if use.control in self.focused]
        weight = {use.provider: len({d for r, ds in use.roles.items() if r not in lesser for d in ds}) for use in held}
        return max(held, key=lambda use: (weight[use.provider], len(use.bodies)), default=None)

    @cached_property
    def third_party_counts(self) -> list[int]:
        """Third-party hosts of each page that could be seen."""
        counts = (third_parties(self.of(body.target)) for body in self.bodies)
        return [count for count in counts if count is not None]

    @cached_property
    def hard_roles(self) -> frozenset[Role]:
        """Roles whose loss stops the service at once, as the database says."""
        labels = self.database.labels
        return frozenset(role for role in Role if f"role/{role}" in labels and labels[f"role/{role}"].hard)

    @cached_property
    def places(self) -> frozenset[str]:
        """The labels (`role/dns`, `category/fonts`) of which the database says what leaving looks like."""
        labels = self.database.labels.items()
        return frozenset(key for key, label in labels if label.leaving or label.alternatives)

    def stops(self, target: Target) -> list[Stop]:
        """The certain effects of each provider's stop on a body."""
        return certain_stops(by_role(self.of(target)), self.hard_roles)

    @cached_property
    def site_stops(self) -> list[tuple[str, int]]:
        """Providers by the number of sites that would surely stop with them."""
        counts = Counter(
            stop.claim.provider for body in self.bodies for stop in self.stops(body.target) if SITE in stop.what
        )
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def name_of(self, provider: str) -> str:
        """A provider's name, its id where the database does not know it."""
        known = self.database.providers.get(provider)
        return known.name if known else provider


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
