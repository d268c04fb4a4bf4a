"""Whom a page calls: a finding a third-party host and category; first-party names that hide one; declared hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from scanner.attribute._case import MAX_VALUE, Case
from scanner.attribute._hardness import hard
from scanner.audience import MATOMO_FILE
from scanner.model import (
    Confidence,
    Evidence,
    Finding,
    Observation,
    ProviderType,
    Relation,
    Role,
    Rule,
    Status,
    Verdict,
)

MATOMO_MORE = re.compile(
    r"/(?:js/container_\w{8}(?:_\w{1,40})?\.js|plugins/HeatmapSessionRecording/\w{1,40}\.(?:js|php))$"
)
"""Files of Matomo's tag manager and heat maps: audience measurement too, though they may wait for consent to count
(https://developer.matomo.org/guides/tagmanager)."""
MAX_BY = 5
"""Hosts named that brought a resource."""


def conclude(case: Case) -> Iterator[Finding]:
    """Findings of roles resource and declared-resource, where the page was asked."""
    for page in case.seen("page"):
        if not case.asked(page.questions):
            continue
        status = page.data["status"]
        if not page.data["source"] or (status is not None and not 1 <= status < 400):
            yield _unseen(case, page)
            continue
        third = [*_requested(case), *_cloaked(case)]
        yield from third
        if page.data["cut"]:
            yield _cut(case, page)
        elif (failed := _browser_failed(case, page)) is not None:
            yield failed
        elif not third:
            yield _none(case, page)
    for policy in case.seen("policy"):
        declared = case.seen("declared")
        for observation in declared:
            yield _declared(case, observation)
        if not declared and case.asked(policy.questions):
            yield _undeclared(case, policy)


def _page_evidence(case: Case, page: Observation) -> tuple[Evidence, ...]:
    """How the page answered: the recorded load's status and URL, else what the HTTP questions were answered."""
    question = page.questions[0]
    if question.kind != "page" or case.answer(question).status is not Status.OK:
        return case.evidence(*case.seen("site"))
    value = f"{page.data['status'] or ''} {page.data['url']}".strip()
    return (Evidence(question.kind, question.subject, question.detail, value[:MAX_VALUE]),)


def _unseen(case: Case, page: Observation) -> Finding:
    """A page that did not load or answered an error is unknown, never clean."""
    status = page.data["status"]
    failed = [question for question in page.questions if case.answer(question).status is not Status.OK]
    return case.finding(
        Role.RESOURCE,
        page.subject,
        Verdict.UNKNOWN,
        "resource.page-status" if status is not None and status >= 400 else "resource.page-failed",
        complete=False,
        evidence=_page_evidence(case, page),
        status=str(status or ""),
        why=case.why(failed) if failed else "malformed",
    )


def _cut(case: Case, page: Observation) -> Finding:
    """A load that a limit ended: what it would have called besides is unknown."""
    return case.finding(
        Role.RESOURCE,
        page.subject,
        Verdict.UNKNOWN,
        "resource.page-cut",
        complete=False,
        evidence=_page_evidence(case, page),
    )


def _browser_failed(case: Case, page: Observation) -> Finding | None:
    """The browser was asked and saw nothing, where only the page's text is left: what its scripts call is unknown."""
    if page.data["source"] != "html":
        return None
    failed = [q for q in page.questions if q.kind == "page" and case.answer(q).status is not Status.UNASKED]
    if not failed:
        return None
    proofs = (Evidence(q.kind, q.subject, q.detail, f"({case.answer(q).status}: {case.why([q])})") for q in failed)
    return case.finding(
        Role.RESOURCE,
        page.subject,
        Verdict.UNKNOWN,
        "resource.browser-failed",
        complete=False,
        evidence=tuple(proofs),
        why=case.why(failed),
    )


def _none(case: Case, page: Observation) -> Finding:
    subject, evidence = page.subject, _page_evidence(case, page)
    if page.data["source"] == "html":
        reason = "resource.scripts-not-run"
        return case.finding(Role.RESOURCE, subject, Verdict.UNKNOWN, reason, complete=False, evidence=evidence)
    complete = page.data["whole"] and all(case.settled(o.questions) for o in case.seen("own-host"))
    return case.finding(Role.RESOURCE, subject, Verdict.ABSENT, "resource.none", complete=complete, evidence=evidence)


def _requested(case: Case) -> Iterator[Finding]:
    """One finding a host and category: what is called on a host may differ by path."""
    groups: dict[tuple[str, str], list[tuple[Rule | None, Observation]]] = {}
    for observation in case.seen("request"):
        path = urlsplit(observation.value).path
        rule = case.match("host", observation.subject, path)
        category = (case.database.service(rule).category or "other") if rule else "other"
        if category == "other" and (MATOMO_FILE.search(path) or MATOMO_MORE.search(path)):
            category = "analytics"
        groups.setdefault((observation.subject, category), []).append((rule, observation))
    for (host, category), called in groups.items():
        rules = {rule.id: rule for rule, _ in called if rule is not None}
        proofs = [observation for rule, observation in called if rule is not None or not rules]
        question = proofs[0].questions[0]
        detail = "link" if question.kind == "http" else question.detail  # a link of the HTML, not a recorded load
        evidence = tuple(Evidence(question.kind, question.subject, detail, o.value[:MAX_VALUE]) for o in proofs[:3])
        how = _how(category, (observation for _, observation in called))
        chain = (Evidence(question.kind, question.subject, detail, f"{by} -> {host}") for by in how.get("by", ()))
        yield _resource(case, host, category, list(rules.values()), (*evidence, *chain), how)


def _how(category: str, called: Iterable[Observation]) -> dict[str, Any]:
    """Arguments of the reason: `hard`; `by`, the hosts that brought it; `consent`, whether it came before any click."""
    calls = [observation.data for observation in called]
    how: dict[str, Any] = {"hard": hard(category, calls)}
    by = list(dict.fromkeys(str(call["by"]) for call in calls if call.get("by")))
    if by and all(call.get("by") for call in calls):  # else the page itself calls it, too
        how["by"] = by[:MAX_BY]
    consents = {str(call["consent"]) for call in calls if call.get("consent")}
    if consents:
        how["consent"] = "before" if "before" in consents else min(consents)
    return how


def _resource(
    case: Case, host: str, category: str, rules: list[Rule], evidence: tuple[Evidence, ...], how: dict[str, Any]
) -> Finding:
    by_provider: dict[str, list[Rule]] = {}
    for rule in rules:
        by_provider.setdefault(rule.provider, []).append(rule)
    claims = [
        case.claim(group[0], Relation.OPERATES, Confidence.CONFIRMED, *group[1:]) for group in by_provider.values()
    ]
    if not claims:
        verdict, reason = Verdict.UNATTRIBUTED, "resource.no-rule"
    else:
        sister = claims[0].type is ProviderType.PUBLIC
        verdict, reason = Verdict.PROVIDER, "resource.public-sister" if sister else "resource.by-host"
    return case.finding(
        Role.RESOURCE, host, verdict, reason, claims=claims, evidence=evidence, category=category, host=host, **how
    )


def _cloaked(case: Case) -> Iterator[Finding]:
    """First-party names whose CNAME leads to a third party's service (CNAME cloaking)."""
    for observation in case.seen("own-host"):
        for name in observation.data["names"]:
            rule = case.match_other("cname", name) or case.match_other("host", name)
            if rule is None or case.role(rule) is Role.DNS:  # a name that only steers traffic says nothing of its end
                continue
            service = case.database.service(rule)
            relation = Relation.HOSTS if service.role is Role.HOSTING else Relation.OPERATES
            page = observation.questions[0]
            detail = "link" if page.kind == "http" else page.detail
            proof = Evidence(page.kind, page.subject, detail, observation.data["url"][:MAX_VALUE])
            chain = tuple(
                Evidence(q.kind, q.subject, q.detail, str(value)[:MAX_VALUE])
                for q in observation.questions[1:]
                if case.answer(q).status is Status.OK
                for value in case.answer(q).values
            )
            yield case.finding(
                Role.RESOURCE,
                observation.value,
                Verdict.PROVIDER,
                "resource.cloaked",
                claims=(case.claim(rule, relation, Confidence.CONFIRMED),),
                complete=case.settled(observation.questions),
                evidence=(proof, *chain),
                category=service.category or "other",
                host=observation.value,
                target=name,
                **_how(service.category or "other", (observation,)),
            )
            break


def _declared(case: Case, observation: Observation) -> Finding:
    rule = case.match("host", observation.value.removeprefix("*."))
    question = observation.questions[0]
    header = str(observation.data.get("header") or "content-security-policy")
    evidence = (Evidence(question.kind, question.subject, header, observation.value),)
    reports = header != "content-security-policy"
    category = (case.database.service(rule).category or "other") if rule else "other"
    return case.finding(
        Role.DECLARED_RESOURCE,
        observation.value,
        Verdict.PROVIDER if rule else Verdict.UNATTRIBUTED,
        ("declared.by-reporting" if rule else "declared.reporting-no-rule")
        if reports
        else ("declared.by-csp" if rule else "declared.no-rule"),
        claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
        evidence=evidence,
        category=category,
        host=observation.value,
    )


def _undeclared(case: Case, policy: Observation) -> Finding:
    """No policy names anybody: absent where the page's headers were read."""
    answered = [question for question in policy.questions if case.answer(question).status is Status.OK]
    status = next((o.data["status"] for o in case.seen("site")), None)
    seen = bool(answered) and (status or 0) < 400
    return case.finding(
        Role.DECLARED_RESOURCE,
        policy.subject,
        Verdict.ABSENT if seen else Verdict.UNKNOWN,
        "declared.none" if seen else "declared.failed",
        complete=seen,
        evidence=case.evidence(*case.seen("site")),
        why="http" if answered else case.why(policy.questions),
    )
