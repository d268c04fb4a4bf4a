"""The proxy that a browser goes through: the guard, our own DNS, the limits."""

from __future__ import annotations

import asyncio
import socket

import pytest

from scanner.net.guard import guard
from scanner.net.proxy import PageProxy, Way

HOSTS = {"public.test": ("127.0.0.1",), "inside.test": ("10.0.0.1",), "rebound.test": ("127.0.0.1",)}


async def resolve(host: str) -> tuple[tuple[str, ...], str]:
    return HOSTS.get(host, ()), "" if host in HOSTS else "nxdomain"


async def said(proxy: PageProxy, text: str, more: bytes = b"") -> bytes:
    host, _, port = proxy.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(text.encode() + b"\r\n\r\n" + more)
    try:
        async with asyncio.timeout(3):
            return await reader.read()
    finally:
        writer.close()


async def serve(payload: bytes) -> tuple[asyncio.Server, int, list[bytes]]:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(payload)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1], heard


@pytest.mark.parametrize(
    ("head", "host", "reason"),
    [
        ("CONNECT 127.0.0.1:443 HTTP/1.1", "127.0.0.1", "blocked"),
        ("CONNECT [::1]:443 HTTP/1.1", "::1", "blocked"),
        ("CONNECT inside.test:443 HTTP/1.1", "inside.test", "blocked"),
        ("CONNECT rebound.test:443 HTTP/1.1", "rebound.test", "blocked"),
        ("GET http://169.254.169.254/latest/meta-data HTTP/1.1", "169.254.169.254", "blocked"),
        ("CONNECT nowhere.test:443 HTTP/1.1", "nowhere.test", "nxdomain"),
        ("CONNECT public.test:25 HTTP/1.1", "public.test", "blocked"),
        ("GET ftp://public.test/ HTTP/1.1", "public.test", "malformed"),
    ],
)
async def test_what_the_guard_refuses_is_not_connected_to(head: str, host: str, reason: str) -> None:
    async with PageProxy(Way(resolve, guard(False, None)), 1000) as proxy:
        answer = await said(proxy, head)
    assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 502"))
    assert proxy.contacts.failures == {host: reason}
    assert proxy.contacts.addresses == {}


async def test_plain_http_goes_out_in_origin_form_and_closes() -> None:
    server, port, heard = await serve(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
    async with server, PageProxy(Way(resolve, guard(True, None), ("127.0.0.1", port)), 1000) as proxy:
        answer = await said(
            proxy, "GET http://public.test/a?b=c HTTP/1.1\r\nHost: public.test\r\nProxy-Connection: keep-alive"
        )
    assert heard[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: public.test\r\nConnection: close\r\n")
    assert b"Proxy-Connection" not in heard[0]
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    assert proxy.contacts.addresses == {"public.test": "127.0.0.1"}


async def test_a_tunnel_ends_at_the_byte_limit_and_nothing_follows() -> None:
    server, port, _ = await serve(b"x" * 100_000)
    async with server, PageProxy(Way(resolve, guard(True, None), ("127.0.0.1", port)), 50_000) as proxy:
        answer = await said(proxy, "CONNECT public.test:443 HTTP/1.1", b"hello\r\n\r\n")
        assert len(answer) < 100_000
        assert proxy.contacts.cut == "bytes"
        assert (await said(proxy, "CONNECT public.test:443 HTTP/1.1")).startswith(b"HTTP/1.1 502")
    assert proxy.contacts.failures == {"public.test": "too-large"}


@pytest.mark.parametrize(
    "head", ["", "CONNECT", "GET  HTTP/1.1", "CONNECT [::1 HTTP/1.1", "GET http://a:b:c/ HTTP/1.1"]
)
async def test_garbage_is_answered_or_dropped(head: str) -> None:
    async with PageProxy(Way(resolve, guard(False, None)), 1000) as proxy:
        answer = await said(proxy, head)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 502")


async def test_a_connection_accepted_at_the_last_moment_ends_with_the_page() -> None:
    def accepted() -> list[str]:
        return [name for task in asyncio.all_tasks() if "PageProxy._accept" in (name := repr(task.get_coro()))]

    async with PageProxy(Way(resolve, guard(False, None)), 1000) as proxy:
        late = socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])))
        for _ in range(1_000):
            if accepted():  # its task is made, and has not begun
                break
            await asyncio.sleep(0)
        else:
            raise AssertionError("nobody accepts")
    assert not accepted()
    late.close()
