"""Whom a page calls: a finding a third-party host and category; first-party names that hide one; declared hosts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from scanner.attribute._case import Case
from scanner.model import Confidence, Evidence, Finding, Observation, ProviderType, Relation, Role, Rule, Status, Verdict


def conclude(case: Case) -> Iterator[Finding]:
    """Findings of roles resource and declared-resource, where the page was asked."""
    for page in case.seen("page"):
        if not case.asked(page.questions):
            continue
        status = page.data.get("status")
        if not page.data["source"] or (isinstance(status, int) and status >= 400):
            yield _unseen(case, page, status)
            continue
        third = [*_requested(case), *_cloaked(case)]
        yield from third
        if not third:
            yield _none(case, page)
    for observation in case.seen("declared"):
        yield _declared(case, observation)


def _unseen(case: Case, page: Observation, status: object) -> Finding:
    """A page that did not load or answered an error is unknown, never clean."""
    reason = "resource.page-status" if page.data["source"] else "resource.page-failed"
    return case.finding(
        Role.RESOURCE,
        page.subject,
        Verdict.UNKNOWN,
        reason,
        complete=False,
        evidence=case.evidence(*case.seen("site")),
        status=status or "",
        why=case.why(page.questions),
    )


def _none(case: Case, page: Observation) -> Finding:
    if page.data["source"] == "html":
        return case.finding(
            Role.RESOURCE,
            page.subject,
            Verdict.UNKNOWN,
            "resource.scripts-not-run",
            complete=False,
            evidence=case.evidence(*case.seen("site")),
        )
    evidence = (Evidence("page", page.questions[0].subject, page.questions[0].detail, str(page.data["url"])),)
    complete = all(case.settled(observation.questions) for observation in case.seen("own-host"))
    return case.finding(
        Role.RESOURCE, page.subject, Verdict.ABSENT, "resource.none", complete=complete, evidence=evidence
    )


def _requested(case: Case) -> Iterator[Finding]:
    groups: dict[tuple[str, str], tuple[Rule | None, list[Observation]]] = {}
    for observation in case.seen("request"):
        rule = case.match("host", observation.subject, urlsplit(observation.value).path)
        category = (case.database.service(rule).category or "other") if rule else "other"
        groups.setdefault((observation.subject, category), (rule, []))[1].append(observation)
    for (host, category), (rule, observations) in groups.items():
        evidence = case.evidence(*observations[:3])
        if observations[0].questions[0].kind == "http":  # the links of the HTML, not a recorded load
            question = observations[0].questions[0]
            evidence = tuple(Evidence(question.kind, question.subject, "link", o.value[:400]) for o in observations[:3])
        yield _resource(case, host, category, rule, evidence, complete=True)


def _resource(
    case: Case, host: str, category: str, rule: Rule | None, evidence: tuple[Evidence, ...], *, complete: bool
) -> Finding:
    if rule is None:
        return case.finding(
            Role.RESOURCE,
            host,
            Verdict.UNATTRIBUTED,
            "resource.no-rule",
            complete=complete,
            evidence=evidence,
            category=category,
            host=host,
        )
    claim = case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED)
    return case.finding(
        Role.RESOURCE,
        host,
        Verdict.PROVIDER,
        "resource.public-sister" if claim.type is ProviderType.PUBLIC else "resource.by-host",
        claims=(claim,),
        complete=complete,
        evidence=evidence,
        category=category,
        host=host,
    )


def _cloaked(case: Case) -> Iterator[Finding]:
    """First-party names whose CNAME leads to a third party's service (CNAME cloaking)."""
    for observation in case.seen("own-host"):
        for name in observation.data["names"]:
            rule = case.match("cname", name) or case.match("host", name)
            if rule is None:
                continue
            service = case.database.service(rule)
            page = observation.questions[0]
            proof = Evidence(page.kind, page.subject, page.detail, observation.data["url"])
            chain = tuple(
                Evidence(q.kind, q.subject, q.detail, str(value))
                for q in observation.questions[1:]
                if case.answer(q).status is Status.OK
                for value in case.answer(q).values
            )
            yield case.finding(
                Role.RESOURCE,
                observation.value,
                Verdict.PROVIDER,
                "resource.cloaked",
                claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),),
                complete=case.settled(observation.questions),
                evidence=(proof, *chain),
                category=service.category or "other",
                host=observation.value,
                target=name,
            )
            break


def _declared(case: Case, observation: Observation) -> Finding:
    rule = case.match("host", observation.value.removeprefix("*."))
    question = observation.questions[0]
    evidence = (Evidence(question.kind, question.subject, "content-security-policy", observation.value),)
    category = (case.database.service(rule).category or "other") if rule else "other"
    return case.finding(
        Role.DECLARED_RESOURCE,
        observation.value,
        Verdict.PROVIDER if rule else Verdict.UNATTRIBUTED,
        "declared.by-csp" if rule else "declared.no-rule",
        claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
        evidence=evidence,
        category=category,
        host=observation.value,
    )
