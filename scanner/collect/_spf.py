"""SPF (RFC 7208): the terms of a domain's record, its includes and redirects followed within the RFC's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.ask import Ask, asn, dns
from scanner.collect._spf_terms import Term, is_record, terms_of, text_of
from scanner.model import Answer, Observation, Question, Status, Target

MAX_LOOKUPS = 10
"""RFC 7208, section 4.6.4: terms that cost a DNS look-up."""
MAX_VOID = 2
"""RFC 7208, section 4.6.4: look-ups that find nothing."""
COSTLY = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
NAMING = frozenset({"include", "redirect", "a", "mx", "exists"})
MAX_RECORDS = 4
MAX_NETWORKS = 16
"""Networks of one body's own record whose AS is asked."""


@dataclass(slots=True)
class _Walk:
    """What one evaluation has spent and seen."""

    domain: str
    target: Target
    ask: Ask
    seen: list[Observation] = field(default_factory=list)
    lookups: int = 0
    void: int = 0
    networks: int = 0
    visited: set[str] = field(default_factory=set)

    def say(self, kind: str, value: str, subject: str, rests: Sequence[Question], **data: object) -> None:
        """Add an observation."""
        self.seen.append(Observation(kind, value, self.target.domain, subject, tuple(rests), data))

    def nothing(self, subject: str, rests: Sequence[Question]) -> None:
        """Count a look-up that found nothing."""
        self.void += 1
        if self.void == MAX_VOID + 1:
            self.say("spf-problem", "too-many-void-lookups", subject, rests)


async def walk(domain: str, target: Target, ask: Ask) -> list[Observation]:
    """`spf-asked`, an `spf-record` for each record of the domain itself, then of every record followed:

    `spf` per term that names a domain (data: term, depth, via); `spf-own` per term of the domain's own record that
    names none (value: the term); `spf-network` per ip4 or ip6 of it (value: an address of it; data: term); `spf-all`
    for its last word (value: "-all"); and what went wrong as `spf-problem` (value: loop, too-many-lookups,
    too-many-void-lookups, too-many-terms, several-records, no-record, syntax, ptr).
    """
    state = _Walk(domain, target, ask)
    state.say("spf-asked", domain, domain, (dns(domain, "TXT"),))
    await _follow(domain, (), (), state)
    return state.seen


async def _follow(domain: str, path: tuple[str, ...], asked: tuple[Question, ...], state: _Walk) -> None:
    answer = await state.ask(dns(domain, "TXT"))
    state.visited.add(domain)
    rests = (*asked, answer.question)
    records = _records(answer)
    if path and not records and answer.settled:  # section 5.2: an include of what has no record is an error
        state.say("spf-problem", "no-record", domain, rests)
        if answer.status is Status.ABSENT:
            state.nothing(domain, rests)
    if len(records) > 1:
        state.say("spf-problem", "several-records", domain, rests)
    terms: list[Term] = []
    for record in records:
        found, problems = terms_of(record)
        terms += found
        for problem in problems:
            state.say("spf-problem", problem, domain, rests)
    if not path:
        for record in records:
            state.say("spf-record", record, domain, rests)
    _tell(domain, path, rests, terms, state)
    for term in terms:
        if term.mechanism in COSTLY:
            state.lookups += 1
            if state.lookups > MAX_LOOKUPS:
                state.say("spf-problem", "too-many-lookups", domain, rests)
                return
        if term.mechanism in ("include", "redirect") and term.value and term.plain:
            if term.value in (*path, domain):
                state.say("spf-problem", "loop", term.value, rests)
            elif term.value not in state.visited:  # two records may include a third: that is no loop
                await _follow(term.value, (*path, domain), rests, state)
        elif not path:
            await _own(domain, term, rests, state)


def _records(answer: Answer) -> list[str]:
    return sorted(text for text in map(text_of, answer.values) if is_record(text))[:MAX_RECORDS]


def _tell(domain: str, path: tuple[str, ...], rests: tuple[Question, ...], terms: list[Term], state: _Walk) -> None:
    """What the terms say, before any is followed: more look-ups than allowed hide none of the body's own terms."""
    for term in terms:
        if term.mechanism in NAMING and term.value:
            sign = "=" if term.mechanism == "redirect" else ":"
            data = {"term": f"{term.mechanism}{sign}{term.value}", "depth": len(path), "via": domain}
            state.say("spf", term.value, domain, rests, **data)
        elif path:
            continue
        elif term.mechanism == "all":
            state.say("spf-all", f"{term.qualifier}all", domain, rests)
        elif term.qualifier == "+" and (term.mechanism in ("a", "mx", "ptr") or term.address):
            state.say("spf-own", term.text, domain, rests)


async def _own(domain: str, term: Term, rests: tuple[Question, ...], state: _Walk) -> None:
    """Ask what a term of the body's own record leads to: the AS of a network, the addresses of a host."""
    if term.address and term.qualifier == "+":
        if state.networks < MAX_NETWORKS:
            state.networks += 1
            await state.ask(asn(term.address))
            state.say("spf-network", term.address, domain, (*rests, asn(term.address)), term=term.text)
    elif term.mechanism == "a" or (term.mechanism == "exists" and term.plain and term.value):
        host = term.value or domain
        found = await state.ask(dns(host, "A"))
        if found.status is Status.ABSENT and (await state.ask(dns(host, "AAAA"))).status is Status.ABSENT:
            state.nothing(host, (*rests, found.question))
    elif term.mechanism == "mx" and (await state.ask(dns(term.value or domain, "MX"))).status is Status.ABSENT:
        state.nothing(term.value or domain, rests)
