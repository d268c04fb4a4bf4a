"""Registration data of domains (RFC 9082, RFC 9083): registrar, expiry, holder's organisation; no personal data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from scanner.ask import now
from scanner.model import Answer, Question, Status
from scanner.net.limits import Pace
from scanner.net.reply import failure
from scanner.net.web import WebClient

MAX_TEXT = 300
MAX_ENTITIES = 50
ACCEPT = {"Accept": "application/rdap+json"}


@cache
def bootstrap() -> dict[str, str]:
    """Base URL by top-level domain, from the shipped part of IANA's list."""
    text = files("scanner.net").joinpath("rdap_bootstrap.json").read_text(encoding="utf-8")
    return {tld: base for base, tlds in json.loads(text)["services"].items() for tld in tlds}


async def ask_registry(
    web: WebClient, pace: Pace, question: Question, vantage: str = "", servers: Mapping[str, str] | None = None
) -> Answer:
    """What the registry of a domain's top-level domain says of it; one question an interval to one registry."""
    domain = question.subject
    base = {**bootstrap(), **(servers or {})}.get(domain.rpartition(".")[2])
    if base is None:
        return failure(question, "no-rdap", now(), vantage)
    await pace.wait(base)
    at = now()
    load = await web.load(f"{base}domain/{domain}", ACCEPT, trusted=True)
    if load.status is not Status.OK:
        return failure(question, load.reason, at, vantage, load.note)
    if load.hop.status == 404:
        return Answer(question, Status.ABSENT, (), "nodata", at, vantage)
    if load.hop.status == 429:
        pace.slow(base)
    if load.hop.status != 200:
        return failure(question, "http", at, vantage, f"status {load.hop.status}")
    try:
        record = json.loads(load.hop.body)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        return failure(question, "malformed", at, vantage)
    return Answer(question, Status.OK, (read_domain(record),), "", at, vantage)


def read_domain(record: Mapping[str, Any]) -> dict[str, str]:
    """Registrar, its IANA number, expiry, and the holder's organisation and country if published; absent keys left out.

    A person's name, address, telephone or mail address is never read.
    """
    value: dict[str, str] = {}
    for entity in _entities(record):
        roles = entity.get("roles")
        roles = roles if isinstance(roles, list) else []
        card = _card(entity)
        if "registrar" in roles and "registrar" not in value:
            value |= _kept(registrar=card.get("fn") or card.get("org"), registrar_id=_iana_number(entity))
        if "registrant" in roles:
            value |= _kept(org=card.get("org"), country=card.get("country"))
    for event in _dicts(record.get("events")):
        if event.get("eventAction") == "expiration":
            value |= _kept(expires=event.get("eventDate"))
    return value


def _entities(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _dicts(record.get("entities"))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value[:MAX_ENTITIES] if isinstance(item, dict)] if isinstance(value, list) else []


def _iana_number(entity: Mapping[str, Any]) -> str:
    for identifier in _dicts(entity.get("publicIds")):
        if "iana" in str(identifier.get("type", "")).lower():
            return str(identifier.get("identifier", ""))
    return ""


def _card(entity: Mapping[str, Any]) -> dict[str, str]:
    """Full name, organisation and country of a jCard (RFC 7095)."""
    found: dict[str, str] = {}
    card = entity.get("vcardArray")
    properties = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    for item in properties[:MAX_ENTITIES]:
        if not (isinstance(item, list) and len(item) >= 4 and isinstance(item[0], str)):
            continue
        name, parameters, _, content = item[:4]
        if name in ("fn", "org") and name not in found:
            text = content[0] if isinstance(content, list) and content else content
            found |= _kept(**{name: text})
        elif name == "adr":
            code = parameters.get("cc") if isinstance(parameters, dict) else None
            last = content[-1] if isinstance(content, list) and content else None
            country = code or last
            if isinstance(country, str) and len(country) == 2:
                found |= _kept(country=country.upper())
    return found


def _kept(**fields: object) -> dict[str, str]:
    return {
        name: value.strip()[:MAX_TEXT] for name, value in fields.items() if isinstance(value, str) and value.strip()
    }
