"""The Network as a whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import uvloop

from scanner import ask
from scanner.model import Answer, Status
from scanner.net import Network, Settings, TableError, TrustError
from scanner.transcript import Transcript

from .conftest import HOST, Start
from .servers import Zone, dns_server, http_server, page


async def test_it_counts_what_it_asks(zone: Zone, network: Start) -> None:
    async with network() as net:
        for _ in range(3):
            await net(ask.dns(HOST, "A"))
        counters = net.counters
    assert (counters["dns.asked"], counters["dns.remembered"]) == (1, 2)
    assert sum(value for name, value in counters.items() if name.startswith("dns.packets.")) == 1


async def test_settings_that_cannot_work_are_told_on_entering(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate here")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(TrustError, match=name):
            async with Network(Settings(resolvers=("127.0.0.1",), ca_file=tmp_path / name)):
                pass
    with pytest.raises(TableError, match=r"missing\.mmdb"):
        async with Network(Settings(resolvers=("127.0.0.1",), asn_table=tmp_path / "missing.mmdb")):
            pass


async def test_questions_after_closing_are_unasked(network: Start) -> None:
    async with network() as net:
        pass
    assert (await net(ask.dns(HOST, "A"))).status is Status.UNASKED


def test_it_works_on_uvloop_too(zone: Zone) -> None:
    async def scenario() -> None:
        async with (
            dns_server(zone) as resolver,
            http_server(page(b"ok")) as site,
            Network(Settings(resolvers=(resolver,), allow_private=True)) as net,
        ):
            questions = [ask.http(f"http://{HOST}:{site.port}/{number}") for number in range(20)]
            answers = await asyncio.gather(*map(net, questions))
        assert all(answer.status is Status.OK for answer in answers)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())


async def test_begun_questions_are_answered_as_called_ones_are(zone: Zone, network: Start) -> None:
    questions = [ask.dns(HOST, "A"), ask.dns(f"www.{HOST}", "CNAME"), ask.dns("no name", "A"), ask.tenant(HOST)]
    async with network() as net:
        told: list[Answer] = []
        taken = [net.begin(question, told.append) for question in questions]
        called = [await net(question) for question in questions]
        assert taken == [True] * 4
        assert not net.begin(ask.http(f"http://{HOST}/"), told.append)
    begun = {answer.question: (answer.status, answer.values) for answer in told}
    assert begun == {answer.question: (answer.status, answer.values) for answer in called}


async def test_an_alias_asked_for_beside_the_address_costs_no_packet_of_its_own(zone: Zone, network: Start) -> None:
    async with network() as net:
        transcript = Transcript(net)
        asked = [transcript(ask.dns(HOST, "A")), transcript(ask.dns(HOST, "CNAME"))]
        assert [(await one).status for one in asked] == [Status.OK, Status.ABSENT]
        assert net.counters["dns.asked"] == 1


async def test_who_asked_to_be_left_alone_is_not_asked_by_beginning_either(zone: Zone, network: Start) -> None:
    async with network(opt_out=frozenset({HOST})) as net:
        answer = await Transcript(net)(ask.dns(HOST, "A"))
        assert (answer.status, zone.asked) == (Status.UNASKED, [])
