"""Load the provider database: who is behind a rule, who controls them, and whose law they answer to."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from scanner import entries
from scanner.entries import Group, Label
from scanner.imported import Imported, is_imported
from scanner.model import Ownership, Provider, ProviderType, Rule, Service
from scanner.rules import RuleIndex
from scanner.tables import digest_of, published, read, shipped

MAX_CHAIN = 32


class Database:
    """Providers, their rules and the sets they belong to. Built by `load`; read-only.

    `providers`: all that a rule may name; `curated`: those that we looked up, each with its country and sources.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        groups: Mapping[str, Group],
        labels: Mapping[str, Label],
        digest: str,
        imported: Imported | None = None,
    ) -> None:
        self.imported = imported or Imported()
        self.curated = providers
        self.providers: Mapping[str, Provider] = {**self.imported.providers, **providers}
        self.groups = groups
        self.labels = labels
        self.digest = digest
        self.services: dict[tuple[str, str], Service] = {
            (provider.id, service.id): service for provider in self.providers.values() for service in provider.services
        }
        self._ultimate: dict[tuple[str, dt.date], Provider] = {}
        self._established: dict[tuple[str, dt.date], bool] = {}

    @cached_property
    def rules(self) -> RuleIndex:
        """The index of every rule."""
        rules = (rule for service in self.services.values() for rule in service.rules)
        hosts = {name: of for name, of in self.imported.hosts.items() if of in self.services}
        ranges = (entry for entry in self.imported.ranges if (entry.provider, entry.service) in self.services)
        return RuleIndex(rules, hosts, ranges)

    @cached_property
    def date(self) -> str:
        """The day of the latest check, ISO 8601."""
        checked = [source.checked for provider in self.curated.values() for source in provider.sources]
        return max(checked).isoformat() if checked else ""

    @cached_property
    def dkim_selectors(self) -> tuple[str, ...]:
        """Every DKIM selector that a rule names, sorted."""
        rules = (rule for service in self.services.values() for rule in service.rules if rule.kind == "dkim")
        return tuple(sorted({selector for rule in rules for selector in rule.selectors}))

    def service(self, rule: Rule) -> Service:
        """The service that a rule names."""
        return self.services[rule.provider, rule.service]

    def control_chain(self, provider_id: str, on: dt.date) -> tuple[Ownership, ...]:
        """Majority owners from the provider upwards on a day; where it ends, `established` says how we know."""
        chain: list[Ownership] = []
        seen = {provider_id}
        current = self.providers.get(provider_id)
        while current is not None and len(chain) < MAX_CHAIN:
            holder = next((o for o in current.owners if o.control == "majority" and held(o, on)), None)
            if holder is None or holder.owner in seen or holder.owner not in self.providers:
                break  # an owner that no file describes: `providers check` says so
            chain.append(holder)
            seen.add(holder.owner)
            current = self.providers.get(holder.owner)
        return tuple(chain)

    def ultimate_owner(self, provider_id: str, on: dt.date) -> Provider:
        """Who controls a provider in the end on a day; joint and dispersed shareholding end the chain."""
        key = (provider_id, on)
        owner = self._ultimate.get(key)
        if owner is None:
            chain = self.control_chain(provider_id, on)
            owner = self.providers[chain[-1].owner if chain else provider_id]
            self._ultimate[key] = owner
        return owner

    def established(self, provider_id: str, on: dt.date) -> bool:
        """True when it is known who controls a provider in the end on a day.

        The chain ends at a public body, at a nonprofit, at a company whose shareholding somebody looked up, or at one
        under joint control. Any other end is only where our knowledge stops: a seat, and no owner.
        """
        key = (provider_id, on)
        known = self._established.get(key)
        if known is None:
            end = self.ultimate_owner(provider_id, on)
            joint = any(owner.control == "joint" and held(owner, on) for owner in end.owners)
            known = end.type is not ProviderType.COMPANY or end.shareholding is not None or joint
            self._established[key] = known
        return known


def held(ownership: Ownership, on: dt.date) -> bool:
    """True when the ownership lasts on that day: [from, to)."""
    return ownership.start <= on and (ownership.end is None or on < ownership.end)


def load(*overlays: Path, base: Path | None = None) -> Database:
    """The shipped database, over it the ranges fetched, over these the user's folders, the last winning.

    With `base`, that folder and the overlays alone. Raises DatabaseError.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage, and walking it all in the middle takes as long as the rest
    try:
        return _load(overlays, base)
    finally:
        if collecting:
            gc.enable()


def _load(overlays: Sequence[Path], base: Path | None) -> Database:
    fetched = (published(),) if base is None and published().is_dir() else ()
    imported = Imported()
    companies: dict[str, Provider] = {}
    groups: dict[str, Group] = {}
    labels: dict[str, Label] = {}
    digests = ""
    for folder in (base or shipped(), *fetched, *overlays):
        digest = digest_of(folder)
        digests += digest
        tables = read(folder, digest)
        for part in ("imported/", "companies/"):  # the last rule wins: curated over imported, a user's over ours
            for name in sorted(name for name in tables if name.startswith(part)):
                if is_imported(tables[name]):
                    imported.add(tables[name])
                    continue
                provider = entries.provider(tables[name])
                companies.pop(provider.id, None)
                companies[provider.id] = provider
        groups |= entries.groups(tables.get("groups.toml", {}))
        labels |= entries.labels(tables.get("categories.toml", {}))
    return Database(companies, groups, labels, hashlib.sha256(digests.encode()).hexdigest()[:12], imported)
