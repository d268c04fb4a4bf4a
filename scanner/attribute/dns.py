"""Who answers for the zone: one finding a name server."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.attribute._case import Case
from scanner.model import Confidence, Finding, Observation, Relation, Role, Status, Verdict


def conclude(case: Case) -> Iterator[Finding]:
    """Findings of role dns, where the NS RRset was asked."""
    for zone in case.seen("zone"):
        if not case.asked(zone.questions):
            continue
        servers = case.seen("ns")
        if not servers:
            yield _none(case, zone)
        for server in servers:
            yield _server(case, zone, server)


def _none(case: Case, zone: Observation) -> Finding:
    """No NS anywhere up to the registrable domain: absent only if every name on the way was answered."""
    settled = case.settled(zone.questions)
    open_ones = [question for question in zone.questions if not case.answer(question).settled]
    return case.finding(
        Role.DNS,
        zone.subject,
        Verdict.ABSENT if settled else Verdict.UNKNOWN,
        "dns.no-zone" if settled else "dns.failed",
        complete=settled,
        evidence=case.evidence(zone),
        why=case.why(open_ones or zone.questions[-1:]),
    )


def _server(case: Case, zone: Observation, server: Observation) -> Finding:
    host = server.value
    addresses = [observation for observation in case.seen("ns-address") if observation.subject == host]
    questions = [question for observation in addresses for question in observation.questions if question.kind == "dns"]
    dead = bool(questions) and all(case.answer(question).status is Status.ABSENT for question in questions)
    evidence = case.evidence(server, *addresses)
    cut = case.settled(zone.questions)  # an unasked name below may be the cut, with other servers
    rule = case.match_other("ns", host)
    rented = bool(server.data.get("machine")) and not case.own(host)
    if rule is not None and not rented:
        claim = case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED)
        reason = "dns.dead-server" if dead else "dns.by-name"
        return case.finding(
            Role.DNS, host, Verdict.PROVIDER, reason, claims=(claim,), complete=cut, evidence=evidence, host=host
        )
    hosts = case.machine_claims(host, addresses) if rented else case.hosting_claims(addresses)
    if case.own(host):
        verdict, reason = Verdict.SELF, "dns.own-name"
    elif rented and hosts:
        verdict, reason = Verdict.SELF, "dns.customer-machine"
    else:
        verdict, reason = Verdict.UNATTRIBUTED, "dns.on-network" if hosts else "dns.no-rule"
    return case.finding(
        Role.DNS,
        host,
        verdict,
        "dns.dead-server" if dead else reason,
        claims=hosts,
        complete=cut and case.settled(questions) and all(case.network(a).complete for a in addresses if a.value),
        evidence=evidence,
        host=host,
        network=hosts[0].name if hosts else "",
    )
