"""One target: what is concluded live is concluded again from the stored answers, exactly."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from scanner.ask import Replay, read_recordings
from scanner.encode import finding_to_json
from scanner.model import Answer, Question, Role, Status, Target, Verdict
from scanner.providers import Database
from scanner.run.target import conclude, drive, examine
from scanner.targets import read
from scanner.transcript import Transcript

from .world import TARGETS, World


async def test_stored_answers_conclude_exactly_as_live_ones_did(database: Database) -> None:
    transcript = Transcript(World())
    live = await examine(TARGETS[0], transcript, database)
    stored = {
        question: answer for question, answer in transcript.answers.items() if answer.status is not Status.UNASKED
    }
    assert conclude(TARGETS[0], stored, database) == live
    assert {Role.DNS, Role.MAILBOX, Role.REGISTRAR, Role.RESOURCE} <= {f.role for f in live.findings}
    assert "microsoft" in {claim.provider for f in live.findings for claim in f.claims}


async def test_a_replay_asks_and_concludes_as_the_network_did(database: Database) -> None:
    transcript = Transcript(World())
    live = await examine(TARGETS[0], transcript, database)
    replay = Transcript(Replay(transcript.answers))
    assert await examine(TARGETS[0], replay, database) == live


async def test_what_would_settle_an_open_point_is_asked(database: Database) -> None:
    transcript = Transcript(World())
    live = await examine(TARGETS[0], transcript, database)
    first = conclude(TARGETS[0], {q: a for q, a in transcript.answers.items() if q.kind != "rdap"}, database)
    assert first.wanted, "the network of an address that no rule names is wanted"
    assert first.wanted <= set(transcript.answers)
    assert not live.wanted - set(transcript.answers)


async def test_a_network_that_never_answers_makes_unknowns_and_no_absence(database: Database) -> None:
    async def dead(question: Question) -> Answer:
        return Answer(question, Status.FAILED, reason="timeout")

    findings = (await examine(TARGETS[0], Transcript(dead), database)).findings
    asked = [f for f in findings if f.role is not Role.REGISTRY]
    assert asked
    assert {f.verdict for f in asked} == {Verdict.UNKNOWN}


async def test_findings_are_in_the_order_of_their_keys(database: Database) -> None:
    keys = [f.key for f in (await examine(TARGETS[0], Transcript(World()), database)).findings]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_stored_answers_never_wait() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="must not make anyone wait"):
        drive(waits())


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("recording", "listing"),
    [
        ("fr-state-sites.jsonl.gz", "fr-state-sites.txt"),
        ("mail.jsonl.gz", "mail-domains.csv"),
        ("certificates.jsonl.gz", "certificates.txt"),
        ("gov-name-servers.jsonl.gz", "gov-domains.txt"),
    ],
)
async def test_recorded_answers_conclude_the_same_by_every_way(
    shared_data: Path, database: Database, recording: str, listing: str
) -> None:
    answers = read_recordings([shared_data / "recordings" / recording])
    listed = read(shared_data / "lists" / listing).targets

    async def slow(question: Question) -> Answer:
        await asyncio.sleep(0)
        return await Replay(answers)(question)

    def plain(target: Target, found: dict[Question, Answer]) -> list[object]:
        return [finding_to_json(f) for f in conclude(target, found, database).findings]

    concluded = 0
    for target in itertools.islice(listed, 0, None, max(1, len(listed) // 40)):
        transcript = Transcript(slow)
        live = (await examine(target, transcript, database)).findings
        kept = {q: a for q, a in transcript.answers.items() if a.status is not Status.UNASKED}
        assert plain(target, kept) == plain(target, answers) == [finding_to_json(f) for f in live]
        concluded += len(live)
    assert concluded
