"""Resolvers: how they are named, and how the window follows the line."""

from __future__ import annotations

import pytest

from scanner.net.upstream import MIN_WAIT, MIN_WINDOW, SHRINK, SILENT_WINDOW, Upstream, parse_resolver


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


def answer(upstream: Upstream, times: int, seconds: float = 0.02, start: float = 1.0) -> None:
    """Answers to packets that went out one after the other."""
    for number in range(times):
        upstream.answered(start + number * 0.01, start + number * 0.01 + seconds)


def test_the_window_grows_while_answers_come_and_never_past_its_most() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    first = upstream.window
    for _ in range(500):
        busy(upstream)
        answer(upstream, 1)
    assert first < upstream.window == 100


def test_the_window_does_not_grow_while_it_is_not_used() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    first = upstream.window
    answer(upstream, 500)
    assert upstream.window == first


def test_a_poor_line_does_not_shrink_the_window_but_a_crowd_does() -> None:
    upstream = Upstream("192.0.2.1", 53, 200)
    now = 0.0
    for number in range(2000):
        busy(upstream)
        now += 0.01
        if number % 10:
            upstream.answered(now - 0.2, now)
        else:
            upstream.lost(now - 0.5, now)
    assert upstream.window == 200
    for _ in range(600):
        now += 0.1
        upstream.lost(now - 0.05, now)
    assert upstream.window == MIN_WINDOW


def test_what_was_lost_in_one_round_trip_shrinks_the_window_once() -> None:
    upstream = Upstream("192.0.2.1", 53, 200)
    upstream.window = 200
    for number in range(200):
        upstream.lost(at=1.0 + number / 1000, now=1.5 + number / 1000)
    assert upstream.window == 200 * SHRINK
    for number in range(10):
        upstream.lost(at=2.0 + number / 1000, now=2.5)
    assert upstream.window == pytest.approx(200 * SHRINK**2)


def test_the_wait_follows_the_round_trip_and_doubles_at_last() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    assert upstream.wait(0, 3.0) == 1.0
    answer(upstream, 50, seconds=0.4)
    first = upstream.wait(0, 3.0)
    assert 0.4 <= first < 0.6
    assert [upstream.wait(attempt, 3.0) for attempt in (1, 2, 3, 4)] == [first, first, 2 * first, 2 * first]
    assert upstream.wait(9, 0.7) == 0.7
    answer(upstream, 100, seconds=0.01)
    assert upstream.wait(0, 3.0) == MIN_WAIT


def test_a_silent_resolver_gets_one_question_now_and_then_until_it_answers() -> None:
    upstream = Upstream("192.0.2.1", 53, 100)
    answer(upstream, 50)
    for number in range(10):
        upstream.unanswered(at=10.0 + number / 100, now=10.3 + number / 100)
    assert upstream.silent
    assert not upstream.worth_asking(10.5)
    assert upstream.worth_asking(12.0)
    upstream.in_flight = 1
    assert not upstream.worth_asking(12.0)
    upstream.in_flight = 0
    upstream.unanswered(at=12.0, now=12.3)
    assert not upstream.worth_asking(14.0)  # the next pause is longer
    upstream.answered(at=15.0, now=15.1)
    assert not upstream.silent


def test_after_a_silence_the_window_grows_fast_again() -> None:
    upstream = Upstream("192.0.2.1", 53, 200)
    upstream.window = 200
    for flight in range(5):
        for number in range(40):
            upstream.unanswered(at=10.0 * flight + number / 100 + 1, now=10.0 * flight + number / 100 + 2)
    assert upstream.window == SILENT_WINDOW
    for _ in range(70):
        busy(upstream)
        answer(upstream, 1, start=100.0)
    assert upstream.window >= 100


def test_a_resolver_has_done_with_a_packet_when_it_answers_a_later_one() -> None:
    """Else, where it stalls, everything would be asked of it once more on top."""
    upstream = Upstream("192.0.2.1", 53, 200)
    answer(upstream, 50, seconds=0.2)
    assert not upstream.gone(10.0, 10.4, longest=1.5)
    upstream.answered(at=10.1, now=10.3)
    assert upstream.gone(10.0, 10.4, longest=1.5)
    assert not upstream.gone(10.0, 10.2, longest=1.5)  # it may have been overtaken
    assert not upstream.gone(10.2, 10.6, longest=1.5)
    assert upstream.gone(10.2, 11.8, longest=1.5)
