"""Imported files as TOML text: the head of a source, then its entries, a line each where they are short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 118


@dataclass(frozen=True, slots=True)
class Head:
    """Where data comes from: address, its version, its day (ISO 8601), its licence, whom to name."""

    source: str
    version: str
    date: str
    licence: str
    credit: str = ""
    note: str = ""


def render(head: Head, key: str, entries: Iterable[Mapping[str, Any]]) -> str:
    """The text of a file: `key` is entries or ranges (see `scanner.imported`)."""
    lines = ["# Generated: do not edit by hand (providers/imported/README.md says how it is made).", ""]
    for name in ("source", "version", "date", "licence", "credit", "note"):
        value = getattr(head, name)
        if value:
            lines.append(f"{name} = {value if name == 'date' else quote(value)}")
    for entry in entries:
        lines += ["", f"[[{key}]]", *(f"{name} = {_value(value)}" for name, value in entry.items())]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = (f"\\u{ord(char):04x}" if ord(char) < 32 or ord(char) == 127 else char for char in escaped)
    return f'"{"".join(plain)}"'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value)
    return _list([quote(str(item)) for item in value])


def _list(items: list[str]) -> str:
    line = ", ".join(items)
    if len(line) < WIDTH:
        return f"[{line}]"
    lines, current = [], ""
    for item in items:
        if len(current) + len(item) > WIDTH:
            lines.append(current.rstrip())
            current = ""
        current += f"{item}, "
    return "[\n" + "\n".join(f"  {line}" for line in [*lines, current.rstrip()]) + "\n]"
