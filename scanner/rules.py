"""The rule index: from an observed value to the one rule that names it.

Suffixes match on label boundaries, the longest first; prefixes the longest first; addresses the narrowest network
first; everything else exactly. Never a substring (`google.com` does not match `notgoogle.com`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from scanner.model import Rule

SUFFIX_KINDS = frozenset(
    {"host", "ns", "mx", "cname", "spf", "dkim", "autodiscover", "srv", "dmarc", "registrar-host", "tld"}
)
PREFIX_KINDS = frozenset({"txt", "cookie", "header"})


class RuleIndex:
    """Looks values up by kind. Rules given later win over earlier ones of the same kind, pattern and path."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._suffix: dict[str, dict[str, list[Rule]]] = {kind: {} for kind in SUFFIX_KINDS}
        self._prefix: dict[str, dict[str, Rule]] = {kind: {} for kind in PREFIX_KINDS}
        self._lengths: dict[str, list[int]] = {}
        self._exact: dict[tuple[str, str], Rule] = {}
        self._networks: dict[tuple[int, int], dict[int, Rule]] = {}
        for rule in rules:
            self._add(rule)
        for kind, table in self._prefix.items():
            self._lengths[kind] = sorted({len(prefix) for prefix in table}, reverse=True)
        self._masks = sorted(self._networks, key=lambda key: -key[1])

    def match(self, kind: str, value: str, path: str = "") -> Rule | None:
        """The rule that names `value`, or None.

        `value`: a name, address, number, token or "name: value" header as text; `path`: a URL's path, for hosts.
        """
        return next(self.matches(kind, value, path), None)

    def matches(self, kind: str, value: str, path: str = "") -> Iterator[Rule]:
        """Every rule that fits, best first."""
        if kind in SUFFIX_KINDS:
            yield from self._suffixes(kind, value.rstrip(".").lower(), path)
        elif kind in PREFIX_KINDS:
            yield from self._prefixes(kind, value if kind != "header" else value.lower())
        elif kind == "ip":
            yield from self._covering(value)
        else:
            rule = self._exact.get((kind, _normal(kind, value)))
            if rule is not None:
                yield rule

    def _add(self, rule: Rule) -> None:
        if rule.kind in SUFFIX_KINDS:
            rivals = self._suffix[rule.kind].setdefault(rule.pattern, [])
            rivals[:] = [rival for rival in rivals if rival.path != rule.path] + [rule]
            rivals.sort(key=lambda rival: -len(rival.path))
        elif rule.kind in PREFIX_KINDS:
            self._prefix[rule.kind][rule.pattern] = rule
        elif rule.kind == "ip":
            network = ipaddress.ip_network(rule.pattern)
            self._networks.setdefault((network.version, network.prefixlen), {})[int(network.network_address)] = rule
        else:
            self._exact[rule.kind, _normal(rule.kind, rule.pattern)] = rule

    def _suffixes(self, kind: str, name: str, path: str) -> Iterator[Rule]:
        table = self._suffix[kind]
        while name:
            for rule in table.get(name, ()):
                if path.startswith(rule.path):
                    yield rule
            _, _, name = name.partition(".")

    def _prefixes(self, kind: str, value: str) -> Iterator[Rule]:
        table = self._prefix[kind]
        for length in self._lengths[kind]:
            rule = table.get(value[:length])
            if rule is not None and length <= len(value):
                yield rule

    def _covering(self, value: str) -> Iterator[Rule]:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return
        number, width = int(address), address.max_prefixlen
        for version, length in self._masks:
            if version == address.version:
                rule = self._networks[version, length].get(number >> (width - length) << (width - length))
                if rule is not None:
                    yield rule


def _normal(kind: str, value: str) -> str:
    value = " ".join(value.split()).lower()
    return value.removeprefix("as") if kind == "asn" else value
