"""Several processes together keep to the limits of one."""

from __future__ import annotations

import pytest

from scanner.net import Settings, summed


@pytest.mark.parametrize("processes", [1, 2])
def test_the_shares_are_no_more_than_the_whole(processes: int) -> None:
    whole = Settings(rate=100.0)
    share = whole.share(processes)
    for limit in ("dns_in_flight", "http_in_flight", "per_address", "per_network", "rate"):
        assert 0 < getattr(share, limit) * processes <= getattr(whole, limit), limit
    assert share.rdap_interval == whole.rdap_interval * processes
    assert share.resolvers == whole.resolvers


def test_no_limit_on_the_rate_stays_none() -> None:
    assert Settings().share(2).rate == 0


def test_as_many_processes_as_can_have_a_connection_to_one_address_each() -> None:
    assert Settings().most_processes == 2
    assert Settings(per_address=1).most_processes == 1
    assert Settings(browser=True).most_processes == 1
    assert Settings(active_mail=True).most_processes == 1


def test_counters_are_summed_and_their_share_is_counted_anew() -> None:
    one = {
        "dns.asked": 90,
        "dns.remembered": 10,
        "dns.remembered-percent": 10,
        "dns.packets.a": 95,
        "web.connections": 1,
    }
    two = {
        "dns.asked": 10,
        "dns.remembered": 90,
        "dns.remembered-percent": 90,
        "dns.packets.a": 12,
        "web.connections": 2,
    }
    slow = {"slowest-ms.x.example": 20, "slowest-ms.y.example": 30}
    assert summed([one | slow, two | {"slowest-ms.x.example": 50}, {}]) == {
        "dns.asked": 100,
        "dns.remembered": 100,
        "dns.remembered-percent": 50,
        "dns.packets.a": 107,
        "web.connections": 3,
        "slowest-ms.x.example": 50,
        "slowest-ms.y.example": 30,
    }
