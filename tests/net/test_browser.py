"""Page loads by a real Chromium in the lab: everything seen, before and after consent, and every misbehaviour bounded."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from scanner import ask
from scanner.ask import encode
from scanner.lab import Lab
from scanner.model import Answer, Finding, Role, Status, Target
from scanner.net import BrowserError, Network, Settings
from scanner.net.browser import executable
from scanner.providers import Database
from scanner.run.target import examine
from scanner.transcript import Transcript
from tests.browser_world import world

pytestmark = pytest.mark.chromium
TIMEOUT = 8.0


@pytest.fixture
async def settings(require: Callable[[object, str], None]) -> AsyncIterator[Settings]:
    pytest.importorskip("playwright")
    require(executable(None), "a Chromium")
    async with Lab(world()) as lab:
        yield replace(
            lab.settings,
            browser=True,
            browser_pages=3,
            page_timeout=TIMEOUT,
            page_requests=300,
            rdap=False,
            http_timeout=8.0,
        )


async def load(network: Network, host: str, consent: str = "none") -> Answer:
    return await network(ask.page(f"https://{host}/", "chromium", consent))


def hosts(answer: Answer) -> set[str]:
    return {request["url"].split("/")[2] for request in answer.values[0]["requests"]}


async def findings(settings: Settings, database: Database, host: str) -> dict[tuple[str, str | None], Finding]:
    async with Network(settings) as network:
        conclusion = await examine(Target(host, host, country="FR"), Transcript(network), database)
    return {(f.subject, f.category): f for f in conclusion.findings if f.role is Role.RESOURCE}


BEFORE = {
    ("fonts.googleapis.com", "fonts"): "google",
    ("www.googletagmanager.com", "tag-manager"): "google",
    ("snap.licdn.com", "advertising"): "linkedin",
    ("stats.ville.example", "analytics"): "eulerian",
    ("www.openstreetmap.org", "maps"): "openstreetmap-foundation",
    ("tile.openstreetmap.org", "maps"): "openstreetmap-foundation",
    ("i.ytimg.com", "video"): "google",
    ("ws.hotjar.com", "analytics"): "contentsquare",
    ("bat.bing.com", "advertising"): "microsoft",
    ("cdn.onesignal.com", "other"): "tpw-onesignal",
}


@pytest.mark.parametrize(
    ("choice", "after"),
    [
        ("accept", {("connect.facebook.net", "advertising"): "meta"}),
        ("reject", {("cdn.jsdelivr.net", "script-cdn"): "jsdelivr"}),
    ],
)
async def test_exactly_what_a_page_loads_is_found_before_and_after_the_answer_to_its_banner(
    settings: Settings, database: Database, choice: str, after: dict[tuple[str, str | None], str]
) -> None:
    found = await findings(replace(settings, consent=choice), database, "ville.example")
    first = {key: finding.claims[0].provider for key, finding in found.items()}
    assert {key: who for key, who in first.items() if key not in after} == BEFORE
    assert set(after) <= set(first)
    assert {key for key, finding in found.items() if finding.reason.args["consent"] == choice} == set(after)
    brought = {key[0]: finding.reason.args["by"] for key, finding in found.items() if "by" in finding.reason.args}
    assert brought == {
        "snap.licdn.com": ["www.googletagmanager.com"],
        "tile.openstreetmap.org": ["www.openstreetmap.org"],
    }
    cloaked = found[("stats.ville.example", "analytics")]
    assert cloaked.reason.code == "resource.cloaked"
    assert "ville.eulerian.net." in [evidence.value for evidence in cloaked.evidence]
    assert not any(finding.reason.args["hard"] for finding in found.values())


async def test_a_load_keeps_names_and_drops_values(settings: Settings, tmp_path: Path) -> None:
    async with Network(replace(settings, screenshots=tmp_path)) as network:
        answer = await load(network, "ville.example")
        other = await load(network, "ville.example", "accept")
    value = answer.values[0]
    assert other.status is Status.UNASKED  # the settings ask for no choice
    assert value["cookies"] == [{"name": "session", "domain": "ville.example", "lifetime": 86400}]
    assert value["storage"] == [{"origin": "https://ville.example", "area": "local", "key": "visitor"}]
    assert value["service_workers"] == ["https://ville.example/sw.js"]
    assert b"SECRETVALUE" not in orjson.dumps(encode(answer))
    by_url = {request["url"]: request for request in value["requests"]}
    assert by_url["https://ville.example/"]["type"] == "Document"
    assert by_url["https://www.googletagmanager.com/gtm.js?id=GTM-ABC123"]["blocks"] is True
    assert by_url["https://stats.ville.example/collect.js"]["ip"] == "192.0.2.20"
    assert by_url["wss://ws.hotjar.com/socket"]["type"] == "WebSocket"
    assert by_url["https://bat.bing.com/action/0"]["type"] == "Ping"
    assert all(request["bytes"] >= 0 for request in value["requests"])
    assert value["nodes"] == 15
    assert [name.rpartition(".")[2] for name in os.listdir(tmp_path)] == ["png"]


async def test_a_page_that_misbehaves_costs_one_answer_that_says_why(settings: Settings) -> None:
    async with Network(settings) as network:

        async def told(host: str) -> tuple[str, str]:
            answer = await load(network, host)
            cut = answer.values[0].get("cut", "") if answer.values else ""
            return answer.status.value, answer.reason or cut

        names = [
            "endless",
            "download",
            "reset",
            "nowhere",
            "hanging",
            "greedy",
            "dialogs",
            "popups",
            "forbidden",
            "plain",
        ]
        seen = dict(zip(names, await asyncio.gather(*(told(f"{name}.example") for name in names)), strict=True))
    assert seen == {
        "endless": ("failed", "timeout"),
        "download": ("failed", "no-page"),
        "reset": ("failed", "connect"),
        "nowhere": ("failed", "nxdomain"),
        "hanging": ("ok", "time"),
        "greedy": ("ok", "requests"),
        "dialogs": ("ok", ""),
        "popups": ("ok", ""),
        "forbidden": ("ok", ""),
        "plain": ("ok", ""),
    }


async def test_a_page_without_a_banner_has_nothing_to_answer(settings: Settings) -> None:
    async with Network(replace(settings, consent="accept")) as network:
        answer = await load(network, "plain.example", "accept")
    assert (answer.status, answer.reason) == (Status.ABSENT, "no-banner")


@pytest.mark.parametrize("host", ["endless.example", "hanging.example"])
async def test_a_page_that_the_browser_did_not_see_whole_is_unknown_never_clean(
    settings: Settings, database: Database, host: str
) -> None:
    found = await findings(settings, database, host)
    codes = {finding.reason.code: finding.verdict for finding in found.values()}
    assert "resource.none" not in codes
    assert codes.get("resource.browser-failed" if host == "endless.example" else "resource.page-cut") == "unknown"


def descendants(kind: str) -> list[int]:
    """Process ids of this process's own Chromium, of a kind ("" for the browser itself)."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            parents[int(entry.name)] = (parent, line)

    def ours(pid: int) -> bool:
        while pid in parents:
            if pid == os.getpid():
                return True
            pid = parents[pid][0]
        return False

    wanted = f"--type={kind}" if kind else "--headless"
    return [
        pid
        for pid, (_, line) in parents.items()
        if wanted in line and (kind or "--type=" not in line) and "chrom" in line and ours(pid)
    ]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the renderer in /proc")
@pytest.mark.parametrize(("kind", "reasons"), [("renderer", {"crash"}), ("", {"browser", "connect"})])
async def test_a_renderer_or_browser_that_dies_costs_one_page_and_the_next_is_seen(
    settings: Settings, kind: str, reasons: set[str]
) -> None:
    async with Network(settings) as network:
        loading = asyncio.create_task(load(network, "hanging.example"))
        await asyncio.sleep(1.5)
        for pid in descendants(kind):
            os.kill(pid, signal.SIGKILL)
        answer = await loading
        assert (answer.status, answer.reason in reasons) == (Status.FAILED, True), answer
        after = await load(network, "plain.example")
        assert after.status is Status.OK


async def test_a_browser_that_is_not_there_is_said_before_anything_is_scanned(tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    missing: Any = replace(Settings(resolvers=("127.0.0.1:9",)), browser=True, chromium=tmp_path / "chromium")
    with pytest.raises(BrowserError, match="--chromium"):
        await Network(missing).__aenter__()


def test_the_browser_is_the_one_asked_for_then_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVSCAN_CHROMIUM", "/opt/of-the-environment")
    assert executable(Path("/opt/asked-for")) == "/opt/asked-for"
    assert executable(None) == "/opt/of-the-environment"
