from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_a_replayed_scan_stores_a_run_and_writes_the_report(sovscan: Run, recording: Path, tmp_path: Path) -> None:
    done = sovscan("scan", "ville.example", "--replay", str(recording))
    assert done.returncode == 0, done.stderr
    assert "Microsoft (United States): 1 body" in done.stdout
    assert (tmp_path / "output/site/index.html").is_file()
    [manifest] = (tmp_path / "output/runs").glob("*/manifest.json")
    told = json.loads(manifest.read_text())
    assert told["observed_from"] == told["observed_to"] == "2026-04-28T06:17:36Z"
    assert told["targets"] == 1
    assert told["counters"] == {"dns ok": 2}


def test_json_is_the_only_thing_on_standard_output(sovscan: Run, recording: Path) -> None:
    done = sovscan("scan", "ville.example", "--replay", str(recording), "--json", "--no-report")
    told = json.loads(done.stdout)
    assert told["targets"] == 1
    assert told["report"] is None


def test_standard_input_is_a_list_and_a_bad_row_is_named_with_its_line(sovscan: Run, recording: Path) -> None:
    done = sovscan(
        "scan", "--list", "-", "--replay", str(recording), "--no-report", stdin="ville.example\nno dot here\n"
    )
    assert done.returncode == 0
    assert "stdin:2: " in done.stderr


def test_messages_are_french_when_the_reader_is(sovscan: Run, recording: Path) -> None:
    done = sovscan("scan", "ville.example", "--replay", str(recording), "--no-report", lang="fr")
    assert "Qui tient quoi" in done.stdout
    assert "États-Unis" in done.stdout


def test_unasked_and_failed_answers_of_a_replay_are_not_an_incomplete_scan(sovscan: Run, recording: Path) -> None:
    done = sovscan("scan", "bourg.example", "nowhere.example", "--replay", str(recording), "--no-report")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scan"], "nothing to scan"),
        (["scan", "--list", "missing.csv"], "missing.csv: No such file"),
        (["scan", "ville.example", "--replay", "missing.jsonl"], "missing.jsonl: cannot be read"),
        (["scan", "no-dot"], "arguments:1: "),
        (["scan", "--resume", "."], "not a run of sovscan"),
        (["scan", "ville.example", "--resolver", "not an address"], "resolver"),
        (["report", "missing"], "not a run of sovscan"),
        (["export", "missing"], "not a run of sovscan"),
        (["export", ".", "--format", "xls"], "no such format: xls"),
        (["lookup", "--kind", "nonsense", "x"], "no such kind"),
        (["explain", "ville.example", "nonsense"], "no such role"),
        (["scan", "--no-such-option"], "No such option"),
    ],
)
def test_what_cannot_be_done_is_one_clear_message_and_exit_2(sovscan: Run, arguments: list[str], message: str) -> None:
    done = sovscan(*arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert message.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_broken_recording_names_its_line_and_leaves_no_run(sovscan: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(
        '{"kind":"dns","subject":"a.example","detail":"MX","status":"ok","colour":"red"}\n'
    )
    done = sovscan("scan", "a.example", "--replay", "bad.jsonl")
    assert done.returncode == 2
    assert "bad.jsonl:1: unknown key 'colour'" in done.stderr
    assert not list((tmp_path / "output").glob("**/manifest.json"))


def test_an_unknown_key_in_a_provider_file_names_the_file(sovscan: Run, recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "companies"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text(
        'id="acme"\nname="Acme"\ntype="company"\ncountry="FR"\nwebsite="https://acme.example/"\ncolour="red"\n'
        'sources=[{url="https://acme.example/legal",checked=2026-01-01}]\n'
    )
    done = sovscan("scan", "ville.example", "--replay", str(recording), "--providers", "mine")
    assert done.returncode == 2
    assert "acme.toml" in done.stderr
    assert "colour" in done.stderr


def test_a_user_s_own_providers_lie_over_the_shipped_ones(sovscan: Run, recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "companies"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text(
        'id="acme"\nname="Acme"\ntype="company"\ncountry="FR"\nwebsite="https://acme.example/"\n'
        'sources=[{url="https://acme.example/legal",checked=2026-01-01}]\n'
        '[[services]]\nid="dns"\nname="Acme DNS"\nrole="dns"\n'
        'rules=[{kind="ns",suffix="dns10.ovh.net",examples=["dns10.ovh.net"]}]\n'
    )
    done = sovscan("lookup", "--kind", "ns", "dns10.ovh.net", "--providers", "mine", "--json")
    assert json.loads(done.stdout)["provider"] == "acme"


def test_what_was_recorded_replays_to_the_same_findings(sovscan: Run, recording: Path, tmp_path: Path) -> None:
    sovscan(
        "scan",
        "ville.example",
        "--replay",
        str(recording),
        "--record",
        "again.jsonl.gz",
        "--no-report",
        "--output",
        "a",
    )
    sovscan("scan", "ville.example", "--replay", "again.jsonl.gz", "--no-report", "--output", "b")
    one, two = sovscan("export", "a"), sovscan("export", "b")
    assert one.stdout == two.stdout != ""
    assert not list(tmp_path.glob("*.partial"))


def test_a_recording_that_cannot_be_written_is_said_before_the_scan(
    sovscan: Run, recording: Path, tmp_path: Path
) -> None:
    done = sovscan("scan", "ville.example", "--replay", str(recording), "--record", "no/such/folder/x.jsonl")
    assert done.returncode == 2
    assert "no/such/folder" in done.stderr
