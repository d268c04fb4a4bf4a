"""Against other people's classifiers of mail: what the milestone asks, and that every disagreement is explained."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scanner.providers import Database

ROOT = Path(__file__).parents[1]


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("accuracy_mail", ROOT / "benchmarks" / "accuracy_mail.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["accuracy_mail"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared_data
def test_two_lines_of_classifiers_that_agree_agree_with_us(shared_data: Path, database: Database) -> None:
    accuracy = benchmark()
    both = accuracy.agreed(list(accuracy.compare(shared_data, database)))
    assert len(both) == 679
    concluded = [one for one in both if one.ours != accuracy.ABSTAINED]
    right = sum(one.ours == one.coarse[0] for one in concluded)
    assert 100 * right / len(concluded) >= accuracy.AGREEMENT
    assert 100 * (len(both) - len(concluded)) / len(both) <= accuracy.ABSTENTION
    explained = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert [one.domain for one in both if one.ours != one.coarse[0] and f"| {one.domain} |" not in explained] == []


@pytest.mark.shared_data
def test_every_disputed_domain_stands_in_the_table(shared_data: Path, database: Database) -> None:
    accuracy = benchmark()
    disputed = accuracy.disputed(shared_data, database)
    explained = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert len(disputed) == 95
    assert [one.domain for one in disputed if f"| {one.domain} |" not in explained] == []
