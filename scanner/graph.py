"""The dependency graph: service - component - provider - owner - jurisdiction (networkx)."""

from __future__ import annotations

from datetime import date, datetime

import networkx as nx

from scanner.model import Finding, Role, Target, Verdict
from scanner.providers import Database
from scanner.store import Results


def build(results: Results, database: Database) -> nx.DiGraph:
    """A directed graph of everything found. Edges point from the one that depends.

    Node ids are "kind:id", with attributes `kind` (service, component, provider, owner, jurisdiction), `label` and what
    the kind has; edges have `role`, `relation`, `confidence` where they say something. Attributes are scalars, since
    GraphML and GEXF want them.
    """
    graph = nx.DiGraph()
    on = _day(results.manifest.observed_to or results.manifest.started)
    for target in results.targets:
        service = _service(graph, target)
        for finding in results.findings.get(target.domain, ()):
            if finding.verdict in (Verdict.PROVIDER, Verdict.SELF, Verdict.UNATTRIBUTED):
                _component(graph, service, finding)
    _loads(graph, results)
    for node in [node for node, kind in graph.nodes(data="kind") if kind == "provider"]:
        _control(graph, node, database, on)
    return graph


def _service(graph: nx.DiGraph, target: Target) -> str:
    node = f"service:{target.domain}"
    graph.add_node(
        node,
        kind="service",
        label=target.org or target.domain,
        domain=target.domain,
        sector=target.sector,
        country=target.country,
        population=target.population or 0,
    )
    return node


def _component(graph: nx.DiGraph, service: str, finding: Finding) -> None:
    """The host, zone, term or token that a finding is about, shared by every service that uses it."""
    node = f"component:{finding.role.value}:{finding.subject}"
    if node not in graph:
        graph.add_node(node, kind="component", label=finding.subject, role=finding.role.value)
    graph.add_edge(
        service, node, role=finding.role.value, category=finding.category or "", verdict=finding.verdict.value
    )
    for claim in finding.claims:
        provider = f"provider:{claim.provider}"
        if provider not in graph:
            graph.add_node(provider, kind="provider", label=claim.name, type=claim.type.value, id=claim.provider)
        graph.add_edge(
            node,
            provider,
            role=finding.role.value,
            relation=claim.relation.value,
            confidence=claim.confidence.value,
            service=claim.service,
        )


def _loads(graph: nx.DiGraph, results: Results) -> None:
    """From each host to those that it made a page load, with the number of services where it did."""
    for findings in results.findings.values():
        for finding in findings:
            by = finding.reason.args.get("by") if finding.role is Role.RESOURCE else None
            loaded = f"component:{Role.RESOURCE.value}:{finding.subject}"
            for host in by if isinstance(by, list | tuple) else ():
                loader = f"component:{Role.RESOURCE.value}:{host}"
                if loader not in graph or loaded not in graph or loader == loaded:
                    continue  # a host of the body's own
                known = graph.edges.get((loader, loaded), {}).get("services", 0)
                graph.add_edge(loader, loaded, role=Role.RESOURCE.value, relation="loads", services=known + 1)


def _control(graph: nx.DiGraph, node: str, database: Database, on: date) -> None:
    """From a provider by way of its majority owners to the State whose law reaches it.

    The last edge is `seat` where nobody has looked up who controls the last of them: another State's may reach it too.
    """
    provider = graph.nodes[node]["id"]
    current = node
    for step in database.control_chain(provider, on):
        owner = database.providers[step.owner]
        upper = f"owner:{owner.id}"
        graph.add_node(upper, kind="owner", label=owner.name, type=owner.type.value, id=owner.id)
        graph.add_edge(current, upper, control=step.control, since=step.start.isoformat())
        current = upper
    if provider not in database.providers:
        return  # a provider that a later database no longer has
    country = database.ultimate_owner(provider, on).country
    state = f"jurisdiction:{country}"
    graph.add_node(state, kind="jurisdiction", label=country, id=country)
    graph.add_edge(current, state, control="law" if database.established(provider, on) else "seat")


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
