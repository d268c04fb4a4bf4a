"""Name servers: the NS RRset at the target's zone cut, and the addresses of each server."""

from __future__ import annotations

from scanner.ask import Ask, dns
from scanner.collect import Hints
from scanner.collect._walk import addresses, ask_all, host_of, machine_name
from scanner.model import Observation, Question, Status, Target
from scanner.names import icann_registrable, name_problem, same_party

MAX_SERVERS = 16
MAX_CLIMB = 8


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`zone` (the cut found, or "" where none was) and per server `ns` and its `ns-address`es."""
    zone, asked, servers = await _zone(target.domain, ask)
    seen = [Observation("zone", zone, target.domain, zone or target.domain, asked)]
    for server in servers[:MAX_SERVERS]:
        seen.append(Observation("ns", server, target.domain, zone, asked, {"machine": machine_name(server)}))
    networks = [
        server
        for server in servers[:MAX_SERVERS]
        if not hints.known("ns", server) or same_party(server, target.host) or machine_name(server)
    ]
    await ask_all(ask, (dns(server, "A") for server in servers[:MAX_SERVERS] if not name_problem(server)))
    for server in servers[:MAX_SERVERS]:
        seen += await addresses(server, target, ask, kind="ns-address", networks=server in networks)
    return seen


async def _zone(domain: str, ask: Ask) -> tuple[str, tuple[Question, ...], list[str]]:
    """Climb from a name to the cut of its zone: the first name that has NS records."""
    top = icann_registrable(domain)
    name, asked = domain, list[Question]()
    for _ in range(MAX_CLIMB):
        question = dns(name, "NS")
        asked.append(question)
        answer = await ask(question)
        if answer.status is Status.OK and answer.values:
            return name, tuple(asked), sorted({host_of(value) for value in answer.values} - {""})
        if name == top or answer.status is Status.FAILED:
            break
        name = name.partition(".")[2]
    return "", tuple(asked), []
