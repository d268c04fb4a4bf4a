"""Every export: open formats that read back, whatever strangers wrote into the records."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import networkx as nx
import orjson
import pytest
from samples import claim, finding, manifest

from scanner.encode import finding_from_json
from scanner.export import formats
from scanner.export.as_csv import COLUMNS, disarm
from scanner.model import Evidence, Finding, Reason, Role, Target, Verdict
from scanner.providers import Database
from scanner.store import Results

HOSTILE = "a\0\x01\x1b[31m\ufffe]]><script>&\"'é\U0001f600\r\n"


def results(*findings: Finding, org: str = "Mairie") -> Results:
    domains = sorted({f.domain for f in findings}, reverse=True)
    by_domain = {
        domain: tuple(sorted((f for f in findings if f.domain == domain), key=lambda f: f.key)) for domain in domains
    }
    return Results(manifest(), tuple(Target(domain, domain, org=org) for domain in domains), by_domain)


def written(name: str, shown: Results, database: Database) -> bytes:
    stream = io.BytesIO()
    formats()[name].write(shown, database, stream)
    return stream.getvalue()  # the stream is still open: a format does not close what it was lent


def rows(shown: Results, database: Database) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written("csv", shown, database).decode(), newline="")))


def test_every_format_has_a_suffix_and_writes() -> None:
    assert {"jsonl", "csv", "graphml"} <= set(formats())
    for module in formats().values():
        assert isinstance(module.SUFFIX, str)
        assert callable(module.write)


def test_exports_say_where_the_owner_is_not_established(database: Database) -> None:
    lone = (finding(claims=(claim(), claim("held", established=False))),)
    shown = results(*lone)
    assert [row["owner_established"] for row in rows(shown, database)] == ["true", "false"]
    [line] = written("jsonl", shown, database).splitlines()
    assert [each.get("owner_established") for each in orjson.loads(line)["claims"]] == [None, False]


@pytest.mark.parametrize("name", ["jsonl", "csv", "graphml"])
def test_a_run_without_findings_is_written(database: Database, name: str) -> None:
    written(name, results(), database)


def test_jsonl_reads_back_in_the_order_domain_role_subject_category(database: Database) -> None:
    findings = [
        finding("ville.example", role=Role.RESOURCE, subject="b.example", category="video"),
        finding("ville.example", role=Role.RESOURCE, subject="b.example", category="fonts"),
        finding("ville.example", role=Role.RESOURCE, subject="a.example", category="video"),
        finding("ville.example", role=Role.MAILBOX, subject="ville.example", verdict=Verdict.UNKNOWN, claims=()),
        finding("bourg.example", location="eu-west-1", reason=Reason("x", {"n": 1, "signals": ["a"]})),
    ]
    lines = written("jsonl", results(*findings), database).splitlines()
    read = [finding_from_json(orjson.loads(line)) for line in lines]
    assert read == sorted(findings, key=lambda f: f.key)
    assert list(orjson.loads(lines[0]))[:4] == ["domain", "host", "role", "subject"]


def test_jsonl_keeps_one_line_a_finding_whatever_its_text(database: Database) -> None:
    hostile = finding(subject=HOSTILE, evidence=(Evidence("dns", HOSTILE, "TXT", HOSTILE),))
    (line,) = written("jsonl", results(hostile), database).split(b"\n")[:-1]
    assert finding_from_json(orjson.loads(line)) == hostile


def test_csv_has_a_line_a_claim_and_a_line_for_a_finding_without(database: Database) -> None:
    first = finding(claims=(claim(), claim("rival")))
    found = rows(results(first, finding(subject="ns2", verdict=Verdict.UNATTRIBUTED, claims=())), database)
    assert tuple(found[0]) == COLUMNS
    assert [(row["subject"], row["rank"], row["provider"]) for row in found] == [
        ("ns1.acme.example", "1", "acme"), ("ns1.acme.example", "2", "rival"), ("ns2", "0", ""),
    ]  # fmt: skip
    assert found[0]["evidence"] == "dns ville.example NS ns1.acme.example."
    assert found[2]["evidence"] == found[0]["evidence"]
    assert {row["org"] for row in found} == {"Mairie"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_csv_holds_no_formula(database: Database, start: str) -> None:
    formula = f"{start}cmd|' /C calc'!A0"
    hostile = finding(subject=formula, claims=(claim(name=formula),), location=formula)
    (row,) = rows(results(hostile, org=formula), database)
    for key in ("subject", "provider_name", "org", "location"):
        assert row[key] == f"'{formula}", key
    assert not any((value or "").startswith(start) for value in row.values())


def test_what_is_no_formula_is_left_as_it_is() -> None:
    assert [disarm(cell) for cell in (None, "", 0, "a=b", "mx-1.example")] == ["", "", "0", "a=b", "mx-1.example"]


def test_graphml_reads_back_as_the_same_graph(database: Database) -> None:
    shown = results(finding(claims=(claim("microsoft", name="Microsoft"),)), finding("bourg.example"))
    graph = nx.read_graphml(io.BytesIO(written("graphml", shown, database)))
    assert graph.is_directed()
    assert nx.has_path(graph, "service:ville.example", "jurisdiction:US")
    assert graph.nodes["provider:microsoft"]["label"] == "Microsoft"
    assert graph.edges["component:dns:ns1.acme.example", "provider:microsoft"]["confidence"] == "confirmed"


def test_graphml_with_control_characters_is_still_xml(database: Database) -> None:
    hostile = finding(subject=HOSTILE, claims=(claim(name=HOSTILE, service=HOSTILE),))
    graph = nx.read_graphml(io.BytesIO(written("graphml", results(hostile, org=HOSTILE), database)))
    labels = [data["label"] for _, data in graph.nodes(data=True)]
    assert any("<script>&" in label and "é\U0001f600" in label for label in labels)
    assert not any(char in label for label in labels for char in "\0\x01\x1b")


def test_no_export_depends_on_the_order_of_the_list(database: Database) -> None:
    shown = results(finding("ville.example"), finding("bourg.example"))
    turned = replace(shown, targets=shown.targets[::-1], findings=dict(reversed(shown.findings.items())))
    for name in ("jsonl", "csv"):
        assert written(name, shown, database) == written(name, turned, database)
