"""The seam to the network: canonical questions, the Transcript, replay and recording files."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import ask
from scanner.ask import (
    Recorder,
    RecordingError,
    decode,
    encode,
    normal_url,
    read_recording,
    read_recordings,
)
from scanner.model import Answer, Question, Status

MX = ask.dns("ville.example", "MX")
LINE = b'{"kind":"dns","subject":"ville.example","detail":"MX","status":"ok","values":["10 mx1.example.net."]}\n'


def record(**changes: Any) -> dict[str, Any]:
    """One well-formed record with some keys changed; None takes a key away."""
    whole = {"kind": "dns", "subject": "ville.example", "detail": "MX", "status": "ok", "values": ["10 mx.example."]}
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


# Questions


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Ville.Example", "https://ville.example/"),
        ("https://ville.example:443/a?b#c", "https://ville.example/a?b"),
        ("http://ville.example:80", "http://ville.example/"),
        ("http://ville.example:8080/", "http://ville.example:8080/"),
        ("https://moi:secret@ville.example/", "https://ville.example/"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
        ("https://ville.example/Chemin", "https://ville.example/Chemin"),
        ("http://[broken", "http://[broken"),
        ("https:///", "https:///"),
        ("https:////", "https:////"),
        ("mailto:a@ville.example", "mailto:a@ville.example"),
    ],
)
def test_a_url_is_normal_so_that_it_is_asked_once(url: str, normal: str) -> None:
    assert normal_url(url) == normal


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_normal_url_stays_as_it_is(host: str, rest: str) -> None:
    once = normal_url(f"https://{host}/{rest}")
    assert normal_url(once) == once


def test_questions_are_canonical() -> None:
    assert ask.dns("Ville.Example.", "mx") == Question("dns", "ville.example", "MX")
    assert ask.tls("Ville.Example") == Question("tls", "ville.example:443", "chain")
    assert ask.rdap("Ville.Example") == Question("rdap", "ville.example", "")
    assert ask.asn("2001:DB8::1") == Question("asn", "2001:db8::1", "")
    assert ask.http("https://Ville.Example") == Question("http", "https://ville.example/", "GET")
    assert ask.page("https://v.example", "har").detail == "har;consent=none"


# The Transcript


# Recordings


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"v": 2}, "format version 2"),
        ({"v": "1"}, "format version '1'"),
        ({"kind": "whois"}, "unknown kind 'whois'"),
        ({"kind": None}, "kind is missing"),
        ({"kind": 3}, "kind must be text"),
        ({"subject": None}, "subject is missing"),
        ({"status": "nxdomain"}, "unknown status 'nxdomain'"),
        ({"detail": 1}, "detail must be text"),
        ({"reason": ["timeout"]}, "reason must be text"),
        ({"values": "10 mx.example."}, "values of dns must be a list of text"),
        ({"values": [{"mx": 1}]}, "values of dns must be a list of text"),
        ({"kind": "http", "values": ["text"]}, "values of http must be a list of objects"),
        ({"status": "failed"}, "values beside the status failed"),
        ({"ttl": "300"}, "ttl '300' is no number of seconds"),
        ({"ttl": -1}, "ttl '-1' is no number of seconds"),
        ({"ttl": 1 << 40}, "is no number of seconds"),
        ({"ad": 1}, "ad must be true or false"),
        ({"at": "yesterday"}, "at 'yesterday' is no time in UTC"),
        ({"at": "2026-13-45T00:00:00Z"}, "is no time in UTC"),
        ({"at": "2026-04-28T06:17:36+02:00"}, "is no time in UTC"),
    ],
)
def test_a_record_that_breaks_the_format_is_refused_with_file_and_line(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(LINE + b"\n" + orjson.dumps(record(**changes)))
    with pytest.raises(RecordingError) as caught:
        list(read_recording(path))
    assert str(caught.value).startswith(f"{path}:3: ")
    assert why in str(caught.value)


@pytest.mark.parametrize("line", [b"{", b"[]", b"null", b"\xff\xfe", b'{"kind":"dns"', b"[" * 2000])
def test_a_line_that_is_no_json_object_is_refused_with_its_number(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(LINE + line + b"\n")
    with pytest.raises(RecordingError, match=r"bad\.jsonl:2: "):
        list(read_recording(path))


def test_a_question_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    path.write_bytes(LINE + LINE)
    with pytest.raises(RecordingError, match=r":2: asked twice in one file: dns ville\.example MX"):
        list(read_recording(path))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.jsonl\.gz: cannot be read after line 0: No such file"):
        list(read_recording(tmp_path / "none.jsonl.gz"))


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="directory"):
        list(read_recording(tmp_path))


def lines(n: int) -> bytes:
    return b"".join(LINE.replace(b"ville", b"ville%d" % i) for i in range(n))


@pytest.mark.parametrize("keep", [10, 0.5, -4])
def test_a_gzip_file_cut_short_is_refused(tmp_path: Path, keep: float) -> None:
    whole = gzip.compress(lines(3000))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: int(len(whole) * keep) if keep == 0.5 else int(keep)])
    with pytest.raises(RecordingError, match="cannot be read after line"):
        list(read_recording(path))


def test_a_damaged_gzip_file_is_refused_wherever_the_damage_is(tmp_path: Path) -> None:
    whole = gzip.compress(lines(300))
    path = tmp_path / "damaged.jsonl.gz"
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with contextlib.suppress(RecordingError):
            list(read_recording(path))


def test_plain_text_named_gz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl.gz"
    path.write_bytes(LINE)
    with pytest.raises(RecordingError, match="gzip"):
        list(read_recording(path))


def test_a_file_is_closed_even_when_nobody_reads_it_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "open.jsonl.gz"
    path.write_bytes(gzip.compress(lines(3)))
    reading = read_recording(path)
    next(reading)
    del reading  # a ResourceWarning would be an error


def test_the_later_recording_is_laid_over_the_earlier(tmp_path: Path) -> None:
    base, over = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    base.write_bytes(LINE + LINE.replace(b"ville", b"bourg"))
    over.write_bytes(gzip.compress(LINE.replace(b"mx1", b"mx2")))
    answers = read_recordings([base, over])
    assert answers[MX].values == ("10 mx2.example.net.",)
    assert answers[ask.dns("bourg.example", "MX")].values == ("10 mx1.example.net.",)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANSWERS = st.builds(
    Answer,
    st.builds(Question, st.just("dns"), TEXT, TEXT),
    st.just(Status.OK),
    st.lists(TEXT, max_size=3).map(tuple),
    reason=TEXT,
    at=st.just("") | st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z"),
    vantage=TEXT,
    ttl=st.none() | st.integers(0, 2**32 - 1),
    ad=st.none() | st.booleans(),
    verify=TEXT,
    note=TEXT,
)


@given(ANSWERS)
def test_an_answer_survives_being_written_and_read(answer: Answer) -> None:
    assert decode(orjson.loads(orjson.dumps(encode(answer)))) == answer


@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda x: st.lists(x) | st.dictionaries(TEXT, x)))
def test_whatever_a_record_is_only_valueerror_says_so(value: Any) -> None:
    for candidate in (value, record(values=value), record(ttl=value, ad=value, v=value, reason=value)):
        with contextlib.suppress(ValueError):
            decode(candidate)


@pytest.mark.parametrize("name", ["kept.jsonl", "kept.jsonl.gz"])
def test_a_recording_has_its_name_only_once_it_is_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    recorder = Recorder(path)
    answer = Answer(MX, Status.OK, ("10 mx.example.",), at="2026-11-22T00:00:00Z")
    recorder.write([answer, answer, ask.unasked(ask.dns("x.example", "A"))])
    assert not path.exists()
    recorder.close()
    assert list(read_recording(path)) == [answer], "once each, and nothing that was not asked"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["kept.jsonl", "kept.jsonl.gz"])
def test_a_recording_given_up_leaves_nothing_and_spares_the_earlier(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"earlier")
    recorder = Recorder(path)
    recorder.write([Answer(MX, Status.ABSENT)])
    recorder.discard()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == b"earlier"


@pytest.mark.parametrize("name", ["kept.jsonl", "kept.jsonl.gz"])
def test_a_recording_on_a_full_disk_leaves_nothing(
    tmp_path: Path, name: str, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    recorder = Recorder(tmp_path / name)
    answers = [Answer(ask.dns(f"{i * 7919 % 10007}.example", "A"), Status.ABSENT) for i in range(40)]
    recorder.write(answers)  # still in the buffer
    with full_disk(64), pytest.raises(OSError, match="too large"):
        recorder.close()
    assert list(tmp_path.iterdir()) == []
