"""One target: ask, conclude, ask what would settle open points, conclude again."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from scanner.ask import Ask, Replay, unasked
from scanner.attribute import Conclusion, attribute
from scanner.collect import Hints, observe, observe_stored
from scanner.model import Answer, Question, Status, Target
from scanner.providers import Database
from scanner.transcript import Transcript

MAX_ROUNDS = 2
"""How often what is wanted is asked, at most."""

T = TypeVar("T")


def hints(database: Database) -> Hints:
    """What collectors need of a database."""
    known = database.rules.match
    return Hints(lambda kind, value: known(kind, value) is not None, database.dkim_selectors, _dkim_keys(database))


@lru_cache(maxsize=8)
def _dkim_keys(database: Database) -> tuple[str, ...]:
    """Every DKIM selector whose name alone tells a provider, sorted."""
    rules = (rule for service in database.services.values() for rule in service.rules if rule.kind == "dkim-key")
    return tuple(sorted(rule.pattern for rule in rules))


async def examine(target: Target, transcript: Transcript, database: Database) -> Conclusion:
    """Ask everything about a target and conclude; the answers stay in the transcript."""
    known = hints(database)
    seen = await (observe_stored if transcript.instant else observe)(target, transcript, known)

    def answer(question: Question) -> Answer:
        return transcript.answers.get(question) or unasked(question)

    conclusion = attribute(target, seen, answer, database)
    for _ in range(MAX_ROUNDS):
        wanted = [question for question in sorted(conclusion.wanted) if question not in transcript.answers]
        told = [await transcript(question) for question in wanted]  # one after the other: these go to registries
        if all(one.status is Status.UNASKED for one in told):
            break
        conclusion = attribute(target, seen, answer, database)
    return conclusion


def conclude(
    target: Target, answers: Mapping[Question, Answer], database: Database, local: Ask | None = None
) -> Conclusion:
    """Conclude on a target from stored answers alone: pure, and the same as when they were asked."""
    replay = Replay(answers, local)
    observations = drive(observe_stored(target, replay, hints(database)))

    def answer(question: Question) -> Answer:
        return drive(replay(question))

    return attribute(target, observations, answer, database)


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("stored answers must not make anyone wait")
