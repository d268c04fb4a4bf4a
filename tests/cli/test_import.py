"""`sovscan import`, and a scan of what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def har(tmp_path: Path) -> Path:
    def entry(url: str, mime: str) -> dict[str, object]:
        response = {
            "status": 200,
            "headers": [],
            "cookies": [],
            "content": {"mimeType": mime, "size": 1},
            "bodySize": 1,
        }
        request = {
            "method": "GET",
            "url": url,
            "headers": [{"name": "Cookie", "value": "sid=SECRETVALUE"}],
            "cookies": [],
        }
        return {"startedDateTime": "2026-01-02T03:04:05Z", "request": request, "response": response}

    entries = [
        entry("https://ville.example/", "text/html"),
        entry("https://www.google.com/recaptcha/api.js", "text/javascript"),
    ]
    path = tmp_path / "page.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def test_a_har_becomes_a_recording_that_a_scan_answers_from(sovscan: Run, har: Path, tmp_path: Path) -> None:
    done = sovscan("import", str(har), "--out", "page.jsonl.gz")
    assert done.returncode == 0, done.stderr
    assert "https://ville.example/" in done.stdout
    assert sovscan("scan", "ville.example", "--replay", "page.jsonl.gz", "--no-report").returncode == 0
    lines = [json.loads(line) for line in sovscan("export", "output").stdout.splitlines()]
    (found,) = [line for line in lines if line["role"] == "resource"]
    assert (found["subject"], found["category"]) == ("www.google.com", "captcha")
    assert found["reason"]["args"] == {"host": "www.google.com", "hard": True, "consent": "before"}
    stored = b"".join(path.read_bytes() for path in (tmp_path / "output").rglob("*") if path.is_file())
    assert b"SECRETVALUE" not in stored


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_file_that_is_none_is_an_error_and_leaves_nothing(sovscan: Run, har: Path, tmp_path: Path, lang: str) -> None:
    cut = tmp_path / "cut.har"
    cut.write_bytes(har.read_bytes()[:-5])
    done = sovscan("import", str(har), str(cut), "--out", "x.jsonl", lang=lang)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cut.har" in done.stderr
    assert not (tmp_path / "x.jsonl").exists()


def test_json_lists_the_pages(sovscan: Run, har: Path) -> None:
    done = sovscan("import", str(har), "--out", "x.jsonl", "--consent", "accept", "--json")
    assert json.loads(done.stdout) == {"recording": "x.jsonl", "answers": 2, "pages": ["https://ville.example/"]}


@pytest.mark.parametrize("command", [["import", "page.har", "--out", "x.jsonl"], ["scan", "ville.example"]])
def test_consent_is_one_of_three(sovscan: Run, har: Path, command: list[str]) -> None:
    done = sovscan(*command, "--consent", "maybe")
    assert done.returncode == 2
    assert "accept" in done.stderr


def test_a_browser_that_is_not_there_stops_a_scan_before_it_asks(sovscan: Run, tmp_path: Path) -> None:
    done = sovscan(
        "scan", "ville.example", "--chromium", "nowhere/chromium", "--resolver", "127.0.0.1:9", "--no-report"
    )
    assert done.returncode == 2
    assert "--chromium" in done.stderr
