"""The dependency graph: who depends on whom, up to the State whose law reaches them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from samples import claim, company, finding, manifest, owner, write_companies

from scanner.graph import build
from scanner.model import Finding, Reason, Relation, Role, Target, Verdict
from scanner.providers import Database, load
from scanner.store import Results


@pytest.fixture
def owned(tmp_path: Path) -> Database:
    """Acme, of Norway, bought by Top, of the United States, in 2026-06."""
    return load(
        base=write_companies(
            tmp_path,
            acme=company("acme", owners=owner("top", "2026-06-01")),
            top=company("top", country="US"),
            solo=company("solo", country="FR"),
        )
    )


def graph(database: Database, *findings: Finding, **run: str) -> nx.DiGraph:
    domains = dict.fromkeys(f.domain for f in findings)
    targets = (
        *(Target(domain, domain, org=f"Body {domain}") for domain in domains),
        Target("silent.example", "silent.example"),
    )
    by_domain = {domain: tuple(f for f in findings if f.domain == domain) for domain in domains}
    return build(Results(manifest(**run), targets, by_domain), database)


def test_a_service_depends_on_a_component_a_provider_an_owner_and_a_law(owned: Database) -> None:
    found = graph(owned, finding())
    path = ["service:ville.example", "component:dns:ns1.acme.example", "provider:acme", "owner:top", "jurisdiction:US"]
    assert nx.shortest_path(found, path[0], path[-1]) == path
    assert [found.nodes[node]["kind"] for node in path] == ["service", "component", "provider", "owner", "jurisdiction"]
    assert [found.nodes[node]["label"] for node in path] == [
        "Body ville.example",
        "ns1.acme.example",
        "Acme",
        "Top",
        "US",
    ]


def test_the_owner_is_that_of_the_day_of_the_run(owned: Database) -> None:
    before = graph(owned, finding(), started="2026-05-31T23:59:59Z")
    assert list(before.successors("provider:acme")) == ["jurisdiction:NO"]


def test_a_replay_shows_the_owner_of_the_day_the_answers_were_given(owned: Database) -> None:
    found = graph(owned, finding(), observed_to="2026-05-31T23:59:59Z")
    assert list(found.successors("provider:acme")) == ["jurisdiction:NO"]


def test_a_body_without_findings_is_in_the_graph(owned: Database) -> None:
    assert graph(owned).nodes["service:silent.example"]["kind"] == "service"


def test_two_bodies_share_the_component_they_share(owned: Database) -> None:
    found = graph(owned, finding(), finding("bourg.example"))
    assert set(found.predecessors("component:dns:ns1.acme.example")) == {
        "service:ville.example",
        "service:bourg.example",
    }


def test_what_is_absent_or_unknown_is_no_dependency(owned: Database) -> None:
    found = graph(owned, *(finding(verdict=verdict, claims=()) for verdict in (Verdict.ABSENT, Verdict.UNKNOWN)))
    assert list(found.successors("service:ville.example")) == []


def test_what_is_unattributed_is_a_component_without_provider(owned: Database) -> None:
    found = graph(owned, finding(verdict=Verdict.UNATTRIBUTED, claims=()))
    assert list(found.successors("component:dns:ns1.acme.example")) == []


def test_rival_claims_are_all_there_with_their_relation(owned: Database) -> None:
    found = graph(owned, finding(role=Role.HOSTING, claims=(claim(), claim("solo", relation=Relation.HOSTS))))
    edges = {end: data["relation"] for _, end, data in found.out_edges("component:hosting:ns1.acme.example", data=True)}
    assert edges == {"provider:acme": "operates", "provider:solo": "hosts"}


def test_a_provider_that_today_s_database_lacks_stays_in_the_graph(owned: Database) -> None:
    found = graph(owned, finding(claims=(claim("gone"),)))
    assert list(found.successors("provider:gone")) == []


def test_attributes_are_scalars(owned: Database) -> None:
    found = graph(owned, finding(category=None), finding("bourg.example", verdict=Verdict.SELF))
    values = [value for _, data in found.nodes(data=True) for value in data.values()]
    values += [value for _, _, data in found.edges(data=True) for value in data.values()]
    assert {type(value) for value in values} <= {str, int, float, bool}


def test_who_made_a_page_load_whom_is_an_edge_between_hosts_with_its_services(owned: Database) -> None:
    def called(domain: str, host: str, *by: str) -> Finding:
        args = {"host": host, "hard": False} | ({"by": list(by)} if by else {})
        made = finding(domain=domain, role=Role.RESOURCE, subject=host)
        return replace(made, reason=Reason("resource.by-host", args))

    found = graph(
        owned,
        called("a.example", "tags.test"),
        called("a.example", "ads.test", "tags.test", "own.a.example"),
        called("b.example", "tags.test"),
        called("b.example", "ads.test", "tags.test", "ads.test"),
    )
    loads = [
        (one, other, data["services"]) for one, other, data in found.edges(data=True) if data.get("relation") == "loads"
    ]
    assert loads == [("component:resource:tags.test", "component:resource:ads.test", 2)]
