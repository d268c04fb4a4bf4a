"""Registration: the registry that the name's suffix names, and the registrar that RDAP names."""

from __future__ import annotations

from scanner.ask import Ask, rdap
from scanner.collect import Hints
from scanner.model import Observation, Target
from scanner.names import icann_registrable


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`suffix` (the registrable domain) and `registrar` (its RDAP question)."""
    name = icann_registrable(target.domain)
    question = rdap(name)
    await ask(question)
    return [
        Observation("suffix", name, target.domain, name),
        Observation("registrar", name, target.domain, name, (question,)),
    ]
