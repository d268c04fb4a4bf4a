"""Who hosts the site, and who stands in front of it.

Names beat addresses: CNAME targets, then published ranges, then RDAP net names, then the AS. A front (CDN, filter)
masks the origin: then hosting is unknown unless something proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.attribute._case import Case, Network
from scanner.model import Claim, Confidence, Evidence, Finding, Observation, Relation, Role, Rule, Status, Verdict


@dataclass(frozen=True, slots=True)
class _Signal:
    """One thing that names a provider: what it is (cname, range, netname, asn, header), its rule, what it rests on."""

    kind: str
    rule: Rule
    observation: Observation


def conclude(case: Case) -> Iterator[Finding]:
    """An edge finding and a hosting finding, where anything was asked of the web front."""
    for front in case.seen("site"):
        addresses = case.seen("web-address")
        chain = case.seen("web-chain")
        everything = [front, *addresses, *chain]
        if not any(case.asked(observation.questions) for observation in everything):
            continue
        networks = [case.network(observation) for observation in addresses if observation.value]
        signals = list(_signals(case, networks))
        edges = [signal for signal in signals if case.role(signal.rule) is Role.EDGE]
        others = [signal for signal in signals if case.role(signal.rule) is not Role.EDGE]
        yield _edge(case, front, edges, networks)
        yield _hosting(case, front, edges, others, networks)


def _signals(case: Case, networks: Iterable[Network]) -> Iterator[_Signal]:
    for observation in case.seen("web-cname"):
        rule = case.match("cname", observation.value)
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


def _claims(case: Case, signals: Iterable[_Signal]) -> list[tuple[Claim, list[_Signal]]]:
    """One claim a provider: confirmed by a name of its own or by two independent signals."""
    groups: dict[str, list[_Signal]] = {}
    for signal in signals:
        groups.setdefault(signal.rule.provider, []).append(signal)
    claims = []
    for group in groups.values():
        kinds = {signal.kind for signal in group}
        named = next((signal for signal in group if signal.kind == "cname"), None)
        independent = len({"address" if kind in ("range", "netname", "asn") else kind for kind in kinds})
        if named or independent > 1:
            sure = Confidence.CONFIRMED
        elif kinds & {"header", "netname"}:
            sure = Confidence.PROBABLE
        else:
            sure = Confidence.INDICATED
        relation = Relation.OPERATES if kinds & {"cname", "header"} else Relation.HOSTS
        lead = named or group[0]
        claims.append((case.claim(lead.rule, relation, sure, *(signal.rule for signal in group)), group))
    return claims


def _kinds(group: Iterable[_Signal]) -> list[str]:
    return list(dict.fromkeys(signal.kind for signal in group))


def _evidence(case: Case, signals: Iterable[_Signal]) -> tuple[Evidence, ...]:
    return case.evidence(*(signal.observation for signal in signals))


def _edge(case: Case, front: Observation, edges: list[_Signal], networks: list[Network]) -> Finding:
    seen_addresses = case.settled(q for o in case.seen("web-address") for q in o.questions)
    seen_names = case.settled(q for o in case.seen("web-chain") for q in o.questions)
    seen_headers = any(case.answer(question).status is Status.OK for question in front.questions)
    claims = _claims(case, edges)
    if claims:
        # The service that the front delivers from is what its addresses or names prove; a header could be passed on.
        first = max(claims, key=lambda item: item[0].confidence is Confidence.CONFIRMED)
        kinds = _kinds(first[1])
        agree, name = len(kinds) > 1, first[1][0]
        reason = "edge.disagree" if len(claims) > 1 else "edge.agree" if agree else f"edge.by-{_WORDS[kinds[0]]}"
        return case.finding(
            Role.EDGE,
            front.subject,
            Verdict.PROVIDER,
            reason,
            claims=[claim for claim, _ in claims],
            complete=seen_addresses and seen_names,
            evidence=_evidence(case, edges),
            location=next((signal.rule.region for signal in edges if signal.rule.region), None),
            signals=[kind for _, group in claims for kind in _kinds(group)],
            name=name.observation.value,
            address=name.observation.value,
            header=name.observation.value,
        )
    evidence = case.evidence(front, *case.seen("web-chain"), *case.seen("web-address"))
    if not any(observation.value for observation in case.seen("web-address")):
        if _no_address(case):
            return case.finding(Role.EDGE, front.subject, Verdict.ABSENT, "edge.none", evidence=evidence)
        return case.finding(
            Role.EDGE, front.subject, Verdict.UNKNOWN, "edge.not-observable", complete=False, evidence=evidence
        )
    complete = seen_addresses and seen_names and seen_headers and all(network.complete for network in networks)
    return case.finding(Role.EDGE, front.subject, Verdict.ABSENT, "edge.none", complete=complete, evidence=evidence)


_WORDS = {"cname": "name", "range": "range", "asn": "range", "netname": "range", "header": "header"}


def _no_address(case: Case) -> bool:
    questions = [question for observation in case.seen("web-address") for question in observation.questions]
    return bool(questions) and all(case.answer(question).status is Status.ABSENT for question in questions)


def _hosting(
    case: Case, front: Observation, edges: list[_Signal], others: list[_Signal], networks: list[Network]
) -> Finding:
    proofs = [signal for signal in others if signal.kind in ("cname", "header")] if edges else others
    claims = _claims(case, proofs)
    if claims and any(case.role(signal.rule) is Role.HOSTING or signal.kind not in ("cname", "header") for signal in proofs):
        return _hosted(case, front, claims, proofs, networks)
    if edges:
        return case.finding(
            Role.HOSTING,
            front.subject,
            Verdict.UNKNOWN,
            "hosting.behind-edge",
            complete=True,
            evidence=_evidence(case, edges),
            edge=case.database.providers[edges[0].rule.provider].name,
        )
    return _unhosted(case, front, networks)


def _hosted(
    case: Case,
    front: Observation,
    claims: list[tuple[Claim, list[_Signal]]],
    proofs: list[_Signal],
    networks: list[Network],
) -> Finding:
    claim, group = claims[0]
    kinds = _kinds(group)
    lead = next((signal for signal in group if signal.kind == "cname"), group[0])
    network = next((n for n in networks if n.rule is lead.rule), None)
    if "cname" in kinds:
        reason = "hosting.by-name-and-range" if len(kinds) > 1 else "hosting.by-name"
    elif lead.rule.network == "own":
        reason = "hosting.own-network"
    else:
        reason = {"range": "hosting.by-range", "netname": "hosting.by-netname", "asn": "hosting.by-as"}.get(
            kinds[0], "hosting.by-header"
        )
    return case.finding(
        Role.HOSTING,
        front.subject,
        Verdict.PROVIDER,
        reason,
        claims=[claim for claim, _ in claims],
        complete=case.settled(q for o in case.seen("web-chain") for q in o.questions) and bool(networks),
        evidence=_evidence(case, proofs),
        location=next((signal.rule.region for signal in proofs if signal.rule.region), None),
        name=lead.observation.value,
        header=lead.observation.value,
        address=lead.observation.value,
        netname=lead.rule.pattern,
        asn=network.number if network else "",
        as_name=network.as_name if network else "",
    )


def _unhosted(case: Case, front: Observation, networks: list[Network]) -> Finding:
    questions = [question for o in case.seen("web-address") for question in o.questions if question.kind == "dns"]
    evidence = case.evidence(front, *case.seen("web-address"))
    if not networks:
        if not case.asked(questions):
            reason, verdict, why = "web.addresses-unasked", Verdict.UNKNOWN, "unasked"
        elif _no_address(case):
            reason, verdict, why = "web.no-address", Verdict.ABSENT, case.why(questions)
        else:
            reason, verdict, why = "web.failed", Verdict.UNKNOWN, case.why(questions)
        return case.finding(
            Role.HOSTING, front.subject, verdict, reason, complete=verdict is Verdict.ABSENT, evidence=evidence, why=why
        )
    network = networks[0]
    access = network.rule is not None
    return case.finding(
        Role.HOSTING,
        front.subject,
        Verdict.UNATTRIBUTED,
        "hosting.access-network" if access else "hosting.no-rule",
        complete=all(n.complete for n in networks),
        evidence=evidence,
        address=network.address,
        network=f"AS{network.number} {network.as_name}".strip() if network.number else "",
        as_name=network.as_name or network.number,
    )
