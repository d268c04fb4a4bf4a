"""Who may send in a body's name (SPF), who gets reports on its mail (DMARC), where it proved an account (tokens)."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.attribute._case import MAX_VALUE, Case
from scanner.attribute._mailbox import tenant_rule
from scanner.model import Confidence, Evidence, Finding, Observation, Relation, Role, Status, Verdict

MAX_TERMS = 8
"""Of the body's own mechanisms, those that the sentence names."""


def conclude(case: Case) -> Iterator[Finding]:
    """Findings of roles mail-sender, mail-reports and account."""
    yield from _senders(case)
    yield from _reports(case)
    yield from _tls_reports(case)
    yield from _accounts(case)


def _senders(case: Case) -> Iterator[Finding]:
    asked = case.seen("spf-asked")
    if not asked or not case.asked(asked[0].questions):
        return
    place = asked[0]
    terms = [o for o in case.seen("spf") if not o.data["depth"] or case.own(o.data["via"], place.value)]
    problems = {observation.value for observation in case.seen("spf-problem")}
    for observation in terms:
        yield _sender(case, observation, place.value, problems)
    if not terms and case.seen("spf-own"):
        yield from _own_senders(case, place)
    elif not terms:
        yield _nobody(case, place)
    else:
        yield from _networks(case)


def _nobody(case: Case, place: Observation) -> Finding:
    """No record, or one that names nobody; `-all` alone says that nobody may send."""
    settled, records = case.settled(place.questions), case.seen("spf-record")
    words = {observation.value for observation in case.seen("spf-all")}
    if not settled:
        reason = "sender.failed"
    elif not records:
        reason = "sender.no-spf"
    else:
        reason = "sender.nobody-may" if words == {"-all"} else "sender.names-nobody"
    return case.finding(
        Role.MAIL_SENDER,
        place.value,
        Verdict.ABSENT if settled else Verdict.UNKNOWN,
        reason,
        complete=settled,
        evidence=_records(case, records[0]) if records else case.evidence(place),
        why=case.why(place.questions),
    )


def _own_senders(case: Case, place: Observation) -> Iterator[Finding]:
    """A record of nothing but the body's own mechanisms: its addresses, and its receiving servers where `mx` lets
    them send, which may be a provider's."""
    own = case.seen("spf-own")
    rules = [case.match_other("mx", o.value, place.value) for o in case.seen("mx")]
    lent = {rule.provider: rule for rule in rules if rule is not None} if any(o.value == "mx" for o in own) else {}
    for rule in lent.values():
        yield case.finding(
            Role.MAIL_SENDER,
            f"mx ({rule.provider})",
            Verdict.PROVIDER,
            "sender.by-mx",
            claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),),
            evidence=(*_records(case, own[0]), *case.evidence(*case.seen("mx"))),
        )
    terms = [o.value for o in own if not (lent and o.value == "mx")]
    if terms:
        yield case.finding(
            Role.MAIL_SENDER,
            place.value,
            Verdict.SELF,
            "sender.own-mechanisms",
            claims=case.hosting_claims(case.seen("spf-network")),
            evidence=(*_records(case, own[0]), *case.evidence(*case.seen("spf-network"), limit=6)),
            terms=terms[:MAX_TERMS],
        )


def _networks(case: Case) -> Iterator[Finding]:
    """Addresses that may send beside named senders, one finding for each provider in whose network they are."""
    told: set[str] = set()
    for observation in case.seen("spf-network"):
        for claim in case.hosting_claims([observation]):
            if claim.provider not in told:
                told.add(claim.provider)
                yield case.finding(
                    Role.MAIL_SENDER,
                    observation.data["term"],
                    Verdict.SELF,
                    "sender.own-network",
                    claims=(claim,),
                    evidence=(*_records(case, observation), *case.evidence(observation, limit=4)),
                    term=observation.data["term"],
                )


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
        if question.kind == "dns"
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
        said = "reports.by-domain" if rule else "reports.own" if own else "reports.no-rule"
        yield case.finding(
            Role.MAIL_REPORTS,
            observation.value,
            Verdict.PROVIDER if rule else Verdict.SELF if own else Verdict.UNATTRIBUTED,
            said if own or _agreed(case, observation) else "reports.not-agreed",
            claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
            evidence=case.evidence(observation),
            domain=observation.value,
        )


def _tls_reports(case: Case) -> Iterator[Finding]:
    """Who is told of failures to deliver encrypted (RFC 8460)."""
    already = {observation.value for observation in case.seen("dmarc-report")}
    for observation in case.seen("tls-report"):
        if observation.value not in already:
            rule = case.match_other("dmarc", observation.value, observation.subject)
            own = case.own(observation.value, observation.subject)
            yield case.finding(
                Role.MAIL_REPORTS,
                observation.value,
                Verdict.PROVIDER if rule else Verdict.SELF if own else Verdict.UNATTRIBUTED,
                "reports.tls",
                claims=(case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED),) if rule else (),
                evidence=case.evidence(observation),
                domain=observation.value,
            )


def _agreed(case: Case, observation: Observation) -> bool:
    """False where the receiver was asked and has not agreed: then nothing is sent to it (RFC 7489, section 7.1)."""
    question = observation.data.get("authorised")
    if question is None:
        return True
    answer = case.answer(question)
    if answer.status is Status.OK:
        return any("v=dmarc1" in str(value).lower() for value in answer.values)
    return answer.status is not Status.ABSENT


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
        rule = tenant_rule(case, observation)
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
