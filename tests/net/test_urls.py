"""The quick way to an absolute URL gives what the full rules give."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.ask import normal_url
from scanner.net.html import absolute
from scanner.net.urls import quick_absolute

BASES = ("https://ville.test/", "http://ville.test:8080/a/b?c=d", "https://ville.test/x/../y")
WORDS = [
    "/",
    "//",
    ".",
    "..",
    "a",
    "B",
    "é",
    "?",
    "&",
    "=",
    ";",
    "#",
    ":",
    "%20",
    "\\",
    "http:",
    "https://",
    "cdn.test",
    "https://cdn.test",
    "http://cdn.test:80",
    "~",
    "x.js",
    "@",
    "80",
]
PIECES = st.sampled_from([*WORDS, " "])


@given(base=st.sampled_from(BASES), value=st.lists(PIECES, max_size=8).map("".join))
def test_it_agrees_with_the_full_rules_or_says_nothing(base: str, value: str) -> None:
    quick = quick_absolute(base, value)
    assert quick in ("", normal_url(urljoin(base, value)))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("/a/b.js?v=1&w=2", "https://ville.test/a/b.js?v=1&w=2"),
        ("https://cdn.test", "https://cdn.test/"),
        ("https://cdn.test/x.js", "https://cdn.test/x.js"),
        ("/", "https://ville.test/"),
    ],
)
def test_the_usual_urls_take_the_quick_way(value: str, wanted: str) -> None:
    assert quick_absolute("https://ville.test/page", value) == wanted == absolute("https://ville.test/page", value)


@pytest.mark.parametrize(
    "value", ["", "#x", "a.js", "/../x", "/.x", "//cdn.test/x", "https://CDN.test/", "/é", "/a;b", "/a?"]
)
def test_all_others_take_the_full_rules(value: str) -> None:
    assert quick_absolute("https://ville.test/", value) == ""
