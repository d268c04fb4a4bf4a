"""Zones that do not answer: when they are taken for dead, for how long, and who waits for it."""

from __future__ import annotations

import pytest

from scanner.net.silence import MEMORY, MOST_SILENT, PACKETS, Silence, Silences, zones

SECONDS = 3.0


def silences() -> Silences[str]:
    return Silences(SECONDS)


def fail(found: Silences[str], name: str, questions: int, packets: int, at: float = 10.0) -> Silence[str] | None:
    """`packets` unanswered packets of so many questions about a name, a tenth of a second apart."""
    silence: Silence[str] | None = None
    counted: list[Silence[str] | None] = [None] * questions
    for number in range(packets):
        sent = at + number / 10
        silence = counted[number % questions] = found.unanswered(name, sent, sent + 0.5, counted[number % questions])
    return silence


@pytest.mark.parametrize(
    ("owner", "wanted"),
    [
        ("ville.fr.", ("ville.fr.",)),
        ("www.ville.fr.", ("ville.fr.", "www.ville.fr.")),
        ("a.b.ville.gouv.fr.", ("ville.gouv.fr.", "b.ville.gouv.fr.")),
        ("fr.", ()),
        (".", ()),
    ],
)
def test_a_name_counts_for_its_registrable_domain_and_one_label_more(owner: str, wanted: tuple[str, ...]) -> None:
    assert zones(owner) == wanted


def test_a_zone_is_dead_after_enough_packets_of_several_questions_and_a_time_out() -> None:
    found = silences()
    silence = fail(found, "www.ville.fr.", questions=2, packets=PACKETS)
    assert silence is not None
    silence.probe, silence.parked = "first", ["second", "third"]
    assert found.died(10.0 + SECONDS - 0.1) == []
    assert not found.dead("ville.fr.", 12.0)
    assert sorted(found.died(10.0 + SECONDS)) == ["first", "second", "third"]
    assert found.dead("ville.fr.", 13.0)
    assert found.dead("_dmarc.ville.fr.", 13.0)
    assert not found.dead("ville.be.", 13.0)
    assert found.died(20.0) == []


@pytest.mark.parametrize(("questions", "packets"), [(1, 3 * PACKETS), (2, PACKETS - 1)])
def test_one_question_alone_or_fewer_packets_prove_nothing(questions: int, packets: int) -> None:
    found = silences()
    fail(found, "ville.fr.", questions, packets)
    assert found.died(20.0) == []
    assert not found.dead("ville.fr.", 20.0)


def test_a_dead_zone_is_forgotten_after_a_while() -> None:
    found = silences()
    fail(found, "ville.fr.", 2, PACKETS)
    found.died(14.0)
    assert found.dead("ville.fr.", 14.0 + MEMORY - 1)
    assert not found.dead("ville.fr.", 14.0 + MEMORY)


def test_an_old_suspicion_starts_anew() -> None:
    found = silences()
    old = fail(found, "ville.fr.", 2, PACKETS - 1)
    new = fail(found, "ville.fr.", 2, 1, at=11.0 + MEMORY)
    assert new is not None
    assert new is not old
    assert new.packets == 1


def test_one_answer_clears_a_zone_and_frees_who_waits() -> None:
    found = silences()
    silence = fail(found, "ville.fr.", 2, PACKETS)
    assert silence is not None
    silence.probe, silence.parked = "first", ["second"]
    assert found.answered("www.ville.fr.") == ["second"]
    assert found.died(20.0) == []
    assert (silence.probe, silence.parked) == (None, [])
    found = silences()
    fail(found, "ville.fr.", 2, PACKETS)
    found.died(20.0)
    found.answered("ville.fr.")  # late, but it lives
    assert not found.dead("ville.fr.", 21.0)


def test_a_zone_that_once_answered_is_no_suspect_but_one_below_it_may_be() -> None:
    """A server that drops the types it does not know is not dead, and a hoster of many zones is none of them."""
    found = silences()
    found.answered("ville.gouv.fr.")
    assert fail(found, "ville.gouv.fr.", 5, 5 * PACKETS) is None
    other = fail(found, "www.autre.gouv.fr.", 2, PACKETS)
    assert other is not None
    assert other.zone == "autre.gouv.fr."


def test_memory_is_bounded_whatever_is_asked() -> None:
    found = silences()
    for number in range(MOST_SILENT):
        assert fail(found, f"n{number}.test.", 1, 1) is not None
    assert fail(found, "more.test.", 1, 1) is None
    assert fail(found, "later.test.", 1, 1, at=12.0 + MEMORY) is not None  # the old ones make room
