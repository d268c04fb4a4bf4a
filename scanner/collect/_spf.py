"""SPF (RFC 7208): the terms of a domain's record, its includes and redirects followed within the RFC's limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.ask import Ask, dns
from scanner.collect._walk import host_of
from scanner.model import Observation, Question, Status, Target
from scanner.names import name_problem

MAX_LOOKUPS = 10
"""RFC 7208, section 4.6.4: terms that cost a DNS look-up."""
COSTLY = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
NAMING = frozenset({"include", "redirect", "a", "mx", "exists"})
MAX_TERMS = 100
MAX_RECORDS = 4


@dataclass(slots=True)
class _Walk:
    """What one evaluation has spent and seen."""

    seen: list[Observation] = field(default_factory=list)
    lookups: int = 0
    visited: set[str] = field(default_factory=set)


def text_of(value: str) -> str:
    """A TXT record's text: its quoted strings joined, escapes undone."""
    if "\\" not in value and value.count('"') == 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    parts: list[str] = []
    index, quoted = 0, False
    while index < len(value):
        char = value[index]
        if char == '"':
            quoted = not quoted
        elif char == "\\" and index + 1 < len(value):
            digits = value[index + 1 : index + 4]
            if len(digits) == 3 and digits.isascii() and digits.isdecimal() and int(digits) < 256:
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
    """`spf-asked`, an `spf-record` for each record of the domain itself, then per term that names a domain one `spf`
    (data: term, depth, via), and what went wrong as `spf-problem` (value: loop, too-many-lookups, several-records)."""
    state = _Walk()
    question = dns(domain, "TXT")
    state.seen.append(Observation("spf-asked", domain, target.domain, domain, (question,)))
    await _follow(domain, (), (), target, ask, state)
    return state.seen


async def _follow(
    domain: str, path: tuple[str, ...], asked: tuple[Question, ...], target: Target, ask: Ask, state: _Walk
) -> None:
    question = dns(domain, "TXT")
    state.visited.add(domain)
    answer = await ask(question)
    rests = (*asked, question)
    if answer.status is not Status.OK:
        return
    records = sorted(text for text in map(text_of, answer.values) if text[:7].lower().rstrip() == "v=spf1")[
        :MAX_RECORDS
    ]
    if len(records) > 1:
        _problem(state, "several-records", domain, target, rests)
    terms = [term for record in records for term in _terms(record)]
    if not path:
        state.seen += [Observation("spf-record", record, target.domain, domain, rests) for record in records]
    for mechanism, value, _ in terms:
        if mechanism in NAMING and value:
            data = {
                "term": f"{mechanism}{'=' if mechanism == 'redirect' else ':'}{value}",
                "depth": len(path),
                "via": domain,
            }
            state.seen.append(Observation("spf", value, target.domain, domain, rests, data))
    for mechanism, value, plain in terms:
        if mechanism in COSTLY:
            state.lookups += 1
            if state.lookups > MAX_LOOKUPS:
                _problem(state, "too-many-lookups", domain, target, rests)
                return
        if mechanism in ("include", "redirect") and value and plain:
            if value in (*path, domain):
                _problem(state, "loop", value, target, rests)
            elif value not in state.visited:  # two records may include a third: that is no loop
                await _follow(value, (*path, domain), rests, target, ask, state)


def _terms(record: str) -> list[tuple[str, str, bool]]:
    """A record's terms as `_split` gives them; those after `all`, and `redirect` beside it, count for nothing
    (sections 5.1 and 6.1)."""
    terms = [_split(term) for term in record.split()[1 : MAX_TERMS + 1]]
    end = next((n for n, (mechanism, _, _) in enumerate(terms) if mechanism == "all"), None)
    return terms if end is None else [term for term in terms[:end] if term[0] != "redirect"]


def _split(term: str) -> tuple[str, str, bool]:
    """Mechanism or modifier; the domain it names, in lower case and without prefix length, "" if it names none or
    lets nobody send; and whether that is the whole domain: of one with macros (section 7), the part after the last.
    """
    if term[:1] in "-~":  # fail and softfail: those hosts may not send
        return term[1:].partition(":")[0].partition("/")[0].lower(), "", True
    term = term.lstrip("+?").lower()
    separator = min((term.find(char) for char in ":=" if char in term), default=-1)
    if separator < 0:
        return term.partition("/")[0], "", True
    value = term[separator + 1 :]
    plain = "%" not in value
    if not plain:
        value = value.rpartition("}")[2].lstrip(".")  # a provider's name stands last, as in %{i}._spf.example.net
    value = host_of(value.partition("/")[0])
    return term[:separator], "" if name_problem(value) else value, plain


def _problem(state: _Walk, what: str, domain: str, target: Target, rests: tuple[Question, ...]) -> None:
    state.seen.append(Observation("spf-problem", what, target.domain, domain, rests))
