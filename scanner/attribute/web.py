"""Who hosts the site, and who stands in front of it.

Names beat addresses: CNAME targets, then published ranges, then RDAP net names, then the AS. A front (CDN, filter)
masks the origin: then hosting is unknown unless something proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.ask import asn
from scanner.attribute._case import Case, Network
from scanner.model import Claim, Confidence, Evidence, Finding, Observation, Relation, Role, Rule, Status, Verdict


@dataclass(frozen=True, slots=True)
class _Signal:
    """One thing that names a provider: what it is (cname, range, netname, asn, header), its rule, what it rests on."""

    kind: str
    rule: Rule
    observation: Observation


_ADDRESS = frozenset({"range", "netname", "asn"})
"""Signals that an address gives: one source, however many addresses."""
_EDGE_REASONS = {"cname": "by-name", "range": "by-range", "netname": "by-as", "asn": "by-as", "header": "by-header"}
_HOSTING_REASONS = {"range": "by-range", "netname": "by-netname", "asn": "by-as", "header": "by-header"}


@dataclass(frozen=True, slots=True)
class _Front:
    """What is known of the machine that answers: its networks, the signals, and whether each layer was answered."""

    site: Observation
    networks: list[Network]
    edges: list[_Signal]
    others: list[_Signal]
    names_seen: bool
    addresses_seen: bool
    headers_seen: bool

    @property
    def complete(self) -> bool:
        """True when nothing that could name somebody else was left open."""
        networks = all(network.complete for network in self.networks)
        return self.names_seen and self.addresses_seen and self.headers_seen and networks


def conclude(case: Case) -> Iterator[Finding]:
    """An edge finding and a hosting finding, where anything was asked of the web front."""
    for site in case.seen("site"):
        addresses, chain = case.seen("web-address"), case.seen("web-chain")
        if not any(case.asked(observation.questions) for observation in (site, *addresses, *chain)):
            continue
        networks = [case.network(observation) for observation in addresses if observation.value]
        signals = list(_signals(case, networks))
        front = _Front(
            site,
            networks,
            [signal for signal in signals if case.role(signal.rule) is Role.EDGE],
            [signal for signal in signals if case.role(signal.rule) is Role.HOSTING or signal.kind in _ADDRESS],
            case.settled(q for o in chain for q in o.questions),
            case.settled(q for o in addresses for q in o.questions if q.kind == "dns"),
            any(case.answer(question).status is Status.OK for question in site.questions),
        )
        yield _edge(case, front)
        yield _hosting(case, front)


def _signals(case: Case, networks: Iterable[Network]) -> Iterator[_Signal]:
    for observation in case.seen("web-cname"):
        rule = case.match_other("cname", observation.value)
        if rule is not None:
            yield _Signal("cname", rule, observation)
    by_address = {observation.value: observation for observation in case.seen("web-address")}
    for network in networks:
        if network.rule is not None and network.rule.network != "access":
            yield _Signal(network.signal, network.rule, by_address[network.address])
    for observation in case.seen("header"):
        rule = case.match("header", observation.value)
        if rule is not None:
            yield _Signal("header", rule, observation)


def _claims(case: Case, signals: Iterable[_Signal], role: Role) -> list[tuple[Claim, list[_Signal]]]:
    """One claim a provider, the surest first: confirmed by a name of its own or by two independent signals."""
    groups: dict[str, list[_Signal]] = {}
    for signal in signals:
        groups.setdefault(signal.rule.provider, []).append(signal)
    claims = []
    for group in groups.values():
        kinds = {signal.kind for signal in group}
        if "cname" in kinds or (kinds & _ADDRESS and kinds - _ADDRESS):
            sure = Confidence.CONFIRMED
        elif kinds & {"header", "netname"}:
            sure = Confidence.PROBABLE
        else:
            sure = Confidence.INDICATED
        lead = min(group, key=lambda signal: (signal.kind != "cname", case.role(signal.rule) is not role))
        operates = kinds & {"cname", "header"} or case.role(lead.rule) is Role.EDGE
        relation = Relation.OPERATES if operates else Relation.HOSTS
        group = [lead, *(signal for signal in group if signal is not lead)]
        claims.append((case.claim(lead.rule, relation, sure, *(signal.rule for signal in group)), group))
    order = list(Confidence)
    return sorted(claims, key=lambda item: order.index(item[0].confidence))


def _kinds(group: Iterable[_Signal]) -> list[str]:
    return list(dict.fromkeys(signal.kind for signal in group))


def _evidence(case: Case, signals: Iterable[_Signal]) -> tuple[Evidence, ...]:
    return case.evidence(*(signal.observation for signal in signals))


def _elsewhere(front: _Front) -> list[_Signal]:
    """Addresses in the network of somebody else than any front that is named by headers alone.

    A body's own proxy may pass on the headers of a front that stands behind it: then the addresses disagree, and the
    machine that answers is not the front's.
    """
    if any(signal.kind != "header" for signal in front.edges):
        return []
    named = {signal.rule.provider for signal in front.edges}
    found = [signal for signal in front.others if signal.kind in _ADDRESS]
    return [] if any(signal.rule.provider in named for signal in found) else found


def _edge(case: Case, front: _Front) -> Finding:
    if not front.edges:
        return _no_edge(case, front)
    named = {signal.rule.provider for signal in front.edges}
    agreeing = [s for s in front.others if s.rule.provider in named and s.kind in _ADDRESS]
    signals = [*front.edges, *agreeing, *_elsewhere(front)]
    claims = _claims(case, signals, Role.EDGE)
    group = claims[0][1]
    kinds = _kinds(group)
    rivals = len(claims) > 1 and any(claim.confidence is not Confidence.CONFIRMED for claim, _ in claims)
    reason = "disagree" if rivals else "agree" if len(kinds) > 1 else _EDGE_REASONS[kinds[0]]
    lead = group[0].observation.value
    network = next((n for n in front.networks if n.address == lead), None)
    return case.finding(
        Role.EDGE,
        front.site.subject,
        Verdict.PROVIDER,
        f"edge.{reason}",
        claims=[claim for claim, _ in claims],
        complete=front.addresses_seen and front.names_seen,
        evidence=_evidence(case, signals),
        location=_region(group),
        signals=list(dict.fromkeys(kind for _, group in claims for kind in _kinds(group))),
        name=lead,
        address=lead,
        header=lead,
        asn=network.number if network else "",
    )


def _no_edge(case: Case, front: _Front) -> Finding:
    """No front in sight: absent where names and addresses were seen, since those would show it."""
    evidence = case.evidence(front.site, *case.seen("web-chain"), *case.seen("web-address"))
    subject = front.site.subject
    if _no_address(case):
        complete = front.names_seen
        return case.finding(Role.EDGE, subject, Verdict.ABSENT, "edge.none", complete=complete, evidence=evidence)
    known = all(case.answer(asn(network.address)).settled or network.rule for network in front.networks)
    if front.networks and known and front.names_seen:
        complete = front.complete
        return case.finding(Role.EDGE, subject, Verdict.ABSENT, "edge.none", complete=complete, evidence=evidence)
    reason = "edge.headers-only" if front.headers_seen else "edge.not-observable"
    return case.finding(Role.EDGE, subject, Verdict.UNKNOWN, reason, complete=False, evidence=evidence)


def _region(group: Iterable[_Signal]) -> str | None:
    return next((signal.rule.region for signal in group if signal.rule.region), None)


def _no_address(case: Case) -> bool:
    questions = [question for observation in case.seen("web-address") for question in observation.questions]
    return bool(questions) and all(case.answer(question).status is Status.ABSENT for question in questions)


def _hosting(case: Case, front: _Front) -> Finding:
    masked = bool(front.edges) and not _elsewhere(front)
    proofs = [signal for signal in front.others if not masked or signal.kind not in _ADDRESS]
    if proofs:
        return _hosted(case, front, proofs, masked=masked)
    if masked:
        return case.finding(
            Role.HOSTING,
            front.site.subject,
            Verdict.UNKNOWN,
            "hosting.behind-edge",
            evidence=_evidence(case, front.edges),
            edge=front.edges[0].rule.provider,
        )
    return _unhosted(case, front)


def _hosted(case: Case, front: _Front, proofs: list[_Signal], *, masked: bool) -> Finding:
    claims = _claims(case, proofs, Role.HOSTING)
    group = claims[0][1]
    kinds = _kinds(group)
    lead = group[0]
    network = next((n for n in front.networks if n.address == lead.observation.value), None)
    if lead.kind == "cname":
        reason = "by-name-and-range" if _ADDRESS & set(kinds) else "by-name"
    elif lead.kind == "header" and masked:
        reason = "behind-edge-header"
    else:
        reason = _HOSTING_REASONS[lead.kind]
    return case.finding(
        Role.HOSTING,
        front.site.subject,
        Verdict.PROVIDER,
        f"hosting.{reason}",
        claims=[claim for claim, _ in claims],
        complete=front.names_seen and (masked or (front.addresses_seen and bool(front.networks))),
        evidence=_evidence(case, proofs),
        location=_region(group),
        name=lead.observation.value,
        header=lead.observation.value,
        address=lead.observation.value,
        netname=lead.rule.pattern,
        asn=network.number if network else "",
        as_name=network.as_name if network else "",
        edge=front.edges[0].rule.provider if front.edges else "",
    )


def _unhosted(case: Case, front: _Front) -> Finding:
    questions = [question for o in case.seen("web-address") for question in o.questions if question.kind == "dns"]
    open_ones = [question for question in questions if not case.answer(question).settled]
    evidence = case.evidence(front.site, *case.seen("web-address"))
    subject = front.site.subject
    if not front.networks:
        if not case.asked(questions):
            reason, verdict, why = "web.addresses-unasked", Verdict.UNKNOWN, "unasked"
        elif _no_address(case):
            reason, verdict, why = "web.no-address", Verdict.ABSENT, case.why(questions)
        else:
            reason, verdict, why = "web.failed", Verdict.UNKNOWN, case.why(open_ones or questions)
        complete = verdict is Verdict.ABSENT
        return case.finding(Role.HOSTING, subject, verdict, reason, complete=complete, evidence=evidence, why=why)
    asked = [asn(network.address) for network in front.networks]
    network = next((n for n in front.networks if n.rule is not None), front.networks[0])
    if network.rule is None and not any(case.answer(question).settled for question in asked):
        reason, why = "hosting.network-unknown", case.why(asked)
        return case.finding(
            Role.HOSTING,
            subject,
            Verdict.UNKNOWN,
            reason,
            complete=False,
            evidence=evidence,
            why=why,
            address=network.address,
        )
    return case.finding(
        Role.HOSTING,
        subject,
        Verdict.UNATTRIBUTED,
        "hosting.access-network" if network.rule is not None else "hosting.no-rule",
        complete=front.complete,
        evidence=evidence,
        address=network.address,
        network=f"AS{network.number} {network.as_name}".strip() if network.number else "",
        as_name=network.as_name or network.number,
    )
