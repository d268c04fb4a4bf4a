"""The table of AS numbers: made from CSV, and the one that ships."""

from __future__ import annotations

import json
from pathlib import Path

import maxminddb
import pytest

from scanner import ask
from scanner.model import Status
from scanner.net import local_table, shipped_table
from scanner.update.asn_table import build, disjoint
from scanner.update.errors import SourceError


def package(folder: Path, ipv4: str = "", ipv6: str = "", version: str = "2.3.2026061719") -> Path:
    (folder / "package.json").write_text(json.dumps({"version": version}))
    (folder / "asn-ipv4.csv").write_text(ipv4)
    (folder / "asn-ipv6.csv").write_text(ipv6)
    return folder


def test_both_files_of_the_package_go_into_one_table_dated_as_its_version(tmp_path: Path) -> None:
    made = build(
        package(
            tmp_path,
            '192.0.2.0,192.0.2.255,64500,"One, Ltd"\n',
            "2001:db8::,2001:db8::ffff,64501,Two\n",
        )
    )
    path = tmp_path / "asn.mmdb"
    path.write_bytes(made)
    with maxminddb.open_database(path) as reader:
        assert reader.get("192.0.2.9")["autonomous_system_organization"] == "One, Ltd"
        assert reader.get("2001:db8::9")["autonomous_system_number"] == 64501
        assert "CC BY 4.0" in reader.metadata().description["en"]
        assert reader.metadata().build_epoch == 1_781_722_800  # 17 June 2026, 19:00 UTC


@pytest.mark.parametrize("ipv4", ["192.0.2.0,192.0.2.255\n", "x,y,1,z\n", "192.0.2.9,192.0.2.1,1,z\n"])
def test_a_file_of_another_form_is_told(tmp_path: Path, ipv4: str) -> None:
    with pytest.raises(SourceError, match="ip-location-db"):
        build(package(tmp_path, ipv4))


def test_where_ranges_overlap_the_one_that_ends_first_keeps_what_they_share() -> None:
    assert disjoint([(0, 99, 1), (20, 29, 2)]) == [(0, 19, 1), (20, 29, 2), (30, 99, 1)]
    assert disjoint([(0, 50, 1), (40, 60, 2)]) == [(0, 39, 1), (40, 50, 1), (51, 60, 2)]
    assert disjoint([(5, 9, 2), (5, 20, 1)]) == [(5, 9, 2), (10, 20, 1)]


@pytest.mark.parametrize(
    ("address", "number", "name"),
    [
        ("8.8.8.8", 15169, "Google"),
        ("2001:4860:4860::8888", 15169, "Google"),
        ("1.1.1.1", 13335, "Cloudflare"),
        ("213.186.33.5", 16276, "OVH"),
        ("2001:41d0::1", 16276, "OVH"),
        ("193.0.6.139", 3333, "R"),
    ],
)
async def test_the_shipped_table_knows_well_known_addresses(address: str, number: int, name: str) -> None:
    path = shipped_table()
    assert path is not None
    answer = await local_table(path)(ask.asn(address))
    assert answer.status is Status.OK
    assert answer.values[0]["asn"] == number
    assert name in answer.values[0]["name"]
    assert "country" not in answer.values[0], "where an AS is registered is no place of a service"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.0.2.1", "::1", "fe80::1", "2001:db8::1"])
async def test_the_shipped_table_knows_no_address_that_nobody_announces(address: str) -> None:
    path = shipped_table()
    assert path is not None
    assert (await local_table(path)(ask.asn(address))).status is Status.ABSENT
