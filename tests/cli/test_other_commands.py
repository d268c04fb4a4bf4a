from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from tests.cli.conftest import Run

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def run_folder(sovscan: Run, recording: Path, tmp_path: Path) -> Path:
    assert sovscan("scan", "ville.example", "bourg.example", "--replay", str(recording), "--no-report").returncode == 0
    [manifest] = (tmp_path / "output/runs").glob("*/manifest.json")
    return manifest.parent


def test_export_writes_findings_in_the_documented_order_of_keys(sovscan: Run, run_folder: Path) -> None:
    lines = [json.loads(line) for line in sovscan("export", str(run_folder)).stdout.splitlines()]
    keys = [
        "domain",
        "host",
        "role",
        "subject",
        "category",
        "verdict",
        "complete",
        "reason",
        "claims",
        "location",
        "evidence",
    ]
    assert [list(line) for line in lines] == [keys] * len(lines)
    order = [(line["domain"], line["role"], line["subject"], line["category"] or "") for line in lines]
    assert order == sorted(order)
    mailbox = next(line for line in lines if line["role"] == "mailbox" and line["domain"] == "ville.example")
    assert mailbox["claims"][0]["owner"] == "microsoft"
    failed = next(line for line in lines if line["role"] == "mailbox" and line["domain"] == "bourg.example")
    assert (failed["verdict"], failed["complete"]) == ("unknown", False)


def test_export_makes_a_table_and_a_graph(sovscan: Run, run_folder: Path, tmp_path: Path) -> None:
    table = list(csv.DictReader(io.StringIO(sovscan("export", str(run_folder), "--format", "csv").stdout)))
    assert {row["provider"] for row in table if row["role"] == "dns"} == {"ovhcloud"}
    sovscan("export", str(run_folder), "--format", "graphml", "--out", "g.graphml")
    graph = nx.read_graphml(tmp_path / "g.graphml")
    assert nx.has_path(graph, "service:ville.example", "jurisdiction:US")
    assert nx.has_path(graph, "service:ville.example", "jurisdiction:FR")
    assert not list(tmp_path.glob(".*.partial"))


def test_a_reader_that_closes_the_pipe_is_told_of_in_one_line(run_folder: Path) -> None:
    program = "from scanner.cli import main; main()"
    many = "\n".join(["dns10.ovh.net"] * 200_000)
    done = subprocess.run(
        f'"{sys.executable}" -c "{program}" lookup --kind ns - | head -1; echo "exit ${{PIPESTATUS[0]}}"',
        shell=True, executable="/bin/bash", input=many, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "SOVSCAN_LANG": "en"},
    )  # fmt: skip
    assert "exit 3" in done.stdout
    assert done.stderr.strip() == "sovscan: the reader closed the output; it was not written to its end."


def test_a_full_disk_is_told_of_and_nothing_half_written_stays(sovscan: Run, run_folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from scanner.cli import main; main()", "export", str(run_folder)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "SOVSCAN_LANG": "en"},
        )  # fmt: skip
    assert done.returncode == 3
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_lookup_says_who_and_by_which_rule_in_the_order_given(sovscan: Run) -> None:
    done = sovscan("lookup", "--json", "fonts.googleapis.com", "nobody.example", "AS16276")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    keys = ["value", "kind", "provider", "name", "type", "service", "owner", "country", "category", "rule"]
    assert [list(row) for row in rows] == [keys] * 3
    assert rows[0]["owner"] == "alphabet"
    assert rows[0]["category"] == "fonts"
    assert rows[1]["provider"] is rows[1]["rule"] is None
    assert rows[2]["provider"] == "ovhcloud"


def test_lookup_reads_standard_input(sovscan: Run) -> None:
    done = sovscan("lookup", "--kind", "mx", "-", stdin="x.mail.protection.outlook.com\n\nmx.nobody.example\n")
    assert done.stdout.splitlines()[0].startswith("x.mail.protection.outlook.com (mx): Microsoft")
    assert done.stdout.splitlines()[1] == "mx.nobody.example (mx): in no rule"


def test_explain_gives_the_reason_the_evidence_and_the_command(sovscan: Run, run_folder: Path) -> None:
    done = sovscan("explain", "ville.example", "mailbox", "--run", str(run_folder))
    assert "Microsoft" in done.stdout
    assert "microsoft/exchange-online/mx/" in done.stdout
    assert "$ dig +short MX ville.example" in done.stdout


def test_explain_says_seat_where_nobody_established_the_owner(sovscan: Run, run_folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own" / "companies"
    own.mkdir(parents=True)
    text = 'id = "lone-dns"\nname = "Lone DNS"\ntype = "company"\ncountry = "NO"\nwebsite = "https://l.example/"\n'
    text += 'sources = [{ url = "https://l.example/", checked = 2026-11-01 }]\n[[services]]\nid = "dns"\nname = "DNS"\n'
    text += 'role = "dns"\nrules = [{ kind = "ns", suffix = "dns10.ovh.net", examples = ["dns10.ovh.net"] }]\n'
    (own / "lone-dns.toml").write_text(text)
    assert sovscan("attribute", str(run_folder), "--providers", str(own.parent)).returncode == 0
    done = sovscan("explain", "ville.example", "dns", "--run", str(run_folder))
    assert "Lone DNS (operates, confirmed); seat Norway, owner not established" in done.stdout


def test_explain_names_who_holds_the_root_of_a_certificate(sovscan: Run, tmp_path: Path) -> None:
    leaf = '{"subject_cn":"ville.example","issuer_cn":"Azure CA","issuer_org":"Microsoft Corporation"}'
    issuer = (
        '{"subject_cn":"Azure CA","subject_org":"Microsoft Corporation","issuer_cn":"Root","issuer_org":"DigiCert Inc"}'
    )
    (tmp_path / "chain.jsonl").write_text(
        f'{{"kind":"tls","subject":"ville.example:443","detail":"chain","status":"ok","values":[{leaf},{issuer}]}}\n'
    )
    assert sovscan("scan", "ville.example", "--replay", "chain.jsonl", "--no-report").returncode == 0
    done = sovscan("explain", "ville.example", "certificate", "--run", "output")
    assert "Microsoft (operates, probable)" in done.stdout
    assert "DigiCert (holds the root’s key, probable)" in done.stdout


def test_explain_of_a_body_that_is_not_there_says_so(sovscan: Run, run_folder: Path) -> None:
    done = sovscan("explain", "nowhere.example", "--run", str(run_folder))
    assert done.returncode == 2
    assert "nothing about nowhere.example" in done.stderr


def test_attribute_concludes_again_and_keeps_the_old_findings(sovscan: Run, run_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "companies"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text(
        'id="acme"\nname="Acme"\ntype="company"\ncountry="FR"\nwebsite="https://acme.example/"\n'
        'sources=[{url="https://acme.example/legal",checked=2026-01-01}]\n'
        '[[services]]\nid="dns"\nname="Acme DNS"\nrole="dns"\n'
        'rules=[{kind="ns",suffix="dns10.ovh.net",examples=["dns10.ovh.net"]}]\n'
    )
    done = sovscan("attribute", str(run_folder), "--providers", "mine")
    assert done.returncode == 0, done.stderr
    assert len(list((run_folder / "findings").iterdir())) == 2
    table = csv.DictReader(io.StringIO(sovscan("export", str(run_folder), "--format", "csv").stdout))
    assert {row["provider"] for row in table if row["role"] == "dns"} == {"acme", "ovhcloud"}


def test_the_shipped_database_has_no_problem(sovscan: Run) -> None:
    done = sovscan("providers", "check")
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""


def test_a_record_that_moves_the_cursor_is_printed_harmless(sovscan: Run) -> None:
    done = sovscan("lookup", "--kind", "host", "evil\x1b[2J.example")
    assert "\x1b" not in done.stdout


def test_every_command_of_the_readme_is_there_and_teaches(sovscan: Run) -> None:
    listed = set(re.findall(r"`sovscan ([a-z]+)", README.read_text()))
    overview = sovscan("--help").stdout
    for command in sorted(listed | {"scan"}):
        assert f"\n  {command} " in overview
        assert len(sovscan(command, "--help").stdout) > 200


def test_every_option_of_the_readme_is_known_to_some_command(sovscan: Run) -> None:
    commands = ("scan", "report", "export", "lookup", "explain", "attribute", "demo")
    known = {option for name in commands for option in re.findall(r"--[a-z-]+", sovscan(name, "--help").stdout)}
    assert set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", README.read_text())) <= known


def test_the_version_is_the_package_s(sovscan: Run) -> None:
    assert re.fullmatch(r"sovscan \d+\.\d+\.\d+\n", sovscan("--version").stdout)


def test_a_user_s_own_folder_is_checked_without_blaming_it_for_taking_a_rule_s_place(
    sovscan: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "mine" / "companies"
    folder.mkdir(parents=True)
    entry = (
        'id="acme"\nname="Acme"\ntype="company"\ncountry="FR"\nwebsite="https://acme.example/"\n'
        'sources=[{url="https://acme.example/legal",checked=2026-01-01}]\n'
        '[[services]]\nid="dns"\nname="Acme DNS"\nrole="dns"\n'
        'rules=[{kind="ns",suffix="dns10.ovh.net",examples=["%s"]}]\n'
    )
    (folder / "acme.toml").write_text(entry % "dns10.ovh.net")
    assert sovscan("providers", "check", "--providers", "mine").returncode == 0
    (folder / "acme.toml").write_text(entry % "dns11.ovh.net")
    done = sovscan("providers", "check", "--providers", "mine")
    assert done.returncode == 2
    assert done.stdout.startswith("acme/dns/ns/dns10.ovh.net: example 'dns11.ovh.net' attributes to ")
