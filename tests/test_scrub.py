"""What stays of a URL, and what never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.scrub import scrub


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.googletagmanager.com/gtm.js?id=GTM-ABC123", "https://www.googletagmanager.com/gtm.js?id=GTM-ABC123"),
        ("https://fonts.googleapis.com/css2?family=Roboto:wght@400;700", "https://fonts.googleapis.com/css2?family=Roboto:wght@400;700"),
        ("https://cdn.test/npm/bootstrap@5.3.2/dist/css/a.min.css?v=12", "https://cdn.test/npm/bootstrap@5.3.2/dist/css/a.min.css?v=12"),
        ("https://www.google.com/recaptcha/api.js?render=6LcYHsYUAAAAAMcPS_wBvKD_DZWD0rgWK7VZCEYJ", "https://www.google.com/recaptcha/api.js?render=~"),
        ("HTTPS://User:Pass@Host.test:443/a#frag", "https://host.test/a"),
        ("https://a.test/x;jsessionid=1234?sid=12", "https://a.test/x;~?sid=~"),
        ("https://a.test/reset/0123456789abcdef0123456789abcdef/go", "https://a.test/reset/~/go"),
        ("https://a.test/main.0123456789abcdef01234567.js", "https://a.test/main.0123456789abcdef01234567.js"),
        ("https://a.test/u/jean@ville.fr?mail=jean@ville.fr", "https://a.test/u/~?mail=~"),
        ("wss://a.test/s?0123456789abcdef0123456789abcdef", "wss://a.test/s?~"),
        ("data:text/plain,secret", ""),
        ("blob:https://a.test/x", ""),
        ("https://[bad/", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_a_rule_needs_stays_and_values_go(url: str, kept: str) -> None:
    assert scrub(url) == kept
    assert scrub(kept) == kept


@given(
    st.from_regex(r"[A-Za-z0-9_-]{33,80}", fullmatch=True).filter(
        lambda s: any(c.isdigit() for c in s) and any(c.isalpha() for c in s)
    )
)
def test_a_long_token_never_stays_wherever_it_stands(token: str) -> None:
    for url in (
        f"https://a.test/{token}",
        f"https://a.test/x?k={token}",
        f"https://a.test/?{token}",
        f"https://{token}@a.test/#{token}",
    ):
        assert token not in scrub(url)


@given(st.text(max_size=200))
def test_any_text_gives_a_url_or_nothing(text: str) -> None:
    for made in (scrub(text), scrub(f"https://a.test/{text}")):
        assert made == "" or "://" in made
