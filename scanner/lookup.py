"""Who one value belongs to: a host, a name server, a token, an address, a number.

Used by `sovscan lookup` and by the checks, which look every example up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scanner.ask import is_address
from scanner.model import Provider, Rule, Service
from scanner.providers import Database

KINDS = ("host", "ns", "mx", "spf", "txt", "ip", "asn", "issuer", "registrar")
_NAMES = ("host", "ns", "mx", "spf", "cname")


@dataclass(frozen=True, slots=True)
class Match:
    """What a value belongs to: the rule that says so, its service, its provider and the ultimate owner on the day.

    `established`: it is known who controls that owner, if anybody; else its country is no more than a seat.
    """

    rule: Rule
    service: Service
    provider: Provider
    owner: Provider
    established: bool = True


def guess_kinds(value: str) -> tuple[str, ...]:
    """The kinds that a value may be of, likeliest first."""
    if is_address(value):
        return ("ip",)
    if value.lower().removeprefix("as").isdecimal():
        return ("asn",)
    if "=" in value:
        return ("txt",)
    if " " in value or "." not in value:
        return ("issuer", "registrar")
    return _NAMES


def lookup(database: Database, kind: str, value: str, on: date) -> Match | None:
    """What names `value` of `kind` (any rule kind), or None. A host may carry a path: `host/path`."""
    path = ""
    if kind == "host":
        value, slash, rest = value.removeprefix("https://").removeprefix("http://").partition("/")
        path = slash + rest
    rule = database.rules.match(kind, value.strip(), path)
    if rule is None:
        return None
    provider = database.providers[rule.provider]
    owner, established = database.ultimate_owner(provider.id, on), database.established(provider.id, on)
    return Match(rule, database.service(rule), provider, owner, established)
