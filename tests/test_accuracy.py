"""Coverage of the recorded data: what is counted, and that every disagreement with other people's labels is explained."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from samples import company, host, owner, service, write_companies

from scanner.providers import Database, load
from tests.test_established import LISTED

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def accuracy(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/accuracy.py, whose neighbours bear names that installed packages may have too."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    for name in ("accuracy", "accuracy_mail", "coverage"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("accuracy")


def test_an_owner_that_nobody_followed_further_is_counted_apart_by_the_end_of_the_chain(
    accuracy: ModuleType, tmp_path: Path
) -> None:
    folder = write_companies(
        tmp_path,
        known=company("known", extra=LISTED, services=service(host("known.example"))),
        low=company("low", owners=owner("top", "2020-01-01"), services=service(host("low.example"))),
        top=company("top"),
    )
    seen = [("host", "a.known.example", 5), ("host", "b.low.example", 3), ("host", "c.nobody.example", 2)]
    found = accuracy.measure(load(base=folder), seen)
    assert (found.total, found.named, found.owned, found.placed, found.established) == (10, 8, 8, 8, 5)
    assert dict(found.missing) == {"nobody.example": 2}
    assert dict(found.open_ends) == {"Top": 3}


@pytest.mark.shared_data
def test_every_disagreement_with_a_label_has_its_line_in_the_docs(
    accuracy: ModuleType, shared_data: Path, database: Database
) -> None:
    apart = [pair for _, compare in accuracy.LABELS for pair in compare(shared_data, database)]
    assert apart
    assert [pair for pair in apart if not accuracy.explained(*pair)] == []


def test_values_that_many_meet_and_nobody_places_are_counted(accuracy: ModuleType, tmp_path: Path) -> None:
    folder = write_companies(tmp_path, known=company("known", services=service(host("known.example"))))
    seen = [("host", "known.example", 15_000), ("host", "often.example", 2), ("host", "rare.example", 1)]
    assert accuracy.often(accuracy.measure(load(base=folder), seen)) == 1
