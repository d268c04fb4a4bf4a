"""A run on disk: parts of answers and findings that exist only once they are committed.

Layout:
    <run>/manifest.json  targets.jsonl  answers/part-N.parquet  findings/<database digest>/part-N.parquet
    <run>/commit/part-N  (written last)   findings/<digest>/concluded.json (written when every part has been)
    <run>/journal/part-N.jsonl            answers of the part under way, so that a killed run asks nothing twice

Errors:
    class StoreError(Exception)  # a run that cannot be read or written
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from scanner.ask import decode, encode, now
from scanner.encode import (
    finding_from_json,
    finding_to_json,
    run_from_json,
    run_to_json,
    target_from_json,
    target_to_json,
)
from scanner.loads import PageLoad, loads_of, page_load
from scanner.model import Answer, Finding, Question, Run, Status, Target
from scanner.posture import Fact

T = TypeVar("T")
_TEXT = pa.string()
ANSWERS = pa.schema(
    [
        (name, _TEXT)
        for name in ("kind", "subject", "detail", "status", "reason", "at", "vantage", "verify", "note", "values")
    ]
    + [("ttl", pa.int64()), ("ad", pa.bool_())]
)
FINDINGS = pa.schema(
    [(name, _TEXT) for name in ("domain", "host", "role", "subject", "category", "verdict")]
    + [("complete", pa.bool_())]
    + [(name, _TEXT) for name in ("reason", "claims", "location", "evidence")]
    + [(name, _TEXT) for name in ("provider", "owner", "country", "confidence")]
)
"""The last four repeat the first claim, for queries."""


class StoreError(Exception):
    """A run that cannot be read or written; the text names the folder and what to do."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a run concluded: every target of the list, and findings by `Target.domain` (none for parts not done)."""

    manifest: Run
    targets: tuple[Target, ...]
    findings: Mapping[str, tuple[Finding, ...]]
    loads: Mapping[str, PageLoad] = field(default_factory=dict)
    posture: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)


class RunFolder:
    """One run's folder. `create` or `open_run` makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self) -> Run:
        """The manifest. Raises StoreError."""
        try:
            return run_from_json(orjson.loads((self.path / "manifest.json").read_bytes()))
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise StoreError(f"{self.path}: not a run of sovscan: {error}") from error

    def write_manifest(self, run: Run) -> None:
        """Replace the manifest in one step."""
        atomic(self.path / "manifest.json", orjson.dumps(run_to_json(run), option=orjson.OPT_INDENT_2) + b"\n")

    def targets(self) -> tuple[Target, ...]:
        """Every target, in the order of the list. Raises StoreError."""
        try:
            lines = (self.path / "targets.jsonl").read_bytes().splitlines()
            return tuple(target_from_json(orjson.loads(line)) for line in lines)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(f"{self.path}: targets.jsonl cannot be read: {error}") from error

    def committed(self) -> list[int]:
        """Numbers of the parts that exist."""
        numbers = (path.name.removeprefix("part-") for path in (self.path / "commit").glob("part-*"))
        return sorted(int(number) for number in numbers if number.isdecimal())

    def write_part(self, number: int, answers: Sequence[Answer], findings: Iterable[Finding], digest: str) -> None:
        """Store a part and commit it; whatever the moment of a crash, it is there whole or not at all."""
        # The AS of an address is told by a local table, on whatever day: it dates nothing.
        times = sorted(answer.at for answer in answers if answer.at and answer.question.kind != "asn")
        write_parquet(self.path / "answers" / f"part-{number}.parquet", ANSWERS, map(_answer_row, answers))
        self.write_findings(number, findings, digest)
        note = {"at": now(), "observed": [times[0], times[-1]] if times else []}
        atomic(self.path / "commit" / f"part-{number}", orjson.dumps(note) + b"\n")
        self.journal(number).unlink(missing_ok=True)

    def observed(self) -> tuple[str, str]:
        """When the first and the last stored answer were given; "" where there is none. Raises StoreError."""
        times: list[str] = []
        for number in self.committed():
            try:
                times += orjson.loads((self.path / "commit" / f"part-{number}").read_bytes())["observed"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise StoreError(f"{self.path}: commit/part-{number} cannot be read: {error}") from error
        return (min(times), max(times)) if times else ("", "")

    def write_findings(self, number: int, findings: Iterable[Finding], digest: str) -> None:
        """Store the findings of a part under a database's digest."""
        write_parquet(self.path / "findings" / digest / f"part-{number}.parquet", FINDINGS, map(_finding_row, findings))

    def has_findings(self, digest: str, number: int) -> bool:
        """True when a part has been concluded upon with a database."""
        return (self.path / "findings" / digest / f"part-{number}.parquet").exists()

    def conclude(self, digest: str) -> None:
        """Say that every part has findings of this database, and that it is the latest."""
        order = 1 + max((order for order, _ in self._conclusions()), default=0)  # a clock is too coarse, and may jump
        note = {"at": now(), "order": order, "parts": len(self.committed())}
        atomic(self.path / "findings" / digest / "concluded.json", orjson.dumps(note) + b"\n")

    def journal(self, number: int) -> Path:
        """Where the answers of a part under way are kept."""
        return self.path / "journal" / f"part-{number}.jsonl"

    def journalled(self, number: int) -> dict[Question, Answer]:
        """Answers of a part that was cut off; a torn last line is dropped."""
        answers: dict[Question, Answer] = {}
        try:
            lines = self.journal(number).read_bytes().splitlines()
        except OSError:
            return answers
        for line in lines:
            try:
                answer = decode(orjson.loads(line))
            except ValueError:
                continue
            answers[answer.question] = answer
        return answers

    def answers(self, number: int) -> dict[Question, Answer]:
        """The stored answers of a part."""
        answers = read_parquet(self.path / "answers" / f"part-{number}.parquet", _answer)
        return {answer.question: answer for answer in answers}

    def digest(self) -> str:
        """The database of the latest conclusion on every committed part; else the one that the manifest names."""
        committed = self.committed()
        for _, digest in sorted(self._conclusions(), reverse=True):
            if all(self.has_findings(digest, number) for number in committed):
                return digest
        return self.manifest().database

    def _conclusions(self) -> Iterator[tuple[int, str]]:
        for path in self.path.glob("findings/*/concluded.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                yield int(orjson.loads(path.read_bytes())["order"]), path.parent.name

    def findings(self, digest: str = "") -> Iterator[Finding]:
        """Findings of the committed parts, in order; of the latest conclusion by default. Raises StoreError."""
        folder = self.path / "findings" / (digest or self.digest())
        for number in self.committed():
            yield from read_parquet(folder / f"part-{number}.parquet", _finding)

    def results(self, digest: str = "") -> Results:
        """Everything that a report or an export shows. Raises StoreError."""
        digest = digest or self.digest()
        findings: dict[str, list[Finding]] = {}
        for finding in self.findings(digest):
            findings.setdefault(finding.domain, []).append(finding)
        manifest = replace(self.manifest(), database=digest)
        kept = {domain: tuple(found) for domain, found in findings.items()}
        return Results(manifest, self.targets(), kept, dict(self._loads(kept)))

    def _loads(self, findings: Mapping[str, tuple[Finding, ...]]) -> Iterator[tuple[str, PageLoad]]:
        """The weighed page load of each body that has one, by domain."""
        wanted = loads_of(finding for found in findings.values() for finding in found)
        for number in self.committed() if wanted else ():
            path = self.path / "answers" / f"part-{number}.parquet"
            for answer in read_parquet(path, _answer, [("kind", "=", "page"), ("status", "=", Status.OK.value)]):
                domain, host = wanted.get(answer.question, ("", ""))
                load = page_load(answer, host) if domain else None
                if load is not None:
                    yield domain, load


def create(path: Path, run: Run, targets: Iterable[Target]) -> RunFolder:
    """Lay out a new run. Raises StoreError where there is one already."""
    if (path / "manifest.json").exists():
        raise StoreError(f"{path}: there is a run already; --resume it or name another folder")
    for part in ("answers", "findings", "commit", "journal"):
        (path / part).mkdir(parents=True, exist_ok=True)
    atomic(path / "targets.jsonl", b"".join(orjson.dumps(target_to_json(target)) + b"\n" for target in targets))
    folder = RunFolder(path)
    folder.write_manifest(run)
    return folder


def open_run(path: Path) -> RunFolder:
    """The run in a folder, or the latest of `path/runs`. Raises StoreError."""
    if not (path / "manifest.json").exists() and (path / "runs").is_dir():
        runs = sorted(p.parent for p in (path / "runs").glob("*/manifest.json"))
        if runs:
            path = runs[-1]
    folder = RunFolder(path)
    folder.manifest()
    return folder


def atomic(path: Path, content: bytes) -> None:
    """Write a file beside its name, make it durable, and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_parquet(path: Path, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as one Parquet file, in one step."""
    table = list(rows)
    columns = {name: [row.get(name) for row in table] for name in schema.names}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, schema=schema), sink, compression="zstd")
    atomic(path, sink.getvalue().to_pybytes())


def read_parquet(
    path: Path, convert: Callable[[Mapping[str, Any]], T], only: list[tuple[str, str, str]] | None = None
) -> Iterator[T]:
    """The rows of a Parquet file, converted; `only` those of (column, operator, value).

    Raises StoreError, also for rows that cannot be converted.
    """
    try:
        table = pq.read_table(path, partitioning=None, filters=only)
        for batch in table.to_batches(max_chunksize=4096):
            yield from map(convert, batch.to_pylist())
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error


def _answer_row(answer: Answer) -> dict[str, Any]:
    row = encode(answer)
    row["values"] = orjson.dumps(answer.values).decode()
    return row


def _answer(row: Mapping[str, Any]) -> Answer:
    values = tuple(orjson.loads(row["values"]))
    texts = {key: row[key] or "" for key in ("reason", "at", "vantage", "verify", "note")}
    question = Question(row["kind"], row["subject"], row["detail"])
    return Answer(question, Status(row["status"]), values, ttl=row["ttl"], ad=row["ad"], **texts)


def _finding_row(finding: Finding) -> dict[str, Any]:
    row = finding_to_json(finding)
    first = row["claims"][0] if row["claims"] else {}
    for key in ("reason", "claims", "evidence"):
        row[key] = orjson.dumps(row[key]).decode()
    return {**row, **{key: first.get(key) for key in ("provider", "owner", "country", "confidence")}}


def _finding(row: Mapping[str, Any]) -> Finding:
    return finding_from_json({**row, **{key: orjson.loads(row[key]) for key in ("reason", "claims", "evidence")}})
