"""Those who asked to be left alone are asked nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from scanner import ask
from scanner.model import Question, Status
from scanner.net import OptOutError
from scanner.net.opt_out import covers, read_opt_out

from .conftest import HOST, Start, Web
from .servers import Request, Zone, page


def test_a_list_is_a_domain_a_line_with_all_below_it(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# since 2026\nville.test  # asked by mail\n*.bourg.test\n.hameau.test\n\nMÉTROPOLE.test\n")
    domains = read_opt_out([path])
    assert domains == {"ville.test", "bourg.test", "hameau.test", "xn--mtropole-b1a.test"}
    assert covers(domains, "www.ville.test")
    assert not covers(domains, "notville.test")
    assert not covers(domains, "test")


def test_a_list_that_cannot_be_read_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("ville.test\nno name\n")
    with pytest.raises(OptOutError, match=r"list\.txt:2"):
        read_opt_out([path])
    with pytest.raises(OptOutError, match="missing"):
        read_opt_out([tmp_path / "missing"])


def test_the_shipped_list_can_be_read() -> None:
    assert isinstance(read_opt_out([]), frozenset)


async def test_no_question_of_any_kind_leaves_about_them(zone: Zone, network: Start) -> None:
    async with network(opt_out=frozenset({"ville.test"}), connect_to="127.0.0.1:9") as net:
        for question in (
            ask.dns("_dmarc.ville.test", "TXT"),
            ask.dns("ville.test", "MX"),
            ask.http("https://www.ville.test/"),
            ask.tls("www.ville.test"),
            ask.rdap("ville.test"),
            Question("smtp", "mx.ville.test:25", "chain"),
        ):
            assert (await net(question)).status is Status.UNASKED, question
        assert net.web.connections == 0
    assert zone.asked == []


async def test_a_redirect_to_them_is_not_followed(network: Start, web: Web, zone: Zone) -> None:
    zone.records[("other.test", "A")] = ["127.0.0.1"]

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        port = request.host.rpartition(":")[2]
        await page(b"", "302 Found", f"Location: http://{HOST}:{port}/")(request, writer)

    async with web.plain(handle) as site, network(opt_out=frozenset({"ville.test"})) as net:
        answer = await net(ask.http(f"http://other.test:{site.port}/"))
    assert (answer.status, answer.reason) == (Status.FAILED, "blocked")
    assert len(site.requests) == 1


async def test_a_security_txt_gives_its_web_addresses_and_no_person_s(network: Start, web: Web) -> None:
    text = b"Contact: mailto:jeanne@ville.test\nContact: https://ville.test/contact\nPolicy: https://cdn.test/p\nX: https://x.test/\n"
    async with web.plain(page(text, "200 OK", "Content-Type: text/plain")) as site, network() as net:
        answer = await net(ask.http(f"http://{HOST}:{site.port}/.well-known/security.txt"))
    assert answer.values[0]["links"] == [
        {"url": "https://ville.test/contact", "tag": "contact"},
        {"url": "https://cdn.test/p", "tag": "policy"},
    ]
