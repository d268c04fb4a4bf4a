"""What `providers check` and `stale` find in shareholdings and qualifications, one bad entry a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from samples import company, host, owner, service, told_of, write_companies

from scanner.checks import problems, stale
from scanner.providers import load
from tests.test_established import LISTED, QUALIFIED

TODAY = date(2026, 11, 22)
WEB = service(host("acme.example"))
Found = Callable[..., list[str]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    return told_of(problems, tmp_path / "db", TODAY)


@pytest.fixture
def old(tmp_path: Path) -> Found:
    return told_of(stale, tmp_path / "db", TODAY)


def test_a_sound_shareholding_and_qualification_are_no_problem(found: Found, old: Found) -> None:
    text = company("acme", extra=LISTED, services=QUALIFIED + WEB)
    assert found(acme=text) == []
    assert old(acme=text) == []


def test_a_shareholding_beside_a_majority_owner(found: Found) -> None:
    lines = found(acme=company("acme", extra=LISTED, owners=owner("top", "2020-01-01")), top=company("top"))
    assert lines == ["acme: shareholding 'listed', and 'top' has the majority: the chain does not end here"]


@pytest.mark.parametrize("control", ["joint", "minority"])
def test_a_shareholding_beside_no_majority_is_sound(found: Found, control: str) -> None:
    part = owner("top", "2020-01-01", control=control)
    assert found(acme=company("acme", extra=LISTED, owners=part), top=company("top")) == []


def test_a_shareholding_after_a_majority_that_ended_is_sound(found: Found) -> None:
    past = owner("top", "2020-01-01", "2021-01-01")
    assert found(acme=company("acme", extra=LISTED, owners=past), top=company("top")) == []


def test_a_shareholding_checked_in_the_future(found: Found) -> None:
    lines = found(acme=company("acme", extra=LISTED.replace("2026-11-01", "2026-11-23")))
    assert lines == ["acme: shareholding checked in the future: 2026-11-23"]


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ('service = "web"', 'service = "ghost"', "names 'ghost', which is no service of the file"),
        ("from = 2024-05-01", "from = 2026-11-23", "from a future date: 2026-11-23"),
        ("checked = 2026-11-01", "checked = 2026-11-23", "checked in the future: 2026-11-23"),
        ("to = 2027-05-01", "to = 2024-04-30", "to 2024-04-30, which is before 2024-05-01"),
    ],
)
def test_a_qualification_that_cannot_be(found: Found, was: str, now: str, why: str) -> None:
    lines = found(acme=company("acme", services=QUALIFIED.replace(was, now) + WEB))
    assert lines == [f"acme: qualification secnumcloud of 'Trusted cloud' {why}"]


def test_a_shareholding_and_a_qualification_grow_stale_on_their_own(old: Found) -> None:
    before = LISTED.replace("2026-11-01", "2025-05-22")
    lines = old(acme=company("acme", extra=before, services=QUALIFIED.replace("2026-11-01", "2025-05-21") + WEB))
    assert lines == [
        "acme: shareholding last checked 2025-05-22",
        "acme: qualification secnumcloud of 'Trusted cloud' last checked 2025-05-21",
    ]


def test_a_qualification_that_ended_is_stale_and_no_problem(old: Found, found: Found) -> None:
    text = company("acme", services=QUALIFIED.replace("2027-05-01", "2024-05-01") + WEB)
    assert found(acme=text) == []
    lines = old(acme=text)
    assert lines == ["acme: qualification secnumcloud of 'Trusted cloud' ended 2024-05-01"]


@pytest.mark.parametrize(
    ("day", "problem", "old"),
    [
        ("2026-11-22", [], []),
        ("2026-11-23", ["checked in the future: 2026-11-23"], []),
        ("2025-05-22", [], ["last checked 2025-05-22"]),
    ],
)
def test_an_alternative_has_its_day(tmp_path: Path, day: str, problem: list[str], old: list[str]) -> None:
    folder = write_companies(tmp_path, acme=company("acme"))
    note = '{ fr = "x", en = "x" }'
    tool = f'{{ name = "Tool", url = "https://t.example/", kind = "eu", note = {note}, source = "https://t.example/", checked = {day} }}'
    (folder / "categories.toml").write_text(f"[roles.dns]\nlabel = {note}\nalternatives = [{tool}]\n")
    database = load(base=folder)
    head = "categories.toml: role/dns, 'Tool' "
    assert list(problems(database, TODAY)) == [head + line for line in problem]
    assert list(stale(database, TODAY)) == [head + line for line in old]
