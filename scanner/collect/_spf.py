"""SPF (RFC 7208): the terms of a domain's record, its includes and redirects followed within the RFC's limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.ask import Ask, dns
from scanner.collect._walk import host_of
from scanner.model import Observation, Question, Status, Target

MAX_LOOKUPS = 10
"""RFC 7208, section 4.6.4: terms that cost a DNS look-up."""
COSTLY = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
MAX_TERMS = 100


@dataclass(slots=True)
class _Walk:
    """What one evaluation has spent and seen."""

    seen: list[Observation] = field(default_factory=list)
    lookups: int = 0
    visited: set[str] = field(default_factory=set)


def text_of(value: str) -> str:
    """A TXT record's text: its quoted strings joined, escapes undone."""
    parts: list[str] = []
    index, quoted = 0, False
    while index < len(value):
        char = value[index]
        if char == '"':
            quoted = not quoted
        elif char == "\\" and index + 1 < len(value):
            digits = value[index + 1 : index + 4]
            if len(digits) == 3 and digits.isdecimal() and int(digits) < 256:
                parts.append(chr(int(digits)))
                index += 3
            else:
                parts.append(value[index + 1])
                index += 1
        elif quoted or '"' not in value:
            parts.append(char)
        index += 1
    return "".join(parts)


async def walk(domain: str, target: Target, ask: Ask) -> list[Observation]:
    """`spf-asked`, then per term that names a domain one `spf` (data: term, depth, via), and what went wrong as
    `spf-problem` (value: loop, too-many-lookups, several-records)."""
    state = _Walk()
    question = dns(domain, "TXT")
    state.seen.append(Observation("spf-asked", domain, target.domain, domain, (question,)))
    await _follow(domain, (), target, ask, state)
    return state.seen


async def _follow(domain: str, path: tuple[Question, ...], target: Target, ask: Ask, state: _Walk) -> None:
    question = dns(domain, "TXT")
    state.visited.add(domain)
    answer = await ask(question)
    rests = (*path, question)
    if answer.status is not Status.OK:
        return
    records = [text for text in map(text_of, answer.values) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(records) > 1:
        _problem(state, "several-records", domain, target, rests)
    for term in records[0].split()[1 : MAX_TERMS + 1] if records else ():
        mechanism, value = _split(term)
        if mechanism in COSTLY:
            state.lookups += 1
            if state.lookups > MAX_LOOKUPS:
                _problem(state, "too-many-lookups", domain, target, rests)
                return
        if mechanism not in ("include", "redirect", "a", "mx", "exists") or not value or "%" in value:
            continue
        data = {"term": term, "depth": len(path), "via": domain}
        state.seen.append(Observation("spf", value, target.domain, domain, rests, data))
        if mechanism in ("include", "redirect"):
            if value in state.visited:
                _problem(state, "loop", value, target, rests)
            else:
                await _follow(value, rests, target, ask, state)


def _split(term: str) -> tuple[str, str]:
    """Mechanism or modifier, and the domain it names, in lower case and without qualifier or prefix length."""
    term = term.lstrip("+-~?").lower()
    separator = min((term.find(char) for char in ":=" if char in term), default=-1)
    if separator < 0:
        return term.partition("/")[0], ""
    return term[:separator], host_of(term[separator + 1 :].partition("/")[0])


def _problem(state: _Walk, what: str, domain: str, target: Target, rests: tuple[Question, ...]) -> None:
    state.seen.append(Observation("spf-problem", what, target.domain, domain, rests))
