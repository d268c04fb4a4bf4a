"""Names of the DNS: A-labels, registrable domains, one party or two."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.names import (
    HostnameError,
    icann_registrable,
    icann_suffix,
    is_icann_suffix,
    name_problem,
    registrable,
    same_party,
    to_ascii,
    to_unicode,
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ville.Example.", "ville.example"),
        ("  ville.example ", "ville.example"),
        ("évry.fr", "xn--vry-9la.fr"),
        ("ÉVRY.FR", "xn--vry-9la.fr"),
        ("straße.de", "xn--strae-oqa.de"),
        ("xn--vry-9la.fr", "xn--vry-9la.fr"),
        ("ville。example", "ville.example"),
        ("_dmarc.ville.example", "_dmarc.ville.example"),
    ],
)
def test_a_name_as_a_person_writes_it_becomes_a_labels(written: str, name: str) -> None:
    assert to_ascii(written) == name


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "empty name"),
        (".", "empty name"),
        ("localhost", "has no dot"),
        ("ville..example", "label of 0"),
        (".ville.example", "label of 0"),
        ("a" * 64 + ".example", "label of 64"),
        ("a." * 130 + "example", "longer than 253"),
        ("vi lle.example", "character that no host name has"),
        ("ville.example/chemin", "character that no host name has"),
        ("<script>.example", "character that no host name has"),
        ("-ville.example", "hyphen"),
        ("192.0.2.1", "is an address"),
        ("évry" * 40 + ".fr", "not a host name"),
        ("☃️.☃️‍.fr", "not a host name"),
    ],
)
def test_what_is_no_host_name_is_refused_and_why(written: str, why: str) -> None:
    with pytest.raises(HostnameError, match=why):
        to_ascii(written)


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    with contextlib.suppress(HostnameError):
        name = to_ascii(text)
        assert to_ascii(name) == name
        assert name_problem(name) == ""
        assert name == name.lower()
        assert name.isascii()


def test_a_label_that_does_not_decode_is_shown_as_it_is() -> None:
    assert to_unicode("xn--vry-9la.fr") == "évry.fr"
    assert to_unicode("xn--0.fr") == "xn--0.fr"
    assert to_unicode("ville.example") == "ville.example"


def test_the_private_section_parts_tenants_and_the_registry_section_does_not() -> None:
    assert registrable("a.b.github.io") == "b.github.io"
    assert icann_registrable("a.b.github.io") == "github.io"
    assert registrable("www.ville.gouv.fr") == "ville.gouv.fr"
    assert registrable("gouv.fr") == "gouv.fr", "a public suffix is its own"


def test_one_party_is_one_registrable_domain() -> None:
    assert same_party("www.ville.fr", "static.ville.fr")
    assert not same_party("ville.github.io", "autre.github.io")
    assert not same_party("ville.fr", "notville.fr")
    assert not same_party("ville.co.uk", "autre.co.uk")


def test_what_a_registry_sells_under() -> None:
    assert icann_suffix("www.ville.co.uk") == "co.uk"
    assert is_icann_suffix("co.uk")
    assert not is_icann_suffix("ville.co.uk")
    assert not is_icann_suffix("github.io"), "a company's own space, whatever the list's private section says"
