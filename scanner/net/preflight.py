"""Before a scan: is the line alive, and does the resolver tell the truth about names that do not exist?

A resolver that forges answers for missing names (a hotel's, some providers') makes NXDOMAIN prove nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from enum import StrEnum

from scanner.ask import Ask, dns
from scanner.model import Status

PROBES = ("com", "org", "fr")  # zones that have existed, unlike the names asked in them, for decades


class Line(StrEnum):
    """What a preflight found."""

    OK = "ok"
    DEAD = "dead"  # no resolver answers
    FORGED = "forged"  # names that cannot exist have addresses


async def preflight(ask: Ask) -> Line:
    """Ask for names that nobody registered, and for the root's name servers."""
    names = [f"{secrets.token_hex(12)}.{zone}" for zone in PROBES]
    root, *missing = await asyncio.gather(ask(dns("", "NS")), *(ask(dns(name, "A")) for name in names))
    if any(answer.status is Status.OK for answer in missing):
        return Line.FORGED
    if not any(answer.settled for answer in (root, *missing)):
        return Line.DEAD
    return Line.OK
