"""Which AS announces an address: from a local table, else from Team Cymru's DNS zones.

https://www.team-cymru.com/ip-asn-mapping; values {"asn", "prefix", "name", "country"}, what is not known left out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb

from scanner.ask import Ask, now
from scanner.model import Answer, Question, Status
from scanner.net.dns import DnsClient
from scanner.net.guard import is_public
from scanner.net.reply import failure

_NUMBER_KEYS = ("autonomous_system_number", "asn", "as_number")
_NAME_KEYS = ("autonomous_system_organization", "as_name", "name", "organization", "as_organization", "org")
_COUNTRY_KEYS = ("country_code", "country", "as_country")


class TableError(Exception):
    """A table of AS numbers that cannot be read; the text names the file."""


def shipped_table() -> Path | None:
    """The table that ships with sovscan, inside the wheel or beside the package; None where it was left out.

    RouteViews, DB-IP and the NRO, merged by ip-location-db; CC BY 4.0 (providers/imported/README.md).
    """
    package = Path(__file__).parents[1]
    places = (package / "data" / "providers", package.parent / "providers")
    return next((path for place in places if (path := place / "imported" / "asn.mmdb").is_file()), None)


class AsnTable:
    """An MMDB of AS numbers, in any of the common layouts."""

    def __init__(self, path: Path) -> None:
        try:
            self._reader = maxminddb.open_database(path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise TableError(f"{path}: not a table of AS numbers in MMDB form ({error})") from error

    def look_up(self, address: str) -> dict[str, Any] | None:
        """What the table says of an address, or None."""
        try:
            record, length = self._reader.get_with_prefix_len(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return None
        number = as_number(_first(record, _NUMBER_KEYS)) if isinstance(record, Mapping) else None
        if number is None or not isinstance(record, Mapping):
            return None
        value: dict[str, Any] = {
            "asn": number,
            "prefix": str(ipaddress.ip_network(f"{address}/{length}", strict=False)),
        }
        name, country = _first(record, _NAME_KEYS), _first(record, _COUNTRY_KEYS)
        if isinstance(country, Mapping):
            country = country.get("iso_code")
        if isinstance(name, str) and name:
            value["name"] = name
        if isinstance(country, str) and len(country) == 2:
            value["country"] = country.upper()
        return value

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


def local_table(path: Path) -> Ask:
    """An Ask that answers asn questions from a table, and nothing else (replay). Raises TableError."""
    table = AsnTable(path)

    async def ask(question: Question) -> Answer:
        if question.kind != "asn":
            return Answer(question, Status.UNASKED)
        return table_answer(table, question)

    return ask


def table_answer(table: AsnTable, question: Question, vantage: str = "") -> Answer:
    """The answer of a table: ok, or absent where it has nothing."""
    value = table.look_up(question.subject)
    if value is None:
        return Answer(question, Status.ABSENT, (), "nodata", now(), vantage)
    return Answer(question, Status.OK, (value,), "", now(), vantage, note="table")


async def ask_cymru(dns: DnsClient, question: Question, vantage: str = "") -> Answer:
    """The answer of Team Cymru's zones; one question for each /24 or /48, the longest prefixes that are routed."""
    try:
        address = ipaddress.ip_address(question.subject)
    except ValueError:
        return failure(question, "malformed", now(), vantage)
    if not is_public(question.subject):  # nobody announces it, and it is nobody's business
        return Answer(question, Status.ABSENT, (), "nodata", now(), vantage)
    origin = await dns.ask(Question("dns", origin_name(address), "TXT"))
    if origin.status is not Status.OK:
        return Answer(question, origin.status, (), origin.reason, origin.at, vantage)
    best = max(filter(None, map(parse_origin, origin.values)), key=lambda value: _length(value["prefix"]), default=None)
    if best is None:
        return failure(question, "malformed", origin.at, vantage)
    described = await dns.ask(Question("dns", f"as{best['asn']}.asn.cymru.com", "TXT"))
    for text in described.values:
        best |= parse_as(str(text))
    return Answer(question, Status.OK, (best,), "", origin.at, vantage, origin.ttl)


def origin_name(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The name that holds an address's origin: of its /24 or /48, which share one."""
    if isinstance(address, ipaddress.IPv4Address):
        octets = str(address).split(".")[:3]
        return ".".join(["0", *reversed(octets), "origin.asn.cymru.com"])
    nibbles = address.exploded.replace(":", "")[:12]
    return ".".join([*reversed(nibbles), "origin6.asn.cymru.com"])


def parse_origin(text: str) -> dict[str, Any] | None:
    """Of '"64500 64501 | 192.0.2.0/24 | FR | ripencc | 2001-01-01"': the first AS, the prefix, the country."""
    fields = [field.strip() for field in str(text).strip('"').split("|")]
    if len(fields) < 3:
        return None
    number = as_number(fields[0].partition(" ")[0])
    try:
        prefix = str(ipaddress.ip_network(fields[1]))
    except ValueError:
        return None
    if number is None:
        return None
    return {"asn": number, "prefix": prefix, **({"country": fields[2]} if len(fields[2]) == 2 else {})}


def parse_as(text: str) -> dict[str, Any]:
    """Of '"64500 | FR | ripencc | 2001-01-01 | NAME, FR"': name and country."""
    fields = [field.strip() for field in text.strip('"').split("|")]
    if len(fields) < 5:
        return {}
    name, _, country = fields[4].rpartition(", ")
    value = {"name": name if name and len(country) == 2 else fields[4]}
    return value | ({"country": fields[1]} if len(fields[1]) == 2 else {})


def as_number(value: object) -> int | None:
    """An AS number from 64500, "64500" or "AS64500"; None for anything else and for AS 0."""
    text = str(value).upper().removeprefix("AS")
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        return None
    return int(text) or None


def _first(record: Mapping[Any, Any], keys: tuple[str, ...]) -> object:
    return next((record[key] for key in keys if record.get(key)), None)


def _length(prefix: str) -> int:
    return int(prefix.rpartition("/")[2])
