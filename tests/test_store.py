"""A run on disk: whole parts or none, old findings kept, damage told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import orjson
import pytest
from samples import finding, manifest

from scanner import ask, store
from scanner.ask import encode
from scanner.model import Answer, Finding, Question, Status, Target
from scanner.store import RunFolder, StoreError, create, open_run

TARGETS = (
    Target("ville.example", "www.ville.example", tags=("a",)),
    Target("bourg.example", "bourg.example", population=5),
)
ANSWERS = (
    Answer(
        ask.dns("ville.example", "NS"), Status.OK, ("ns1.acme.example.",), at="2026-11-22T10:00:00Z", ttl=300, ad=False
    ),
    Answer(
        ask.http("https://ville.example/"), Status.OK, ({"status": 200, "headers": [["server", "é\u2028"]]},), note="n"
    ),
    Answer(ask.dns("ville.example", "MX"), Status.ABSENT, reason="nodata"),
    Answer(ask.tls("ville.example"), Status.FAILED, reason="timeout", verify="expired", vantage="FR"),
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return create(tmp_path / "run", manifest(targets=2), TARGETS)


def left_over(path: Path) -> list[Path]:
    return [entry for entry in path.rglob("*") if "partial" in entry.name]


def test_a_part_is_read_as_it_was_written(folder: RunFolder) -> None:
    findings = [finding(), finding(subject="ns2.acme.example", claims=(), category="x", location="eu-west-1")]
    folder.write_part(0, ANSWERS, findings, "d1")
    assert folder.committed() == [0]
    assert folder.answers(0) == {answer.question: answer for answer in ANSWERS}
    assert list(folder.findings()) == findings
    assert folder.targets() == TARGETS


def test_every_target_is_in_the_results_also_those_not_done(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    results = folder.results()
    assert results.targets == TARGETS
    assert dict(results.findings) == {"ville.example": (finding(),)}


def test_an_empty_part_is_a_part(folder: RunFolder) -> None:
    folder.write_part(0, (), (), "d1")
    assert (folder.answers(0), list(folder.findings())) == ({}, [])


def test_parts_are_read_in_the_order_of_their_numbers(folder: RunFolder) -> None:
    for number in (10, 2, 0):
        folder.write_part(number, (), [finding(f"v{number}.example")], "d1")
    assert folder.committed() == [0, 2, 10]
    assert [f.domain for f in folder.findings()] == ["v0.example", "v2.example", "v10.example"]


def test_a_part_that_was_not_committed_does_not_exist(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    folder.write_part(1, ANSWERS, [finding("bourg.example")], "d1")
    (folder.path / "commit" / "part-1").unlink()  # the crash came just before
    assert folder.committed() == [0]
    assert [f.domain for f in folder.findings()] == ["ville.example"]


class CrashError(Exception):
    pass


def crashing() -> Iterator[Finding]:
    yield finding()
    raise CrashError


def test_a_crash_between_answers_and_findings_commits_nothing_and_keeps_the_journal(folder: RunFolder) -> None:
    journal = folder.journal(0)
    journal.write_bytes(orjson.dumps(encode(ANSWERS[0])) + b"\n")
    with pytest.raises(CrashError):
        folder.write_part(0, ANSWERS, crashing(), "d1")
    assert folder.committed() == []
    assert list(folder.journalled(0)) == [ANSWERS[0].question]
    folder.write_part(0, ANSWERS, [finding()], "d1")
    assert folder.committed() == [0]
    assert not journal.exists()


@pytest.mark.parametrize("limit", [0, 100, 3000])
def test_a_full_disk_leaves_nothing_half_written(
    folder: RunFolder, limit: int, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    answers = [Answer(Question("dns", f"{i * 7919}.example", "A"), Status.ABSENT) for i in range(2000)]
    with full_disk(limit), pytest.raises(OSError, match="too large"):
        folder.write_part(0, answers, [finding()], "d1")
    assert folder.committed() == []
    assert left_over(folder.path) == []
    assert not list(folder.path.glob("**/*.parquet"))


def test_a_manifest_that_does_not_fit_spares_the_earlier_one(
    folder: RunFolder, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    with full_disk(50), pytest.raises(OSError, match="too large"):
        folder.write_manifest(manifest(id="other"))
    assert folder.manifest().id == "run1"
    assert left_over(folder.path) == []


def test_a_run_says_when_the_first_and_the_last_answer_was_given(folder: RunFolder) -> None:
    assert folder.observed() == ("", "")
    folder.write_part(0, ANSWERS, (), "d1")
    folder.write_part(
        1, [Answer(Question("dns", "x.example", "A"), Status.ABSENT, at="2024-01-01T00:00:00Z")], (), "d1"
    )
    assert folder.observed() == ("2024-01-01T00:00:00Z", "2026-11-22T10:00:00Z")


def test_a_damaged_commit_is_a_storeerror(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, (), "d1")
    for content in (b"", b"{}", b"[]", b"null"):
        (folder.path / "commit" / "part-0").write_bytes(content)
        with pytest.raises(StoreError, match="commit/part-0 cannot be read"):
            folder.observed()


# The journal


def test_a_torn_line_of_the_journal_is_dropped_and_the_others_kept(folder: RunFolder) -> None:
    lines = [orjson.dumps(encode(answer)) for answer in ANSWERS]
    folder.journal(0).write_bytes(b"\n".join([*lines[:2], lines[2][:40], lines[3][:-1]]))
    assert folder.journalled(0) == {answer.question: answer for answer in ANSWERS[:2]}


def test_a_part_without_journal_has_no_journalled_answers(folder: RunFolder) -> None:
    assert folder.journalled(7) == {}


# Conclusions


def test_concluding_again_keeps_the_old_findings_and_shows_the_new(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding(complete=True)], "d1")
    folder.conclude("d1")
    folder.write_findings(0, [finding(complete=False)], "a0")
    assert folder.digest() == "d1", "not every part was concluded again"
    folder.conclude("a0")
    assert folder.digest() == "a0", "the latest, though in the same second and first by name"
    assert [f.complete for f in folder.findings()] == [False]
    assert [f.complete for f in folder.findings("d1")] == [True]
    assert folder.results().manifest.database == "a0"
    folder.conclude("d1")
    assert folder.digest() == "d1"


def test_a_conclusion_that_lacks_a_committed_part_is_passed_over(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    folder.write_findings(0, [finding()], "d2")
    folder.conclude("d2")
    folder.write_part(1, ANSWERS, [finding("bourg.example")], "d1")
    assert folder.digest() == "d1"
    assert len(list(folder.findings())) == 2


def test_a_damaged_note_of_a_conclusion_is_passed_over(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    for note in (b"", b"[]", b"{}", b'{"order": null}'):
        (folder.path / "findings" / "d1" / "concluded.json").write_bytes(note)
        assert folder.digest() == "d1"


# Damage


@pytest.mark.parametrize("kind", ["answers", "findings/d1"])
@pytest.mark.parametrize("keep", [0, 20, -10])
def test_a_damaged_part_is_a_storeerror_that_names_it(folder: RunFolder, kind: str, keep: int) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    path = folder.path / kind / "part-0.parquet"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StoreError, match=r"part-0\.parquet: cannot be read"):
        _ = folder.answers(0), list(folder.findings())


def test_damage_anywhere_in_a_part_never_passes_for_another_error(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    path = folder.path / "answers" / "part-0.parquet"
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 80)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with contextlib.suppress(StoreError):
            folder.answers(0)


def test_a_part_that_is_missing_is_a_storeerror(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    (folder.path / "answers" / "part-0.parquet").unlink()
    with pytest.raises(StoreError, match=r"part-0\.parquet"):
        folder.answers(0)


def test_a_part_of_another_table_is_a_storeerror(folder: RunFolder) -> None:
    folder.write_part(0, ANSWERS, [finding()], "d1")
    (folder.path / "findings" / "d1" / "part-0.parquet").replace(folder.path / "answers" / "part-0.parquet")
    with pytest.raises(StoreError, match="cannot be read"):
        folder.answers(0)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b'{"id": "x"}'])
def test_a_damaged_manifest_is_a_storeerror(folder: RunFolder, content: bytes) -> None:
    (folder.path / "manifest.json").write_bytes(content)
    with pytest.raises(StoreError, match="not a run of sovscan"):
        open_run(folder.path)


@pytest.mark.parametrize("content", [b"{", b"{}\n", b'{"domain": "a.example"}\n', b"null\n"])
def test_damaged_targets_are_a_storeerror(folder: RunFolder, content: bytes) -> None:
    (folder.path / "targets.jsonl").write_bytes(content)
    with pytest.raises(StoreError, match=r"targets\.jsonl cannot be read"):
        folder.targets()


# Where runs are


def test_a_run_is_not_laid_over_another(folder: RunFolder) -> None:
    with pytest.raises(StoreError, match="there is a run already"):
        create(folder.path, manifest(), TARGETS)


def test_the_latest_run_of_an_output_folder_is_opened(tmp_path: Path) -> None:
    for name in ("20260101T000000Z-b", "20261122T000000Z-a"):
        create(tmp_path / "runs" / name, manifest(id=name), TARGETS)
    assert open_run(tmp_path).manifest().id == "20261122T000000Z-a"
    assert open_run(tmp_path / "runs" / "20260101T000000Z-b").manifest().id == "20260101T000000Z-b"


def test_a_folder_without_run_is_a_storeerror_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a run of sovscan"):
        open_run(tmp_path / "nowhere")


def test_a_file_written_in_one_step_replaces_the_earlier(tmp_path: Path) -> None:
    store.atomic(tmp_path / "deep" / "file", b"one")
    store.atomic(tmp_path / "deep" / "file", b"two")
    assert (tmp_path / "deep" / "file").read_bytes() == b"two"
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["file"]


def test_the_local_table_of_as_numbers_dates_nothing(folder: RunFolder) -> None:
    recorded = Answer(Question("dns", "x.example", "A"), Status.ABSENT, at="2024-01-01T00:00:00Z")
    looked_up = Answer(Question("asn", "192.0.2.1"), Status.OK, ({"asn": 64496},), at="2026-11-22T10:00:00Z")
    folder.write_part(0, [recorded, looked_up], (), "d1")
    assert folder.observed() == ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z")
