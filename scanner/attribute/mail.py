"""Who filters a body's mail and who keeps its mailboxes: two roles.

Any MX that no rule calls a mailbox may be a relay, so look behind it. What names the mailbox there, best first:
DKIM with autodiscover or direct SPF (confirmed); DKIM, or autodiscover with direct SPF (probable); autodiscover, or
behind a known gateway direct SPF (indicated). A tenant or a token never proves a mailbox. The body's own names prove
nothing of others: rules for a State's names do not apply to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.attribute._case import Case
from scanner.model import Claim, Confidence, Finding, Observation, Relation, Role, Rule, Verdict
from scanner.names import same_party


@dataclass(frozen=True, slots=True)
class _Exchanger:
    """One MX host: the rule that names it (by its name or where its CNAME leads), whether the name is the body's own,
    whether it is a machine that a customer rents, and who hosts it."""

    host: str
    rule: Rule | None
    role: Role | None
    own: bool
    rented: bool
    observation: Observation
    addresses: tuple[Observation, ...]
    hosts: tuple[Claim, ...]

    @property
    def verdict(self) -> Verdict:
        """Who runs it, where no rule says."""
        return Verdict.SELF if self.own or self.rented else Verdict.UNATTRIBUTED


@dataclass(frozen=True, slots=True)
class _Behind:
    """What names one provider's mailbox behind the MX: its rules by signal."""

    provider: str
    rules: dict[str, Rule]
    observations: tuple[Observation, ...]

    @property
    def confidence(self) -> Confidence:
        """By corroboration, see the module's docstring."""
        if "dkim" in self.rules:
            return Confidence.CONFIRMED if len(self.rules) > 1 else Confidence.PROBABLE
        return Confidence.PROBABLE if len(self.rules) > 1 else Confidence.INDICATED


def conclude(case: Case) -> Iterator[Finding]:
    """Gateway findings, one an MX host (or one that says there is none), and one mailbox finding."""
    for place in case.seen("mail-domain"):
        if not case.asked(place.questions):
            continue
        exchangers = [_exchanger(case, observation, place.value) for observation in case.seen("mx")]
        if not exchangers:
            yield from _no_mail(case, place)
            continue
        behind = _behind(case, place.value)
        yield from _gateways(case, place, exchangers, behind)
        yield _mailbox(case, place, exchangers, behind)


def _exchanger(case: Case, observation: Observation, domain: str) -> _Exchanger:
    names = (observation.value, *observation.data.get("names", ()))
    own = bool(observation.data.get("own"))
    rented = bool(observation.data.get("machine")) and not own
    rule = None if rented else next(filter(None, (case.match_other("mx", name, domain) for name in names)), None)
    addresses = tuple(o for o in case.seen("mx-address") if o.subject == observation.value)
    hosts = case.machine_claims(observation.value, addresses) if rented else case.hosting_claims(addresses)
    role = case.role(rule) if rule else None
    return _Exchanger(observation.value, rule, role, own, rented and bool(hosts), observation, addresses, hosts)


def _no_mail(case: Case, place: Observation) -> Iterator[Finding]:
    """No MX: absent only if every name where mail could live was answered."""
    null = case.seen("null-mx")
    open_ones = [question for question in place.questions if not case.answer(question).settled]
    for role in (Role.MAIL_GATEWAY, Role.MAILBOX):
        yield case.finding(
            role,
            place.value,
            Verdict.UNKNOWN if open_ones else Verdict.ABSENT,
            "mail.failed" if open_ones else "mail.null-mx" if null else "mail.no-mx",
            complete=not open_ones,
            evidence=case.evidence(*(null or [place])),
            why=case.why(open_ones or place.questions[-1:]),
        )


def _behind(case: Case, domain: str) -> list[_Behind]:
    """Mailbox providers that DKIM, autodiscover and the body's own SPF name, the surest first."""
    rules: dict[str, dict[str, Rule]] = {}
    rests: dict[str, list[Observation]] = {}
    wild = {observation.value for observation in case.seen("dkim-wildcard")}
    for kind in ("dkim", "autodiscover", "spf"):
        for observation in case.seen(kind):
            if kind == "spf" and observation.data["depth"] and not case.own(observation.data["via"], domain):
                continue  # an include of an include is its owner's choice, not the body's
            if kind == "autodiscover" and observation.value in wild:
                continue  # the zone answers so to every name
            rule = case.match_other(kind, observation.value, domain)
            if rule is None and kind == "autodiscover":
                rule = case.match_other("srv", observation.value, domain)
            if rule is not None and case.role(rule) is Role.MAILBOX:
                rules.setdefault(rule.provider, {}).setdefault(kind, rule)
                rests.setdefault(rule.provider, []).append(observation)
    found = [_Behind(provider, kinds, tuple(rests[provider])) for provider, kinds in rules.items()]
    order = list(Confidence)
    return sorted(found, key=lambda one: (order.index(one.confidence), "dkim" not in one.rules, one.provider))


def _named(behind: list[_Behind]) -> list[_Behind]:
    """Those that more than SPF alone names."""
    return [one for one in behind if set(one.rules) != {"spf"}]


def _gateways(case: Case, place: Observation, exchangers: list[_Exchanger], behind: list[_Behind]) -> Iterator[Finding]:
    gateways = [mx for mx in exchangers if mx.role is Role.MAIL_GATEWAY]
    for mx in gateways:
        assert mx.rule is not None
        yield case.finding(
            Role.MAIL_GATEWAY,
            mx.host,
            Verdict.PROVIDER,
            "mail.gateway-by-name",
            claims=(case.claim(mx.rule, Relation.OPERATES, Confidence.CONFIRMED),),
            complete=case.settled(place.questions),
            evidence=case.evidence(mx.observation),
            host=mx.host,
        )
    if gateways:
        return
    unnamed = [mx for mx in exchangers if mx.rule is None]
    direct = {mx.rule.provider for mx in exchangers if mx.rule is not None}
    relays = any("dkim" in one.rules and one.provider not in direct for one in behind)
    for mx in unnamed if relays else ():
        # DKIM names a mailbox elsewhere than at this MX: it relays, whoever runs it.
        yield case.finding(
            Role.MAIL_GATEWAY,
            mx.host,
            mx.verdict,
            "mail.gateway-possible",
            claims=mx.hosts,
            complete=_seen(case, mx),
            evidence=case.evidence(mx.observation, *mx.addresses),
            host=mx.host,
        )
    if relays and unnamed:
        return
    foreign = [mx for mx in unnamed if mx.verdict is Verdict.UNATTRIBUTED]
    yield case.finding(
        Role.MAIL_GATEWAY,
        place.value,
        Verdict.UNKNOWN if foreign else Verdict.ABSENT,
        "mail.gateway-possible" if foreign else "mail.gateway-none",
        complete=case.settled(place.questions)
        and (not unnamed or (_looked_behind(case) and all(_seen(case, mx) for mx in unnamed))),
        evidence=case.evidence(*(mx.observation for mx in foreign or exchangers)),
        host=foreign[0].host if foreign else "",
    )


def _mailbox(case: Case, place: Observation, exchangers: list[_Exchanger], behind: list[_Behind]) -> Finding:
    direct = [mx for mx in exchangers if mx.role is Role.MAILBOX]
    if direct:
        return _by_mx(case, place, direct, behind)
    gateways = [mx for mx in exchangers if mx.role is Role.MAIL_GATEWAY]
    named = _named(behind) or (behind if gateways else [])
    complete = _looked_behind(case) and case.settled(place.questions)
    sure = [one for one in named if one.confidence is not Confidence.INDICATED]
    if sure or (named and gateways):
        return _hidden(case, place, exchangers, gateways, named, complete)
    if gateways:
        return case.finding(
            Role.MAILBOX,
            place.value,
            Verdict.UNKNOWN,
            "mail.hidden-by-gateway",
            complete=complete,
            evidence=case.evidence(gateways[0].observation),
            gateway=_provider(gateways[0].rule),
        )
    return _unnamed(case, place, exchangers, named, complete)


def _by_mx(case: Case, place: Observation, direct: list[_Exchanger], behind: list[_Behind]) -> Finding:
    """The MX names a mailbox itself; what DKIM says of another provider stays as a rival."""
    claims: dict[str, Claim] = {}
    for mx in direct:
        assert mx.rule is not None
        agreeing = [rule for one in behind if one.provider == mx.rule.provider for rule in one.rules.values()]
        claims.setdefault(mx.rule.provider, case.claim(mx.rule, Relation.OPERATES, Confidence.CONFIRMED, *agreeing))
    rivals = [one for one in behind if one.provider not in claims and "dkim" in one.rules]
    for one in rivals:
        claims[one.provider] = case.claim(next(iter(one.rules.values())), Relation.OPERATES, Confidence.INDICATED)
    proofs = [mx.observation for mx in direct]
    proofs += [o for one in behind if one.provider in claims for o in one.observations]
    return case.finding(
        Role.MAILBOX,
        place.value,
        Verdict.PROVIDER,
        "mail.isp-mailbox" if _guest(case, place, direct[0]) else "mail.mx-by-name",
        claims=claims.values(),
        complete=case.settled(place.questions),
        evidence=case.evidence(*proofs),
        host=direct[0].host,
    )


def _hidden(
    case: Case,
    place: Observation,
    exchangers: list[_Exchanger],
    gateways: list[_Exchanger],
    named: list[_Behind],
    complete: bool,
) -> Finding:
    claims = [
        case.claim(next(iter(one.rules.values())), Relation.OPERATES, one.confidence, *one.rules.values())
        for one in named
    ]
    proofs = [o for one in named for o in one.observations]
    return case.finding(
        Role.MAILBOX,
        place.value,
        Verdict.PROVIDER,
        "mail.behind-gateway" if gateways else "mail.behind-relay",
        claims=claims,
        complete=complete,
        evidence=case.evidence(exchangers[0].observation, *proofs),
        gateway=_provider(gateways[0].rule) if gateways else "",
        relay=exchangers[0].host,
        signals=list(named[0].rules),
    )


def _unnamed(
    case: Case, place: Observation, exchangers: list[_Exchanger], named: list[_Behind], complete: bool
) -> Finding:
    """No rule names the MX and nothing sure is behind it: the MX speaks for itself."""
    mx = exchangers[0]
    hosts = {claim.provider: claim for one in reversed(exchangers) for claim in one.hosts}.values()
    rivals = [
        case.claim(next(iter(one.rules.values())), Relation.OPERATES, Confidence.INDICATED, *one.rules.values())
        for one in named
    ]
    if mx.own:
        reason = "mail.own-mx"
    elif mx.rented:
        reason = "mail.customer-machine"
    else:
        reason = "mail.mx-by-address" if mx.hosts else "mail.mx-no-rule"
    return case.finding(
        Role.MAILBOX,
        place.value,
        mx.verdict,
        reason,
        claims=[*hosts, *rivals],
        complete=complete and all(_seen(case, one) for one in exchangers),
        evidence=case.evidence(
            *(one.observation for one in exchangers), *mx.addresses, *(o for one in named for o in one.observations)
        ),
        host=mx.host,
    )


def _guest(case: Case, place: Observation, mx: _Exchanger) -> bool:
    """True where mail is listed under the very domain of its provider: an access provider's address."""
    return mx.rule is not None and not case.own(place.value) and same_party(mx.rule.pattern, place.value)


def _seen(case: Case, mx: _Exchanger) -> bool:
    questions = [question for o in (mx.observation, *mx.addresses) for question in o.questions]
    return case.settled(question for question in questions if question.kind == "dns") and all(
        case.network(address).complete for address in mx.addresses if address.value
    )


def _looked_behind(case: Case) -> bool:
    """True when every question that could name a mailbox behind the MX was answered."""
    kinds = ("dkim-wildcard", "dkim-asked", "autodiscover-asked", "spf-asked")
    return case.settled(question for kind in kinds for o in case.seen(kind) for question in o.questions)


def _provider(rule: Rule | None) -> str:
    return rule.provider if rule else ""
