"""The tls question: the chain as presented, and what is wrong with it."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from typing import Any

import pytest

from scanner import ask
from scanner.model import Question, Status

from .conftest import HOST, Start, Web
from .servers import NOW, Issued, Zone, http_server, issue, page, server_context

PAST: dict[str, Any] = {"start": NOW - timedelta(days=60), "end": NOW - timedelta(days=1)}
FUTURE: dict[str, Any] = {"start": NOW + timedelta(days=1), "end": NOW + timedelta(days=60)}


async def test_the_chain_comes_as_presented_leaf_first(network: Start, web: Web, authority: Issued) -> None:
    middle = issue("Middle", authority, ca=True, org="Middle Org")
    leaf = issue(HOST, middle, names=[HOST, "Autre.ville.test"], org="Ville")
    stray = issue("Stray")
    async with web.tls(page(b""), leaf, middle, stray) as site, network() as net:
        answer = await net(ask.tls(HOST, site.port))
    assert answer.status is Status.OK
    assert answer.verify == "ok"
    assert [value["subject_cn"] for value in answer.values] == [HOST, "Middle", "Stray"]
    first = answer.values[0]
    names = "subject_cn subject_org issuer_cn issuer_org issuer_country san not_before not_after sha256"
    assert " ".join(first) == names
    assert first["subject_org"] == "Ville"
    assert (first["issuer_cn"], first["issuer_org"], first["issuer_country"]) == ("Middle", "Middle Org", "FR")
    assert first["san"] == [HOST, "autre.ville.test"]
    assert first["not_after"] == (NOW + timedelta(days=30)).isoformat()
    assert len(first["sha256"]) == 64


async def test_what_is_wrong_with_a_chain_is_told_exactly(network: Start, web: Web, authority: Issued) -> None:
    middle = issue("Middle", authority, ca=True)
    old_middle = issue("Old middle", authority, ca=True, **PAST)
    stranger = issue("Unknown Root", ca=True)
    not_an_authority = issue("Leaf that signs", authority)
    cases: dict[str, list[tuple[Issued, ...]]] = {
        "ok": [
            (issue(HOST, authority, names=[HOST]),),
            (issue(HOST, authority, names=["*.ville.test"]),),
            (issue(HOST, middle, names=[HOST]), middle, authority),
        ],
        "expired": [
            (issue(HOST, authority, names=[HOST], **PAST),),
            (issue(HOST, authority, names=[HOST], **FUTURE),),
            (issue(HOST, authority, names=["other.test"], **PAST),),
            (issue(HOST, old_middle, names=[HOST], start=NOW - timedelta(days=50)), old_middle),
        ],
        "wrong-name": [
            (issue(HOST, authority, names=["other.test"]),),
            (issue(HOST, authority, names=["*.test"]),),
            (issue(HOST, authority, names=["*.www.ville.test", "ville.test"]),),
            (issue(HOST, authority),),  # a common name alone counts no more
        ],
        "self-signed": [(issue(HOST, names=[HOST]),), (issue(HOST, names=[HOST], **PAST),)],
        "incomplete": [(issue(HOST, middle, names=[HOST], aia=True),)],
        "untrusted": [
            (issue(HOST, stranger, names=[HOST]), stranger),
            (issue(HOST, stranger, names=[HOST]),),
            (issue(HOST, stranger, names=[HOST], **PAST), stranger),
            (issue(HOST, not_an_authority, names=[HOST]), not_an_authority),
        ],
    }
    for verdict, chains in cases.items():
        for number, chain in enumerate(chains):
            async with web.tls(page(b""), *chain) as site, network() as net:
                answer = await net(ask.tls(HOST, site.port))
            assert answer.status is Status.OK
            assert answer.verify == verdict, (verdict, number)
            assert len(answer.values) == len(chain)


async def test_a_chain_seen_by_a_get_costs_no_other_connection(network: Start, web: Web) -> None:
    async with web.tls(page(b"ok")) as site, network() as net:
        page_answer, chain = await asyncio.gather(
            net(ask.http(f"https://{HOST}:{site.port}/")), net(ask.tls(HOST, site.port))
        )
        again = await net(ask.tls(HOST, site.port))
    assert page_answer.status is chain.status is again.status is Status.OK
    assert chain.values == again.values
    assert site.connections == 1


async def test_a_chain_asked_alone_makes_no_request(network: Start, web: Web) -> None:
    async with web.tls(page(b"ok")) as site, network() as net:
        assert (await net(ask.tls(HOST, site.port))).status is Status.OK
    assert site.requests == []


async def test_an_old_protocol_is_still_looked_at(network: Start, web: Web, authority: Issued) -> None:
    context = server_context(web.folder, issue(HOST, authority, names=[HOST]))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1
    async with http_server(page(b""), context) as site, network() as net:
        assert (await net(ask.tls(HOST, site.port))).status is Status.OK


async def test_failures_have_their_reasons(network: Start, web: Web) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with network(http_timeout=0.3) as net:
        for handler, reason in ((never, "timeout"), (hang_up, "tls")):
            server = await asyncio.start_server(handler, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            answer = await net(ask.tls(HOST, port))
            assert (answer.status, answer.reason) == (Status.FAILED, reason)
            server.close()
        answer = await net(ask.tls(HOST, port))
        assert (answer.status, answer.reason) == (Status.FAILED, "connect")


@pytest.mark.parametrize("subject", ["", "ville.test", "ville.test:0", "ville.test:x", ":443", "ville.test:99999"])
async def test_a_subject_that_is_no_host_and_port_is_malformed(network: Start, zone: Zone, subject: str) -> None:
    async with network() as net:
        answer = await net(Question("tls", subject, "chain"))
    assert (answer.status, answer.reason) == (Status.FAILED, "malformed")
