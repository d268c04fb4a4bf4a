"""What a run knows of each body's page load beside its findings: the weight, and the audience software it calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner import audience
from scanner.footprint import Footprint, of_page
from scanner.model import Answer, Finding, Question, Role

MAX_URLS = 5_000


@dataclass(frozen=True, slots=True)
class PageLoad:
    """One recorded load of a body's page. `software`: audience tools told by their paths (see `audience`); `cut`: the
    limit that ended the load, or ""; `source`: chromium, har or lighthouse."""

    footprint: Footprint
    software: tuple[str, ...]
    source: str
    cut: str = ""


def loads_of(findings: Iterable[Finding]) -> dict[Question, tuple[str, str]]:
    """The page question that each body's resource findings rest on: question to (domain, host).

    The load before any click comes first; a body whose page no browser saw has none.
    """
    best: dict[str, tuple[Question, str]] = {}
    for finding in findings:
        if finding.role is Role.RESOURCE:
            for evidence in finding.evidence:
                if evidence.kind == "page" and not evidence.value.startswith("("):
                    question = Question("page", evidence.subject, evidence.detail)
                    known = best.get(finding.domain)
                    if known is None or (question.detail.endswith("=none") and not known[0].detail.endswith("=none")):
                        best[finding.domain] = (question, finding.host)
    return {question: (domain, host) for domain, (question, host) in best.items()}


def page_load(answer: Answer, host: str) -> PageLoad | None:
    """A page answer, weighed from the standpoint of a body's host; None where it loaded nothing."""
    value: Mapping[str, Any] = answer.values[0] if answer.values and isinstance(answer.values[0], dict) else {}
    footprint = of_page(value, host)
    if footprint is None:
        return None
    requests = [request for request in value["requests"][:MAX_URLS] if isinstance(request, dict)]
    found = audience.software(str(request.get("url") or "") for request in requests)
    source = answer.question.detail.partition(";")[0]
    return PageLoad(footprint, tuple(found), source, str(value.get("cut") or ""))
