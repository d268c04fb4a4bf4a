"""Names that come from others' lists: without owner, behind every curated rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner import providers
from scanner.imported import problems
from scanner.lookup import lookup
from scanner.providers import Database
from scanner.tables import DatabaseError

HEAD = {"source": "https://x.example/", "version": "1", "date": "2026-09-14", "licence": "MIT"}
ENTRY = {"id": "tpw-x", "name": "X", "category": "advertising", "hosts": ["x.example", "y.example"]}
FILE = """
source = "https://x.example/"
version = "1"
date = 2026-09-14
licence = "MIT"
[[entries]]
id = "tpw-x"
name = "X"
category = "advertising"
hosts = ["imported.example", "very.long.cdn.googletagmanager.com"]
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    (tmp_path / "imported").mkdir()
    (tmp_path / "imported/x.toml").write_text(FILE)
    return tmp_path


def test_an_imported_host_has_a_name_and_no_country(overlay: Path) -> None:
    match = lookup(providers.load(overlay), "host", "a.imported.example", date(2026, 11, 22))
    assert match is not None
    assert (match.provider.name, match.service.category, match.owner.country) == ("X", "advertising", "")
    assert match.rule.id == "tpw-x/web/host/imported.example"


def test_a_curated_suffix_wins_over_a_longer_imported_one(overlay: Path) -> None:
    match = lookup(providers.load(overlay), "host", "very.long.cdn.googletagmanager.com", date(2026, 11, 22))
    assert match is not None
    assert match.provider.id == "google"


def test_imported_entries_are_not_counted_as_curated(overlay: Path, database: Database) -> None:
    loaded = providers.load(overlay)
    assert "tpw-x" in loaded.providers
    assert "tpw-x" not in loaded.curated
    assert loaded.digest != database.digest
    assert all(provider.country for provider in loaded.curated.values())


def test_the_shipped_list_names_what_no_curated_file_does(database: Database) -> None:
    assert len(database.imported.hosts) > 2500
    unknown = [
        host
        for host in database.imported.hosts
        if next(iter(database.rules.matches("host", host))).id.startswith("tpw-")
    ]
    assert unknown


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"licence": ""}, "licence is missing"),
        ({"date": "yesterday"}, "no day"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"entries": {}}, "entries must be a list"),
        ({"entries": [1]}, "entries 1: id is missing"),
        ({"entries": [{**ENTRY, "hosts": ["com"]}]}, "no host suffix"),
        ({"entries": [{**ENTRY, "hosts": [".x.example"]}]}, "no host suffix"),
        ({"entries": [{**ENTRY, "hosts": [7]}]}, "no host suffix"),
        ({"entries": [{**ENTRY, "country": "US"}]}, "unknown key 'country'"),
        ({"ranges": [{"provider": "a", "service": "b", "cidrs": ["1.2.3.4/8"]}]}, "no network"),
        ({"ranges": [{"provider": "a", "service": "b", "cidrs": ["1.0.0.0/8"], "anycast": 1}]}, "true or false"),
    ],
)
def test_a_file_of_another_form_is_told(change: dict[str, Any], told: str) -> None:
    assert list(problems({**HEAD, "entries": [ENTRY]})) == []
    assert told in " ".join(problems({**HEAD, **change}))


def test_a_bad_file_is_not_loaded(overlay: Path) -> None:
    (overlay / "imported/x.toml").write_text(FILE.replace("licence", "license"))
    with pytest.raises(DatabaseError, match=r"x\.toml.*licence is missing"):
        providers.load(overlay)
