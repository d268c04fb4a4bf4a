"""Observations x rules -> findings. Pure: run it again with another database and only the method has changed.

One file per question that needs thought, found by presence: each has `conclude(case) -> Iterator[Finding]`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from scanner.attribute._case import Case
from scanner.model import Answer, Finding, Observation, Question, Target
from scanner.providers import Database


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Findings in the order of their keys, and `wanted`: questions whose answers would settle an open point."""

    findings: tuple[Finding, ...]
    wanted: frozenset[Question]


@cache
def _questions() -> tuple[Callable[[Case], Iterator[Finding]], ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(importlib.import_module(f"{__name__}.{name}").conclude for name in names)


def attribute(
    target: Target, observations: Iterable[Observation], answer: Callable[[Question], Answer], database: Database
) -> Conclusion:
    """What the observations of one target mean. `answer` gives what a question was answered (unasked if it was not)."""
    case = Case.of(target, observations, answer, database)
    findings: dict[tuple[str, str, str, str], Finding] = {}
    for conclude in _questions():
        for finding in conclude(case):
            findings.setdefault(finding.key, finding)
    return Conclusion(tuple(findings[key] for key in sorted(findings)), frozenset(case.wanted))
