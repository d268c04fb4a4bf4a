"""Resolvers: how they are named, and how the window follows the line."""

from __future__ import annotations

import pytest

from scanner.net.upstream import MIN_WINDOW, Upstream, parse_resolver


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_resolver_is_an_address_and_a_port(text: str, pair: tuple[str, int]) -> None:
    assert parse_resolver(text) == pair


def busy(upstream: Upstream) -> None:
    upstream.in_flight = int(upstream.window)


def test_the_window_grows_while_answers_come_and_never_past_its_most() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    first = upstream.window
    for _ in range(500):
        busy(upstream)
        upstream.answered(0.02)
    assert first < upstream.window == 100


def test_the_window_does_not_grow_while_it_is_not_used() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    first = upstream.window
    for _ in range(500):
        upstream.answered(0.02)
    assert upstream.window == first


def test_a_poor_line_does_not_shrink_the_window_but_a_crowd_does() -> None:
    upstream = Upstream("192.0.2.1", 53, 200)
    now = 0.0
    for number in range(2000):
        busy(upstream)
        now += 0.01
        if number % 20:
            upstream.answered(0.2)
        else:
            upstream.lost(now)
    assert upstream.window == 200
    for _ in range(600):
        now += 0.1
        upstream.lost(now)
    assert upstream.window == MIN_WINDOW


def test_a_late_answer_is_no_loss() -> None:
    upstream = Upstream("192.0.2.1", 53, 200)
    for number in range(2000):
        busy(upstream)
        upstream.lost(float(number))
        upstream.answered(1.2, late=True)
    assert upstream.window == 200


def test_the_wait_follows_the_round_trip_and_doubles() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    assert upstream.wait(0, 3.0) == 1.0
    for _ in range(50):
        upstream.answered(0.3)
    assert 0.5 <= upstream.wait(0, 3.0) < 0.7
    assert upstream.wait(1, 3.0) == pytest.approx(2 * upstream.wait(0, 3.0))
    assert upstream.wait(9, 3.0) == 3.0


def test_a_silent_resolver_comes_last_until_it_answers() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    for _ in range(10):
        upstream.lost(100.0)
    assert upstream.load(100.0) > 1000
    upstream.answered(0.1)
    assert upstream.load(100.0) < 1
