"""Who issued the certificate: the issuing CA's fingerprint first, then its organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.attribute._case import MAX_VALUE, Case
from scanner.model import Claim, Confidence, Evidence, Finding, Observation, Relation, Role, Rule, Status, Verdict

LINKED = frozenset({"ok", "expired", "wrong-name"})
"""What the check of a chain says (`net/`) where the signatures lead to a trusted root."""


def conclude(case: Case) -> Iterator[Finding]:
    """One certificate finding, where the chain was asked."""
    for chain in case.seen("chain"):
        if case.asked(chain.questions):
            yield _issued(case, chain)


def _issued(case: Case, observation: Observation) -> Finding:
    answer = case.answer(observation.questions[0])
    subject = case.target.domain
    if answer.status is not Status.OK or not answer.values:
        failed = answer.status is Status.FAILED  # no connection is no proof that there is no certificate
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
    if answer.verify == "self-signed" or _self_signed(leaf):
        return case.finding(Role.CERTIFICATE, subject, Verdict.SELF, "certificate.self-signed", evidence=evidence)
    claims = _claims(case, chain, answer.verify)
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


def _claims(case: Case, chain: tuple[Mapping[str, Any], ...], verify: str) -> tuple[Claim, ...]:
    """The issuing CA's operator. Its fingerprint is in the next certificate of the chain, if the server presents it.

    Anybody can present anybody's CA certificate: where the chain was checked and does not hold, nothing is confirmed.
    """
    leaf = chain[0]
    by_name = case.match("issuer", str(leaf.get("issuer_org") or ""))
    by_print: Rule | None = None
    issuer = (leaf.get("issuer_cn") or "", leaf.get("issuer_org") or "")
    for certificate in chain[1:] if any(issuer) else ():
        if (certificate.get("subject_cn") or "", certificate.get("subject_org") or "") == issuer:
            by_print = case.match("issuer", str(certificate.get("sha256") or ""))
            break
    if by_print is not None:
        agreeing = (by_name,) if by_name is not None and by_name.provider == by_print.provider else ()
        sure = Confidence.CONFIRMED if not verify or verify in LINKED else Confidence.PROBABLE
        return (case.claim(by_print, Relation.OPERATES, sure, *agreeing),)
    if by_name is None:
        return ()
    return (case.claim(by_name, Relation.OPERATES, Confidence.CONFIRMED if verify in LINKED else Confidence.PROBABLE),)


def _self_signed(leaf: Mapping[str, Any]) -> bool:
    keys = (("subject_cn", "issuer_cn"), ("subject_org", "issuer_org"))
    if not any(leaf.get(issuer) for _, issuer in keys):  # not recorded, which says nothing
        return False
    return all((leaf.get(own) or "") == (leaf.get(other) or "") for own, other in keys)


def _line(position: int, certificate: Mapping[str, Any]) -> str:
    issuer = ", ".join(str(certificate[key]) for key in ("issuer_org", "issuer_cn") if certificate.get(key))
    subject, digest = certificate.get("subject_cn") or "-", certificate.get("sha256", "-")
    return f"[{position}] {subject} <- {issuer or '-'}; sha256 {digest}"[:MAX_VALUE]
