"""`sovscan providers`: list, show, check, stale, coverage, update, import."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scanner import providers
from scanner.cli import build
from tests.cli.conftest import Run

Sovscan = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sovscan:
    """`command("list")` runs `sovscan providers list`, in this process, with a data folder of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    app = build()
    return lambda *arguments: CliRunner().invoke(app, ["providers", *arguments])


@pytest.fixture
def run_folder(sovscan: Run, tmp_path: Path) -> Path:
    lines = [
        '{"kind":"dns","subject":"ville.example","detail":"NS","status":"ok","values":["ns1.nobody-knows.test."],"at":"2026-04-28T06:17:36Z"}',
        '{"kind":"dns","subject":"bourg.example","detail":"NS","status":"ok","values":["ns2.nobody-knows.test."],"at":"2026-04-28T06:17:36Z"}',
        '{"kind":"dns","subject":"village.example","detail":"NS","status":"ok","values":["dns10.ovh.net."],"at":"2026-04-28T06:17:36Z"}',
    ]
    (tmp_path / "seen.jsonl").write_text("\n".join(lines))
    names = ("ville.example", "bourg.example", "village.example")
    assert sovscan("scan", *names, "--replay", "seen.jsonl", "--no-report").returncode == 0
    return tmp_path / "output"


def test_list_gives_every_curated_provider_a_json_line(command: Sovscan) -> None:
    rows = [json.loads(line) for line in command("list", "--json").stdout.splitlines()]
    assert len(rows) >= 500
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert not any(row["id"].startswith("tpw-") for row in rows)
    assert all(row["country"] and row["owner_country"] for row in rows)


def test_list_can_be_held_to_one_country(command: Sovscan) -> None:
    rows = [json.loads(line) for line in command("list", "--json", "--country", "us").stdout.splitlines()]
    assert {row["owner_country"] for row in rows} == {"US"}
    assert "vade" in {row["id"] for row in rows}, "seated in France, controlled from the United States"


def test_show_tells_seat_owners_services_rules_and_sources(command: Sovscan) -> None:
    text = command("show", "vade").stdout
    for part in ("Vade", "France", "Hornetsecurity", "United States", "mx vadesecure.com", "https://"):
        assert part in text
    whole = json.loads(command("show", "vade", "--json").stdout)
    assert whole["curated"] is True
    assert whole["owners"][0]["owner"] == "hornetsecurity"


def test_show_of_an_imported_name_says_that_its_country_is_not_verified(command: Sovscan) -> None:
    id_ = next(iter(providers.load().imported.providers))
    assert json.loads(command("show", id_, "--json").stdout)["country"] is None
    assert "    host " in command("show", id_).stdout


OWN = """
id = "{id}"
name = "{name}"
type = "company"
country = "NO"
website = "https://{id}.example/"
sources = [{{ url = "https://{id}.example/", checked = 2026-11-01 }}]
"""
HELD = """shareholding = { kind = "members", source = "https://held.example/", checked = 2026-11-01 }
[[qualifications]]
scheme = "c5"
offer = "Great Mail"
from = 2025-02-01
source = "https://c5.example/"
checked = 2026-11-01
"""
WEB = """[[services]]
id = "web"
name = "Web"
role = "resource"
category = "other"
rules = [{ kind = "host", suffix = "lone-acme.example", examples = ["a.lone-acme.example"] }]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's folder: a company of which nobody knows the owner, its daughter, and one that its members hold."""
    folder = tmp_path / "own"
    (folder / "companies").mkdir(parents=True)
    owned = '[[owners]]\nowner = "lone-acme"\ncontrol = "majority"\nfrom = 2020-01-01\nsource = "https://o.example/"\n'
    for id_, name, rest in (
        ("lone-acme", "Lone Acme", WEB),
        ("acme-daughter", "Daughter", owned),
        ("held-acme", "Held Acme", HELD),
    ):
        (folder / "companies" / f"{id_}.toml").write_text(OWN.format(id=id_, name=name) + rest)
    return folder


def test_show_says_that_an_owner_is_not_established_and_never_that_there_is_none(command: Sovscan, own: Path) -> None:
    lone = command("show", "lone-acme", "--providers", str(own)).stdout
    assert "Seat: Norway\nSeat; owner not established" in lone
    daughter = command("show", "acme-daughter", "--providers", str(own)).stdout
    assert "Controlled by Lone Acme (seat Norway; its own owner is not established)" in daughter
    held = command("show", "held-acme", "--providers", str(own)).stdout
    assert "No majority owner: its members hold it, https://held.example/" in held
    assert "not established" not in held


def test_show_tells_qualifications_and_that_they_are_an_offer_s(command: Sovscan, own: Path) -> None:
    text = command("show", "held-acme", "--providers", str(own)).stdout
    assert "Qualification C5: Great Mail, since February 1, 2025, https://c5.example/, read on November 1, 2026" in text
    assert "nothing observed says which offer a body uses" in text
    whole = json.loads(command("show", "held-acme", "--providers", str(own), "--json").stdout)
    assert whole["qualifications"][0]["from"] == "2025-02-01"
    assert whole["shareholding"]["kind"] == "members"
    assert whole["owner_established"] is True


def test_list_tells_seats_from_owners_and_counts_the_companies(command: Sovscan, own: Path) -> None:
    done = command("list", "--providers", str(own))
    lines = {line.partition(":")[0]: line for line in done.stdout.splitlines()}
    assert "(seat Norway, owner not established)" in lines["lone-acme"]
    assert "controlled by Lone Acme (seat Norway, its owner not established)" in lines["acme-daughter"]
    assert "not established" not in lines["held-acme"]
    assert re.search(r"Owner established for \d+ of \d+ companies", done.stderr)
    rows = [json.loads(line) for line in command("list", "--json", "--providers", str(own)).stdout.splitlines()]
    established = {row["id"]: row["owner_established"] for row in rows}
    assert [established[id_] for id_ in ("lone-acme", "acme-daughter", "held-acme")] == [False, False, True]


def test_lookup_and_its_json_say_it_too(own: Path) -> None:
    def lookup(*more: str) -> str:
        return CliRunner().invoke(build(), ["lookup", "a.lone-acme.example", "--providers", str(own), *more]).stdout

    assert "Lone Acme, web; seat Norway, owner not established; rule" in lookup()
    assert json.loads(lookup("--json"))["owner_established"] is False


def test_show_of_nobody_exits_2_and_names_those_close(command: Sovscan) -> None:
    done = command("show", "cloudfl")
    assert done.exit_code == 2
    assert "cloudflare" in done.stderr
    assert done.stdout == ""


def test_check_of_the_shipped_database_finds_nothing(command: Sovscan) -> None:
    done = command("check")
    assert (done.exit_code, done.stdout) == (0, "")


def test_check_reads_the_fetched_ranges_too(command: Sovscan, tmp_path: Path) -> None:
    folder = tmp_path / "data/sovscan/ranges/imported"
    folder.mkdir(parents=True)
    (folder / "aws.toml").write_text("[[ranges]]")
    done = command("check")
    assert done.exit_code == 2
    assert "aws.toml" in done.stdout


def test_stale_entries_are_counted(command: Sovscan, tmp_path: Path) -> None:
    (tmp_path / "companies").mkdir()
    head = 'id = "old"\nname = "Old"\ntype = "company"\ncountry = "FR"\nwebsite = "https://old.example/"\n'
    (tmp_path / "companies/old.toml").write_text(
        head + 'sources = [{ url = "https://old.example/", checked = 2020-01-01 }]\n'
    )
    done = command("stale", "--providers", str(tmp_path), "--json")
    assert {"id": "old", "why": "last checked 2020-01-01"} in [json.loads(line) for line in done.stdout.splitlines()]


def test_coverage_says_what_is_unnamed_and_ends_with_a_draft(command: Sovscan, run_folder: Path) -> None:
    done = command("coverage", str(run_folder))
    assert done.exit_code == 0
    assert "1 of 3 findings" in done.stdout
    assert "Owner established for" in done.stdout
    assert "  2  nobody-knows.test" in done.stdout
    assert 'rules = [{ kind = "tld", value = "example", examples = ["example"] }]' in done.stdout, (
        "all three stand under it"
    )


def test_coverage_in_json_is_a_line_a_gap_and_nothing_else(command: Sovscan, run_folder: Path) -> None:
    rows = [json.loads(line) for line in command("coverage", str(run_folder), "--json").stdout.splitlines()]
    [row] = [row for row in rows if row["kind"] == "ns"]
    assert (row["value"], row["bodies"], row["imported"]) == ("nobody-knows.test", 2, None)
    assert "suffix" in row["draft"]


def test_coverage_of_one_value_gives_its_draft(command: Sovscan, run_folder: Path) -> None:
    assert (
        'suffix = "nobody-knows.test"'
        in command("coverage", str(run_folder), "--draft", "ns1.nobody-knows.test").stdout
    )
    assert command("coverage", str(run_folder), "--draft", "ovh.net").exit_code == 2


def test_update_takes_a_file_and_lookup_knows_its_networks(command: Sovscan, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("9.9.9.0/24\n")
    done = command("update", "--from", f"cloudflare={tmp_path / 'list'}", "--json")
    assert done.exit_code == 0
    [row] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["source"], row["result"], row["networks"]) == ("cloudflare", "written", 1)
    rule = providers.load().rules.match("ip", "9.9.9.9")
    assert rule is not None
    assert rule.provider == "cloudflare"


def test_update_that_cannot_reach_a_source_exits_3_and_says_what_is_kept(
    command: Sovscan, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = command("update", "fastly", "azure")
    assert done.exit_code == 3
    assert "0 networks kept" in done.stdout
    assert "--from azure=" in done.stdout


@pytest.mark.parametrize("arguments", [("update", "nobody"), ("update", "--from", "aws"), ("import", "x", "y", "z")])
def test_wrong_arguments_exit_2(command: Sovscan, arguments: tuple[str, ...]) -> None:
    done = command(*arguments)
    assert done.exit_code == 2
    assert done.stderr


def test_import_makes_the_file_that_the_database_reads(command: Sovscan, tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "dist").mkdir(parents=True)
    (package / "package.json").write_text('{"version": "1.0.0"}')
    entities = [{"name": "X", "category": "ad", "domains": ["*.x.test"]}]
    (package / "dist/entities-nostats.json").write_text(json.dumps(entities))
    out = tmp_path / "user/imported/third-party-web.toml"
    done = command("import", "third-party-web", str(package), str(out), "--date", "2026-09-14")
    assert done.exit_code == 0, done.output
    rule = providers.load(tmp_path / "user").rules.match("host", "a.x.test")
    assert rule is not None
    assert rule.provider == "tpw-x"
    assert command("import", "third-party-web", str(package), str(out)).exit_code == 2, "the day is needed"


def test_french_readers_get_french(sovscan: Run) -> None:
    done = sovscan("providers", "show", "vade", lang="fr")
    assert "Siège\u202f: France" in done.stdout


def test_lookup_of_an_imported_name_gives_no_owner_and_no_country(sovscan: Run) -> None:
    database = providers.load()
    host = next(
        host
        for host in database.imported.hosts
        if next(database.rules.matches("host", host)).provider not in database.curated
    )
    row = json.loads(sovscan("lookup", "--kind", "host", "--json", host).stdout)
    assert row["name"]
    assert (row["owner"], row["country"]) == (None, None)
    assert "owner and country not verified" in sovscan("lookup", host).stdout
