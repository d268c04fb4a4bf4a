"""Before a scan: is the line alive, and does the resolver tell the truth about names that do not exist?

A resolver that forges answers for missing names (a hotel's, some providers') makes NXDOMAIN prove nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from enum import StrEnum

from scanner.ask import Ask, dns

PROBES = ("com", "org", "fr")  # zones that have existed, unlike the names asked in them, for decades

# A resolver that refuses these zones may yet serve others (a lab's); one that finds no server has no line itself.
NO_WAY_OUT = frozenset({"timeout", "servfail", "connect", "tls", "http"})


class Line(StrEnum):
    """What a preflight found."""

    OK = "ok"
    DEAD = "dead"  # no resolver answers
    FORGED = "forged"  # names that cannot exist have addresses


async def preflight(ask: Ask) -> tuple[Line, frozenset[str]]:
    """Ask for names that nobody registered, and for the root's name servers; and the addresses that were forged."""
    names = [f"{secrets.token_hex(12)}.{zone}" for zone in PROBES]
    root, *missing = await asyncio.gather(ask(dns("", "NS")), *(ask(dns(name, "A")) for name in names))
    forged = frozenset(str(value) for answer in missing for value in answer.values)
    if forged:
        return Line.FORGED, forged
    if all(answer.reason in NO_WAY_OUT for answer in (root, *missing)):
        return Line.DEAD, forged
    return Line.OK, forged
