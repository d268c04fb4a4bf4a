"""What registries said of networks outlives the run, for a while."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from scanner import ask
from scanner.net.rdap_cache import MAX_AGE, NetworkCache

from .conftest import Start
from .test_rdap import NETWORK, record, registry

__all__ = ["registry"]
NET = ipaddress.ip_network
ADDRESS = ipaddress.ip_address


def test_the_smallest_network_that_holds_an_address_answers(tmp_path: Path) -> None:
    cache = NetworkCache()
    cache.put(NET("5.0.0.0/8"), {"name": "WIDE"})
    cache.put(NET("5.6.7.0/24"), {"name": "NARROW"})
    cache.put(NET("2a01:e0a::/32"), {"name": "SIX"})
    for address, name in (("5.6.7.8", "NARROW"), ("5.6.8.8", "WIDE"), ("2a01:e0a::1", "SIX")):
        found = cache.find(ADDRESS(address))
        assert found is not None
        assert found[1] == {"name": name}
    assert cache.find(ADDRESS("6.0.0.1")) is None


def test_it_is_kept_on_disk_with_its_age(tmp_path: Path) -> None:
    clock = [1_000_000.0]
    first = NetworkCache(tmp_path / "new", lambda: clock[0])
    first.put(NET("5.6.7.0/24"), {"name": "X"})
    first.save()
    again = NetworkCache(tmp_path / "new", lambda: clock[0] + MAX_AGE - 1)
    assert again.find(ADDRESS("5.6.7.8")) == (1_000_000.0, {"name": "X"})
    assert len(NetworkCache(tmp_path / "new", lambda: clock[0] + MAX_AGE + 1)) == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["rdap-networks.json"]
    clock[0] += MAX_AGE + 1
    assert first.find(ADDRESS("5.6.7.8")) is None


def test_two_processes_that_save_lose_nothing_of_each_other(tmp_path: Path) -> None:
    clock = [1_000_000.0]
    one, two = (NetworkCache(tmp_path, lambda: clock[0]) for _ in range(2))
    one.put(NET("5.6.7.0/24"), {"name": "ONE"})
    two.put(NET("5.6.7.0/24"), {"name": "OLDER"})
    two.put(NET("9.9.9.0/24"), {"name": "TWO"})
    clock[0] += 10
    one.put(NET("5.6.7.0/24"), {"name": "NEWER"})
    two.save()
    one.save()
    again = NetworkCache(tmp_path, lambda: clock[0])
    assert again.find(ADDRESS("5.6.7.8")) == (1_000_010.0, {"name": "NEWER"})
    assert again.find(ADDRESS("9.9.9.9")) == (1_000_000.0, {"name": "TWO"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version":9,"networks":{}}',
        '{"version":1,"networks":{"x":[1,{}]}}',
        "\0",
        '{"version":1,"networks":3}',
    ],
)
def test_a_spoilt_file_counts_as_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "rdap-networks.json").write_text(text)
    cache = NetworkCache(tmp_path)
    cache.put(NET("5.6.7.0/24"), {"name": "X"})
    cache.save()
    assert len(NetworkCache(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = NetworkCache(tmp_path / "file")
    cache.put(NET("5.6.7.0/24"), {"name": "X"})
    cache.save()
    assert len(cache) == 1


async def test_the_next_run_asks_no_registry_and_says_since_when_it_knows(
    network: Start, registry: object, tmp_path: Path
) -> None:
    async with registry(record(NETWORK)) as site:  # type: ignore[operator]
        for number in range(2):
            async with network(connect_to=f"127.0.0.1:{site.port}", cache_folder=tmp_path / "cache") as net:
                answer = await net(ask.rdap("5.6.7.8"))
            assert answer.values == ({"name": "FR-EXEMPLE", "country": "FR", "org": "Exemple SAS"},)
            assert answer.note.startswith("learnt 20") is bool(number)
    assert len(site.requests) == 1
