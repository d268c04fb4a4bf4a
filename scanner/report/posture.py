"""A body's mail posture as plain sentences: facts beside the findings, without grade or colour."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.posture import Fact
from scanner.report.voice import Voice, shorten

MAX_LINES = 30
MAX_NAMES = 6


def posture_lines(voice: Voice, facts: Iterable[Fact]) -> list[str]:
    """One sentence a kind and state, the names that it is about joined."""
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.kind, fact.state), []).append(fact)
    lines: dict[str, None] = {}
    for (kind, state), alike in groups.items():
        subjects = list(dict.fromkeys(shorten(fact.subject, 120) for fact in alike))
        values = list(dict.fromkeys(shorten(fact.value, 120) for fact in alike))
        names = {"subject": voice.listing(subjects, MAX_NAMES), "value": voice.listing(values, MAX_NAMES)}
        lines[voice.t(f"posture.{kind}.{state}", n=len(subjects), **names)] = None
    return list(lines)[:MAX_LINES]
