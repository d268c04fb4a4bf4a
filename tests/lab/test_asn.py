"""The AS table as Team Cymru's zones."""

from __future__ import annotations

import pytest

from scanner.lab.asn import AsnTable
from scanner.lab.world import Network

from .conftest import Ask
from .small import SMALL

TABLE = AsnTable(SMALL.networks, SMALL.systems)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("5.2.0.192.origin", "64496 | 192.0.2.0/24 | FR | ripencc | 2000-01-01"),
        ("200.2.0.192.origin", "64497 | 192.0.2.128/25 | DE | ripencc | 2000-01-01"),
        (f"{'1.' + '0.' * 23}8.b.d.0.1.0.0.2.origin6", "64496 | 2001:db8::/32 | FR | ripencc | 2000-01-01"),
        ("AS64497", "64497 | DE | ripencc | 2000-01-01 | SECOND, DE"),
    ],
)
def test_the_longest_prefix_and_the_systems_name_are_found(name: str, text: str) -> None:
    assert TABLE.text(tuple(name.split("."))) == text


@pytest.mark.parametrize(
    "name", ["5.2.0.193.origin", "2.0.192.origin", "x.2.0.192.origin", "AS1", "origin", "ASx", "z.origin6"]
)
def test_what_is_not_in_the_table_has_no_name(name: str) -> None:
    assert TABLE.text(tuple(name.split("."))) is None


def test_a_wrong_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="not-a-prefix"):
        AsnTable([Network("not-a-prefix", 1, "", "", "")], {})


async def test_the_name_server_answers_them(ask: Ask) -> None:
    response = await ask("5.2.0.192.origin.asn.cymru.com", "TXT")
    assert response.answer[0][0].to_text() == '"64496 | 192.0.2.0/24 | FR | ripencc | 2000-01-01"'
    assert (await ask("5.2.0.193.origin.asn.cymru.com", "TXT")).rcode() == 3
