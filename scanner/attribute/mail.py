"""Who filters a body's mail and who keeps its mailboxes: two roles.

Any MX may be a relay, so look behind it. What names the mailbox, best first: the MX itself, unless DKIM confirmed by
another signal names another; DKIM with autodiscover or direct SPF (confirmed); DKIM, or autodiscover with direct SPF
(probable); autodiscover, or behind a known gateway SPF with a tenant (indicated). SPF alone, a tenant or a token never
prove a mailbox: they are kept beside `unknown`. The body's own names prove nothing of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.attribute._case import Case
from scanner.attribute._mailbox import (
    Exchanger,
    Mail,
    Sign,
    guest_of,
    is_guest,
    look,
    looked_behind,
    seen,
    signing_gateways,
)
from scanner.model import Claim, Confidence, Finding, Observation, Relation, Role, Rule, Verdict


def conclude(case: Case) -> Iterator[Finding]:
    """Gateway findings, one an MX host (or one that says there is none), and one mailbox finding."""
    for place in case.seen("mail-domain"):
        if not case.asked(place.questions):
            continue
        mail = look(case, place)
        if not mail.exchangers:
            yield from _no_mail(case, mail)
            continue
        yield from _gateways(case, mail)
        yield _mailbox(case, mail)


def _mailbox(case: Case, mail: Mail) -> Finding:
    """The decision: who keeps the mailboxes."""
    direct, gateways, unnamed = mail.of(Role.MAILBOX), mail.of(Role.MAIL_GATEWAY), mail.of(None)
    first_own = min((mx.preference for mx in unnamed if mx.own), default=1 << 31)
    if guest_of(case, mail.place.value):
        return _guest(case, mail)
    if direct and mail.relayed:
        return _behind(case, mail, mail.relayed, [])
    if direct and min(mx.preference for mx in direct) <= first_own:  # else they only stand in for the body's own
        return _by_mx(case, mail, direct)
    telling = [sign for sign in mail.signs if sign.tells]
    if gateways:
        return _behind(case, mail, telling, gateways) if telling else _hidden(case, mail, gateways)
    sure = [sign for sign in telling if sign.confidence is not Confidence.INDICATED]
    return _behind(case, mail, telling, []) if sure else _unnamed(case, mail, telling, direct)


def _no_mail(case: Case, mail: Mail) -> Iterator[Finding]:
    """No MX that leads anywhere: absent only if every name where mail could live was answered."""
    null, place = case.seen("null-mx"), mail.place
    open_ones = [question for question in place.questions if not case.answer(question).settled]
    reason = "mail.dangling" if mail.dangling else "mail.null-mx" if null else "mail.no-mx"
    proofs = [o for mx in mail.dangling for o in (mx.observation, *mx.addresses)]
    for role in (Role.MAIL_GATEWAY, Role.MAILBOX):
        yield case.finding(
            role,
            place.value,
            Verdict.UNKNOWN if open_ones else Verdict.ABSENT,
            "mail.failed" if open_ones else reason,
            complete=not open_ones,
            evidence=case.evidence(*(proofs or null or [place])),
            why=case.why(open_ones or place.questions[-1:]),
            host=", ".join(mx.host for mx in mail.dangling),
        )


def _gateways(case: Case, mail: Mail) -> Iterator[Finding]:
    """One finding a filter, or relay, that a rule or DKIM reveals; else one that says whether there may be one."""
    named = mail.of(Role.MAIL_GATEWAY)
    reason, relays = ("mail.gateway-by-name", named)
    if not named and mail.relayed:
        reason, relays = "mail.gateway-relays", mail.of(Role.MAILBOX)
    for mx in relays:
        assert mx.rule is not None
        sure = mx.sure if named else Confidence.PROBABLE
        yield _gateway(case, mail, mx, Verdict.PROVIDER, reason, [case.claim(mx.rule, Relation.OPERATES, sure)])
    found = {mx.provider for mx in relays}
    for rule, observation in signing_gateways(case, mail.place.value):
        if rule.provider not in found:
            found.add(rule.provider)
            claim = case.claim(rule, Relation.OPERATES, Confidence.PROBABLE)
            evidence = case.evidence(observation)
            yield case.finding(
                Role.MAIL_GATEWAY,
                observation.subject,
                Verdict.PROVIDER,
                "mail.gateway-by-dkim",
                claims=[claim],
                evidence=evidence,
                name=observation.subject,
            )
    if not found:
        yield from _unnamed_gateways(case, mail)


def _unnamed_gateways(case: Case, mail: Mail) -> Iterator[Finding]:
    unnamed, place = mail.of(None), mail.place
    direct = {mx.provider for mx in mail.exchangers if mx.rule is not None}
    if unnamed and any("dkim" in one.rules and one.provider not in direct for one in mail.signs):
        for mx in unnamed:  # DKIM names a mailbox elsewhere than at this MX: it relays, whoever runs it
            yield _gateway(case, mail, mx, mx.verdict, "mail.gateway-possible", mx.hosts)
        return
    foreign = [mx for mx in unnamed if mx.verdict is Verdict.UNATTRIBUTED]
    settled = not unnamed or (looked_behind(case) and all(seen(case, mx) for mx in unnamed))
    yield case.finding(
        Role.MAIL_GATEWAY,
        place.value,
        Verdict.UNKNOWN if foreign else Verdict.ABSENT,
        "mail.gateway-possible" if foreign else "mail.gateway-none",
        complete=case.settled(place.questions) and settled,
        evidence=case.evidence(*(mx.observation for mx in foreign or mail.exchangers)),
        host=foreign[0].host if foreign else "",
    )


def _gateway(case: Case, mail: Mail, mx: Exchanger, verdict: Verdict, reason: str, claims: Iterable[Claim]) -> Finding:
    by_rule = mx.rule is not None
    return case.finding(
        Role.MAIL_GATEWAY,
        mx.host,
        verdict,
        reason,
        claims=claims,
        complete=case.settled(mail.place.questions) if by_rule else seen(case, mx),
        evidence=case.evidence(mx.observation, *(() if by_rule else mx.addresses)),
        host=mx.host,
    )


def _guest(case: Case, mail: Mail) -> Finding:
    """The addresses are in a provider's own domain, whatever its MX."""
    rule = guest_of(case, mail.place.value)
    assert rule is not None
    return case.finding(
        Role.MAILBOX,
        mail.place.value,
        Verdict.PROVIDER,
        "mail.isp-mailbox",
        claims=[case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED)],
        evidence=case.evidence(mail.exchangers[0].observation),
        host=mail.exchangers[0].host,
    )


def _by_mx(case: Case, mail: Mail, direct: list[Exchanger]) -> Finding:
    """The MX names a mailbox itself; of several the preferred one comes first, then the best corroborated; what DKIM
    says of another provider stays as a rival."""
    agreeing = {one.provider: one for one in mail.signs}
    best = {mx.provider: mx for mx in sorted(direct, key=lambda mx: -mx.preference)}
    ranked = sorted(best.values(), key=lambda mx: (mx.preference, -len(_rules(agreeing.get(mx.provider)))))
    claims, proofs = [], [mx.observation for mx in direct]
    for mx in ranked:
        assert mx.rule is not None
        sign = agreeing.get(mx.provider)
        alone = mx.filters and not sign and mx.sure is Confidence.CONFIRMED
        sure = Confidence.PROBABLE if alone else mx.sure
        claims.append(case.claim(mx.rule, Relation.OPERATES, sure, *_rules(sign)))
        proofs += sign.observations if sign else ()
    for one in mail.signs:
        if one.provider not in best and "dkim" in one.rules:
            claims.append(one.claim(case, Confidence.INDICATED))
            proofs += one.observations
    guest = is_guest(case, mail.place.value, ranked[0])
    return case.finding(
        Role.MAILBOX,
        mail.place.value,
        Verdict.PROVIDER,
        "mail.isp-mailbox" if guest else "mail.split" if len(best) > 1 else _said_by(ranked[0]),
        claims=claims,
        complete=case.settled(mail.place.questions),
        evidence=case.evidence(*proofs),
        host=[mx.host for mx in ranked] if len(best) > 1 else ranked[0].host,
    )


def _said_by(mx: Exchanger) -> str:
    return "mail.mx-by-name" if mx.sure is Confidence.CONFIRMED else "mail.mx-by-greeting"


def _rules(sign: Sign | None) -> list[Rule]:
    return list(sign.rules.values()) if sign else []


def _behind(case: Case, mail: Mail, signs: list[Sign], gateways: list[Exchanger]) -> Finding:
    """Signs name the mailbox behind a filter or relay. An MX that a rule calls a mailbox stays as a rival."""
    rivals = [] if gateways else mail.of(Role.MAILBOX)
    contested = Confidence.PROBABLE if rivals else None
    claims = [one.claim(case, contested) for one in signs]
    claims += [
        case.claim(mx.rule, Relation.OPERATES, Confidence.INDICATED)
        for mx in {mx.provider: mx for mx in reversed(rivals)}.values()
        if mx.rule is not None
    ]
    return case.finding(
        Role.MAILBOX,
        mail.place.value,
        Verdict.PROVIDER,
        "mail.behind-gateway" if gateways else "mail.behind-relay",
        claims=claims,
        complete=looked_behind(case) and case.settled(mail.place.questions),
        evidence=case.evidence(mail.exchangers[0].observation, *(o for one in signs for o in one.observations)),
        gateway=gateways[0].provider if gateways else "",
        relay=mail.exchangers[0].host,
        signals=list(signs[0].rules),
    )


def _hidden(case: Case, mail: Mail, gateways: list[Exchanger]) -> Finding:
    """Nothing behind a known gateway tells; who SPF lets send is kept as what may be."""
    proofs: list[Observation] = [o for one in mail.signs for o in one.observations]
    return case.finding(
        Role.MAILBOX,
        mail.place.value,
        Verdict.UNKNOWN,
        "mail.hidden-spf-only" if mail.signs else "mail.hidden-by-gateway",
        claims=[one.claim(case) for one in mail.signs],
        complete=looked_behind(case) and case.settled(mail.place.questions),
        evidence=case.evidence(gateways[0].observation, *proofs),
        gateway=gateways[0].provider,
    )


def _unnamed(case: Case, mail: Mail, signs: list[Sign], backups: list[Exchanger]) -> Finding:
    """No rule names the MX and nothing sure is behind it: the MX speaks for itself."""
    every = mail.of(None) or list(mail.exchangers)
    mx = every[0]
    hosts = {claim.provider: claim for one in reversed(every) for claim in one.hosts}.values()
    rivals = [one.claim(case, Confidence.INDICATED) for one in signs]
    rivals += [case.claim(one.rule, Relation.OPERATES, Confidence.INDICATED) for one in backups if one.rule is not None]
    if mx.own:
        reason = "mail.own-mx"
    elif mx.rented:
        reason = "mail.customer-machine"
    else:
        reason = "mail.mx-by-address" if mx.hosts else "mail.mx-no-rule"
    return case.finding(
        Role.MAILBOX,
        mail.place.value,
        mx.verdict,
        reason,
        claims=[*hosts, *rivals],
        complete=looked_behind(case) and case.settled(mail.place.questions) and all(seen(case, one) for one in every),
        evidence=case.evidence(
            *(one.observation for one in every), *mx.addresses, *(o for one in signs for o in one.observations)
        ),
        host=mx.host,
    )
