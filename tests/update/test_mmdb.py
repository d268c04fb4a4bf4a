"""The MMDB writer, judged by maxminddb's reader."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import maxminddb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.update.mmdb import Range, System, write

SYSTEMS = [System(64500, "One"), System(4_200_000_000, ""), System(65_000, "É" * 200)]


def opened(tmp_path: Path, ranges: list[Range]) -> maxminddb.Reader:
    path = tmp_path / "t.mmdb"
    path.write_bytes(write(ranges, SYSTEMS, "a test", 1_700_000_000))
    return maxminddb.open_database(path)


@given(st.lists(st.integers(1, 2**128 - 2), min_size=2, max_size=24, unique=True), st.data())
def test_every_range_is_found_from_its_first_to_its_last_address(
    tmp_path_factory: pytest.TempPathFactory, bounds: list[int], data: st.DataObject
) -> None:
    bounds = sorted(bounds)
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    ranges = [(first, last, data.draw(st.integers(0, 2))) for first, last in pairs]
    with opened(tmp_path_factory.mktemp("mmdb"), ranges) as reader:
        for first, last, record in ranges:
            for value in (first, (first + last) // 2, last):
                found = reader.get(ipaddress.IPv6Address(value))
                assert found["autonomous_system_number"] == SYSTEMS[record].number
                assert found.get("autonomous_system_organization", "") == SYSTEMS[record].name
        taken = {value for first, last, _ in ranges for value in (first, last)}
        for value in {first - 1 for first, _, _ in ranges} | {last + 1 for _, last, _ in ranges}:
            if value not in taken and not any(first <= value <= last for first, last, _ in ranges):
                assert reader.get(ipaddress.IPv6Address(value)) is None


def test_ipv4_addresses_are_found_with_the_length_of_their_network(tmp_path: Path) -> None:
    first = int(ipaddress.ip_address("192.0.2.0"))
    with opened(tmp_path, [(first, first + 255, 0)]) as reader:
        assert reader.get_with_prefix_len("192.0.2.77") == (
            {"autonomous_system_number": 64500, "autonomous_system_organization": "One"},
            24,
        )
        assert reader.get("192.0.3.0") is None
        assert reader.metadata().build_epoch == 1_700_000_000


def test_a_table_of_nothing_answers_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, []) as reader:
        assert reader.get("192.0.2.1") is None


@pytest.mark.parametrize("ranges", [[(5, 9, 0), (9, 12, 1)], [(9, 12, 0), (1, 2, 1)], [(9, 5, 0)]])
def test_ranges_out_of_order_are_refused(ranges: list[Range]) -> None:
    with pytest.raises(ValueError, match="sorted and disjoint"):
        write(ranges, SYSTEMS, "", 0)
