"""Fetching a file on the user's command: bounded, verified, through the user's proxy."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from scanner.net.download import DownloadError, download

from .servers import Request, http_server, issue, page, server_context


async def fetch(url: str, **options: object) -> bytes:
    return await asyncio.to_thread(download, url, **options)  # type: ignore[arg-type]


async def test_the_body_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with http_server(page(b"x" * 5000)) as site:
        assert await fetch(f"http://127.0.0.1:{site.port}/", scheme="http") == b"x" * 5000


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "403 Forbidden"])
async def test_an_error_page_is_no_list(status: str) -> None:
    async with http_server(page(b"sorry", status)) as site:
        with pytest.raises(DownloadError, match=status[:3]):
            await fetch(f"http://127.0.0.1:{site.port}/", scheme="http")


async def test_a_body_without_end_is_cut_off() -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    async with http_server(endless) as site:
        with pytest.raises(DownloadError, match="more than 100000 bytes"):
            await fetch(f"http://127.0.0.1:{site.port}/", scheme="http", max_bytes=100_000)


async def test_a_server_that_drips_runs_out_of_time() -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with http_server(drip) as site:
        with pytest.raises(DownloadError, match="timed out"):
            await fetch(f"http://127.0.0.1:{site.port}/", scheme="http", seconds=0.3)


async def test_a_redirect_does_not_leave_the_scheme() -> None:
    async with http_server(page(b"", "302 Found", "Location: file:///etc/passwd")) as site:
        with pytest.raises(DownloadError):
            await fetch(f"http://127.0.0.1:{site.port}/", scheme="http")
    with pytest.raises(DownloadError):
        await fetch(f"http://127.0.0.1:{site.port}/")


async def test_a_server_that_does_not_prove_who_it_is_gets_no_trust(tmp_path: Path) -> None:
    context: ssl.SSLContext = server_context(tmp_path, issue("127.0.0.1", names=["127.0.0.1"]))
    async with http_server(page(b"x"), context) as site:
        with pytest.raises(DownloadError, match="certificate"):
            await fetch(f"https://127.0.0.1:{site.port}/")


async def test_the_user_s_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with http_server(page(b"no", "403 Forbidden")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(DownloadError):
            await fetch("https://ranges.test/list.json")
        assert [(request.method, request.path) for request in proxy.requests] == [("CONNECT", "ranges.test:443")]
