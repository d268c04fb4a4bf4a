"""The Transcript: an Ask that memoises another, asks the same question once and shares what is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import partial
from typing import Any, Protocol, runtime_checkable

from scanner.ask import Ask
from scanner.model import Answer, Question


@runtime_checkable
class Begins(Protocol):
    """An Ask that can also be asked without a coroutine or a task of its own: most questions of a scan are."""

    def begin(self, question: Question, done: Callable[[Answer], None]) -> bool:
        """True when it took the question: `done` is called once, at once or later. False: call it as an Ask."""


class Known:
    """An answer that is there already, for those who await it."""

    __slots__ = ("answer",)

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __await__(self) -> Generator[Any, None, Answer]:
        return self.answer
        yield  # which makes it a generator


class Transcript:
    """Memoises an Ask: the same question is asked once, and a question in flight is shared.

    `answers` holds everything asked so far, in order; it is what a stored part keeps. `heard` is called with each new
    answer; what it raises reaches those who wait, and everyone who asks after. `instant` says that nothing ever waits
    (replay): then no task need be made.
    """

    def __init__(
        self,
        ask: Ask,
        answers: Mapping[Question, Answer] | None = None,
        heard: Callable[[Answer], None] | None = None,
    ) -> None:
        self._heard = heard
        self.answers: dict[Question, Answer] = dict(answers or {})
        self.instant: bool = getattr(ask, "instant", False)
        self._ask = ask
        self._begin = ask.begin if isinstance(ask, Begins) else None
        self._begun: dict[Question, list[asyncio.Future[Answer]]] = {}
        self._pending: dict[Question, asyncio.Future[Answer]] = {}
        self._broken: BaseException | None = None

    def __call__(self, question: Question) -> Awaitable[Answer]:
        """Answer from memory, else join the question in flight, else ask; asked even before it is awaited, if it can
        be without a coroutine."""
        answer = self.answers.get(question)
        if answer is not None:
            return Known(answer)
        if self._broken is not None:
            raise self._broken
        waiting = self._begun.get(question)
        if waiting is None:
            if self._begin is None or question in self._pending:
                return self._call(question)
            waiting = self._begun[question] = []
            try:
                begun = self._begin(question, partial(self._done, question))
            except BaseException:
                self._begun.pop(question, None)
                raise
            if not begun:
                del self._begun[question]
                return self._call(question)
            if self._broken is not None:  # by this very answer, which came at once
                raise self._broken
            answer = self.answers.get(question)
            if answer is not None:
                return Known(answer)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting.append(future)  # one for each who waits: who gives up takes it from nobody else
        return future

    def _done(self, question: Question, answer: Answer) -> None:
        """What was begun has an answer."""
        self.answers[question] = answer
        waiting = self._begun.pop(question)
        try:
            if self._heard is not None:
                self._heard(answer)
        except Exception as error:  # a full disk: not the fault of who brings the answer
            self._broken = error
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # mark as retrieved: one who waits for many stops at the first
            return
        for future in waiting:
            if not future.done():
                future.set_result(answer)

    async def _call(self, question: Question) -> Answer:
        while True:
            answer = self.answers.get(question)
            if answer is not None:
                return answer
            pending = self._pending.get(question)
            if pending is None:
                return await self._first(question)
            await asyncio.wait((pending,))
            if not pending.cancelled():  # else the one who asked was cancelled, not we: ask again
                return pending.result()

    async def _first(self, question: Question) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[question] = future
        try:
            answer = await self._ask(question)
        except asyncio.CancelledError:
            future.cancel()
            raise
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # mark as retrieved: there may be nobody who waits
            raise
        else:
            self.answers[question] = answer
            future.set_result(answer)
            if self._heard is not None:
                self._heard(answer)
            return answer
        finally:
            del self._pending[question]
