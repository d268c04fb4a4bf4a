"""`providers update`: what is fetched, laid over the database, and kept when the new list is no good."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanner import checks, providers
from scanner.net.download import download
from scanner.providers import Database
from scanner.update.ranges import Outcome, Result, update
from scanner.update.sources import SOURCES, RangeSource
from tests.net.servers import http_server, page

from .lists import CLOUDFLARE, LISTS

TODAY = date(2026, 11, 22)
BY_ID = {source.id: source for source in SOURCES}
TEN = b"\n".join(b"104.16.%d.0/24" % number for number in range(10))


def given(source: str, folder: Path, body: bytes) -> Outcome:
    return update(BY_ID[source], folder, _nobody, TODAY, body)


def _nobody(url: str) -> bytes:
    raise AssertionError(f"{url} was asked for")


def over(folder: Path) -> Database:
    return providers.load(folder)


async def test_a_list_is_fetched_from_its_server_and_laid_over_the_database(tmp_path: Path) -> None:
    async with http_server(page(b"198.41.128.0/24\n")) as site:
        source = replace(BY_ID["cloudflare"], urls=(f"http://127.0.0.1:{site.port}/ips-v4",))
        fetch = lambda url: download(url, scheme="http")  # noqa: E731
        outcome = await asyncio.to_thread(update, source, tmp_path, fetch, TODAY)
        assert outcome.result is Result.WRITTEN
        assert [request.path for request in site.requests] == ["/ips-v4"]
        assert site.requests[0].headers["user-agent"].startswith("sovscan/")
    text = outcome.path.read_text()
    assert "date = 2026-11-22" in text
    assert "licence = " in text
    assert f'source = "{source.urls[0]}"' in text
    rule = over(tmp_path).rules.match("ip", "198.41.128.7")
    assert rule is not None
    assert rule.id == "cloudflare/cdn/ip/198.41.128.0/24"


def test_a_region_is_kept_and_anycast_has_none(tmp_path: Path) -> None:
    given("aws", tmp_path, LISTS["aws"][0])
    rules = over(tmp_path).rules
    paris, everywhere = rules.match("ip", "52.95.154.9"), rules.match("ip", "75.2.1.1")
    assert paris is not None
    assert (paris.provider, paris.service, paris.region) == ("amazon", "s3", "eu-west-3")
    assert everywhere is not None
    assert (everywhere.service, everywhere.region) == ("global-accelerator", "")


def test_a_curated_rule_wins_over_the_same_published_network(tmp_path: Path) -> None:
    (tmp_path / "imported").mkdir()
    table = '[[ranges]]\nprovider = "github"\nservice = "pages"\ncidrs = ["173.245.48.0/20", "173.245.49.0/24"]\n'
    head = 'source = "https://x.example/"\nversion = "1"\ndate = 2026-11-22\nlicence = "CC0"\n'
    (tmp_path / "imported/x.toml").write_text(head + table)
    rules = over(tmp_path).rules
    assert [rule.provider for rule in rules.matches("ip", "173.245.48.1")] == ["cloudflare"]
    assert [rule.provider for rule in rules.matches("ip", "173.245.49.1")] == ["github", "cloudflare"]


def test_a_list_half_as_long_is_not_taken_and_a_little_shorter_one_is(tmp_path: Path) -> None:
    given("cloudflare", tmp_path, TEN)
    short = given("cloudflare", tmp_path, b"\n".join(TEN.split()[:4]))
    assert (short.result, short.kept, short.found) == (Result.SHRUNK, 10, 4)
    assert "104.16.9.0/24" in short.path.read_text()
    assert given("cloudflare", tmp_path, b"\n".join(TEN.split()[:5])).result is Result.WRITTEN
    assert "104.16.9.0/24" not in short.path.read_text()


def test_a_broken_list_leaves_the_old_one(tmp_path: Path) -> None:
    before = given("cloudflare", tmp_path, TEN).path.read_bytes()
    outcome = given("cloudflare", tmp_path, b"<html>")
    assert (outcome.result, outcome.kept) == (Result.BROKEN, 10)
    assert outcome.path.read_bytes() == before
    assert list(outcome.path.parent.iterdir()) == [outcome.path]


def test_a_server_that_cannot_be_reached_leaves_the_old_one(tmp_path: Path) -> None:
    before = given("cloudflare", tmp_path, TEN).path.read_bytes()

    def refuse(url: str) -> bytes:
        raise ConnectionRefusedError(f"{url}: refused")

    outcome = update(BY_ID["cloudflare"], tmp_path, refuse, TODAY)
    assert (outcome.result, outcome.kept) == (Result.UNREACHED, 10)
    assert "refused" in outcome.why
    assert outcome.path.read_bytes() == before


def test_a_list_that_says_the_same_is_left_with_its_date(tmp_path: Path) -> None:
    path = given("cloudflare", tmp_path, TEN).path
    again = update(BY_ID["cloudflare"], tmp_path, _nobody, date(2027, 1, 1), b"\n".join(reversed(TEN.split())))
    assert again.result is Result.UNCHANGED
    assert "date = 2026-11-22" in path.read_text()


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    path = given("cloudflare", tmp_path, TEN).path
    path.write_text("[[ranges")
    assert given("cloudflare", tmp_path, CLOUDFLARE[0]).result is Result.WRITTEN


def test_a_source_without_address_asks_for_a_file(tmp_path: Path) -> None:
    outcome = update(BY_ID["azure"], tmp_path, _nobody, TODAY)
    assert outcome.result is Result.NEEDS_FILE
    assert not outcome.path.exists()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_every_source_names_services_of_the_database(source: RangeSource, tmp_path: Path) -> None:
    bodies = LISTS[source.id]
    queue = list(bodies)
    update(replace(source, urls=tuple(map(str, bodies))), tmp_path, lambda _: queue.pop(0), TODAY)
    database = over(tmp_path)
    assert database.imported.ranges
    assert [problem for problem in checks.problems(database, TODAY) if "published ranges" in problem] == []


def test_ranges_of_a_service_that_is_gone_name_nobody_and_the_check_says_so(tmp_path: Path) -> None:
    given("cloudflare", tmp_path, b"9.9.9.0/24")
    path = tmp_path / "imported/cloudflare.toml"
    path.write_text(path.read_text().replace('service = "cdn"', 'service = "gone"'))
    database = over(tmp_path)
    assert database.rules.match("ip", "9.9.9.9") is None
    assert any("cloudflare/gone" in problem for problem in checks.problems(database, TODAY))
