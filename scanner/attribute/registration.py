"""Which registry and registrar a name hangs on."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.attribute._case import Case
from scanner.model import Confidence, Evidence, Finding, Observation, Relation, Role, Status, Verdict
from scanner.names import icann_suffix


def conclude(case: Case) -> Iterator[Finding]:
    """One registry finding; one registrar finding where RDAP was asked."""
    for observation in case.seen("suffix"):
        yield _registry(case, observation)
    for observation in case.seen("registrar"):
        if case.asked(observation.questions):
            yield _registrar(case, observation)


def _registry(case: Case, observation: Observation) -> Finding:
    suffix = icann_suffix(observation.value)
    evidence = (Evidence("name", observation.value, "suffix", suffix),)
    rule = case.match("tld", case.target.domain)
    if rule is None:
        return case.finding(
            Role.REGISTRY, observation.value, Verdict.UNATTRIBUTED, "registry.no-rule", evidence=evidence, suffix=suffix
        )
    claim = case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED)
    return case.finding(
        Role.REGISTRY,
        observation.value,
        Verdict.PROVIDER,
        "registry.by-suffix",
        claims=(claim,),
        evidence=evidence,
        suffix=rule.pattern,
    )


def _registrar(case: Case, observation: Observation) -> Finding:
    answer = case.answer(observation.questions[0])
    subject, evidence = observation.subject, case.evidence(observation)
    if answer.status is Status.FAILED:
        return case.finding(
            Role.REGISTRAR,
            subject,
            Verdict.UNKNOWN,
            "registrar.failed",
            complete=False,
            evidence=evidence,
            why=case.why(observation.questions),
        )
    value = answer.values[0] if answer.values else {}
    name, number = str(value.get("registrar") or ""), str(value.get("registrar_id") or "")
    if not name and not number:
        return case.finding(Role.REGISTRAR, subject, Verdict.UNKNOWN, "registrar.not-published", evidence=evidence)
    rule = (case.match("registrar", number) if number else None) or case.match("registrar", name)
    if rule is None and "." in name and " " not in name:  # some registrars are named by their site
        rule = case.match("registrar-host", name)
    if rule is None:
        return case.finding(
            Role.REGISTRAR,
            subject,
            Verdict.UNATTRIBUTED,
            "registrar.no-rule",
            evidence=evidence,
            registrar=name or number,
        )
    claim = case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED)
    return case.finding(
        Role.REGISTRAR,
        subject,
        Verdict.PROVIDER,
        "registrar.rdap",
        claims=(claim,),
        evidence=evidence,
        registrar=name or number,
    )
