"""Who may send in a body's name (SPF), who gets reports on its mail (DMARC), where it proved an account (tokens)."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.attribute._case import Case
from scanner.model import Confidence, Evidence, Finding, Observation, Relation, Role, Status, Verdict
from scanner.names import same_party


def conclude(case: Case) -> Iterator[Finding]:
    """Findings of roles mail-sender, mail-reports and account."""
    yield from _senders(case)
    yield from _reports(case)
    yield from _accounts(case)


def _senders(case: Case) -> Iterator[Finding]:
    asked = case.seen("spf-asked")
    if not asked or not case.asked(asked[0].questions):
        return
    place = asked[0]
    problems = {observation.value for observation in case.seen("spf-problem")}
    terms = case.seen("spf")
    if not terms:
        failed = case.failed(place.questions)
        yield case.finding(
            Role.MAIL_SENDER,
            place.value,
            Verdict.UNKNOWN if failed else Verdict.ABSENT,
            "sender.failed" if failed else "sender.no-spf",
            complete=not failed,
            evidence=() if not failed else case.evidence(place),
            why=case.why(place.questions),
        )
    for observation in terms:
        yield from _sender(case, observation, place.value, problems)


def _sender(case: Case, observation: Observation, domain: str, problems: set[str]) -> Iterator[Finding]:
    """A term of the body's own record, or one of a record under its own name; a provider's includes are its own affair."""
    via, term = observation.data["via"], observation.data["term"]
    if observation.data["depth"] and not same_party(via, domain):
        return
    rule = case.match("spf", observation.value)
    own = same_party(observation.value, domain)
    evidence = tuple(
        Evidence(question.kind, question.subject, question.detail, value)
        for question in observation.questions
        for value in case.answer(question).values
        if "v=spf1" in str(value).lower()
    )[:4]
    problem = "sender.loop" if "loop" in problems else "sender.too-many-lookups"
    reason = "sender.by-spf" if rule else problem if own and problems & {"loop", "too-many-lookups"} else ""
    yield case.finding(
        Role.MAIL_SENDER,
        term,
        Verdict.PROVIDER if rule else Verdict.SELF if own else Verdict.UNATTRIBUTED,
        reason or ("sender.own" if own else "sender.no-rule"),
        claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
        evidence=evidence,
        term=term,
    )


def _reports(case: Case) -> Iterator[Finding]:
    asked = case.seen("dmarc-asked")
    if not asked or not case.asked(asked[0].questions):
        return
    place = asked[0]
    reports = case.seen("dmarc-report")
    if not reports:
        failed = case.answer(place.questions[0]).status is Status.FAILED
        policy = case.seen("dmarc")
        yield case.finding(
            Role.MAIL_REPORTS,
            place.value,
            Verdict.UNKNOWN if failed else Verdict.ABSENT,
            "reports.failed" if failed else "reports.none" if policy else "reports.no-dmarc",
            complete=not failed,
            evidence=case.evidence(*(policy or [place])),
            why=case.why(place.questions),
        )
    for observation in reports:
        rule = case.match("dmarc", observation.value)
        own = same_party(observation.value, place.value) or same_party(observation.value, case.target.domain)
        yield case.finding(
            Role.MAIL_REPORTS,
            observation.value,
            Verdict.PROVIDER if rule else Verdict.SELF if own else Verdict.UNATTRIBUTED,
            "reports.by-domain" if rule else "reports.own" if own else "reports.no-rule",
            claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
            evidence=case.evidence(observation),
            domain=observation.value,
        )


def _accounts(case: Case) -> Iterator[Finding]:
    for observation in case.seen("token"):
        rule = case.match("txt", observation.value)
        if rule is not None:
            yield case.finding(
                Role.ACCOUNT,
                rule.pattern.rstrip("=:"),
                Verdict.PROVIDER,
                "account.by-token",
                claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),),
                evidence=tuple(
                    Evidence(q.kind, q.subject, q.detail, observation.value[:200]) for q in observation.questions
                ),
                token=rule.pattern,
            )
    for observation in case.seen("tenant"):
        rule = next(filter(None, (case.match("txt", "MS=ms1"), case.match("mx", "x.mail.protection.outlook.com"))), None)
        if rule is not None:
            yield case.finding(
                Role.ACCOUNT,
                "microsoft365-tenant",
                Verdict.PROVIDER,
                "account.by-tenant",
                claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),),
                evidence=case.evidence(observation),
            )
