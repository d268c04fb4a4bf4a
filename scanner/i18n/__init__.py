"""Message codes to French and English.

Catalogues are TOML files, `i18n/<language>/<area>.toml`, flattened to dotted codes; found by presence. A message is
text with `{named}` arguments, or a table of plural forms (`zero` if it differs, then CLDR's `one`, `many`, `other`)
chosen by the argument `n`. Numbers are written as the language does.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("fr", "en")
_PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})


class Translator:
    """Everything that depends on the reader's language; call it with a code and its arguments."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"no such language: {language}")
        self.language = language
        self.locale = Locale(language)
        self._messages = catalogue(language)

    def __call__(self, code: str, /, **args: Any) -> str:
        """The message of a code; an unknown code is shown as itself rather than hiding a fact."""
        message = self._messages.get(code)
        if message is None:
            return code
        if not isinstance(message, str):
            message = self._plural(message, args.get("n", 0))
        return message.format_map({key: self._text(value) for key, value in args.items()})

    def has(self, code: str) -> bool:
        """True when the catalogue has the code."""
        return code in self._messages

    def number(self, value: float, digits: int = 1) -> str:
        """A number as the language writes it, at most `digits` decimals."""
        return _decimal(self.language, value, digits)

    def percent(self, part: float, whole: float) -> str:
        """`part` of `whole` in per cent, without decimals from 1 % up; "–" of nothing."""
        if not whole:
            return "–"
        share = part / whole
        pattern = {"fr": "#,##0.#\u202f%", "en": "#,##0.#%"}[self.language]
        digits = 1 if 0 < share < 0.01 else 0
        return format_percent(round(share, 2 + digits), format=pattern, locale=self.locale)

    def country(self, code: str) -> str:
        """A country's name; the code itself when it is unknown."""
        return str(self.locale.territories.get(code.upper(), code))

    def date(self, value: str | date) -> str:
        """A day in full, from ISO 8601 text or a date; the text itself when it is none."""
        try:
            day = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return str(value)
        text = format_date(day, format="long", locale=self.locale)
        return text.replace("1 ", "1er ", 1) if self.language == "fr" and text.startswith("1 ") else text

    def _plural(self, forms: Mapping[str, str], n: Any) -> str:
        if n == 0 and "zero" in forms:
            return forms["zero"]
        return forms.get(self.locale.plural_form(n), forms["other"])

    def _text(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, int | float):
            return self.number(value)
        if isinstance(value, list | tuple):
            return ", ".join(str(part) for part in value)
        return str(value)


@lru_cache(maxsize=20_000)
def _decimal(language: str, value: float, digits: int) -> str:
    return format_decimal(round(value, digits), locale=language)


@cache
def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    """Every message of a language by dotted code."""
    messages: dict[str, str | dict[str, str]] = {}
    folder = files("scanner.i18n") / language
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            _flatten(tomllib.loads(entry.read_text(encoding="utf-8")), "", messages)
    return messages


def _flatten(table: Mapping[str, Any], prefix: str, into: dict[str, str | dict[str, str]]) -> None:
    for key, value in table.items():
        code = f"{prefix}{key}"
        if isinstance(value, dict) and not ("other" in value and set(value) <= _PLURALS):
            _flatten(value, f"{code}.", into)
        else:
            into[code] = value


def reader_language() -> str:
    """The language of messages: SOVSCAN_LANG, else the locale's, else English."""
    for name in ("SOVSCAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return value[:2] if value[:2] in LANGUAGES else "en"
    return "en"
