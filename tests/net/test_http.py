"""The http question against servers on loopback."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pycurl
import pytest

from scanner import ask
from scanner.model import Answer, Status
from scanner.net import Network

from .conftest import HOST, Start, Web
from .servers import Request, Site, Zone, page

HTML = ("Content-Type: text/html; charset=utf-8",)


def url_of(site: Site, path: str = "/", scheme: str = "http", host: str = HOST) -> str:
    return f"{scheme}://{host}:{site.port}{path}"


async def get(net: Network, url: str) -> tuple[Answer, dict[str, Any]]:
    answer = await net(ask.http(url))
    return answer, answer.values[0] if answer.values else {}


async def test_a_page_comes_with_status_headers_address_and_links(network: Start, web: Web) -> None:
    body = "<script src='https://cdn.test/é.js'></script><img src=/logo.png>".encode()
    handler = page(body, "200 OK", *HTML, "Server: Petit", "Set-Cookie: a=1", "Set-Cookie: b=2")
    async with web.tls(handler) as site, network() as net:
        answer, value = await get(net, url_of(site, scheme="https"))
    assert answer.status is Status.OK
    assert answer.vantage == "test bench"
    assert value["status"] == 200
    assert value["url"] == url_of(site, scheme="https")
    assert value["redirects"] == []
    assert value["ip"] == "127.0.0.1"
    assert ["server", "Petit"] in value["headers"]
    assert [pair for pair in value["headers"] if pair[0] == "set-cookie"] == [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
    ]
    assert [link["tag"] for link in value["links"]] == ["script", "img"]
    assert value["links"][1]["url"] == url_of(site, "/logo.png", "https")
    assert site.requests[0].host == f"{HOST}:{site.port}"
    assert site.requests[0].headers["user-agent"].startswith("sovscan/")


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "500 Oops", "204 No Content", "304 Not Modified"])
async def test_an_error_page_is_an_answer(network: Start, web: Web, status: str) -> None:
    async with web.plain(page(b"", status)) as site, network() as net:
        answer, value = await get(net, url_of(site))
    assert answer.status is Status.OK
    assert value["status"] == int(status[:3])
    assert value["links"] == []


async def test_every_hop_before_the_last_is_kept(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("ville.test", "A")] = ["127.0.0.1"]

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        port = request.host.rpartition(":")[2]
        where = {"/": "/a?b=c", "/a?b=c": f"//ville.test:{port}/fin#x"}.get(request.path)
        await (page(b"", "302 Found", f"Location: {where}") if where else page(b"ok"))(request, writer)

    async with web.plain(handle) as site, network() as net:
        _, value = await get(net, url_of(site))
    assert value["redirects"] == [url_of(site), url_of(site, "/a?b=c")]
    assert value["url"] == url_of(site, "/fin", host="ville.test")


async def test_a_cookie_set_on_the_way_is_sent_back(network: Start, web: Web) -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("cookie") == "seen=yes":
            await page(b"ok")(request, writer)
        else:
            await page(b"", "302 Found", "Location: /", "Set-Cookie: seen=yes")(request, writer)

    async with web.plain(handle) as site, network() as net:
        _, value = await get(net, url_of(site))
        assert value["status"] == 200
        await get(net, url_of(site, "/again"))
    assert "cookie" not in site.requests[2].headers  # another question starts without


async def test_a_redirect_loop_ends(network: Start, web: Web) -> None:
    async with web.plain(page(b"", "301 Moved", "Location: /")) as site, network(max_redirects=4) as net:
        answer, _ = await get(net, url_of(site))
    assert (answer.status, answer.reason, answer.note) == (Status.FAILED, "http", "more than 4 redirects")
    assert len(site.requests) == 5


@pytest.mark.parametrize("location", ["mailto:a@b.test", "ftp://ville.test/", "http://[", "javascript:1", "#"])
async def test_a_redirect_to_what_is_no_page_is_the_answer_itself(network: Start, web: Web, location: str) -> None:
    async with web.plain(page(b"", "302 Found", f"Location: {location}")) as site, network() as net:
        answer, value = await get(net, url_of(site))
    assert answer.status is Status.OK
    assert value["status"] == 302


async def test_a_redirect_to_a_host_that_does_not_exist_is_a_failure(network: Start, web: Web) -> None:
    async with web.plain(page(b"", "302 Found", "Location: http://gone.invalid/")) as site, network() as net:
        answer, _ = await get(net, url_of(site))
    assert (answer.status, answer.reason) == (Status.FAILED, "nxdomain")
    assert "gone.invalid" in answer.note


async def test_a_huge_body_is_cut_and_said_so(network: Start, web: Web) -> None:
    body = b"<img src=/first.png>" + b" " * 200_000 + b"<img src=/last.png>"
    async with web.plain(page(body, "200 OK", *HTML)) as site, network(max_body=50_000) as net:
        answer, value = await get(net, url_of(site))
    assert answer.status is Status.OK
    assert answer.note == "body cut"
    assert [link["url"] for link in value["links"]] == [url_of(site, "/first.png")]


async def test_an_endless_body_is_cut(network: Start, web: Web) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"<p>" * 1000)
            await writer.drain()

    async with web.plain(endless) as site, network(max_body=100_000) as net:
        answer, _ = await get(net, url_of(site))
    assert (answer.status, answer.note) == (Status.OK, "body cut")


async def test_a_compressed_bomb_is_cut_after_decompression(network: Start, web: Web) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    async with web.plain(page(bomb, "200 OK", *HTML, "Content-Encoding: gzip")) as site, network() as net:
        answer, _ = await get(net, url_of(site))
    assert (answer.status, answer.note) == (Status.OK, "body cut")


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_page_is_read(network: Start, web: Web, name: str, pack: Any) -> None:
    body = pack(b"<script src=/a.js></script>")
    async with web.plain(page(body, "200 OK", *HTML, f"Content-Encoding: {name}")) as site, network() as net:
        _, value = await get(net, url_of(site))
    assert value["links"] == [{"url": url_of(site, "/a.js"), "tag": "script"}]


async def test_a_page_that_never_ends_in_time_is_a_time_out(network: Start, web: Web) -> None:
    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(1)

    async with web.plain(slow) as site, network(http_timeout=0.3) as net:
        answer, _ = await get(net, url_of(site))
    assert (answer.status, answer.reason) == (Status.FAILED, "timeout")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfew",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 60_000,
    ],
)
async def test_a_broken_response_is_a_failure_of_http(network: Start, web: Web, reply: bytes) -> None:
    async def broken(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        writer.close()

    async with web.plain(broken) as site, network() as net:
        answer, _ = await get(net, url_of(site))
    assert (answer.status, answer.reason) == (Status.FAILED, "http")


async def test_many_headers_are_bounded(network: Start, web: Web) -> None:
    headers = [f"X-{number}: y" for number in range(1000)]
    async with web.plain(page(b"", "200 OK", *headers)) as site, network() as net:
        _, value = await get(net, url_of(site))
    assert len(value["headers"]) == 200


async def test_no_one_listening_is_a_failure_to_connect(network: Start, web: Web) -> None:
    async with web.plain(page(b"")) as site:
        pass
    async with network() as net:
        for scheme in ("http", "https"):
            answer, _ = await get(net, url_of(site, scheme=scheme))
            assert (answer.status, answer.reason) == (Status.FAILED, "connect")


async def test_the_next_address_is_tried_when_one_does_not_answer(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("two.test", "A")] = ["127.0.0.9", "127.0.0.1"]
    async with web.plain(page(b"ok")) as site, network() as net:
        answer, value = await get(net, url_of(site, host="two.test"))
    assert answer.status is Status.OK
    assert value["ip"] == "127.0.0.1"


async def test_plain_text_on_a_tls_port_is_a_failure_of_tls(network: Start, web: Web) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server, network() as net:
        answer, _ = await get(net, f"https://{HOST}:{server.sockets[0].getsockname()[1]}/")
    assert (answer.status, answer.reason) == (Status.FAILED, "tls")


async def test_a_certificate_that_fails_does_not_stop_the_fetch(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("other.test", "A")] = ["127.0.0.1"]
    async with web.tls(page(b"ok")) as site, network() as net:
        answer, value = await get(net, url_of(site, scheme="https", host="other.test"))
    assert answer.status is Status.OK
    assert value["status"] == 200


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("nothing.invalid", Status.ABSENT, "nxdomain"),
        ("txt.test", Status.ABSENT, "nodata"),
        ("broken.test", Status.FAILED, "servfail"),
        ("silent.test", Status.FAILED, "timeout"),
    ],
)
async def test_a_host_without_address_answers_as_its_dns_does(
    network: Start, zone: Zone, name: str, status: Status, reason: str
) -> None:
    zone.records[("txt.test", "TXT")] = ['"x"']
    zone.rcodes["broken.test"] = "SERVFAIL"
    zone.silent.add("silent.test")
    async with network(connect_to="127.0.0.1:1", dns_timeout=0.1) as net:
        for question in (ask.http(f"https://{name}/"), ask.tls(name)):
            answer = await net(question)
            assert (answer.status, answer.reason) == (status, reason)


@pytest.mark.parametrize(
    "url", ["http://", "nonsense", "ftp://ville.test/", "http://ville.test:99999/", "http://[::1/"]
)
async def test_what_is_no_url_is_malformed(network: Start, url: str) -> None:
    async with network() as net:
        answer, _ = await get(net, url)
    assert (answer.status, answer.reason) == (Status.FAILED, "malformed")


async def test_connections_to_one_address_are_bounded(network: Start, web: Web, zone: Zone) -> None:
    """Ten hosts at one address: neither requests nor connections left open pass the limit."""
    hosts = [f"n{number}.test" for number in range(10)]
    zone.records |= {(host, "A"): ["127.0.0.1"] for host in hosts}

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        await page(b"ok")(request, writer)  # and stays open, if the client lets it

    async with web.plain(slow) as site, network(per_address=2) as net:
        answers = await asyncio.gather(*(net(ask.http(url_of(site, host=host))) for host in hosts))
    assert all(answer.status is Status.OK for answer in answers)
    assert site.most_open == 2


async def test_everything_goes_to_connect_to_with_its_own_name(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("rdap.nic.fr", "A")] = ["192.0.2.80"]
    async with web.tls(page(b"ok")) as site, network(connect_to=f"localhost:{site.port}", allow_private=False) as net:
        _, value = await get(net, "https://rdap.nic.fr/x")
        certificate = await net(ask.tls("rdap.nic.fr"))
    assert value["ip"] == "192.0.2.80"
    assert value["url"] == "https://rdap.nic.fr/x"
    assert site.requests[0].host == "rdap.nic.fr"
    assert certificate.verify == "ok"


async def test_a_charset_of_the_header_is_honoured(network: Start, web: Web) -> None:
    body = "<script src='/café.js'></script>".encode("windows-1252")
    async with web.plain(page(body, "200 OK", "Content-Type: text/html; charset=ISO-8859-1")) as site, network() as net:
        _, value = await get(net, url_of(site))
    assert value["links"][0]["url"].endswith("/café.js")


async def test_the_web_and_registries_can_be_switched_off(network: Start) -> None:
    async with network(web=False, rdap=False) as net:
        for question in (
            ask.http("http://a.test/"),
            ask.tls("a.test"),
            ask.rdap("a.fr"),
            ask.page("http://a.test/", "chromium"),
        ):
            assert (await net(question)).status is Status.UNASKED


async def test_only_what_can_be_undone_within_bounds_is_offered(network: Start, web: Web) -> None:
    async with web.plain(page(b"")) as site, network() as net:
        await net(ask.http(url_of(site)))
    offered = set(site.requests[0].headers["accept-encoding"].replace(" ", "").split(","))
    assert {"gzip", "deflate"} <= offered <= {"gzip", "deflate", "br", "zstd"}
    assert ("zstd" in offered) is ("zstd" in pycurl.version)
