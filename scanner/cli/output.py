"""What the commands print: messages on standard error, results on standard output, both safe for a terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import orjson

from scanner.i18n import Translator, reader_language

t = Translator(reader_language())


def clean(text: str) -> str:
    """Text without what moves a terminal's cursor or colours it: strangers write names and records."""
    return "".join(char if char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs") else "\N{REPLACEMENT CHARACTER}" for char in text)


def say(message: str) -> None:
    """One message to the person, on standard error."""
    for line in message.split("\n"):
        sys.stderr.write(clean(line) + "\n")
    sys.stderr.flush()


def put(line: str) -> None:
    """One line of the result, on standard output."""
    sys.stdout.write(clean(line) + "\n")


def put_json(value: Any) -> None:
    """One JSON line of the result."""
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
