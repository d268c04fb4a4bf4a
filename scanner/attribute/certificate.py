"""Who issued the certificate: the issuing CA's fingerprint first, then its organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.attribute._case import Case
from scanner.model import Claim, Confidence, Evidence, Finding, Observation, Relation, Role, Rule, Status, Verdict


def conclude(case: Case) -> Iterator[Finding]:
    """One certificate finding, where the chain was asked."""
    for chain in case.seen("chain"):
        if case.asked(chain.questions):
            yield _issued(case, chain)


def _issued(case: Case, observation: Observation) -> Finding:
    answer = case.answer(observation.questions[0])
    subject = case.target.domain
    if answer.status is not Status.OK or not answer.values:
        failed = answer.status is Status.FAILED and answer.reason != "connect"
        return case.finding(
            Role.CERTIFICATE,
            subject,
            Verdict.UNKNOWN if failed else Verdict.ABSENT,
            "certificate.failed" if failed else "certificate.none",
            complete=not failed,
            evidence=case.evidence(observation),
            why=case.why(observation.questions),
        )
    chain: tuple[Mapping[str, Any], ...] = answer.values
    leaf = chain[0]
    evidence = tuple(
        Evidence("tls", answer.question.subject, "chain", _line(position, certificate))
        for position, certificate in enumerate(chain[:4])
    )
    issuer = str(leaf.get("issuer_org") or leaf.get("issuer_cn") or "")
    if _self_signed(leaf):
        return case.finding(Role.CERTIFICATE, subject, Verdict.SELF, "certificate.self-signed", evidence=evidence)
    claims = _claims(case, chain, verified=answer.verify == "ok")
    if not claims:
        return case.finding(
            Role.CERTIFICATE, subject, Verdict.UNATTRIBUTED, "certificate.no-rule", evidence=evidence, issuer=issuer
        )
    printed = any("/issuer/" in rule and len(rule.rpartition("/")[2]) == 64 for rule in claims[0].rules)
    return case.finding(
        Role.CERTIFICATE,
        subject,
        Verdict.PROVIDER,
        "certificate.by-fingerprint" if printed else "certificate.by-organisation",
        claims=claims,
        evidence=evidence,
        issuer=issuer,
    )


def _claims(case: Case, chain: tuple[Mapping[str, Any], ...], *, verified: bool) -> tuple[Claim, ...]:
    """The issuing CA's operator. Its fingerprint is in the next certificate of the chain, if the server presents it."""
    leaf = chain[0]
    by_name = case.match("issuer", str(leaf.get("issuer_org") or ""))
    by_print: Rule | None = None
    for certificate in chain[1:]:
        if certificate.get("subject_cn") == leaf.get("issuer_cn"):
            by_print = case.match("issuer", str(certificate.get("sha256") or ""))
            break
    if by_print is not None:
        agreeing = (by_name,) if by_name is not None and by_name.provider == by_print.provider else ()
        return (case.claim(by_print, Relation.OPERATES, Confidence.CONFIRMED, *agreeing),)
    if by_name is None:
        return ()
    return (case.claim(by_name, Relation.OPERATES, Confidence.CONFIRMED if verified else Confidence.PROBABLE),)


def _self_signed(leaf: Mapping[str, Any]) -> bool:
    keys = (("subject_cn", "issuer_cn"), ("subject_org", "issuer_org"))
    return all((leaf.get(own) or "") == (leaf.get(other) or "") for own, other in keys)


def _line(position: int, certificate: Mapping[str, Any]) -> str:
    issuer = ", ".join(filter(None, (str(certificate.get("issuer_org") or ""), str(certificate.get("issuer_cn") or ""))))
    return f"[{position}] {certificate.get('subject_cn') or '-'} <- {issuer or '-'}; sha256 {certificate.get('sha256', '-')}"
