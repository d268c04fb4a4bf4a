"""Loading the provider database: schema, overlays, owners through time, the cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import platformdirs
import pytest
from samples import company, host, owner, service, write_companies

from scanner import kept, providers
from scanner.entries import Alternative
from scanner.lookup import lookup
from scanner.model import Ownership
from scanner.providers import Database, held, load
from scanner.tables import DatabaseError

ON = date(2026, 11, 22)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("db", a=text, ...)` makes a folder whose companies are the given texts."""

    def make(name: str = "db", part: str = "companies", **companies: str) -> Path:
        return write_companies(tmp_path / name, part, **companies)

    return make


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(platformdirs.user_cache_dir("sovscan"))


def who(database: Database, name: str, kind: str = "host") -> str:
    match = lookup(database, kind, name, ON)
    return match.provider.id if match else ""


# Files


def test_a_company_is_one_file_and_its_rules_name_it(write: Write) -> None:
    database = load(base=write(acme=company("acme", services=service(host("acme.example")))))
    match = lookup(database, "host", "cdn.acme.example", ON)
    assert match is not None
    assert (match.provider.name, match.service.id, match.rule.id) == ("Acme", "web", "acme/web/host/acme.example")
    assert database.date == "2026-11-01"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (company("acme", extra='colour = "red"'), "colour"),
        (
            company(
                "acme", services=service('{ kind = "mx", suffix = "a.example", colour = 1, examples = ["a.example"] }')
            ),
            "colour",
        ),
        (company("acme", services=service('{ kind = "mx", prefix = "a", examples = ["a"] }')), "suffix"),
        (company("acme", services=service('{ kind = "mx", suffix = "a.example" }')), "examples"),
        (company("acme", services=service('{ kind = "mx", suffix = "A.example", examples = ["x"] }')), "pattern"),
        (company("acme", services=service('{ kind = "sonar", suffix = "a.example", examples = ["x"] }')), "kind"),
        (
            company("acme", services=service('{ kind = "ip", cidr = "192.0.2.1/24", examples = ["192.0.2.1"] }')),
            "host bits",
        ),
        (
            company("acme", services=service('{ kind = "ip", cidr = "192.0.2.0/99", examples = ["192.0.2.1"] }')),
            "192.0.2.0/99",
        ),
        (company("acme", services=service("", role="boss")), "role"),
        (company("acme", services=service("", category="misc")), "category"),
        (company("acme", owners=owner("x", '"2026-13-45"')), "month"),
        (company("acme", owners=owner("x", "2026-01-01", control="some")), "control"),
        (company("acme", country="Norway"), "country"),
        (company("acme").replace("https://acme.example/about", "javascript:alert(1)"), "pattern"),
        (company("acme").replace("sources = ", "# "), "sources"),
        (company("acme").replace("type = ", "# "), "type"),
        (company("other"), "id is 'other', the file's name says 'acme'"),
        ("id = ", "Invalid value"),
        ("id = 1\nid = 2", "Cannot overwrite"),
        (f"x = {'[' * 5000}", "recursion"),
        (f"x = {'9' * 400}", "exceeds 64-bit"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused_by_name(write: Write, text: str, why: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        load(base=write(acme=text))
    assert f"companies{os.sep}acme.toml: " in str(caught.value)
    assert why in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused_by_name(write: Write) -> None:
    folder = write()
    (folder / "companies" / "acme.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(DatabaseError, match=r"acme\.toml: .*utf-8"):
        load(base=folder)


CHOICE = """
[subjects.office-suite]
label = { fr = "Bureautique", en = "Office suite" }
leaving = { fr = "Partez.", en = "Leave." }
alternatives = [
  { name = "Tool", url = "https://tool.example/", kind = "eu", note = { fr = "Outil.", en = "Tool." }, source = "https://tool.example/about", checked = 2026-11-01 },
]
"""


def test_a_subject_says_what_leaving_looks_like_and_who_else_could_do_the_work(write: Write) -> None:
    folder = write()
    (folder / "categories.toml").write_text(CHOICE, encoding="utf-8")
    label = load(base=folder).labels["subject/office-suite"]
    assert (label.label["fr"], label.leaving["en"], label.hard) == ("Bureautique", "Leave.", False)
    tool = Alternative(
        "Tool",
        "https://tool.example/",
        "eu",
        {"fr": "Outil.", "en": "Tool."},
        "https://tool.example/about",
        date(2026, 11, 1),
    )
    assert label.alternatives == (tool,)


def test_the_shipped_alternatives_are_three_a_subject_with_their_sources() -> None:
    labels = load().labels
    wanted = ["role/mailbox", "role/hosting", "role/dns", "role/edge", "role/certificate", "subject/office-suite"]
    wanted += [key for key in labels if key.startswith("category/") and key != "category/other"]
    for key in wanted:
        sourced = [each for each in labels[key].alternatives if each.source and each.checked]
        assert len(sourced) >= 3, key
        assert labels[key].leaving, key


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("groups.toml", '[groups.g]\ncountries = ["FR"]', "name"),
        ("groups.toml", '[groups.g]\nname = { fr = "G", en = "G" }\ncolour = 1', "unknown key 'colour'"),
        ("groups.toml", '[group.g]\nname = { fr = "G", en = "G" }', "unknown key 'group'"),
        ("groups.toml", "groups = 3", "groups.toml: "),
        ("categories.toml", '[roles.dns]\nhelp = { fr = "x", en = "x" }', "label"),
        ("categories.toml", '[roles.dns]\nlabel = { fr = "x", en = "x" }\ncolour = 1', "unknown key 'colour'"),
        ("categories.toml", '[roles.dns]\nlabel = { fr = "x" }', "label must be in fr and en"),
        ("categories.toml", CHOICE.replace('"eu"', '"nice"'), "Tool: kind 'nice' is none of self-host"),
        ("categories.toml", CHOICE.replace("https://tool.example/about", "javascript:x"), "source is no web address"),
        ("categories.toml", CHOICE.replace("2026-11-01", '"2026-11-31"'), "day is out of range"),
        ("categories.toml", CHOICE.replace("checked", "colour = 1, checked"), "unknown key 'colour'"),
        ("acme.toml", company("acme"), "a company's file goes into companies/"),
    ],
)
def test_a_file_beside_the_companies_is_held_to_its_form(write: Write, name: str, text: str, why: str) -> None:
    folder = write()
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(DatabaseError) as caught:
        load(base=folder)
    assert name in str(caught.value)
    assert why in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"nowhere: no such folder of providers"):
        load(tmp_path / "nowhere")


# Overlays


def test_a_users_rule_lies_over_the_same_suffix_of_a_shipped_company(write: Write) -> None:
    base = write("base", acme=company("acme", services=service(host("cdn.example") + "," + host("acme.example"))))
    over = write("mine", zzz=company("zzz"), aaa=company("aaa", services=service(host("cdn.example"))))
    database = load(over, base=base)
    assert who(database, "www.cdn.example") == "aaa"
    assert who(database, "www.acme.example") == "acme"
    assert who(load(base=base), "www.cdn.example") == "acme"


def test_a_users_file_replaces_the_shipped_company_of_its_id(write: Write) -> None:
    base = write(
        "base",
        acme=company("acme", services=service(host("old.example"))),
        bbb=company("bbb", services=service(host("new.example"))),
    )
    over = write("mine", acme=company("acme", country="FR", services=service(host("new.example"))))
    database = load(over, base=base)
    assert database.providers["acme"].country == "FR"
    assert who(database, "www.old.example") == ""
    assert who(database, "www.new.example") == "acme", "though bbb comes after acme in the shipped folder"


def test_the_last_of_several_overlays_wins(write: Write) -> None:
    folders = [
        write(f"db{i}", **{name: company(name, services=service(host("cdn.example")))})
        for i, name in enumerate(("ccc", "bbb", "aaa"))
    ]
    assert who(load(*folders[1:], base=folders[0]), "cdn.example") == "aaa"
    assert load(*folders[1:], base=folders[0]).digest != load(folders[2], folders[1], base=folders[0]).digest


def test_curated_files_win_over_imported_ones_by_id_and_by_rule(write: Write) -> None:
    folder = write(acme=company("acme", country="FR"), aaa=company("aaa", services=service(host("cdn.example"))))
    write(
        part="imported", acme=company("acme", country="US"), zzz=company("zzz", services=service(host("cdn.example")))
    )
    database = load(base=folder)
    assert database.providers["acme"].country == "FR"
    assert who(database, "www.cdn.example") == "aaa"
    assert "zzz" in database.providers


def test_a_users_group_replaces_the_shipped_group_of_its_id(write: Write) -> None:
    base, over = write("base"), write("mine")
    group = '[groups.{}]\nname = {{ fr = "G", en = "G" }}\ncountries = ["{}"]\n'
    (base / "groups.toml").write_text(group.format("eu", "FR") + group.format("nato", "US"))
    (over / "groups.toml").write_text(group.format("eu", "DE"))
    groups = load(over, base=base).groups
    assert {key: set(value.countries) for key, value in groups.items()} == {"eu": {"DE"}, "nato": {"US"}}


# Owners


def chain(*owners: tuple[str, str]) -> dict[str, str]:
    return {name: company(name, owners=text) for name, text in owners}


def ultimate(database: Database, name: str, on: str) -> str:
    return database.ultimate_owner(name, date.fromisoformat(on)).id


def test_an_owner_counts_from_its_first_day_to_the_day_before_its_end() -> None:
    ownership = Ownership("x", "majority", date(2024, 3, 1), date(2025, 3, 1), "https://o.example/")
    days = [date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1)]
    assert [held(ownership, day) for day in days] == [False, True, True, False]


def test_the_ultimate_owner_is_that_of_the_day(write: Write) -> None:
    history = owner("first", "2020-01-01", "2024-03-01") + owner("second", "2024-03-01")
    texts = chain(("acme", history), ("first", ""), ("second", owner("top", "2025-01-01")), ("top", ""))
    database = load(base=write(**texts))
    days = ("2019-12-31", "2020-01-01", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01")
    assert [ultimate(database, "acme", day) for day in days] == ["acme", "first", "first", "second", "second", "top"]


@pytest.mark.parametrize("control", ["joint", "minority"])
def test_joint_and_minority_control_end_the_chain(write: Write, control: str) -> None:
    texts = chain(
        ("acme", owner("middle", "2020-01-01")), ("middle", owner("top", "2020-01-01", control=control)), ("top", "")
    )
    database = load(base=write(**texts))
    assert ultimate(database, "acme", "2026-01-01") == "middle"
    assert [step.owner for step in database.control_chain("acme", ON)] == ["middle"]


def test_a_cycle_of_owners_ends(write: Write) -> None:
    texts = chain(
        *((name, owner(above, "2020-01-01")) for name, above in (("aaa", "bbb"), ("bbb", "ccc"), ("ccc", "aaa")))
    )
    database = load(base=write(**texts))
    assert [step.owner for step in database.control_chain("aaa", ON)] == ["bbb", "ccc"]
    assert ultimate(database, "ccc", "2026-01-01") == "bbb"


def test_an_endless_chain_of_owners_is_cut(write: Write) -> None:
    texts = chain(*((f"c{i}", owner(f"c{i + 1}", "2020-01-01")) for i in range(60)), ("c60", ""))
    assert len(load(base=write(**texts)).control_chain("c0", ON)) == providers.MAX_CHAIN


def test_an_owner_whom_no_file_describes_ends_the_chain(write: Write) -> None:
    database = load(base=write(**chain(("acme", owner("ghost", "2020-01-01")))))
    assert ultimate(database, "acme", "2026-01-01") == "acme"


# The cache


def test_the_cache_gives_the_same_database(write: Write, cache: Path) -> None:
    folder = write(acme=company("acme", owners=owner("acme", "2020-01-01"), services=service(host("acme.example"))))
    first = load(base=folder)
    (kept,) = cache.iterdir()
    again = load(base=folder)
    assert (again.providers, again.digest) == (first.providers, first.digest)
    assert list(cache.iterdir()) == [kept]


@pytest.mark.parametrize("damage", [b"", b"{", b"\0\0\0", b'{"companies/acme.toml":{"id"'])
def test_a_damaged_cache_is_made_again(write: Write, cache: Path, damage: bytes) -> None:
    folder = write(acme=company("acme"))
    first = load(base=folder)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    assert load(base=folder).providers == first.providers
    assert kept.read_bytes() == whole


def test_a_changed_file_is_seen_and_changes_the_digest(write: Write) -> None:
    first = load(base=write(acme=company("acme")))
    second = load(base=write(acme=company("acme", country="FR")))
    assert second.providers["acme"].country == "FR"
    assert second.digest != first.digest


def test_where_no_cache_can_be_written_the_database_loads_all_the_same(write: Write, cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text("a file where the folder should be")
    assert "acme" in load(base=write(acme=company("acme"))).providers


def test_a_cache_on_a_full_disk_leaves_nothing_half_written(
    write: Write, cache: Path, full_disk: Callable[[int], object]
) -> None:
    folder = write(**{f"c{i}": company(f"c{i}") for i in range(20)})
    with full_disk(100):  # type: ignore[attr-defined]
        assert len(load(base=folder).providers) == 20
    assert list(cache.iterdir()) == []


def test_the_cache_keeps_a_few_databases_only(write: Write, cache: Path) -> None:
    for i in range(kept.KEEP + 3):
        load(base=write(acme=company("acme", extra=f'note = "{i}"')))
    assert 1 <= len(list(cache.iterdir())) <= kept.KEEP


# The shipped database


def test_the_shipped_database_loads_and_has_what_every_page_needs(database: Database) -> None:
    assert len(database.providers) >= 80
    assert {"gafam", "us-hyperscalers", "eu", "eea", "five-eyes"} <= set(database.groups)
    assert len(database.digest) == 12
    assert "selector1" in database.dkim_selectors
    assert database.ultimate_owner("microsoft", ON).country == "US"
