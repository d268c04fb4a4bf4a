"""Whose law a provider answers to is that of its owner on the day of the observation, not on the day of the replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import ask, providers
from scanner.model import Answer, Question, Role, Status, Target
from scanner.run.target import conclude
from tests.samples import company, owner, service, write_companies


@pytest.mark.parametrize(("day", "country"), [("2024-02-28", "FR"), ("2024-03-01", "US"), ("2026-01-01", "US")])
def test_a_sold_company_answers_to_its_buyer_from_the_day_of_the_sale(tmp_path: Path, day: str, country: str) -> None:
    rules = '{ kind = "mx", suffix = "filter.example", examples = ["mx.filter.example"] }'
    folder = write_companies(
        tmp_path / "db",
        filter=company(
            "filter", country="FR", owners=owner("buyer", "2024-03-01"), services=service(rules, role="mailbox")
        ),
        buyer=company("buyer", country="US"),
    )
    mx, a = ask.dns("ville.test", "MX"), ask.dns("mx.own.test", "A")
    answers = {
        mx: Answer(mx, Status.OK, ("10 mx.filter.example.", "20 mx.own.test."), at=f"{day}T06:00:00Z"),
        a: Answer(a, Status.OK, ("192.0.2.1",), at=f"{day}T06:00:00Z"),
    }

    async def table(question: Question) -> Answer:
        """A local table: it answers today, of whatever day the recording is."""
        return Answer(question, Status.OK, ({"asn": 64496, "name": "X"},), at="2026-11-22T00:00:00Z")

    target = Target("ville.test", "ville.test")
    found = conclude(target, answers, providers.load(base=folder), local=table).findings
    mailbox = next(finding for finding in found if finding.role is Role.MAILBOX)
    assert mailbox.claims[0].country == country
