"""What the DNS client remembers, and for how long."""

from __future__ import annotations

from scanner.ask import dns
from scanner.model import Answer, Status
from scanner.net.cache import FAILURE_TTL, MAX_NEGATIVE_TTL, MIN_TTL, DnsCache

A = dns("a.test", "A")


def test_an_answer_lasts_for_its_ttl_within_bounds() -> None:
    for status, ttl, seconds in (
        (Status.OK, 300, 300.0),
        (Status.OK, 0, MIN_TTL),
        (Status.OK, None, MIN_TTL),
        (Status.OK, 10**9, 86_400.0),
        (Status.ABSENT, 10**9, MAX_NEGATIVE_TTL),
        (Status.FAILED, None, FAILURE_TTL),
    ):
        cache = DnsCache()
        answer = Answer(A, status, ttl=ttl)
        cache.put(answer, 1000.0)
        assert cache.get(A, 1000.0 + seconds - 0.1) is answer
        assert cache.get(A, 1000.0 + seconds + 0.1) is None
        assert len(cache) == 0


def test_a_missing_name_answers_every_type_in_its_own_words() -> None:
    cache = DnsCache()
    cache.put_missing("a.test", Answer(A, Status.ABSENT, reason="nxdomain", ttl=60), 0.0)
    found = cache.get(dns("a.test", "MX"), 1.0)
    assert found is not None
    assert (found.question, found.reason) == (dns("a.test", "MX"), "nxdomain")
    assert cache.get(dns("b.a.test", "MX"), 1.0) is None


def test_it_holds_no_more_than_it_may_and_drops_what_nobody_asked_for() -> None:
    cache = DnsCache(most=20)
    for number in range(100):
        cache.put(Answer(dns(f"n{number}.test", "A"), Status.OK, ttl=300), 0.0)
        assert len(cache) <= 20
        assert cache.get(dns("n0.test", "A"), 1.0) is not None, "asked for all the time"
    assert cache.get(dns("n99.test", "A"), 1.0) is not None
    assert cache.get(dns("n70.test", "A"), 1.0) is None
    cache.clear()
    assert len(cache) == 0
