"""What is asked only on request: servers' greetings on loopback, and Microsoft's answer on a tenant."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from scanner import ask
from scanner.model import Answer, Status
from scanner.net import Network
from scanner.net.active_mail import ActiveMail

from .conftest import HOST, Start, Web
from .servers import Issued, Zone, issue, page, server_context

GREETING = f"220 {HOST} ESMTP ready"


@asynccontextmanager
async def server(
    folder: Path, authority: Issued, lines: Sequence[str] = (GREETING,), offers: Sequence[str] = ("STARTTLS",)
) -> AsyncIterator[tuple[int, list[str]]]:
    """An SMTP server on loopback; yields its port and what it hears."""
    context = server_context(folder, issue(HOST, authority, names=[HOST, "*.ville.test"]))
    heard: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        try:
            while command := (await reader.readline()).decode().strip():
                heard.append(command)
                if command.startswith("EHLO"):
                    answers = ["hello", *offers]
                    marks = ["-"] * (len(answers) - 1) + [" "]
                    writer.write("".join(f"250{m}{a}\r\n" for m, a in zip(marks, answers, strict=True)).encode())
                elif command == "STARTTLS":
                    writer.write(b"220 go ahead\r\n")
                    await writer.start_tls(context)
                else:
                    break
        except (ConnectionError, OSError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1], heard
    finally:
        running.close()


def probe(net: Network, port: int, *, may: bool = True, seconds: float = 2.0, interval: float = 0.0) -> ActiveMail:
    return ActiveMail(
        net.dns,
        net.web,
        lambda address, _: may and address == "127.0.0.1",
        speaker="scanner.ville.test",
        timeout=seconds,
        port=port,
        interval=interval,
    )


async def test_a_server_tells_its_name_and_shows_its_certificate(
    network: Start, tmp_path: Path, authority: Issued
) -> None:
    async with network() as net, server(tmp_path, authority) as (port, heard):
        answer = await probe(net, port).smtp(ask.smtp(HOST))
    assert answer.status is Status.OK
    value = answer.values[0]
    assert (value["name"], value["starttls"], value["subject_cn"]) == (HOST, True, HOST)
    assert value["san"] == [HOST, "*.ville.test"]
    assert heard[:2] == ["EHLO scanner.ville.test", "STARTTLS"]


async def test_no_message_is_ever_begun_and_a_server_without_tls_is_read(
    network: Start, tmp_path: Path, authority: Issued
) -> None:
    async with network() as net, server(tmp_path, authority, offers=("SIZE 1",)) as (port, heard):
        answer = await probe(net, port).smtp(ask.smtp(HOST))
    assert answer.values[0] == {"greeting": f"{HOST} ESMTP ready", "name": HOST, "starttls": False}
    assert heard in (["EHLO scanner.ville.test"], ["EHLO scanner.ville.test", "QUIT"])  # it may hang up first


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["554 go away"], "malformed"),
        (["HTTP/1.1 400 Bad Request"], "malformed"),
        (["220-more"] * 200, "malformed"),
        (["220 " + "x" * 5000], "malformed"),
        ([], "timeout"),
    ],
)
async def test_a_hostile_greeting_is_a_failure_not_an_error(
    network: Start, tmp_path: Path, authority: Issued, lines: list[str], reason: str
) -> None:
    async with network() as net, server(tmp_path, authority, lines) as (port, _):
        answer = await probe(net, port, seconds=0.3).smtp(ask.smtp(HOST))
    assert (answer.status, answer.reason) == (Status.FAILED, reason)


async def test_the_address_guard_holds_and_names_that_lead_nowhere_are_absent(network: Start) -> None:
    async with network() as net:
        blocked = await probe(net, 1, may=False).smtp(ask.smtp(HOST))
        nowhere = await probe(net, 1).smtp(ask.smtp("gone.nowhere"))
        refused = await probe(net, 1).smtp(ask.smtp(HOST))
    assert blocked.reason == "blocked"
    assert nowhere.status is Status.ABSENT
    assert refused.reason == "connect"


async def test_questions_to_one_address_keep_their_distance(network: Start, tmp_path: Path, authority: Issued) -> None:
    async with network() as net, server(tmp_path, authority) as (port, _):
        one = probe(net, port, interval=0.3)
        start = time.monotonic()
        await asyncio.gather(one.smtp(ask.smtp(HOST)), one.smtp(ask.smtp("ville.test")))
        assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(
    ("body", "status", "values"),
    [
        (b'{"NameSpaceType":"Managed"}', Status.OK, ("Managed",)),
        (b'{"NameSpaceType":"Federated","AuthURL":"https://x.test"}', Status.OK, ("Federated",)),
        (b'{"NameSpaceType":"Unknown"}', Status.ABSENT, ()),
        (b'{"NameSpaceType":["Managed"]}', Status.FAILED, ()),
        (b"<html>", Status.FAILED, ()),
    ],
)
async def test_a_tenant_is_managed_federated_or_not_there(
    network: Start, zone: Zone, web: Web, authority: Issued, body: bytes, status: Status, values: tuple[str, ...]
) -> None:
    zone.records["login.microsoftonline.com", "A"] = ["127.0.0.1"]
    leaf = issue("login.microsoftonline.com", authority, names=["login.microsoftonline.com"])
    async with (
        web.tls(page(body), leaf) as site,
        network(connect_to=f"127.0.0.1:{site.port}", active_mail=True) as net,
    ):
        answer: Answer = await net(ask.tenant("ville.test"))
    assert (answer.status, answer.values) == (status, values)


async def test_neither_is_asked_without_being_wanted_and_no_port_25_from_a_lab(network: Start) -> None:
    async with network() as net:
        for question in (ask.tenant("ville.test"), ask.smtp(HOST)):
            assert (await net(question)).status is Status.UNASKED
    async with network(connect_to="127.0.0.1:1", active_mail=True) as net:
        assert (await net(ask.smtp(HOST))).status is Status.UNASKED
