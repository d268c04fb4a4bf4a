"""The AS of an address: from tables of several layouts, and from Team Cymru's zones."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner import ask
from scanner.model import Status
from scanner.net import TableError, local_table
from scanner.net.asn import as_number, origin_name, parse_as, parse_origin

from .conftest import Start
from .mmdb import write_mmdb
from .servers import Zone


@pytest.mark.parametrize(
    ("record", "value"),
    [
        (
            {"autonomous_system_number": 16276, "autonomous_system_organization": "OVH SAS"},
            {"asn": 16276, "prefix": "192.0.2.0/24", "name": "OVH SAS"},
        ),
        (
            {"asn": "AS16276", "as_name": "OVH", "country": "fr"},
            {"asn": 16276, "prefix": "192.0.2.0/24", "name": "OVH", "country": "FR"},
        ),
        (
            {"asn": 1, "name": "One", "country": {"iso_code": "NO"}},
            {"asn": 1, "prefix": "192.0.2.0/24", "name": "One", "country": "NO"},
        ),
        ({"asn": 1, "country": "France"}, {"asn": 1, "prefix": "192.0.2.0/24"}),
    ],
)
async def test_tables_of_the_common_layouts_are_read(
    tmp_path: Path, record: Mapping[str, Any], value: Mapping[str, Any]
) -> None:
    path = write_mmdb(tmp_path / "asn.mmdb", {"192.0.2.0/24": dict(record)})
    table = local_table(path)
    answer = await table(ask.asn("192.0.2.77"))
    assert answer.status is Status.OK
    assert answer.values == (value,)
    other = await table(ask.asn("198.51.100.1"))
    assert (other.status, other.reason) == (Status.ABSENT, "nodata")
    assert (await table(ask.asn("not an address"))).status is Status.ABSENT
    assert (await table(ask.dns("a.test", "A"))).status is Status.UNASKED


async def test_a_table_goes_before_the_network(tmp_path: Path, zone: Zone, network: Start) -> None:
    path = write_mmdb(tmp_path / "asn.mmdb", {"8.8.8.0/24": {"asn": 15169}})
    async with network(asn_table=path) as net:
        answer = await net(ask.asn("8.8.8.8"))
    assert answer.values == ({"asn": 15169, "prefix": "8.8.8.0/24"},)
    assert zone.asked == []


def test_a_file_that_is_no_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.mmdb").write_bytes(b"no table")
    for name in ("x.mmdb", "missing.mmdb"):
        with pytest.raises(TableError, match=name):
            local_table(tmp_path / name)


async def test_cymru_is_asked_once_a_routed_network(zone: Zone, network: Start) -> None:
    zone.records |= {
        ("0.8.8.8.origin.asn.cymru.com", "TXT"): [
            '"3356 | 8.0.0.0/9 | US | arin | 1992-12-01"',
            '"15169 64500 | 8.8.8.0/24 | US | arin | 2023-12-28"',
        ],
        ("as15169.asn.cymru.com", "TXT"): ['"15169 | US | arin | 2000-03-30 | GOOGLE, US"'],
    }
    async with network() as net:
        first = await net(ask.asn("8.8.8.8"))
        second = await net(ask.asn("8.8.8.9"))
    assert first.values == ({"asn": 15169, "prefix": "8.8.8.0/24", "country": "US", "name": "GOOGLE"},)
    assert second.values == first.values
    assert len(zone.asked) == 2


async def test_cymru_failures_are_told_apart(zone: Zone, network: Start) -> None:
    zone.rcodes["0.1.1.1.origin.asn.cymru.com"] = "SERVFAIL"
    zone.records[("0.2.2.2.origin.asn.cymru.com", "TXT")] = ['"what | is | this"']
    zone.records[("0.3.3.3.origin.asn.cymru.com", "TXT")] = ['"64500 | 3.3.3.0/24 | FR | ripencc | 2001-01-01"']
    async with network() as net:
        assert (await net(ask.asn("1.1.1.1"))).reason == "servfail"
        assert (await net(ask.asn("2.2.2.2"))).reason == "malformed"
        assert (await net(ask.asn("9.9.9.9"))).status is Status.ABSENT
        assert (await net(ask.asn("3.3.3.3"))).values == ({"asn": 64500, "prefix": "3.3.3.0/24", "country": "FR"},)
        assert (await net(ask.asn("nonsense"))).reason == "malformed"


async def test_a_private_address_is_nobodys_and_is_not_asked_about(zone: Zone, network: Start) -> None:
    async with network() as net:
        assert (await net(ask.asn("10.0.0.1"))).status is Status.ABSENT
    assert zone.asked == []


def test_names_and_records_of_the_zones() -> None:
    assert origin_name(ipaddress.ip_address("1.2.3.4")) == "0.3.2.1.origin.asn.cymru.com"
    assert origin_name(ipaddress.ip_address("2a01:e0a:1::1")) == "1.0.0.0.a.0.e.0.1.0.a.2.origin6.asn.cymru.com"
    assert parse_origin('"| 1.2.3.0/24 | FR"') is None
    assert parse_origin('"64500"') is None
    assert parse_as('"64500 | FR | ripencc | 2001-01-01 | SOME-NAME Some, Name SA, FR"') == {
        "name": "SOME-NAME Some, Name SA",
        "country": "FR",
    }
    assert parse_as("") == {}
    assert [as_number(value) for value in (1, "AS2", "0", "x", None, -1, "²", "9" * 11)] == [1, 2] + [None] * 6


async def test_what_the_table_lacks_is_asked_of_cymru(tmp_path: Path, zone: Zone, network: Start) -> None:
    zone.records[("0.9.9.9.origin.asn.cymru.com", "TXT")] = ['"19281 | 9.9.9.0/24 | CH | arin | 2017-09-13"']
    path = write_mmdb(tmp_path / "asn.mmdb", {"8.8.8.0/24": {"asn": 15169}})
    async with network(asn_table=path) as net:
        answer = await net(ask.asn("9.9.9.9"))
    assert answer.values[0]["asn"] == 19281
