"""What the decision about a body's mail rests on: its receiving servers, and the signs that name a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.attribute._case import Case
from scanner.model import Claim, Confidence, Observation, Relation, Role, Rule, Verdict
from scanner.names import name_problem, registrable, same_party

STRONG = "dkim"
"""An alias under the body's name that only the mailbox's keeper could tell it to set."""
FILTERS = ("spam", "filter", "gateway", "mailgate", "mailgw", "relay", "protect", "fortimail", "ironport")
"""What machines that filter or relay are called; it never names anybody, it only makes less sure."""
ALONE_TOO_WEAK = "spf"
"""Who may send in its name need not keep its mailboxes."""


@dataclass(frozen=True, slots=True)
class Exchanger:
    """One MX host: the rule that names it (by its name, where its CNAME leads, or how it greets) and how surely;
    whether its name is the body's own, whether a customer rents it, whether it leads nowhere, and who hosts it."""

    host: str
    preference: int
    rule: Rule | None
    sure: Confidence
    role: Role | None
    own: bool
    rented: bool
    dangling: bool
    observation: Observation
    addresses: tuple[Observation, ...]
    hosts: tuple[Claim, ...]

    @property
    def verdict(self) -> Verdict:
        """Who runs it, where no rule says."""
        return Verdict.SELF if self.own or self.rented else Verdict.UNATTRIBUTED

    @property
    def provider(self) -> str:
        """The provider that the rule names, or ""."""
        return self.rule.provider if self.rule else ""

    @property
    def filters(self) -> bool:
        """True where its own labels say that it filters or relays: then it may do so for mailboxes elsewhere."""
        labels = self.host.removesuffix(self.rule.pattern) if self.rule else self.host
        return any(word in labels for word in FILTERS)


@dataclass(frozen=True, slots=True)
class Sign:
    """What names one provider's mailbox beside the MX: its rules by signal."""

    provider: str
    rules: dict[str, Rule]
    observations: tuple[Observation, ...]

    @property
    def confidence(self) -> Confidence:
        """By corroboration: DKIM and another confirm; DKIM alone, or two others, make probable; one indicates."""
        if STRONG in self.rules:
            return Confidence.CONFIRMED if len(self.rules) > 1 else Confidence.PROBABLE
        return Confidence.PROBABLE if len(set(self.rules) - {"tenant"}) > 1 else Confidence.INDICATED

    @property
    def tells(self) -> bool:
        """False for SPF alone."""
        return set(self.rules) != {ALONE_TOO_WEAK}

    def claim(self, case: Case, sure: Confidence | None = None) -> Claim:
        """The provider keeps the mailboxes."""
        rule = next(iter(self.rules.values()))
        return case.claim(rule, Relation.OPERATES, sure or self.confidence, *self.rules.values())


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail domain: `place`: the observation of it; receiving servers that lead somewhere, the preferred first;
    signs, the surest first."""

    place: Observation
    exchangers: tuple[Exchanger, ...]
    dangling: tuple[Exchanger, ...]
    signs: tuple[Sign, ...]

    def of(self, role: Role | None) -> list[Exchanger]:
        """Receiving servers that a rule calls so; None: those that no rule names."""
        return [mx for mx in self.exchangers if mx.role is role]

    @property
    def relayed(self) -> list[Sign]:
        """Signs that outweigh a mailbox named by the MX alone: DKIM confirmed by another signal, elsewhere, while
        nothing but the MX (and SPF, as for any relay) names the MX's own provider."""
        direct = {mx.provider for mx in self.of(Role.MAILBOX)}
        if any(one.provider in direct and set(one.rules) - {ALONE_TOO_WEAK} for one in self.signs):
            return []
        return [one for one in self.signs if one.provider not in direct and one.confidence is Confidence.CONFIRMED]


def look(case: Case, place: Observation) -> Mail:
    """Everything that the decision about one mail domain rests on."""
    every = [_exchanger(case, observation, place.value) for observation in case.seen("mx")]
    alive = tuple(mx for mx in every if not mx.dangling)
    return Mail(place, alive, tuple(mx for mx in every if mx.dangling), tuple(_signs(case, place.value)))


def _exchanger(case: Case, observation: Observation, domain: str) -> Exchanger:
    host, data = observation.value, observation.data
    own = bool(data.get("own"))
    rented = bool(data.get("machine")) and not own
    rule, sure = None, Confidence.CONFIRMED
    if not rented:
        rule = next(filter(None, (case.match_other("mx", n, domain) for n in (host, *data.get("names", ())))), None)
    if rule is None:
        rule, sure = _greeting(case, host, domain)
    addresses = tuple(o for o in case.seen("mx-address") if o.subject == host)
    if rule is not None:
        hosts: tuple[Claim, ...] = ()
    else:
        hosts = case.machine_claims(host, addresses) if rented else case.hosting_claims(addresses)
    dangling = any(o.value == "dangling" and o.subject == host for o in case.seen("mx-problem"))
    role = case.role(rule) if rule else None
    rented = rented and bool(hosts) and rule is None
    return Exchanger(
        host, int(data.get("preference", 0)), rule, sure, role, own, rented, dangling, observation, addresses, hosts
    )


def _greeting(case: Case, host: str, domain: str) -> tuple[Rule | None, Confidence]:
    """Who a server says it is on port 25, by host names alone: software that it names (Exchange, Zimbra) has no
    operator. Greeting and certificate agree: probable; one of them: indicated."""
    found: list[Rule] = []
    for observation in case.seen("mx-smtp"):
        answer = case.answer(observation.questions[0])
        value = answer.values[0] if observation.value == host and answer.values else {}
        names = value.get("san") if isinstance(value.get("san"), list) else []
        certified = [str(name).removeprefix("*.") for name in names or ()][:20]
        for group in ([str(value.get("name", ""))], certified):
            rules = (case.match_other("mx", name.lower(), domain) for name in group if not name_problem(name))
            found += [rule for rule in [next(filter(None, rules), None)] if rule is not None]
    if not found:
        return None, Confidence.CONFIRMED
    agree = len(found) > 1 and len({rule.provider for rule in found}) == 1
    return found[0], Confidence.PROBABLE if agree else Confidence.INDICATED


def _signs(case: Case, domain: str) -> list[Sign]:
    """Mailbox providers that DKIM, autodiscover and the body's own SPF name, the surest first."""
    rules: dict[str, dict[str, Rule]] = {}
    rests: dict[str, list[Observation]] = {}
    for kind, rule, observation in _named(case, domain):
        if case.role(rule) is Role.MAILBOX:
            rules.setdefault(rule.provider, {}).setdefault(kind, rule)
            rests.setdefault(rule.provider, []).append(observation)
    for observation in case.seen("tenant"):
        account = tenant_rule(case, observation)
        if account and set(rules.get(account.provider, ())) == {ALONE_TOO_WEAK}:  # of itself it is no mailbox
            rules[account.provider]["tenant"] = account
            rests[account.provider].append(observation)
    found = [Sign(provider, kinds, tuple(rests[provider])) for provider, kinds in rules.items()]
    order = list(Confidence)
    return sorted(
        found, key=lambda one: (order.index(one.confidence), STRONG not in one.rules, not one.tells, one.provider)
    )


def _named(case: Case, domain: str) -> Iterator[tuple[str, Rule, Observation]]:
    """Signal, rule and observation of everything under the body's name that names a provider."""
    wild = {observation.value for observation in case.seen("dkim-wildcard")}
    for kind in (STRONG, "dkim-key", "autodiscover", ALONE_TOO_WEAK):
        for observation in case.seen(kind):
            if kind == "spf" and observation.data["depth"] and not case.own(observation.data["via"], domain):
                continue  # an include of an include is its owner's choice, not the body's
            if kind == "autodiscover" and observation.value in wild:
                continue  # the zone answers so to every name
            rule = case.match_other(kind, observation.value, domain)
            if rule is None and kind == "autodiscover":
                rule = case.match_other("srv", observation.value, domain)
            if rule is not None and not (kind == "spf" and case.public(rule)):
                yield kind, rule, observation  # another administration's SPF lets it send: it need not keep mail


def signing_gateways(case: Case, domain: str) -> Iterator[tuple[Rule, Observation]]:
    """Filters that sign the body's mail (DKIM): mail passes them, be it behind another."""
    for kind, rule, observation in _named(case, domain):
        if kind == STRONG and case.role(rule) is Role.MAIL_GATEWAY:
            yield rule, observation


def tenant_rule(case: Case, observation: Observation) -> Rule | None:
    """The rule of the account that a tenant's answer proves."""
    if not {"Managed", "Federated"} & set(case.answer(observation.questions[0]).values):
        return None
    return case.match("txt", "MS=ms1") or case.match("mx", "x.mail.protection.outlook.com")


def guest_of(case: Case, domain: str) -> Rule | None:
    """The mailbox service in whose own domain a body's addresses are: the body has no domain of its own."""
    if case.own(domain):
        return None
    rule = case.match("mail-domain", domain)
    return rule if rule is not None and case.role(rule) is Role.MAILBOX and not case.public(rule) else None


def is_guest(case: Case, domain: str, mx: Exchanger) -> bool:
    """True where mail is listed under the very domain of its provider: an access provider's address."""
    if mx.rule is None or case.own(domain) or case.public(mx.rule):
        return False
    return same_party(mx.rule.pattern, domain) or registrable(mx.host) == registrable(domain)


def seen(case: Case, mx: Exchanger) -> bool:
    """True when every question about a server that could change the verdict was answered."""
    questions = [question for o in (mx.observation, *mx.addresses) for question in o.questions]
    return case.settled(question for question in questions if question.kind == "dns") and all(
        case.network(address).complete for address in mx.addresses if address.value
    )


def looked_behind(case: Case) -> bool:
    """True when every question that could name a mailbox behind the MX was answered."""
    kinds = ("dkim-wildcard", "dkim-asked", "autodiscover-asked", "spf-asked")
    return case.settled(question for kind in kinds for o in case.seen(kind) for question in o.questions)
