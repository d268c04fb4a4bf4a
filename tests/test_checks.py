"""What `providers check` finds: one bad entry a test, and nothing in the shipped database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from samples import company, host, owner, service, told_of, write_companies

from scanner.checks import file_problems, problems, stale
from scanner.providers import Database, load
from scanner.tables import shipped

TODAY = date(2026, 11, 22)
Found = Callable[..., list[str]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Problems of a database of the given companies."""
    return told_of(problems, tmp_path / "db", TODAY)


def only(lines: list[str], *words: str) -> None:
    """One problem, that names every word."""
    assert len(lines) == 1, lines
    assert all(word in lines[0] for word in words), lines[0]


def test_the_shipped_database_has_no_problem(database: Database) -> None:
    assert list(file_problems(shipped())) == []
    assert list(problems(database, datetime.now(UTC).date())) == []


def test_a_sound_company_has_no_problem(found: Found) -> None:
    rules = (
        host("acme.example")
        + ', { kind = "ns", suffix = "ns.acme.example", examples = ["a.ns.acme.example"], not = ["xns.acme.example"] }'
    )
    assert (
        found(acme=company("acme", owners=owner("top", "2020-01-01"), services=service(rules)), top=company("top"))
        == []
    )


def test_every_file_that_does_not_load_is_named_and_the_others_still_checked(tmp_path: Path) -> None:
    folder = write_companies(
        tmp_path,
        good=company("good"),
        key=company("key", extra='colour = "red"'),
        nosource=company("nosource").replace("sources = ", "# "),
        other=company("another"),
        toml="id = ",
    )
    (folder / "stray.toml").write_text("")
    found = [Path(line.partition(".toml: ")[0]).name for line in file_problems(folder)]
    assert found == ["key", "nosource", "other", "toml", "stray"]


def test_an_owner_without_a_file(found: Found) -> None:
    lines = found(acme=company("acme", owners=owner("ghost", "2020-01-01"), services=service(host("acme.example"))))
    only(lines, "acme: ", "'ghost'", "is no company of the database")


def test_a_cycle_of_owners(found: Found) -> None:
    lines = found(
        aaa=company("aaa", owners=owner("bbb", "2020-01-01")), bbb=company("bbb", owners=owner("aaa", "2021-01-01"))
    )
    only(lines, "bbb: owner cycle through 'aaa'")


def test_owners_that_follow_each_other_are_no_cycle(found: Found) -> None:
    assert (
        found(
            aaa=company("aaa", owners=owner("bbb", "2020-01-01", "2021-01-01")),
            bbb=company("bbb", owners=owner("aaa", "2021-01-01")),
        )
        == []
    )


def test_two_majority_owners_on_one_day(found: Found) -> None:
    both = owner("top", "2020-01-01", "2022-01-01") + owner("new", "2021-01-01")
    only(
        found(acme=company("acme", owners=both), top=company("top"), new=company("new")),
        "two majority owners on 2021-01-01",
    )


def test_an_ownership_that_ends_before_it_begins(found: Found) -> None:
    only(
        found(acme=company("acme", owners=owner("top", "2022-01-01", "2020-01-01")), top=company("top")),
        "not after 2022-01-01",
    )


def test_dates_in_the_future(found: Found) -> None:
    only(found(acme=company("acme", owners=owner("top", "2026-11-23")), top=company("top")), "future date: 2026-11-23")
    only(
        found(acme=company("acme").replace("2026-11-01", "2026-11-23"), top=company("top")),
        "checked in the future: 2026-11-23",
    )


@pytest.mark.parametrize("country", ["ZZ", "EU", "AC", "UK"])
def test_a_country_that_is_none(found: Found, country: str) -> None:
    only(found(acme=company("acme", country=country)), f"'{country}' is no ISO 3166-1 country")


@pytest.mark.parametrize("country", ["FR", "GB", "US", "TW", "XK", "EH", "AQ"])
def test_a_country_that_is_one(found: Found, country: str) -> None:
    assert found(acme=company("acme", country=country)) == []


def test_an_example_that_nobody_catches(found: Found) -> None:
    rule = '{ kind = "mx", suffix = "acme.example", examples = ["mx.other.example"] }'
    only(
        found(acme=company("acme", services=service(rule, role="mailbox"))),
        "example 'mx.other.example' attributes to nobody",
    )


def test_an_example_that_another_service_catches(found: Found) -> None:
    rules = [host("cdn.example"), host("www.cdn.example")]
    lines = found(acme=company("acme", services=service(rules[0], "wide") + service(rules[1], "narrow")))
    only(lines, "acme/wide/host/cdn.example", "attributes to acme/narrow/host/www.cdn.example")


def test_a_counter_example_that_is_caught(found: Found) -> None:
    rule = '{ kind = "mx", suffix = "acme.example", examples = ["mx.acme.example"], not = ["mx2.acme.example"] }'
    only(
        found(acme=company("acme", services=service(rule, role="mailbox"))),
        "counter-example 'mx2.acme.example' is caught by",
    )


@pytest.mark.parametrize("suffix", ["fr", "co.uk", "gouv.fr"])
def test_a_public_suffix(found: Found, suffix: str) -> None:
    only(found(acme=company("acme", services=service(host(suffix)))), f"acme/web/host/{suffix}: a public suffix")


def test_a_public_suffix_that_a_state_keeps_for_itself(found: Found) -> None:
    assert (
        found(acme=company("acme", services=service(host("gouv.fr").replace("examples", "reserved = true, examples"))))
        == []
    )


def test_a_rule_claimed_twice_across_companies(found: Found) -> None:
    rule = '{ kind = "txt", prefix = "acme-proof=", examples = ["acme-proof=1"] }'
    lines = found(
        aaa=company("aaa", services=service(rule, role="account")),
        bbb=company("bbb", services=service(rule, role="account")),
    )
    assert any(line == "bbb/web/txt/acme-proof=: claimed already by aaa/web/txt/acme-proof=" for line in lines)


def test_a_rule_claimed_twice_in_one_service(found: Found) -> None:
    only(found(acme=company("acme", services=service(host("a.example") + "," + host("a.example")))), "claimed already")


def test_one_suffix_with_two_paths_is_two_rules(found: Found) -> None:
    assert found(acme=company("acme", services=service(host("a.example", "/x") + "," + host("a.example", "/y")))) == []


def test_a_service_with_host_rules_and_no_category(found: Found) -> None:
    only(
        found(acme=company("acme", services=service(host("a.example"), category=""))),
        "acme/web: has host rules but no category",
    )


def test_two_services_of_one_id(found: Found) -> None:
    lines = found(acme=company("acme", services=service(host("a.example")) + service(host("b.example"))))
    assert "acme: two services of one id, of which the first is lost" in lines


def test_a_group_that_names_nobody(tmp_path: Path) -> None:
    folder = write_companies(tmp_path, acme=company("acme"))
    (folder / "groups.toml").write_text('[groups.g]\nname = { fr = "G", en = "G" }\nproviders = ["acme", "ghost"]\n')
    only(list(problems(load(base=folder), TODAY)), "groups.toml: g names 'ghost'")


def test_an_entry_not_checked_for_eighteen_months_is_stale_and_no_problem(tmp_path: Path) -> None:
    old = company("acme").replace("2026-11-01", "2025-05-22")
    database = load(
        base=write_companies(tmp_path, acme=old, fresh=company("fresh").replace("2026-11-01", "2025-05-24"))
    )
    assert list(stale(database, TODAY)) == ["acme: last checked 2025-05-22"]
    assert list(problems(database, TODAY)) == []
