"""The rule index: from an observed value to the one rule that names it.

Suffixes match on label boundaries, the longest first; prefixes the longest first; addresses the narrowest network
first; everything else exactly. Never a substring (`google.com` does not match `notgoogle.com`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scanner.model import Rule
from scanner.networks import NetworkIndex

SUFFIX_KINDS = frozenset(
    {"host", "ns", "mx", "cname", "spf", "dkim", "autodiscover", "srv", "dmarc", "registrar-host", "tld"}
)
PREFIX_KINDS = frozenset({"txt", "cookie", "header"})


@dataclass(frozen=True, slots=True)
class Ranges:
    """Networks that a provider publishes for one service; `region`: the provider's own name of a place, or ""."""

    provider: str
    service: str
    region: str
    anycast: bool
    cidrs: tuple[str, ...]


class RuleIndex:
    """Looks values up by kind. Rules given later win over earlier ones of the same kind, pattern and path.

    `hosts`: suffixes of an imported list, with provider and service: asked only where no rule covers the host, however
    long they are, since they name no owner. `ranges`: published networks; a rule for the same network wins.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        hosts: Mapping[str, tuple[str, str]] | None = None,
        ranges: Iterable[Ranges] = (),
    ) -> None:
        self._hosts = hosts or {}
        self._ranges = tuple(ranges)
        self._networks: list[Rule] = []
        self._made: dict[tuple[str, str], Rule] = {}
        self._suffix: dict[str, dict[str, list[Rule]]] = {kind: {} for kind in SUFFIX_KINDS}
        self._prefix: dict[str, dict[str, Rule]] = {kind: {} for kind in PREFIX_KINDS}
        self._exact: dict[tuple[str, str], Rule] = {}
        for rule in rules:
            self._add(rule)
        lengths: dict[tuple[str, str], set[int]] = {}
        for kind, table in self._prefix.items():
            for prefix in table:
                lengths.setdefault((kind, prefix[:1]), set()).add(len(prefix))
        self._lengths = {key: sorted(found, reverse=True) for key, found in lengths.items()}

    def match(self, kind: str, value: str, path: str = "") -> Rule | None:
        """The rule that names `value`, or None.

        `value`: a name, address, number, token or "name: value" header as text; `path`: a URL's path, for hosts.
        """
        return next(self.matches(kind, value, path), None)

    def matches(self, kind: str, value: str, path: str = "") -> Iterator[Rule]:
        """Every rule that fits, best first."""
        if kind in SUFFIX_KINDS:
            return self._suffixes(kind, value.rstrip(".").lower(), path)
        if kind in PREFIX_KINDS:
            return self._prefixes(kind, value if kind != "header" else value.lower())
        if kind == "ip":
            return map(self._rule, self._index.covering(value))
        rule = self._exact.get((kind, _normal(kind, value)))
        return iter(() if rule is None else (rule,))

    def _add(self, rule: Rule) -> None:
        if rule.kind in SUFFIX_KINDS:
            rivals = self._suffix[rule.kind].setdefault(rule.pattern, [])
            rivals[:] = [rival for rival in rivals if rival.path != rule.path] + [rule]
            rivals.sort(key=lambda rival: -len(rival.path))
        elif rule.kind in PREFIX_KINDS:
            self._prefix[rule.kind][rule.pattern] = rule
        elif rule.kind == "ip":
            self._networks.append(rule)
        else:
            self._exact[rule.kind, _normal(rule.kind, rule.pattern)] = rule

    def _suffixes(self, kind: str, name: str, path: str) -> Iterator[Rule]:
        table, whole = self._suffix[kind], name
        while name:
            for rule in table.get(name, ()):
                if _under(path, rule.path):
                    yield rule
            _, _, name = name.partition(".")
        if kind == "host":
            yield from self._imported(whole)

    def _prefixes(self, kind: str, value: str) -> Iterator[Rule]:
        table = self._prefix[kind]
        for length in self._lengths.get((kind, value[:1]), ()):
            rule = table.get(value[:length])
            if rule is not None and length <= len(value):
                yield rule

    def _imported(self, name: str) -> Iterator[Rule]:
        while name:
            found = self._hosts.get(name)
            if found is not None:
                yield self._made_of("host", name, *found, "")
            _, _, name = name.partition(".")

    @cached_property
    def _index(self) -> NetworkIndex[Rule | tuple[str, Ranges]]:
        """Made when the first address is asked for: published ranges are many."""
        published = ((cidr, (cidr, ranges)) for ranges in self._ranges for cidr in ranges.cidrs)
        return NetworkIndex([*published, *((rule.pattern, rule) for rule in self._networks)])

    def _rule(self, found: Rule | tuple[str, Ranges]) -> Rule:
        if isinstance(found, Rule):
            return found
        cidr, of = found
        return self._made_of("ip", cidr, of.provider, of.service, "" if of.anycast else of.region)

    def _made_of(self, kind: str, pattern: str, provider: str, service: str, region: str) -> Rule:
        """The rule that an imported name or network stands for, made when it is first needed."""
        key = (kind, pattern)
        rule = self._made.get(key)
        if rule is None:
            rule = Rule(f"{provider}/{service}/{kind}/{pattern}", provider, service, kind, pattern, region=region)
            self._made[key] = rule
        return rule


def _under(path: str, prefix: str) -> bool:
    """True when a URL's path begins with `prefix` and the word that ends it ends there: /tr is not in /training."""
    rest = path[len(prefix) :]
    return path.startswith(prefix) and not (prefix[-1:].isalnum() and rest[:1].isalnum())


def _normal(kind: str, value: str) -> str:
    value = " ".join(value.split()).lower()
    return value.removeprefix("as") if kind == "asn" else value
