"""Transcript and replay: asked once, shared in flight, answered from recordings alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from scanner import ask
from scanner.ask import Replay
from scanner.model import Answer, Question, Status
from scanner.transcript import Transcript

MX = ask.dns("ville.example", "MX")


class Slow:
    """An Ask that answers when it is told to, and counts."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.go = asyncio.Event()

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        await self.go.wait()
        return Answer(question, Status.OK, (f"answer {len(self.asked)}",))


async def test_the_same_question_is_asked_once() -> None:
    slow = Slow()
    slow.go.set()
    transcript = Transcript(slow)
    assert await transcript(MX) is await transcript(MX)
    assert slow.asked == [MX]
    assert list(transcript.answers) == [MX]


async def test_a_question_in_flight_is_shared() -> None:
    slow = Slow()
    transcript = Transcript(slow)
    tasks = [asyncio.create_task(transcript(MX)) for _ in range(5)]
    await asyncio.sleep(0)
    slow.go.set()
    assert len({id(answer) for answer in await asyncio.gather(*tasks)}) == 1
    assert slow.asked == [MX]


async def test_what_is_known_already_is_not_asked_nor_told_again() -> None:
    slow, heard = Slow(), list[Answer]()
    known = Answer(MX, Status.ABSENT)
    transcript = Transcript(slow, {MX: known}, heard.append)
    assert await transcript(MX) is known
    assert (slow.asked, heard) == ([], [])


async def test_each_new_answer_is_told_once() -> None:
    slow, heard = Slow(), list[Answer]()
    slow.go.set()
    transcript = Transcript(slow, heard=heard.append)
    await asyncio.gather(*(transcript(MX) for _ in range(3)))
    assert [answer.question for answer in heard] == [MX]


async def test_when_the_first_to_ask_is_cancelled_those_who_wait_ask_again() -> None:
    slow = Slow()
    transcript = Transcript(slow)
    first, *others = [asyncio.create_task(transcript(MX)) for _ in range(4)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    slow.go.set()
    answers = await asyncio.wait_for(asyncio.gather(*others), 1)
    assert {answer.values for answer in answers} == {("answer 2",)}
    assert slow.asked == [MX, MX], "asked again once, not once for each who waits"
    assert first.cancelled()


async def test_when_one_who_waits_is_cancelled_the_question_goes_on() -> None:
    slow = Slow()
    transcript = Transcript(slow)
    first, other = [asyncio.create_task(transcript(MX)) for _ in range(2)]
    await asyncio.sleep(0)
    other.cancel()
    await asyncio.sleep(0)
    slow.go.set()
    assert (await first).values == ("answer 1",)
    assert other.cancelled()


async def test_a_bug_in_the_ask_reaches_everyone_who_waits_and_is_not_remembered() -> None:
    async def broken(question: Question) -> Answer:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    transcript = Transcript(broken)
    found = await asyncio.gather(transcript(MX), transcript(MX), return_exceptions=True)
    assert [type(error) for error in found] == [ZeroDivisionError, ZeroDivisionError]
    assert MX not in transcript.answers


async def test_replay_answers_from_recordings_alone() -> None:
    known = Answer(MX, Status.OK, ("10 mx.example.",))
    replay = Replay({MX: known})
    assert await replay(MX) is known
    assert (await replay(ask.dns("autre.example", "MX"))).status is Status.UNASKED
    assert Transcript(replay).instant


async def test_replay_asks_the_local_table_for_as_numbers_and_nothing_else() -> None:
    async def local(question: Question) -> Answer:
        return Answer(question, Status.OK, ({"asn": 64496},))

    replay = Replay({}, local)
    assert (await replay(ask.asn("192.0.2.1"))).status is Status.OK
    assert (await replay(MX)).status is Status.UNASKED


class Begun:
    """An Ask that can be begun, and answers when it is told to, or at once."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.waiting: list[tuple[Question, Callable[[Answer], None]]] = []
        self._at_once = at_once

    async def __call__(self, question: Question) -> Answer:
        return Answer(question, Status.OK, ("called",))

    def begin(self, question: Question, done: Callable[[Answer], None]) -> bool:
        if question.kind != "dns":
            return False
        self.waiting.append((question, done))
        if self._at_once:
            self.answer()
        return True

    def answer(self) -> None:
        for question, done in self.waiting:
            done(Answer(question, Status.OK, ("begun",)))


async def test_what_can_be_begun_is_under_way_before_anybody_awaits_it_and_is_begun_once() -> None:
    begun, heard = Begun(), list[Answer]()
    transcript = Transcript(begun, heard=heard.append)
    first, second = transcript(MX), transcript(MX)
    assert [question for question, _ in begun.waiting] == [MX]
    begun.answer()
    assert await first is await second is await transcript(MX)
    assert [answer.values for answer in heard] == [("begun",)]


async def test_what_is_answered_at_once_needs_no_waiting() -> None:
    transcript = Transcript(Begun(at_once=True))
    assert (await transcript(MX)).values == ("begun",)
    assert transcript.answers[MX].values == ("begun",)


async def test_what_cannot_be_begun_is_called() -> None:
    assert (await Transcript(Begun())(ask.rdap("ville.example"))).values == ("called",)


async def test_one_who_gives_up_takes_a_begun_answer_from_nobody() -> None:
    begun = Begun()
    transcript = Transcript(begun)

    async def wait() -> Answer:
        return await transcript(MX)

    first, other = [asyncio.create_task(wait()) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    begun.answer()
    assert (await other).values == ("begun",)
    assert first.cancelled()


async def test_a_full_disk_reaches_who_waits_and_who_asks_after_not_who_brings_the_answer() -> None:
    def full(answer: Answer) -> None:
        raise OSError("no space left")

    begun = Begun()
    transcript = Transcript(begun, heard=full)
    waiting = [transcript(MX), transcript(MX)]
    begun.answer()
    for one in waiting:
        with pytest.raises(OSError, match="no space"):
            await one
    with pytest.raises(OSError, match="no space"):
        transcript(ask.dns("autre.example", "MX"))


async def test_a_full_disk_reaches_who_asks_for_what_is_answered_at_once_be_it_the_last_question() -> None:
    def full(answer: Answer) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        Transcript(Begun(at_once=True), heard=full)(MX)
