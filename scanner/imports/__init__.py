"""What other tools recorded, as Answers: one file a format, found by presence.

A format's module has `recognises(document) -> bool` and `answers(document, consent) -> Iterator[Answer]`, which raises
KeyError, TypeError or ValueError where the document is not what it says. Secrets stay outside: see `scrub`.

    class ImportError_(Exception)   # a file that cannot be read: file and reason
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from scanner.ask import KINDS, RecordingError, read_recording
from scanner.model import Answer

MAX_FILE = 128 << 20  # bytes, unpacked: a page load without bodies is some hundred kB
_RECORDING = tuple(f'{{"kind":"{kind}"'.encode() for kind in sorted(KINDS))


class ImportError_(Exception):  # noqa: N801, N818 - ImportError is Python's
    """A file that cannot be imported; the text names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file that is read."""

    name: str
    recognises: Callable[[dict[str, Any]], bool]
    answers: Callable[[dict[str, Any], str], Iterator[Answer]]


@cache
def formats() -> tuple[Format, ...]:
    """Every format of this folder, in the order of names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    modules = [(name, importlib.import_module(f"{__name__}.{name}")) for name in names]
    return tuple(Format(name, module.recognises, module.answers) for name, module in modules)


def read(path: Path, consent: str = "none", limit: int = MAX_FILE) -> list[Answer]:
    """The answers of one file: HAR, Lighthouse JSON, or a recording of this project (`consent` is its own then).

    At most `limit` bytes are read. Raises ImportError_.
    """
    text = _read(path, limit)
    if text.lstrip().replace(b" ", b"")[:200].startswith(_RECORDING):
        try:
            return list(read_recording(path))
        except RecordingError as error:
            raise ImportError_(str(error)) from error
    document = _parse(path, text)
    del text
    parts = document if isinstance(document, list) else [document]
    found: list[Answer] = []
    for part in parts:
        form = next((form for form in formats() if isinstance(part, dict) and form.recognises(part)), None)
        if form is None:
            known = ", ".join(form.name for form in formats())
            raise ImportError_(f"{path}: neither {known} nor a recording")
        try:
            found += form.answers(part, consent)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ImportError_(f"{path}: not the {form.name} that it seems to be: {_why(error)}") from error
    if not found:
        raise ImportError_(f"{path}: no page load in it")
    return list({answer.question: answer for answer in reversed(found)}.values())[::-1]


def _why(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) and error.args else str(error)[:200]


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise ImportError_(_too_large(path, limit))
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            text = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportError_(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(text) > limit:
        raise ImportError_(_too_large(path, limit))
    return text.removeprefix(b"\xef\xbb\xbf")


def _too_large(path: Path, limit: int) -> str:
    return f"{path}: more than {limit >> 20} MB: export it without the contents of responses"


def _parse(path: Path, text: bytes) -> Any:
    """JSON, also where it is a little wrong: bytes that are no UTF-8, NaN, half of a surrogate pair."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as first:
        try:
            lenient = json.loads(text.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise ImportError_(f"{path}: not JSON: {str(first)[:200]}") from first
    return lenient
