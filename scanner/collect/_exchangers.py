"""The receiving servers of a mail domain: MX in order of preference, where each leads, and what is wrong with them."""

from __future__ import annotations

from scanner.ask import Ask, dns, is_address, smtp
from scanner.collect import Hints
from scanner.collect._walk import addresses, ask_all, cname_chain, host_of, machine_name
from scanner.model import Answer, Observation, Question, Status, Target
from scanner.names import MAX_NAME, name_problem, same_party

MAX_MX = 16


async def exchangers(domain: str, answer: Answer, target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`null-mx`; per host, the preferred first, `mx` (data: preference, names, own, machine) with `mx-address`,
    `mx-tlsa` (DANE), `mx-smtp`; what is wrong as `mx-problem` (value: dangling, address-literal, alias, null-beside;
    subject: the host)."""
    hosts, null = _hosts(answer)
    seen = [Observation("null-mx", value, target.domain, domain, (answer.question,)) for value in null[:1]]
    if null and hosts:  # RFC 7505, section 3: a null MX stands alone
        seen.append(Observation("mx-problem", "null-beside", target.domain, domain, (answer.question,)))
    for host, preference in sorted(hosts.items(), key=lambda item: (item[1], item[0]))[:MAX_MX]:
        seen += await _exchanger(host, preference, domain, answer, target, ask)
        if not name_problem(host) and not hints.known("mx", host):
            greeting = await ask(smtp(host))  # unasked unless the user wants it
            if greeting.status is Status.OK and greeting.values:
                seen.append(Observation("mx-smtp", host, target.domain, host, (greeting.question,)))
    return seen


def _hosts(answer: Answer) -> tuple[dict[str, int], list[str]]:
    """Each host with its best preference, and the records that are a null MX (RFC 7505)."""
    hosts: dict[str, int] = {}
    null = []
    for value in answer.values:
        preference, *rest = value.split(maxsplit=1) or [""]
        host = rest[0] if rest else preference  # a value without preference is still a host, not a null MX
        name = host_of(host.strip())[:MAX_NAME]
        number = int(preference[:9]) if rest and preference.isascii() and preference.isdecimal() else 0
        if host.strip() == ".":
            null.append(value)
        elif name and number < hosts.get(name, 1 << 31):
            hosts[name] = number
    return hosts, null


async def _exchanger(
    host: str, preference: int, domain: str, answer: Answer, target: Target, ask: Ask
) -> list[Observation]:
    questions: list[Question] = []
    names: list[str] = []
    literal = is_address(host)
    if not literal:
        questions, names = await cname_chain(host, ask)
    data = {
        "preference": preference,
        "names": tuple(names),
        "own": same_party(host, domain) or same_party(host, target.host),
        "machine": not literal and machine_name(host),
    }
    seen = [Observation("mx", host, target.domain, domain, (answer.question, *questions), data)]
    found = await addresses(host, target, ask, kind="mx-address")
    seen += found
    asked = found[0].questions
    gone = bool(asked) and not found[0].value and {a.status for a in await ask_all(ask, asked)} == {Status.ABSENT}
    faults = {"address-literal": literal, "alias": bool(names), "dangling": gone}  # RFC 5321, 5.1; RFC 2181, 10.3
    seen += [
        Observation("mx-problem", fault, target.domain, host, seen[0].questions)
        for fault, is_so in faults.items()
        if is_so
    ]
    if name_problem(host):  # an address, or no host name: nothing stands below it
        return seen
    dane = await ask(dns(f"_25._tcp.{host}", "TLSA"))
    seen.append(Observation("mx-tlsa", dane.values[0] if dane.values else "", target.domain, host, (dane.question,)))
    return seen
