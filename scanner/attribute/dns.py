"""Who answers for the zone: one finding a name server."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.attribute._case import Case
from scanner.model import Confidence, Finding, Observation, Relation, Role, Status, Verdict
from scanner.names import same_party


def conclude(case: Case) -> Iterator[Finding]:
    """Findings of role dns, where the NS RRset was asked."""
    for zone in case.seen("zone"):
        if not case.asked(zone.questions):
            continue
        servers = case.seen("ns")
        if not servers:
            failed = case.failed(zone.questions)
            yield case.finding(
                Role.DNS,
                zone.subject,
                Verdict.UNKNOWN if failed else Verdict.ABSENT,
                "dns.failed" if failed else "dns.no-zone",
                complete=not failed,
                evidence=case.evidence(zone),
                why=case.why(zone.questions[-1:]),
            )
        for server in servers:
            yield _server(case, server)


def _server(case: Case, server: Observation) -> Finding:
    host = server.value
    addresses = [observation for observation in case.seen("ns-address") if observation.subject == host]
    questions = [question for observation in addresses for question in observation.questions if question.kind == "dns"]
    dead = bool(questions) and all(case.answer(question).status is Status.ABSENT for question in questions)
    evidence = case.evidence(server, *addresses)
    rule = case.match("ns", host)
    if rule is not None:
        claim = case.claim(rule, Relation.OPERATES, Confidence.CONFIRMED)
        reason = "dns.dead-server" if dead else "dns.by-name"
        return case.finding(
            Role.DNS, host, Verdict.PROVIDER, reason, claims=(claim,), evidence=evidence, host=host
        )
    hosts = case.hosting_claims(addresses)
    complete = all(case.network(a).complete for a in addresses if a.value) and case.settled(questions)
    if same_party(host, case.target.domain) or host == case.target.domain:
        verdict, reason = Verdict.SELF, "dns.own-name"
    else:
        verdict, reason = Verdict.UNATTRIBUTED, "dns.on-network" if hosts else "dns.no-rule"
    return case.finding(
        Role.DNS,
        host,
        verdict,
        "dns.dead-server" if dead else reason,
        claims=hosts,
        complete=complete,
        evidence=evidence,
        host=host,
        network=hosts[0].name if hosts else "",
    )
