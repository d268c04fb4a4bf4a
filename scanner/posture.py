"""What a mail domain protects and declares: facts beside the findings, without grade and without provider.

A fact is what was seen, or that nothing was there, or that it could not be known; what it is worth is the reader's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.model import Answer, Observation, Question, Status

KINDS = ("spf", "dkim", "dmarc", "mta-sts", "tls-rpt", "dane", "dnssec", "bimi", "mx", "addresses")
"""The order of every list of facts."""
MAX_VALUE = 300


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact on a target's mail: `kind` of KINDS; `state`: a code of the catalogue (`posture.<kind>.<state>`);
    `value`: what was seen, or ""; `subject`: the name it stands at."""

    target: str
    kind: str
    state: str
    subject: str
    value: str = ""


def facts(observations: Iterable[Observation], answer: Callable[[Question], Answer]) -> tuple[Fact, ...]:
    """Facts of one target from its observations, in the order of KINDS; none where nothing was asked."""
    seen: dict[str, list[Observation]] = {}
    for observation in observations:
        seen.setdefault(observation.kind, []).append(observation)
    found = [
        fact for rule in (_spf, _dkim, _dmarc, _records, _dane, _dnssec, _exchangers) for fact in rule(seen, answer)
    ]
    return tuple(sorted(found, key=lambda fact: KINDS.index(fact.kind)))


Seen = Mapping[str, list[Observation]]
Answered = Callable[[Question], Answer]


def _fact(observation: Observation, kind: str, state: str, value: str = "", subject: str = "") -> Fact:
    return Fact(observation.target, kind, state, subject or observation.subject, value[:MAX_VALUE])


def _state(observation: Observation, answer: Answered) -> str:
    """absent, unknown, or "" where the question was not put at all."""
    answers = [answer(question) for question in observation.questions]
    if all(one.status is Status.UNASKED for one in answers):
        return ""
    return "absent" if all(one.settled for one in answers) else "unknown"


def _spf(seen: Seen, answer: Answered) -> Iterator[Fact]:
    records = seen.get("spf-record", [])
    for asked in seen.get("spf-asked", []):
        if not records and _state(asked, answer):
            yield _fact(asked, "spf", _state(asked, answer))
    ends = {"-all": "fail", "~all": "softfail", "?all": "neutral", "+all": "pass"}
    for record in records:
        words = [o.value for o in seen.get("spf-all", [])]
        yield _fact(record, "spf", ends.get(words[-1] if words else "", "open"), record.value)
    for problem in dict.fromkeys((o.value, o.subject) for o in seen.get("spf-problem", [])):
        yield Fact(records[0].target if records else "", "spf", problem[0], problem[1])


def _dkim(seen: Seen, answer: Answered) -> Iterator[Fact]:
    for wildcard in seen.get("dkim-wildcard", []):
        yield _fact(wildcard, "dkim", "wildcard", wildcard.value)
    found = [*seen.get("dkim", []), *seen.get("dkim-key", [])]
    for observation in found:
        yield _fact(observation, "dkim", "selector", observation.value)
    for asked in seen.get("dkim-asked", []):
        if not found and _state(asked, answer) == "absent":
            yield _fact(asked, "dkim", "none-known")  # a selector's name is secret: others may exist


def _dmarc(seen: Seen, answer: Answered) -> Iterator[Fact]:
    policies = seen.get("dmarc", [])
    for asked in seen.get("dmarc-asked", []):
        if not policies and _state(asked, answer):
            yield _fact(asked, "dmarc", _state(asked, answer))
    for policy in policies:
        tags = {name.strip().lower(): value.strip().lower() for name, _, value in _tags(policy.value)}
        wish = tags.get("p", "")
        yield _fact(policy, "dmarc", wish if wish in ("none", "quarantine", "reject") else "invalid", policy.value)


def _tags(text: str) -> Iterator[tuple[str, str, str]]:
    for tag in text.split(";"):
        yield tag.partition("=")


def _records(seen: Seen, answer: Answered) -> Iterator[Fact]:
    for kind in ("mta-sts", "tls-rpt", "bimi"):
        for observation in seen.get(kind, []):
            state = "declared" if observation.value else _state(observation, answer)
            if state:
                yield _fact(observation, kind, state, observation.value)


def _dane(seen: Seen, answer: Answered) -> Iterator[Fact]:
    """TLSA at a receiving server counts only where DNSSEC protects it (RFC 7672, section 2.2)."""
    for observation in seen.get("mx-tlsa", []):
        found = answer(observation.questions[0])
        signed = "unsigned" if found.ad is False else "declared"
        state = signed if observation.value else _state(observation, answer)
        if state:
            yield _fact(observation, "dane", state, observation.value)


def _dnssec(seen: Seen, answer: Answered) -> Iterator[Fact]:
    for observation in seen.get("dnssec", []):
        signed, mx = (answer(question) for question in observation.questions)
        if mx.ad:
            yield _fact(observation, "dnssec", "validated")
        elif observation.value:
            yield _fact(observation, "dnssec", "signed", observation.value)
        elif signed.status is not Status.UNASKED:
            yield _fact(observation, "dnssec", "absent" if signed.settled else "unknown")


def _exchangers(seen: Seen, answer: Answered) -> Iterator[Fact]:
    for problem in seen.get("mx-problem", []):
        yield _fact(problem, "mx", problem.value)
    for elsewhere in seen.get("mail-elsewhere", []):
        yield _fact(elsewhere, "addresses", "elsewhere", elsewhere.value)


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """A fact in the posture format."""
    return {"domain": fact.target, "kind": fact.kind, "state": fact.state, "subject": fact.subject, "value": fact.value}
