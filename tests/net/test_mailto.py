"""The domains of the addresses that a page publishes."""

from __future__ import annotations

import pytest

from scanner.net.html import parse
from scanner.net.mailto import mail_domains


@pytest.mark.parametrize(
    ("html", "domains"),
    [
        ('<a href="mailto:mairie@wanadoo.fr">x</a>', ["wanadoo.fr"]),
        ('<a href="MAILTO:a@Ville.Example?subject=b@c.test">x</a>', ["ville.example"]),
        ('<a href="mailto:a%40ville.example,b@other.test">x</a>', ["ville.example", "other.test"]),
        (
            '<a href="mailto:a@b.test"></a><a href="mailto:a@c.test"></a><a href="mailto:d@c.test">',
            ["c.test", "b.test"],
        ),
        ('<a href="mailto:nobody">x</a><a href="mailto:">x</a><a href="mailto:a@b">x</a>', []),
        ("write to mailto:a@b.test", []),
        ('<a href="mailto:é@münchen.example">x</a>', ["xn--mnchen-3ya.example"]),
        ("<p>nothing</p>", []),
    ],
)
def test_only_domains_of_links_are_kept(html: str, domains: list[str]) -> None:
    assert mail_domains(parse(html)) == domains


def test_a_page_of_a_hundred_thousand_addresses_is_bounded() -> None:
    html = "".join(f'<a href="mailto:a@d{n}.test">x</a>' for n in range(100_000))
    assert len(mail_domains(parse(html))) == 10
