"""A network in memory: three bodies and the answers about them, as a plain function that counts what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from scanner import ask
from scanner.model import Answer, Question, Status, Target

TARGETS = tuple(
    Target(name, name, country="FR")
    for name in ("ville.example", "bourg.example", "port.example", "gare.example", "mer.example")
)


def _page(host: str, address: str, *links: str) -> dict[str, Any]:
    return {
        "status": 200,
        "url": f"https://{host}/",
        "redirects": [],
        "headers": [["server", "nginx"]],
        "ip": address,
        "links": [{"url": url, "tag": "script"} for url in links],
    }


def _records() -> dict[Question, tuple[Any, ...]]:
    records: dict[Question, tuple[Any, ...]] = {}
    for number, target in enumerate(TARGETS):
        name, address = target.domain, f"192.0.2.{number + 1}"
        records[ask.dns(name, "NS")] = ("ns-12-a.gandi.net.", f"ns.{name}.")
        records[ask.dns(name, "A")] = (address,)
        records[ask.dns(name, "MX")] = (f"10 {name.replace('.', '-')}.mail.protection.outlook.com.",)
        records[ask.dns(name, "TXT")] = ("v=spf1 include:spf.protection.outlook.com -all", "MS=ms12345")
        records[ask.http(f"https://{name}/")] = (
            _page(name, address, "https://www.google-analytics.com/analytics.js", f"https://{name}/own.js"),
        )
        records[ask.asn(address)] = ({"asn": 64496, "prefix": "192.0.2.0/24", "name": "NOBODY", "country": "FR"},)
        records[ask.rdap(address)] = ({"name": "NOBODY-NET", "country": "FR", "org": "Nobody"},)
        records[ask.rdap(name)] = ({"registrar": "GANDI", "registrar_id": "81", "expires": "2027-01-01T00:00:00Z"},)
    return records


class World:
    """An Ask that waits a little, like a network. `before` is called with each question, and may raise or wait."""

    def __init__(
        self, before: Callable[[Question], None] = lambda question: None, dead: frozenset[str] = frozenset()
    ) -> None:
        self.asked: list[Question] = []
        self._before = before
        self._dead = dead
        self._records = _records()

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        self._before(question)
        await asyncio.sleep(0)
        at = "2026-11-22T10:00:00Z"
        if any(name in question.subject for name in self._dead):
            return Answer(question, Status.FAILED, reason="timeout", at=at)
        values = self._records.get(question)
        if values is None:
            return Answer(question, Status.ABSENT, reason="nodata", at=at)
        return Answer(question, Status.OK, values, at=at)

    def names(self) -> set[str]:
        """The bodies that anything was asked about."""
        return {
            target.domain for target in TARGETS if any(target.domain in question.subject for question in self.asked)
        }
