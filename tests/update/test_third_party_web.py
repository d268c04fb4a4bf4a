"""Entries made from third-party-web."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from scanner import imported, providers
from scanner.update.errors import SourceError
from scanner.update.third_party_web import CATEGORIES, build

ENTITIES = [
    {
        "name": "Foo Ads",
        "category": "ad",
        "homepage": "https://foo.test/",
        "domains": ["*.foo.test", "cdn.foo.example"],
    },
    {
        "name": "Foo ads!",
        "category": "new-kind",
        "homepage": "javascript:x",
        "domains": ["*.bar.test", "localhost", "a b.c", "192.0.2.7", "*.de.com", "www.de.com"],
    },
    {"name": "Nobody", "category": "ad", "domains": ["*.pl", "co.uk"]},
]


def package(folder: Path, entities: object) -> Path:
    (folder / "dist").mkdir()
    (folder / "package.json").write_text('{"version": "0.30.0"}')
    (folder / "dist/entities-nostats.json").write_text(json.dumps(entities))
    return folder


def test_entities_become_entries_without_owner_or_country(tmp_path: Path) -> None:
    table = tomllib.loads(build(package(tmp_path, ENTITIES), "2026-09-14"))
    assert (table["version"], table["licence"]) == ("0.30.0", "MIT")
    first, second = table["entries"]
    assert first == {
        "id": "tpw-foo-ads",
        "name": "Foo Ads",
        "category": "advertising",
        "website": "https://foo.test/",
        "hosts": ["cdn.foo.example", "foo.test"],
    }
    assert (second["id"], second["category"], second["hosts"]) == ("tpw-foo-ads-2", "other", ["bar.test", "www.de.com"])
    assert "website" not in second
    assert list(imported.problems({**table, "date": "2026-09-14"})) == []


def test_every_category_is_one_of_ours() -> None:
    assert {f"category/{category}" for category in CATEGORIES.values()} <= set(providers.load().labels)


@pytest.mark.parametrize("entities", [{"a": 1}, [{"name": "x"}], [1]])
def test_another_form_is_told(tmp_path: Path, entities: object) -> None:
    with pytest.raises(SourceError, match="third-party-web"):
        build(package(tmp_path, entities), "2026-09-14")
