"""The one seam to the network: `Ask`, the questions put to it, replay, and recording files.

Errors:
    class AskError(Exception)          # base of this module's errors
        class RecordingError(AskError) # an unreadable recording: file, line, what to do
"""

from __future__ import annotations

import contextlib
import gzip
import io
import ipaddress
import os
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from scanner.model import Answer, Question, Status

Ask = Callable[[Question], Awaitable[Answer]]
"""One question in, one answer out; a failure is an Answer with a status, never an exception."""

FORMAT_VERSION = 1
MAX_LINE = 16 << 20
_OPTIONAL = Answer._fields[3:]
KINDS = frozenset({"dns", "asn", "http", "tls", "page", "rdap", "tenant", "smtp"})
FIELDS = frozenset(
    {"kind", "subject", "detail", "status", "values", "at", "reason", "ttl", "ad", "verify", "vantage", "note", "v"}
)


class AskError(Exception):
    """Base of this module's errors."""


class RecordingError(AskError):
    """A recording that cannot be read; the text names the file, the line and the reason."""


def now() -> str:
    """The present time, ISO 8601 UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dns(name: str, rtype: str) -> Question:
    """A DNS question: owner name (A-labels, any case, final dot or not) and record type."""
    return Question("dns", name.rstrip(".").lower(), rtype.upper())


def asn(address: str) -> Question:
    """Which AS announces an address."""
    return Question("asn", address.lower(), "")


def rdap(subject: str) -> Question:
    """What the registry says of a domain or an address."""
    return Question("rdap", subject.lower(), "")


def http(url: str) -> Question:
    """A GET of one URL."""
    return Question("http", normal_url(url), "GET")


def tls(host: str, port: int = 443) -> Question:
    """The certificate chain that a host presents."""
    return Question("tls", f"{host.lower()}:{port}", "chain")


def tenant(domain: str) -> Question:
    """Whether a mail domain has a Microsoft 365 tenant: a question that goes to the provider."""
    return Question("tenant", domain.lower(), "microsoft365")


def smtp(host: str) -> Question:
    """How a receiving server greets on port 25, and its certificate after STARTTLS."""
    return Question("smtp", f"{host.lower()}:25", "starttls")


def page(url: str, source: str, consent: str = "none") -> Question:
    """One page load; `source` is chromium, har or lighthouse."""
    return Question("page", normal_url(url), f"{source};consent={consent}")


def normal_url(url: str) -> str:
    """Scheme and host in lower case, default port dropped, "/" for an empty path, no fragment.

    A URL that cannot be parsed, or has no host, is returned as it is: it will fail where it is asked.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if not host:
        return url
    if ":" in host:
        host = f"[{host}]"
    if port and port != {"http": 80, "https": 443}.get(parts.scheme):
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), host.lower(), parts.path or "/", parts.query, ""))


def is_address(text: str) -> bool:
    """True for an IPv4 or IPv6 address literal."""
    if not text[-1:].isdigit() and ":" not in text:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def unasked(question: Question) -> Answer:
    """The answer to what was not asked."""
    return Answer(question, Status.UNASKED)


class Replay:
    """An Ask that answers from recordings alone; what they lack is `unasked`.

    `local` (the table of AS numbers, if any) is asked for what the recordings lack: it needs no network.
    """

    instant = True

    def __init__(self, answers: Mapping[Question, Answer], local: Ask | None = None) -> None:
        self.answers = answers
        self._local = local

    async def __call__(self, question: Question) -> Answer:
        """Answer from the recording, else from the local table, else unasked."""
        answer = self.answers.get(question)
        if answer is not None:
            return answer
        if self._local is not None and question.kind == "asn":
            return await self._local(question)
        return unasked(question)

    def begin(self, question: Question, done: Callable[[Answer], None]) -> bool:
        """The same without a coroutine (see `transcript.py`), but for the local table."""
        answer = self.answers.get(question)
        if answer is None and self._local is not None and question.kind == "asn":
            return False
        done(answer or unasked(question))
        return True


def read_recordings(paths: Iterable[Path]) -> dict[Question, Answer]:
    """Lay recordings over each other: the later file wins. Raises RecordingError."""
    answers: dict[Question, Answer] = {}
    for path in paths:
        answers.update((answer.question, answer) for answer in read_recording(path))
    return answers


def read_recording(path: Path) -> Iterator[Answer]:
    """Every answer of one .jsonl or .jsonl.gz file, in order. Raises RecordingError with file and line."""
    seen: set[Question] = set()
    number = 0
    try:
        with _open_lines(path) as lines:
            for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE + 1), b""), 1):
                if len(line) > MAX_LINE:
                    raise RecordingError(f"{path}:{number}: line longer than {MAX_LINE >> 20} MB")
                if not line.strip():
                    continue
                try:
                    answer = decode(orjson.loads(line))
                except ValueError as error:
                    raise RecordingError(f"{path}:{number}: {error}") from error
                if answer.question in seen:
                    q = answer.question
                    raise RecordingError(f"{path}:{number}: asked twice in one file: {q.kind} {q.subject} {q.detail}")
                seen.add(answer.question)
                yield answer
    except (OSError, EOFError, zlib.error) as error:  # gzip: BadGzipFile is an OSError, a cut file an EOFError
        reason = getattr(error, "strerror", None) or error
        raise RecordingError(f"{path}: cannot be read after line {number}: {reason}") from error


def _open_lines(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


def decode(record: Any) -> Answer:
    """One record of the recording format to an Answer; ValueError says what is wrong."""
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    unknown = sorted(set(record) - FIELDS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    version = record.get("v", FORMAT_VERSION)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ValueError(f"format version {version!r}; this sovscan reads up to {FORMAT_VERSION}: update it")
    kind, subject, status = (_text(record, key) for key in ("kind", "subject", "status"))
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    if status not in Status.__members__.values():
        raise ValueError(f"unknown status {status!r}")
    ttl, ad = record.get("ttl"), record.get("ad")
    if ttl is not None and not (type(ttl) is int and 0 <= ttl < 1 << 32):
        raise ValueError(f"ttl {str(ttl)[:40]!r} is no number of seconds")
    if not (ad is None or isinstance(ad, bool)):
        raise ValueError("ad must be true or false")
    values = record.get("values", [])
    wanted: type = str if kind in ("dns", "tenant") else dict
    if not isinstance(values, list) or not all(isinstance(value, wanted) for value in values):
        raise ValueError(f"values of {kind} must be a list of {'text' if wanted is str else 'objects'}")
    if values and status != Status.OK:
        raise ValueError(f"values beside the status {status}")
    return Answer(
        Question(kind, subject, _text(record, "detail", "")),
        Status(status),
        tuple(values),
        reason=_text(record, "reason", ""),
        at=_time(_text(record, "at", "")),
        vantage=_text(record, "vantage", ""),
        ttl=ttl,
        ad=ad,
        verify=_text(record, "verify", ""),
        note=_text(record, "note", ""),
    )


def _time(text: str) -> str:
    try:
        if text and not (text.endswith("Z") and datetime.fromisoformat(text)):
            raise ValueError
    except ValueError:
        raise ValueError(f"at {text[:40]!r} is no time in UTC such as 2026-04-28T06:17:36Z") from None
    return text


def _text(record: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = record.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} is missing" if key not in record else f"{key} must be text")
    return value


def encode(answer: Answer) -> dict[str, Any]:
    """An Answer as one record of the recording format; empty optional keys are left out."""
    (kind, subject, detail), status, values, *rest = answer
    record: dict[str, Any] = {"kind": kind, "subject": subject, "detail": detail, "status": status.value}
    if status is Status.OK:
        record["values"] = list(values)
    for key, value in zip(_OPTIONAL, rest, strict=True):
        if value not in ("", None):
            record[key] = value
    return record


class Recorder:
    """Writes a recording beside its final name and moves it there on `close`: never a half-written file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        self._seen: set[Question] = set()
        raw = self._partial.open("wb")
        self._file: IO[bytes] = gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) if path.suffix == ".gz" else raw  # type: ignore[assignment]
        self._raw = raw

    def write(self, answers: Iterable[Answer]) -> None:
        """Add the answers not written yet; unasked ones are not answers."""
        for answer in answers:
            if answer.status is Status.UNASKED or answer.question in self._seen:
                continue
            self._seen.add(answer.question)
            self._file.write(orjson.dumps(encode(answer)) + b"\n")

    def close(self) -> None:
        """Finish the file and give it its name. OSError (a full disk) leaves nothing behind."""
        try:
            self._shut()
            os.replace(self._partial, self.path)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Drop what was written."""
        with contextlib.suppress(OSError):  # what a full disk does not take is not wanted any more
            self._shut()
        self._partial.unlink(missing_ok=True)

    def _shut(self) -> None:
        try:
            self._file.close()
        finally:
            self._raw.close()
