"""HAR and Lighthouse files of every exporter, and what hostile ones may not do."""

from __future__ import annotations

import gzip
import json
import resource
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import imports
from scanner.ask import Recorder, encode, read_recording
from scanner.imports import ImportError_
from scanner.model import Answer, Status

SECRET = "s3cr3tS3CR3Tvalue0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


def entry(url: str, status: int = 200, mime: str = "text/html", **more: Any) -> dict[str, Any]:
    response = {
        "status": status,
        "content": {"mimeType": mime, "size": 10},
        "headers": [],
        "cookies": [],
        "bodySize": 7,
    }
    response |= more.pop("response", {})
    return {
        "startedDateTime": "2026-01-02T03:04:05.000+01:00",
        "request": {"method": "GET", "url": url, "headers": [], "cookies": []} | more.pop("request", {}),
        "response": response,
        **more,
    }


def har(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": list(entries)}}


def read(tmp_path: Path, document: Any, consent: str = "none") -> dict[str, Answer]:
    path = tmp_path / "x.json"
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return {answer.question.kind: answer for answer in imports.read(path, consent)}


def lhr(**more: Any) -> dict[str, Any]:
    items = [
        {"url": "https://ville.example/", "resourceType": "Document", "statusCode": 200, "transferSize": 5, "networkRequestTime": 9.5},
        {"url": "https://cdn.test/a.js", "resourceType": "Script", "statusCode": -1, "priority": "High", "networkRequestTime": 12},
    ]  # fmt: skip
    audits = {"network-requests": {"details": {"items": items}}, "dom-size": {"numericValue": 42}}
    found = {
        "lighthouseVersion": "12.6.1",
        "requestedUrl": "https://ville.example/",
        "fetchTime": "2026-01-02T03:04:05.678Z",
    }
    return found | {"mainDocumentUrl": "https://ville.example/", "audits": audits} | more


@pytest.mark.shared_data
def test_every_har_of_five_exporters_is_imported(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / "har").iterdir()):
        answers = imports.read(path)
        kinds = [answer.question.kind for answer in answers]
        pages = [answer for answer in answers if answer.question.kind == "page"]
        assert len(pages) == 1, path.name
        assert "http" in kinds, path.name
        value = pages[0].values[0]
        assert value["requests"][0]["type"] == "Document"
        assert len(value["requests"]) >= 10
        assert all(request["url"].startswith(("http", "ws")) for request in value["requests"])
        recorder = Recorder(tmp_path / f"{path.name}.jsonl.gz")
        recorder.write(answers)
        recorder.close()
        assert list(read_recording(recorder.path)) == answers


@pytest.mark.shared_data
def test_no_cookie_value_of_the_real_hars_comes_in(shared_data: Path) -> None:
    for path in sorted((shared_data / "har").iterdir()):
        text = b"".join(orjson.dumps(encode(answer)) for answer in imports.read(path))
        entries = json.loads(path.read_text(encoding="utf-8"))["log"]["entries"]
        values = {c["value"] for e in entries for side in ("request", "response") for c in e[side].get("cookies", [])}
        assert [value for value in values if len(value) > 11 and value.encode() in text] == []


@pytest.mark.shared_data
def test_every_lighthouse_result_is_imported(shared_data: Path) -> None:
    for path in sorted((shared_data / "lighthouse").iterdir()):
        (answer,) = imports.read(path)
        assert answer.question.detail == "lighthouse;consent=none"
        value = answer.values[0]
        document = json.loads(path.read_text(encoding="utf-8"))[0]["audits"]
        items = document["network-requests"]["details"]["items"]
        assert len(value["requests"]) == sum(item["url"].startswith("http") for item in items)
        assert value["nodes"] == document["dom-size"]["numericValue"]
        sizes = sum(item["transferSize"] for item in items if item["url"].startswith("http"))
        assert sum(request["bytes"] for request in value["requests"]) == sizes


def test_a_har_gives_the_page_its_document_s_answer_and_the_address(tmp_path: Path) -> None:
    first = entry("http://ville.example/", 301, response={"redirectURL": "https://www.ville.example/"})
    second = entry("https://www.ville.example/", serverIPAddress="93.184.215.14", response={
        "headers": [{"name": "Server", "value": "nginx"}], "cookies": [{"name": "sid", "value": SECRET, "domain": ".ville.example"}],
    })  # fmt: skip
    script = entry(
        "https://cdn.test/a.js",
        mime="text/javascript",
        _initiator={"type": "parser", "url": "https://www.ville.example/"},
    )
    found = read(tmp_path, har(first, second, script), "accept")
    page, http, dns = found["page"], found["http"], found["dns"]
    assert (page.question.subject, page.question.detail) == ("http://ville.example/", "har;consent=accept")
    assert page.at == "2026-01-02T02:04:05Z"
    assert page.values[0]["url"] == "https://www.ville.example/"
    assert [request["type"] for request in page.values[0]["requests"]] == ["Document", "Document", "Script"]
    assert page.values[0]["requests"][2]["initiator"] == "https://www.ville.example/"
    assert page.values[0]["cookies"] == [{"name": "sid", "domain": "ville.example"}]
    assert http.values[0]["redirects"] == ["http://ville.example/"]
    assert http.values[0]["headers"] == [["server", "nginx"]]
    assert (dns.question.subject, dns.question.detail, dns.values) == ("www.ville.example", "A", ("93.184.215.14",))


def test_secrets_stay_outside(tmp_path: Path) -> None:
    headers = [
        {"name": "Set-Cookie", "value": f"sid={SECRET}; Path=/\nother={SECRET}"},
        {"name": "Authorization", "value": f"Bearer {SECRET}"},
        {"name": "X-Auth-Token", "value": "hunter2"},
        {"name": "Location", "value": f"https://user:hunter2@a.test/x?token={SECRET}#{SECRET}"},
        {"name": "X-Anything", "value": f"before {JWT} after"},
    ]
    asked = {
        "headers": [{"name": "Cookie", "value": f"a={SECRET}"}, {"name": "Authorization", "value": "hunter2"}],
        "cookies": [{"name": "a", "value": SECRET}],
        "postData": {"text": f"password={SECRET}&hunter2"},
    }
    body = {"headers": headers, "content": {"mimeType": "text/html", "text": f"<p>{SECRET} hunter2"}}
    body["cookies"] = [{"name": "a", "value": SECRET}]
    urls = [
        f"https://ville.example/p?session={SECRET}&pin=4242&q=hunter2",
        f"https://user:hunter2@ville.example/reset/{SECRET}/{JWT}/a;jsessionid=hunter2?e=jean.dupont@hunter2.example",
        f"https://ville.example/mail/jean@hunter2.example?{SECRET}",
    ]
    entries = [entry(url, request=asked, response=body, _initiator=urls[0]) for url in urls]
    document = har(*entries)
    result = lhr()
    result["audits"]["network-requests"]["details"]["items"] += [{"url": url, "resourceType": "XHR"} for url in urls]
    result["audits"]["third-party-cookies"] = {"details": {"items": [{"name": "n", "url": urls[0], "value": SECRET}]}}
    for made in (document, result):
        text = b"".join(orjson.dumps(encode(answer)) for answer in read(tmp_path, made).values())
        for secret in (SECRET, JWT, "hunter2", "4242", "jean", "dupont"):
            assert secret.encode() not in text, secret


def test_a_lighthouse_result_that_failed_is_failed_never_an_empty_page(tmp_path: Path) -> None:
    answer = read(tmp_path, [lhr(runtimeError={"code": "NO_FCP", "message": "x"})])["page"]
    assert (answer.status, answer.reason, answer.values) == (Status.FAILED, "no-page", ())
    value = read(tmp_path, lhr())["page"].values[0]
    assert value["requests"][1] == {"url": "https://cdn.test/a.js", "type": "Script", "at_ms": 2, "blocks": True}
    assert value["nodes"] == 42


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"log": {"entries": 5}}',
        b'{"log": {"entries": []}}',
        b'{"log": {"entries": [5, null, {"request": 7}, {"request": {"url": 9}}, {"request": {"url": "data:,x"}}]}}',
        b'{"log": {"entries": [{"request": {"url": "https://[bad/"}}]}}',
        b'{"audits": {}, "lighthouseVersion": 5}',
        b'{"audits": {}, "lighthouseVersion": "1", "requestedUrl": "https://a.test/"}',
        b"\x1f\x8bnot gzip",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_page_load_is_an_error_that_names_the_file(tmp_path: Path, document: bytes) -> None:
    with pytest.raises(ImportError_, match=r"x\.json: "):
        read(tmp_path, document)


@pytest.mark.parametrize(
    "more",
    [
        {"response": None}, {"response": 5}, {"startedDateTime": "never"}, {"startedDateTime": 5}, {"time": "x"},
        {"_initiator": [1]}, {"_initiator": {"stack": {"callFrames": [5], "parent": "x"}}}, {"serverIPAddress": "x"},
        {"serverIPAddress": 5}, {"pageref": {}}, {"_resourceType": []}, {"_bytesIn": "-1"},
    ],
)  # fmt: skip
def test_odd_entries_do_not_stop_an_import(tmp_path: Path, more: dict[str, Any]) -> None:
    made = entry("https://ville.example/")
    found = read(tmp_path, har({**made, **more}))
    assert found["page"].values[0]["requests"][0]["url"] == "https://ville.example/"


def test_a_file_out_of_proportion_is_refused_within_bounded_memory(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    huge = tmp_path / "huge.har"
    with huge.open("wb") as file:
        file.truncate(500 << 20)
    with pytest.raises(ImportError_, match="more than 128 MB"):
        imports.read(huge)
    bomb = tmp_path / "bomb.har.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as packed:
        for _ in range(40):
            packed.write(b" " * (1 << 20))
    with pytest.raises(ImportError_, match="more than 16 MB"):
        imports.read(bomb, limit=16 << 20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_a_recording_of_this_project_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(
        gzip.compress(b'{"kind":"dns","subject":"a.test","detail":"A","status":"ok","values":["192.0.2.1"]}\n')
    )
    assert imports.read(path)[0].values == ("192.0.2.1",)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*entry("x"), "pageref", "_initiator", "serverIPAddress"]), JSON), JSON)
def test_any_har_gives_answers_or_one_kind_of_error(more: dict[str, Any], pages: Any) -> None:
    from tempfile import TemporaryDirectory

    document = har(entry("https://ville.example/"), {**entry("https://b.test/"), **more})
    document["log"]["pages"] = pages
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.har"
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            answers = imports.read(path)
        except ImportError_:
            return
        assert all(orjson.dumps(encode(answer)) for answer in answers)
