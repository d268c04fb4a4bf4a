"""What the commands print: messages on standard error, results on standard output, both safe for a terminal."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from scanner.i18n import Translator, reader_language

t = Translator(reader_language())


class ReaderGoneError(Exception):
    """Whoever read standard output has closed it. (Not an OSError: click would take that for itself and exit 1.)"""


@contextmanager
def reader() -> Iterator[None]:
    """Around every write to standard output: a closed pipe becomes ReaderGoneError."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def clean(text: str) -> str:
    """Text without what moves a terminal's cursor or colours it: strangers write names and records."""
    return "".join(
        char if char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs") else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def say(message: str) -> None:
    """One message to the person, on standard error."""
    for line in message.split("\n"):
        sys.stderr.write(clean(line) + "\n")
    sys.stderr.flush()


def put(line: str) -> None:
    """One line of the result, on standard output."""
    with reader():
        sys.stdout.write(clean(line) + "\n")


def put_json(value: Any) -> None:
    """One JSON line of the result."""
    with reader():
        sys.stdout.write(orjson.dumps(value).decode() + "\n")
