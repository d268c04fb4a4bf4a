"""The rule index: label boundaries, longest first, narrowest first, never a substring."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Rule
from scanner.rules import SUFFIX_KINDS, RuleIndex


def rule(kind: str, pattern: str, provider: str = "p", path: str = "") -> Rule:
    return Rule(f"{provider}/s/{kind}/{pattern}{path}", provider, "s", kind, pattern, path)


def who(index: RuleIndex, kind: str, value: str, path: str = "") -> str:
    found = index.match(kind, value, path)
    return found.id.split("/", 3)[3] if found else ""


@pytest.mark.parametrize("kind", sorted(SUFFIX_KINDS))
@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("google.com", True),
        ("Mail.GOOGLE.com.", True),
        ("a.b.google.com", True),
        ("notgoogle.com", False),
        ("google.com.evil.test", False),
        ("google.co", False),
        ("com", False),
        ("", False),
        (".", False),
    ],
)
def test_a_suffix_matches_on_label_boundaries(kind: str, name: str, matches: bool) -> None:
    assert bool(RuleIndex([rule(kind, "google.com")]).match(kind, name)) is matches


def test_the_longest_suffix_comes_first_and_the_others_after_it() -> None:
    index = RuleIndex([rule("host", "example"), rule("host", "cdn.cloud.example"), rule("host", "cloud.example")])
    found = [r.pattern for r in index.matches("host", "a.cdn.cloud.example")]
    assert found == ["cdn.cloud.example", "cloud.example", "example"]


def test_a_rule_of_one_kind_says_nothing_of_another() -> None:
    index = RuleIndex([rule("mx", "cloud.example")])
    assert index.match("ns", "a.cloud.example") is None
    assert index.match("no-such-kind", "a.cloud.example") is None


def test_the_longest_path_of_a_host_comes_first() -> None:
    index = RuleIndex(
        [
            rule("host", "g.example"),
            rule("host", "g.example", path="/recaptcha/"),
            rule("host", "g.example", path="/rec"),
        ]
    )
    assert who(index, "host", "www.g.example", "/recaptcha/api.js") == "g.example/recaptcha/"
    assert who(index, "host", "www.g.example", "/rec/ord") == "g.example/rec"
    assert who(index, "host", "www.g.example", "/maps") == "g.example"
    assert who(index, "host", "www.g.example") == "g.example"


def test_a_longer_suffix_beats_a_longer_path() -> None:
    index = RuleIndex([rule("host", "g.example", path="/very/long/path"), rule("host", "www.g.example")])
    assert who(index, "host", "www.g.example", "/very/long/path") == "www.g.example"


def test_a_host_rule_with_a_path_does_not_name_the_bare_host() -> None:
    index = RuleIndex([rule("host", "g.example", path="/maps")])
    assert index.match("host", "g.example") is None


def test_the_later_rule_wins_for_the_same_pattern_and_path_only() -> None:
    index = RuleIndex([
        rule("host", "g.example", "old"), rule("host", "g.example", "old", "/a"), rule("host", "g.example", "new"),
        rule("txt", "ms=", "old"), rule("txt", "ms=", "new"),
        rule("asn", "64496", "old"), rule("asn", "64496", "new"),
        rule("ip", "192.0.2.0/24", "old"), rule("ip", "192.0.2.0/24", "new"),
    ])  # fmt: skip
    values = [
        ("host", "g.example", ""),
        ("host", "g.example", "/a"),
        ("txt", "ms=1", ""),
        ("asn", "64496", ""),
        ("ip", "192.0.2.9", ""),
    ]
    found = [index.match(*value) for value in values]
    assert [r.provider for r in found if r] == ["new", "old", "new", "new", "new"]


def test_the_longest_prefix_comes_first() -> None:
    index = RuleIndex([rule("txt", "google-"), rule("txt", "google-site-verification=")])
    assert who(index, "txt", "google-site-verification=abc") == "google-site-verification="
    assert who(index, "txt", "google-gws-recovery=1") == "google-"
    assert who(index, "txt", "google") == ""
    assert who(index, "txt", "x google-") == "", "a prefix, not a substring"


def test_headers_match_whatever_their_case() -> None:
    index = RuleIndex([rule("header", "server: cloudflare"), rule("header", "x-vercel-id: ")])
    assert who(index, "header", "Server: CloudFlare-nginx") == "server: cloudflare"
    assert who(index, "header", "X-Vercel-Id: cdg1::abc") == "x-vercel-id: "
    assert who(index, "header", "server: nginx") == ""


def test_the_narrowest_network_comes_first_in_both_versions() -> None:
    index = RuleIndex(
        rule("ip", cidr)
        for cidr in (
            "192.0.2.0/24",
            "192.0.2.128/25",
            "192.0.2.200/32",
            "2001:db8::/32",
            "2001:db8:1::/48",
            "0.0.0.0/0",
        )
    )
    assert who(index, "ip", "192.0.2.200") == "192.0.2.200/32"
    assert who(index, "ip", "192.0.2.201") == "192.0.2.128/25"
    assert who(index, "ip", "192.0.2.1") == "192.0.2.0/24"
    assert who(index, "ip", "198.51.100.1") == "0.0.0.0/0"
    assert who(index, "ip", "2001:db8:1::9") == "2001:db8:1::/48"
    assert who(index, "ip", "2001:DB8:2::9") == "2001:db8::/32"
    assert who(index, "ip", "2001:db9::1") == "", "an IPv4 network says nothing of IPv6"
    assert who(index, "ip", "not an address") == ""


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), min_size=1, max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_addresses_match_as_the_standard_library_says(blocks: list[tuple[int, int]], number: int) -> None:
    networks = [ipaddress.ip_network((first, length), strict=False) for first, length in blocks]
    address = ipaddress.ip_address(number)
    covering = {net for net in networks if address in net}
    found = [r.pattern for r in RuleIndex(rule("ip", str(net)) for net in networks).matches("ip", str(address))]
    assert found == [str(net) for net in sorted(covering, key=lambda net: -net.prefixlen)]


def test_numbers_and_organisations_match_exactly() -> None:
    index = RuleIndex(
        [rule("asn", "64496"), rule("issuer", "Let's Encrypt"), rule("registrar", "81"), rule("netname", "OVH")]
    )
    assert who(index, "asn", "AS64496") == "64496"
    assert who(index, "asn", "644961") == ""
    assert who(index, "issuer", " let's   encrypt ") == "Let's Encrypt"
    assert who(index, "issuer", "Not Let's Encrypt") == ""
    assert who(index, "registrar", "81") == "81"
    assert who(index, "registrar", "810") == ""
    assert who(index, "netname", "ovh") == "OVH"


def test_a_path_ends_at_the_end_of_a_word() -> None:
    index = RuleIndex([Rule("a/b/host/x.test/tr", "a", "b", "host", "x.test", path="/tr")])
    assert index.match("host", "x.test", "/tr/x.js") is not None
    assert index.match("host", "x.test", "/tr?id=1") is not None
    assert index.match("host", "x.test", "/training") is None
