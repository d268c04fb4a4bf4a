"""The command that checks evidence is quoted: whatever the network said, a shell reads it as one word."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Evidence
from scanner.report.commands import command


def shown(kind: str, subject: str, detail: str = "") -> str:
    return command(Evidence(kind, subject, detail, "v"), "ville.example", "dns")


@pytest.mark.parametrize(
    ("kind", "subject", "detail", "expected"),
    [
        ("dns", "ville.example", "MX", "dig +short MX ville.example"),
        ("dns", "_dmarc.ville.example", "TXT", "dig +short TXT _dmarc.ville.example"),
        ("dns", "*.ville.example", "A", "dig +short A -q '*.ville.example'"),
        ("dns", "-f/etc/passwd", "A", "dig +short A -q -f/etc/passwd"),
        ("dns", "@evil", "A", "dig +short A -q @evil"),
        ("dns", "ville.example", "A; id", "sovscan explain ville.example dns"),
        (
            "http",
            "https://ville.example/?a=1&b=2",
            "GET",
            "curl -sSL -D - -o /dev/null 'https://ville.example/?a=1&b=2'",
        ),
        ("http", "javascript:alert(1)", "GET", "sovscan explain ville.example dns"),
        ("asn", "192.0.2.1", "", "whois -h whois.cymru.com ' -v 192.0.2.1'"),
        ("asn", "$(id)", "", "sovscan explain ville.example dns"),
        ("rdap", "ville.example", "", "whois ville.example"),
        ("rdap", "-h evil", "", "sovscan explain ville.example dns"),
        ("page", "https://ville.example/", "chromium", "sovscan explain ville.example dns"),
        ("dns", "two\nlines", "A", ""),
        ("dns", "", "A", ""),
        ("dns", "a" * 501, "A", ""),
        ("novel", "x", "", ""),
    ],
)
def test_each_kind_of_evidence_has_its_command(kind: str, subject: str, detail: str, expected: str) -> None:
    assert shown(kind, subject, detail) == expected


def test_a_certificate_is_read_with_its_name() -> None:
    made = shown("tls", "www.ville.example:443", "chain")
    assert made.startswith("openssl s_client -connect www.ville.example:443 -servername www.ville.example ")


@given(st.sampled_from(["dns", "http", "tls", "asn", "rdap", "page", "tenant"]), st.text(min_size=1, max_size=80))
def test_no_subject_escapes_its_quotes(kind: str, subject: str) -> None:
    made = shown(kind, subject, "A").replace("</dev/null | ", "")
    words = shlex.split(made)
    harmless = set("+-=/.:_<|@") | set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '")
    bare = "".join(part for index, part in enumerate(made.replace("'\"'\"'", "").split("'")) if index % 2 == 0)
    assert set(bare) <= harmless
    assert len(words) <= 16
