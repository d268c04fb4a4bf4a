"""A scan of the network as a user meets it: the plan, a dead line, those who opted out."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.lab import Lab, demo_world
from scanner.net import Settings
from tests.cli.conftest import Run


@pytest.fixture
def lab() -> Iterator[Settings]:
    """The demonstration's internet, in a thread of its own."""
    ready, stop = threading.Event(), threading.Event()
    found: list[Settings] = []

    async def serve() -> None:
        async with Lab(demo_world()) as lab:
            found.append(lab.settings)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(60)
    yield found[0]
    stop.set()
    thread.join()


def options(lab: Settings) -> list[str]:
    return [
        "--resolver", lab.resolvers[0], "--connect-to", lab.connect_to, "--ca-file", str(lab.ca_file), "--allow-private",
        "--no-rdap", "--no-report", "--json",
    ]  # fmt: skip


def test_a_dry_run_tells_the_plan_and_leaves_nothing(sovscan: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n".join(f"ville{number}.fr" for number in range(36_000)))
    done = sovscan("scan", "--list", "list.txt", "--dry-run", "--resolver", "127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert "36,000 bodies" in done.stdout
    assert "10 hours" in done.stdout  # one question a second to the registry of .fr
    assert not (tmp_path / "output").exists()
    told = json.loads(sovscan("scan", "--list", "list.txt", "--dry-run", "--no-rdap", "--rate", "100", "--json").stdout)
    assert (told["targets"], told["registry"], told["limit"]) == (36_000, 0, "rate")
    assert told["seconds"] == round((told["dns"] + told["web"]) / 100)


def test_a_dead_line_is_told_before_the_scan_and_leaves_no_run(sovscan: Run, tmp_path: Path) -> None:
    done = sovscan("scan", "ville.example", "--resolver", "tcp://127.0.0.1:9")
    assert done.returncode == 3
    assert "no resolver answers" in done.stderr
    assert not list((tmp_path / "output/runs").iterdir())


def test_who_opted_out_is_asked_nothing_and_the_manifest_says_so(sovscan: Run, lab: Settings, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("mairie-valombre.example\n")
    names = ("mairie-valombre.example", "commune-sorbiere.example")
    done = sovscan(
        "scan", *names, *options(lab), "--opt-out", "out.txt", "--security-txt", "--record", "day.jsonl", "--progress"
    )
    assert done.returncode == 0, done.stderr
    assert "2 of 2 bodies" in done.stderr
    told = json.loads(done.stdout)
    assert told["network"]["opt-out.mairie-valombre.example"] == 1
    asked = [json.loads(line) for line in (tmp_path / "day.jsonl").read_text().splitlines()]
    assert not [record for record in asked if "mairie-valombre" in record["subject"]]
    subjects = {record["subject"] for record in asked if record["kind"] == "http"}
    assert "https://commune-sorbiere.example/.well-known/security.txt" in subjects
    [path] = (tmp_path / "output/runs").glob("*/manifest.json")
    counters = json.loads(path.read_text())["counters"]
    assert counters[f"dns.packets.{lab.resolvers[0]}"] >= counters["dns.asked"] > 0
    assert counters["dns ok"] > 0
    assert any(name.startswith("slowest-ms.") for name in counters)


def test_processes_of_its_own_scan_and_the_manifest_tells_of_all(sovscan: Run, lab: Settings, tmp_path: Path) -> None:
    names = ("mairie-valombre.example", "commune-sorbiere.example")
    alone = json.loads(sovscan("scan", *names, *options(lab), "--output", "alone").stdout)
    done = sovscan("scan", *names, *options(lab), "--processes", "2", "--progress", "--record", "day.jsonl")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 bodies" in done.stderr
    told = json.loads(done.stdout)
    assert (told["targets"], told["findings"], told["unseen"]) == (2, alone["findings"], 0)
    assert told["answers"] == alone["answers"]
    assert told["network"]["dns.asked"] >= alone["network"]["dns.asked"] > 0
    again = json.loads(sovscan("scan", *names, "--replay", "day.jsonl", "--no-report", "--json").stdout)
    assert again["findings"] == alone["findings"]
