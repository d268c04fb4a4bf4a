"""Lists of public services: whatever people's spreadsheets make, and every bad row with its line."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import targets
from scanner.model import Target
from scanner.targets import TargetList, TargetsError, merge, parse, read


def listed(text: str | bytes) -> TargetList:
    return parse(text if isinstance(text, bytes) else text.encode(), "list.csv")


def one(text: str | bytes) -> Target:
    found = listed(text)
    assert found.rejected == ()
    (target,) = found.targets
    return target


def domains(found: TargetList) -> list[str]:
    return [target.domain for target in found.targets]


# Formats


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_sniffed(delimiter: str) -> None:
    rows = [("Domain", " org ", "population"), ("ville.fr", "Mairie", "1 234")]
    target = one("\n".join(delimiter.join(row) for row in rows))
    assert (target.domain, target.org, target.population) == ("ville.fr", "Mairie", 1234)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_of_spreadsheets_are_read(encoding: str, newline: str) -> None:
    target = one(newline.join(["domain;org", "évry.fr;Mairie d’Évry", ""]).encode(encoding))
    assert (target.domain, target.org) == ("xn--vry-9la.fr", "Mairie d’Évry")


def test_a_plain_list_has_one_name_or_url_a_line() -> None:
    found = listed("# the ministries\n\nville.fr\n  https://www.Bourg.fr/accueil \nexample.com.\n")
    assert domains(found) == ["ville.fr", "bourg.fr", "example.com"]
    assert found.targets[1].url == "https://www.bourg.fr/accueil"
    assert found.rejected == ()


def test_every_column_is_read() -> None:
    header = "domain,url,mail_domain,org,org_id,country,region,sector,population,tags,ignored"
    row = 'www.ville.fr,http://www.ville.fr/fr/,a@Mairie.fr,"Mairie, ville",217500,fr,IDF,municipality,12,"a;b, c",x'
    assert one(f"{header}\n{row}") == Target(
        "ville.fr", "www.ville.fr", "mairie.fr", "http://www.ville.fr/fr/", "Mairie, ville", "217500", "FR", "IDF",
        "municipality", 12, ("a", "b", "c"),
    )  # fmt: skip


def test_quotes_hold_delimiters_and_line_ends() -> None:
    found = listed('"domain","org"\n"ville.fr","Mairie ""du"" bourg,\net d\'ailleurs"\nbourg.fr,x\nbad,y\n')
    assert found.targets[0].org == 'Mairie "du" bourg,\net d\'ailleurs'
    assert domains(found) == ["ville.fr", "bourg.fr"]
    assert found.rejected == ("list.csv:5: 'bad' has no dot",), "lines are counted as an editor counts them"


def test_a_line_separator_of_unicode_is_part_of_its_field() -> None:
    found = listed("domain,org\nville.fr,Mairie\u2028annexe\nbad,\n")
    assert found.targets[0].org == "Mairie\u2028annexe"
    assert found.rejected[0].startswith("list.csv:3: ")


def test_comments_and_blank_rows_are_passed_over() -> None:
    assert domains(listed("# comment\n \n\ndomain,org\n,\n# more\nville.fr,\n   \n")) == ["ville.fr"]


def test_short_rows_and_empty_last_fields_are_fine() -> None:
    found = listed("domain,org\nville.fr\nbourg.fr,Mairie,,\n")
    assert domains(found) == ["ville.fr", "bourg.fr"]
    assert found.rejected == ()


# What a target is


def test_www_and_apex_are_one_body_and_fill_each_other() -> None:
    found = listed("domain,org,population\nwww.ville.fr,,\nville.fr,Mairie,12\nVILLE.FR.,Autre,13\n")
    (target,) = found.targets
    assert (target.domain, target.host, target.org, target.population) == ("ville.fr", "www.ville.fr", "Mairie", 12)


def test_a_name_that_is_only_www_and_a_suffix_keeps_it() -> None:
    assert one("www.fr").domain == "www.fr"


def test_a_url_gives_host_port_and_path_and_loses_user_and_password() -> None:
    target = one("url\nhttps://moi:secret@www.ville.fr:8443/a?b#c\n")
    assert (target.host, target.url) == ("www.ville.fr", "https://www.ville.fr:8443/a?b")


def test_a_password_is_not_repeated_in_a_rejection() -> None:
    (rejected,) = listed("url\nftp://moi:secret@ville.fr/\n").rejected
    assert "secret" not in rejected
    assert "ftp" in rejected


def test_a_url_without_scheme_in_the_domain_column_is_a_url() -> None:
    assert one("domain\nville.fr/accueil\n").url == "https://ville.fr/accueil"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("192.0.2.1,,,", "is an address"),
        ("http://[2001:db8::1]/,,,", "has no dot"),
        ("http://[::1,,,", "not a URL"),
        ("https://ville.fr:99999/,,,", "not a URL"),
        ("ftp://ville.fr/,,,", "not an http or https URL"),
        ("javascript://ville.fr/,,,", "not an http or https URL"),
        ("https://,,,", "not an http or https URL"),
        (",,,", ""),
        (",Mairie,,", "neither domain nor url"),
        ("ville.fr,,France,", "two letters: 'FRANCE'"),
        ("ville.fr,,,beaucoup", "population is not a number: 'beaucoup'"),
        ("ville.fr,,,-5", "population is not a number"),
        ("ville.fr,,,1e400", "population is not a number"),
        ("ville.fr,,,999999999999999999999", "population is not a number"),
        (f"ville.fr,{'x' * 3000},,", "org is longer than 2000 characters"),
        (f"ville.fr,{'x' * 200_000},,", "field larger than field limit"),
        ("ville.fr,,,,surplus", "5 fields where the header names 4"),
        ('"ville".fr,,,', "',' expected after '\"'"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_the_rest_goes_on(row: str, why: str) -> None:
    found = listed(f"domain,org,country,population\navant.fr,,,\n{row}\naprès.fr,,,\n")
    assert domains(found) == ["avant.fr", "xn--aprs-7oa.fr"]
    assert len(found.rejected) == bool(why)
    if why:
        assert found.rejected[0].startswith("list.csv:3: ")
        assert why in found.rejected[0]


def test_a_quote_that_is_never_closed_costs_its_own_row_only() -> None:
    rows = "".join(f"ville{i}.fr,x\n" for i in range(200))
    found = listed(f'domain,org\n"avant.fr,x\n{rows}')
    assert len(found.targets) == 200
    assert len(found.rejected) == 1
    assert found.rejected[0].startswith("list.csv:2: ")


# Lists that hold nothing, lists that cannot be read


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "domain,org\n", "domain", "\ufeff"])
def test_an_empty_list_has_no_targets(text: str) -> None:
    assert (listed(text).targets, listed(text).rejected) == ((), ())


@pytest.mark.parametrize(
    "raw",
    [b"ville.fr\0\n", b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\0\0", b"\x81\x8d\x8f\xff", "ville.fr".encode("utf-16-le")],
)
def test_what_is_no_text_is_refused_by_name(raw: bytes) -> None:
    with pytest.raises(TargetsError, match=r"list\.csv: not a text file"):
        listed(raw)


def test_a_list_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match="larger than 512 MB"):
        parse(bytes(targets.MAX_BYTES + 1), "list.csv")


def test_a_gzipped_list_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(gzip.compress(b"ville.fr\n"))
    assert domains(read(path)) == ["ville.fr"]


def test_a_gzipped_list_cut_short_or_damaged_is_refused_by_name(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b"ville%d.fr\n" % i for i in range(500)))
    path = tmp_path / "list.gz"
    for raw in (whole[:50], whole[:-3], whole[:20] + b"\xff\xff\xff\xff" + whole[24:]):
        path.write_bytes(raw)
        with pytest.raises(TargetsError, match=r"list\.gz: "):
            read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match=r"none\.csv: No such file"):
        read(tmp_path / "none.csv")


def test_several_lists_are_one_and_their_digest_changes_with_any() -> None:
    first, second = listed("ville.fr\nbad\n"), listed("domain,org\nwww.ville.fr,Mairie\nbourg.fr,\n")
    both = merge([first, second])
    assert domains(both) == ["ville.fr", "bourg.fr"]
    assert both.targets[0].org == "Mairie"
    assert both.rejected == first.rejected
    assert len({both.digest, merge([first]).digest, merge([second]).digest}) == 3
    assert merge([first]).digest == first.digest


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_a_targetserror(raw: bytes) -> None:
    with contextlib.suppress(TargetsError):
        listed(raw)


CELLS = st.text(st.sampled_from('vw.-_é/:@["];,|\t#=0 \r\n\u2028\u3002x'), max_size=12)


@given(st.sampled_from(",;\t|"), st.lists(st.lists(CELLS, max_size=5), max_size=8))
def test_any_rows_under_a_header_are_targets_or_rejections(delimiter: str, rows: list[list[str]]) -> None:
    text = "\n".join(delimiter.join(row) for row in [["domain", "url", "mail_domain", "population"], *rows])
    found = listed(text)
    assert len(found.targets) + len(found.rejected) <= text.count("\n") + text.count("\r") + 1
    assert all(line.startswith("list.csv:") for line in found.rejected)
    assert len(set(domains(found))) == len(found.targets)
