"""Who may send in a body's name (SPF), who gets reports on its mail (DMARC), where it proved an account (tokens)."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.attribute._case import MAX_VALUE, Case
from scanner.model import Confidence, Evidence, Finding, Observation, Relation, Role, Verdict


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
    terms = [o for o in case.seen("spf") if not o.data["depth"] or case.own(o.data["via"], place.value)]
    if not terms:
        settled, records = case.settled(place.questions), case.seen("spf-record")
        yield case.finding(
            Role.MAIL_SENDER,
            place.value,
            Verdict.ABSENT if settled else Verdict.UNKNOWN,
            "sender.failed" if not settled else "sender.names-nobody" if records else "sender.no-spf",
            complete=settled,
            evidence=_records(case, records[0]) if records else case.evidence(place),
            why=case.why(place.questions),
        )
    problems = {observation.value for observation in case.seen("spf-problem")}
    for observation in terms:
        yield _sender(case, observation, place.value, problems)


def _sender(case: Case, observation: Observation, domain: str, problems: set[str]) -> Finding:
    """A term of the body's own record, or of one under its own name; a provider's includes are its own affair."""
    rule = case.match_other("spf", observation.value, domain)
    own = case.own(observation.value, domain)
    verdict, reason = Verdict.UNATTRIBUTED, "sender.no-rule"
    if rule is not None:
        verdict, reason = Verdict.PROVIDER, "sender.by-spf"
    elif own:
        verdict = Verdict.SELF
        problem = next((problem for problem in ("loop", "too-many-lookups") if problem in problems), "")
        reason = f"sender.{problem}" if problem else "sender.own"
    return case.finding(
        Role.MAIL_SENDER,
        observation.data["term"],
        verdict,
        reason,
        claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
        evidence=_records(case, observation),
        term=observation.data["term"],
    )


def _records(case: Case, observation: Observation) -> tuple[Evidence, ...]:
    """The SPF records that a term was reached by, from the body's own on."""
    return tuple(
        Evidence(question.kind, question.subject, question.detail, value[:MAX_VALUE])
        for question in observation.questions
        for value in case.answer(question).values
        if "v=spf1" in value[:20].lower()
    )[:4]


def _reports(case: Case) -> Iterator[Finding]:
    asked = case.seen("dmarc-asked")
    if not asked or not case.asked(asked[0].questions):
        return
    place = asked[0]
    reports = case.seen("dmarc-report")
    if not reports:
        policy = case.seen("dmarc")
        settled = bool(policy) or case.settled(place.questions)
        yield case.finding(
            Role.MAIL_REPORTS,
            place.value,
            Verdict.ABSENT if settled else Verdict.UNKNOWN,
            "reports.none" if policy else "reports.no-dmarc" if settled else "reports.failed",
            complete=settled,
            evidence=case.evidence(*(policy or [place])),
            why=case.why(question for question in place.questions if not case.answer(question).settled),
        )
    for observation in reports:
        rule = case.match_other("dmarc", observation.value, place.value)
        own = case.own(observation.value, place.value)
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
    found = False
    for observation in case.seen("token"):
        rule = case.match("txt", observation.value)
        if rule is not None:
            found = True
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
        if not {"Managed", "Federated"} & set(case.answer(observation.questions[0]).values):
            continue
        rule = next(
            filter(None, (case.match("txt", "MS=ms1"), case.match("mx", "x.mail.protection.outlook.com"))), None
        )
        if rule is not None:
            found = True
            yield case.finding(
                Role.ACCOUNT,
                "microsoft365-tenant",
                Verdict.PROVIDER,
                "account.by-tenant",
                claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),),
                evidence=case.evidence(observation),
            )
    texts = case.seen("spf-asked")  # the same TXT records hold the tokens
    if not found and texts and case.asked(texts[0].questions):
        settled = case.settled(texts[0].questions)
        yield case.finding(
            Role.ACCOUNT,
            texts[0].value,
            Verdict.ABSENT if settled else Verdict.UNKNOWN,
            "account.none" if settled else "account.failed",
            complete=settled,
            evidence=case.evidence(texts[0]),
            why=case.why(texts[0].questions),
        )
