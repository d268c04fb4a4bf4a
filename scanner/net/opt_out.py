"""Who asked not to be scanned: domains, with all below them, that no question is asked about.

A list is a text file: a domain a line, `#` for comments; `.ville.example` and `*.ville.example` mean `ville.example`.
The list that ships is `opt_out.txt` beside this module.

    class OptOutError(Exception)   # a list that cannot be read; the text names file and line
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from scanner.model import Question
from scanner.names import HostnameError, to_ascii

MAX_LINES = 1_000_000


class OptOutError(Exception):
    """A list that cannot be read; the text names file and line."""


def read_opt_out(paths: Iterable[Path]) -> frozenset[str]:
    """The domains (A-labels) of the shipped list and of the user's. Raises OptOutError."""
    shipped = files("scanner.net").joinpath("opt_out.txt").read_text(encoding="utf-8")
    found = set(_parse(shipped, "opt_out.txt"))
    for path in paths:
        try:
            found.update(_parse(path.read_text(encoding="utf-8-sig"), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            raise OptOutError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return frozenset(found)


def _parse(text: str, where: str) -> Iterable[str]:
    for number, line in enumerate(text.splitlines()[:MAX_LINES], 1):
        name = line.partition("#")[0].strip().removeprefix("*").removeprefix(".")
        if not name:
            continue
        try:
            yield to_ascii(name)
        except HostnameError as error:
            raise OptOutError(f"{where}:{number}: {error}") from error


def covers(domains: frozenset[str], host: str) -> bool:
    """True when a host is one of the domains, or below one."""
    while host:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


def host_of(question: Question) -> str:
    """The host or domain that a question is about."""
    if question.kind in ("http", "page"):
        try:
            return urlsplit(question.subject).hostname or ""
        except ValueError:
            return ""
    if question.kind in ("tls", "smtp") and ":" in question.subject:
        return question.subject.rpartition(":")[0]
    return question.subject
