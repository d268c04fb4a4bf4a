"""Who issued the certificate, by the issuing CA's fingerprint, then its organisation; and whose root it is under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.attribute._case import MAX_VALUE, Case
from scanner.model import Claim, Confidence, Evidence, Finding, Observation, Relation, Role, Rule, Status, Verdict

LINKED = frozenset({"ok", "expired"})
"""What the check of a chain says (`net/`) where the signatures lead to a trusted root, and the certificate is this
host's: one for another name is whoever's the server presents for want of a better."""
SOLD = frozenset({"starfield services root certificate authority - g2", "globalsign"})
"""Roots' names whose organisation does not say who holds the key: Amazon's from GoDaddy's Starfield, and those of
GlobalSign, of which Google bought some (https://www.amazontrust.com/repository/, https://pki.goog/faq/). Of these the
fingerprint alone speaks."""


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
    reason = "certificate.by-fingerprint" if printed else "certificate.by-organisation"
    if claims[0].relation is Relation.HOSTS:
        reason = "certificate.under-root"
    return case.finding(
        Role.CERTIFICATE, subject, Verdict.PROVIDER, reason, claims=claims, evidence=evidence, issuer=issuer
    )


def _claims(case: Case, chain: tuple[Mapping[str, Any], ...], verify: str) -> tuple[Claim, ...]:
    """Who issues, then who holds the key above where that is another owner's: a white label, a cross-signed root.

    The issuer counts; the root's holder stands beside it (`hosts`) and is never surer. Anybody can present anybody's CA
    certificate: where the chain was checked and does not hold, nothing is confirmed.
    """
    above = list(_above(chain))
    sure = Confidence.CONFIRMED if not verify or verify in LINKED else Confidence.PROBABLE
    named = Confidence.CONFIRMED if verify in LINKED else Confidence.PROBABLE
    by_name = case.match("issuer", _org(chain[0], "issuer"))
    by_print = case.match("issuer", str(above[0].get("sha256") or "")) if above else None
    claims: list[Claim] = []
    if by_print is None:
        claims += [case.claim(by_name, Relation.OPERATES, named)] if by_name else []
    elif by_name is None or by_name.provider == by_print.provider:
        claims.append(case.claim(by_print, Relation.OPERATES, sure, *((by_name,) if by_name else ())))
    else:  # a brand on a key of another's, which the fingerprint names
        claims += [case.claim(by_name, Relation.OPERATES, sure), case.claim(by_print, Relation.HOSTS, sure)]
    root, printed = _root(case, above)
    if root is not None:
        held = case.claim(root, Relation.HOSTS, sure if printed else named)
        if held.owner not in {claim.owner for claim in claims}:
            claims.append(_no_surer(held, claims[0]) if claims else replace(held, confidence=Confidence.PROBABLE))
    return tuple(claims)


def _no_surer(claim: Claim, than: Claim) -> Claim:
    """The claim, at most as sure as another, so that it never takes its place."""
    order = list(Confidence)
    return replace(claim, confidence=max(claim.confidence, than.confidence, key=order.index))


def _above(chain: tuple[Mapping[str, Any], ...]) -> Iterator[Mapping[str, Any]]:
    """The issuing CA's certificate and those above it, as far as names link them and the server presents them."""
    left, below = list(chain[1:]), chain[0]
    while any(wanted := _name(below, "issuer")):
        found = next((certificate for certificate in left if _name(certificate, "subject") == wanted), None)
        if found is None:
            return
        left.remove(found)
        yield found
        below = found


def _root(case: Case, above: Sequence[Mapping[str, Any]]) -> tuple[Rule | None, bool]:
    """The rule for the highest key that the chain shows or names, and whether its fingerprint says so.

    Only what is above the issuing CA counts; a root's name says whose it was when it was made.
    """
    if above and _name(above[-1], "issuer") != _name(above[-1], "subject") and not _sold(above[-1], "issuer"):
        rule = case.match("issuer", _org(above[-1], "issuer"))
        if rule is not None:
            return rule, False
    for certificate in reversed(above[1:]):
        rule = case.match("issuer", str(certificate.get("sha256") or ""))
        if rule is not None:
            return rule, True
        rule = None if _sold(certificate, "subject") else case.match("issuer", _org(certificate, "subject"))
        if rule is not None:
            return rule, False
    return None, False


def _sold(certificate: Mapping[str, Any], whose: str) -> bool:
    return str(certificate.get(f"{whose}_cn") or "").casefold() in SOLD


def _name(certificate: Mapping[str, Any], whose: str) -> tuple[Any, Any]:
    return certificate.get(f"{whose}_cn") or "", certificate.get(f"{whose}_org") or ""


def _org(certificate: Mapping[str, Any], whose: str) -> str:
    return str(certificate.get(f"{whose}_org") or "")


def _self_signed(leaf: Mapping[str, Any]) -> bool:
    keys = (("subject_cn", "issuer_cn"), ("subject_org", "issuer_org"))
    if not any(leaf.get(issuer) for _, issuer in keys):  # not recorded, which says nothing
        return False
    return all((leaf.get(own) or "") == (leaf.get(other) or "") for own, other in keys)


def _line(position: int, certificate: Mapping[str, Any]) -> str:
    issuer = ", ".join(str(certificate[key]) for key in ("issuer_org", "issuer_cn") if certificate.get(key))
    subject, digest = certificate.get("subject_cn") or "-", certificate.get("sha256", "-")
    return f"[{position}] {subject} <- {issuer or '-'}; sha256 {digest}"[:MAX_VALUE]
