"""Addresses to numbers, and to the networks that cover them, judged by the standard library."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.networks import NetworkIndex, number, span

ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.text(alphabet="0123456789abcdefxF:.%+_ １", max_size=20),
)


@given(ADDRESSES)
@example("1.2.3.04")
@example("::ffff:192.0.2.1")
@example("fe80::1%eth0")
@example("1:2:3:4:5:6:7::")
@example("1:2:3:4:5:6:7:8::")
@example("0x1::")
@example("+1::")
def test_a_literal_is_read_as_the_standard_library_reads_it(text: str) -> None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        expected = None
    else:
        zone = getattr(parsed, "scope_id", None)
        expected = None if zone is not None else (parsed.version, int(parsed))
    assert number(text) == expected


@pytest.mark.parametrize(
    "text", ["1.2.3.4", "1.2.3.4/33", "1.2.3.4/24", "::1/129", "x/8", "1.2.3.0/-1", "1.2.3.0/２４", ""]
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no network"):
        span(text)


NETWORKS = st.one_of(
    st.builds(lambda a, n: ipaddress.ip_network(f"{a}/{n}", strict=False), st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds(lambda a, n: ipaddress.ip_network(f"{a}/{n}", strict=False), st.ip_addresses(v=6), st.integers(0, 128)),
)


@given(st.lists(NETWORKS, max_size=12), st.data())
def test_covering_networks_come_narrowest_first(networks: list[ipaddress.IPv4Network], data: st.DataObject) -> None:
    index = NetworkIndex((str(network), network) for network in networks)
    edges = [address for network in networks for address in (network[0], network[-1])]
    asked = data.draw(st.one_of(st.sampled_from(edges), st.ip_addresses()) if edges else st.ip_addresses())
    covering = {network for network in networks if asked.version == network.version and asked in network}
    assert list(index.covering(str(asked))) == sorted(covering, key=lambda network: -network.prefixlen)


def test_of_two_entries_for_one_network_the_later_counts() -> None:
    index = NetworkIndex([("192.0.2.0/24", "first"), ("192.0.2.0/24", "second")])
    assert index.covering("192.0.2.1") == ("second",)
    assert index.covering("nonsense") == ()
