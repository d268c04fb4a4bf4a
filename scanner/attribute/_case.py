"""One target under judgement: its observations, the answers they rest on, the database, and the claims made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson

from scanner.ask import asn, rdap
from scanner.model import (
    Answer,
    Claim,
    Confidence,
    Evidence,
    Finding,
    Observation,
    ProviderType,
    Question,
    Reason,
    Relation,
    Role,
    Rule,
    Status,
    Target,
    Verdict,
)
from scanner.names import registrable, same_party
from scanner.providers import Database

MAX_VALUE = 400
_SAYS = {"A": "address", "AAAA": "address", "NS": "ns", "MX": "mx"}
"""Of a record set, the records that an observation of that kind is about are its evidence, not the others."""
_RANK = {Confidence.CONFIRMED: 0, Confidence.PROBABLE: 1, Confidence.INDICATED: 2}


@dataclass(frozen=True, slots=True)
class Network:
    """Whose network an address is in: the rule that says so and the `signal` it is (range, netname, asn).

    `rule` is None where nothing names it; `number`, `as_name` come from the AS answer.
    """

    address: str
    rule: Rule | None
    signal: str
    number: str
    as_name: str
    complete: bool


@dataclass(slots=True)
class Case:
    """What the questions of `attribute/` share; `wanted` collects what would settle an open point."""

    target: Target
    answer: Callable[[Question], Answer]
    database: Database
    observations: Mapping[str, list[Observation]]
    on: date
    wanted: set[Question] = field(default_factory=set)

    @classmethod
    def of(
        cls, target: Target, seen: Iterable[Observation], answer: Callable[[Question], Answer], database: Database
    ) -> Case:
        """Sort observations by kind; the observation's day is that of the latest answer.

        The AS of an address does not count: a local table gives it on the day of the replay.
        """
        kinds: dict[str, list[Observation]] = {}
        latest = ""
        for observation in seen:
            kinds.setdefault(observation.kind, []).append(observation)
            for question in observation.questions:
                if question.kind != "asn":
                    latest = max(latest, answer(question).at)
        return cls(target, answer, database, kinds, _day(latest))

    def seen(self, kind: str) -> list[Observation]:
        """Observations of a kind, in the collector's order."""
        return self.observations.get(kind, [])

    def match(self, kind: str, value: str, path: str = "") -> Rule | None:
        """The rule that names a value."""
        return self.database.rules.match(kind, value, path)

    def own(self, name: str, *places: str) -> bool:
        """True for a name of the body itself: under its site's domain, or that of one of `places`."""
        return any(same_party(name, place) for place in (self.target.host, *places))

    def match_other(self, kind: str, value: str, *places: str) -> Rule | None:
        """The rule that names a value, unless the value is the body's own name.

        A rule for a State's names (`gouv.fr`) stands for one body on another's servers; a body under its own name is
        `self`. A company's rule still speaks of a body that is a guest under the company's own domain.
        """
        rule = self.match(kind, value)
        if rule is None or self.database.providers[rule.provider].type is ProviderType.COMPANY:
            return rule
        return None if self.own(value, *places) else rule

    def role(self, rule: Rule) -> Role:
        """The role of the service that a rule names."""
        return self.database.service(rule).role

    def public(self, rule: Rule) -> bool:
        """True when a rule names an administration, not a company or a nonprofit."""
        return self.database.providers[rule.provider].type is ProviderType.PUBLIC

    def settled(self, questions: Iterable[Question]) -> bool:
        """True when every question was answered, be it that there is nothing."""
        return all(self.answer(question).settled for question in questions)

    def asked(self, questions: Iterable[Question]) -> bool:
        """True when at least one question was asked."""
        return any(self.answer(question).status is not Status.UNASKED for question in questions)

    def why(self, questions: Iterable[Question]) -> str:
        """The reason code of the first question that has no ok answer."""
        for question in questions:
            answer = self.answer(question)
            if answer.status is Status.UNASKED:
                return "unasked"
            if answer.status is not Status.OK:
                return answer.reason or ("nodata" if answer.status is Status.ABSENT else "timeout")
        return "nodata"

    def failed(self, questions: Iterable[Question]) -> bool:
        """True when a question failed: unknown, not absent."""
        return any(self.answer(question).status is Status.FAILED for question in questions)

    def claim(self, rule: Rule, relation: Relation, confidence: Confidence, *others: Rule) -> Claim:
        """A claim from a rule and those that agree with it."""
        provider = self.database.providers[rule.provider]
        owner = self.database.ultimate_owner(provider.id, self.on)
        rules = tuple(dict.fromkeys(r.id for r in (rule, *others)))
        if confidence is Confidence.CONFIRMED and (provider.inferred or not owner.country):
            confidence = Confidence.PROBABLE  # by its network alone, or from somebody else's list: nobody has checked
        return Claim(
            provider.id,
            provider.name,
            provider.type,
            rule.service,
            relation,
            owner.id,
            owner.country,
            confidence,
            rules,
            self.database.established(provider.id, self.on),
        )

    def network(self, observation: Observation) -> Network:
        """Whose network an address observation is in: published range, then RDAP net name, then AS."""
        address = observation.value
        answer = self.answer(asn(address))
        value: Mapping[str, Any] = answer.values[0] if answer.values else {}
        number, as_name = str(value.get("asn") or ""), str(value.get("name") or "")
        rule, signal = self.match("ip", address), "range"
        if rule is None:
            registry = self.answer(rdap(address))
            name = str(registry.values[0].get("name") or "") if registry.values else ""
            rule, signal = (self.match("netname", name) if name else None), "netname"
            if rule is None:
                rule, signal = (self.match("asn", number) if number else None), "asn"
            if rule is None and registry.status is Status.UNASKED:
                self.wanted.add(rdap(address))
        complete = rule is not None or (
            answer.settled and (self.answer(rdap(address)).settled or not _names_networks(self.database))
        )
        return Network(address, rule, signal if rule else "", number, as_name, complete)

    def hosting_claims(self, observations: Iterable[Observation]) -> tuple[Claim, ...]:
        """Who hosts the machines at some addresses, one claim a provider; access networks make none."""
        claims: dict[str, Claim] = {}
        for observation in observations:
            network = self.network(observation) if observation.value else None
            if network and network.rule and network.rule.network != "access":
                sure = Confidence.PROBABLE if network.signal == "netname" else Confidence.INDICATED
                claims.setdefault(network.rule.provider, self.claim(network.rule, Relation.HOSTS, sure))
        return tuple(claims.values())

    def machine_claims(self, name: str, observations: Iterable[Observation]) -> tuple[Claim, ...]:
        """Who owns a customer's machine by its name and by its addresses: `hosts`, confirmed where the two agree."""
        hosts = self.hosting_claims(observations)
        rule = _domains(self.database).get(registrable(name))
        if rule is None or self.database.providers[rule.provider].type is not ProviderType.COMPANY:
            return hosts
        agree = any(claim.provider == rule.provider for claim in hosts)
        sure = Confidence.CONFIRMED if agree else Confidence.PROBABLE
        return (
            self.claim(rule, Relation.HOSTS, sure),
            *(claim for claim in hosts if claim.provider != rule.provider),
        )

    def evidence(self, *observations: Observation, limit: int = 12) -> tuple[Evidence, ...]:
        """Every value of the answers that observations rest on; where an answer has none, why."""
        found: dict[Evidence, None] = {}
        for observation in observations:
            questions = observation.questions
            if observation.kind.endswith("-address") and observation.value:
                questions = (*questions, rdap(observation.value))
            for question in questions:
                for value in self._values(question, observation):
                    found[Evidence(question.kind, question.subject, question.detail, value)] = None
        return tuple(found)[:limit]

    def _values(self, question: Question, observation: Observation) -> list[str]:
        answer = self.answer(question)
        if answer.status is Status.UNASKED:
            return []
        if answer.status is not Status.OK:
            return [f"({answer.status.value}: {answer.reason or '-'})"]
        if not answer.values:
            return ["(ok: no value)"]
        if question.kind == "http":
            value = answer.values[0] if answer.values else {}
            text = (
                observation.value if observation.kind == "header" else f"{value.get('status')} {value.get('url', '')}"
            )
            return [text[:MAX_VALUE]]
        if question.kind == "page":
            return [observation.value[:MAX_VALUE]]
        texts = [value if isinstance(value, str) else orjson.dumps(value).decode() for value in answer.values]
        if question.kind == "dns" and _SAYS.get(question.detail) == observation.kind.rpartition("-")[2]:
            texts = [text for text in texts if _last_word(text) == observation.value] or texts
        if observation.kind == "spf":
            texts = [text for text in texts if "v=spf1" in text[:20].lower()]
        return [text[:MAX_VALUE] for text in texts[:8]]

    def finding(
        self,
        role: Role,
        subject: str,
        verdict: Verdict,
        reason: str,
        *,
        claims: Iterable[Claim] = (),
        complete: bool = True,
        evidence: tuple[Evidence, ...] = (),
        category: str | None = None,
        location: str | None = None,
        **args: Any,
    ) -> Finding:
        """One conclusion on this target; claims are put in order, the surest first."""
        ordered = tuple(sorted(claims, key=lambda claim: _RANK[claim.confidence]))
        return Finding(
            self.target.domain,
            self.target.host,
            role,
            subject,
            category,
            verdict,
            complete,
            Reason(reason, args),
            ordered,
            location,
            evidence,
        )


def _last_word(text: str) -> str:
    return (text.rsplit(maxsplit=1) or [""])[-1].rstrip(".").lower()


@lru_cache(maxsize=8)
def _names_networks(database: Database) -> bool:
    """True when a rule reads RDAP net names: only then can RDAP change what is said of an address."""
    return any(rule.kind == "netname" for service in database.services.values() for rule in service.rules)


@lru_cache(maxsize=8)
def _domains(database: Database) -> dict[str, Rule]:
    """A provider's rule by the registrable domain of its names, where they are one provider's alone."""
    found: dict[str, Rule | None] = {}
    for service in database.services.values():
        for rule in service.rules:
            if rule.kind in ("ns", "mx", "cname", "spf") and not rule.reserved:
                name = registrable(rule.pattern)
                known = found.setdefault(name, rule)
                if known is not None and known.provider != rule.provider:
                    found[name] = None
    return {name: rule for name, rule in found.items() if rule is not None}


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return datetime.now(UTC).date()
