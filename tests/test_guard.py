"""The guard of conftest.py keeps every test on this machine."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import platformdirs
import pytest

TEST_NET = "192.0.2.1"  # RFC 5737: nobody is there, should the guard ever fail


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as plain:
        plain.settimeout(0.01)
        with pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
            plain.connect((TEST_NET, 80))


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as plain, pytest.raises(AssertionError, match="loopback"):
        plain.sendto(b"", (TEST_NET, 53))


async def test_asyncio_does_not_get_round_the_guard() -> None:
    with pytest.raises(AssertionError, match="loopback"):
        await asyncio.wait_for(asyncio.open_connection(TEST_NET, 80), 1)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_caches_do_not_touch_the_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.getbasetemp()
    assert Path(platformdirs.user_cache_dir("sovscan")).is_relative_to(base)
    assert Path(os.path.expanduser("~")).is_relative_to(base)


def test_a_name_is_not_even_looked_up() -> None:
    with pytest.raises(AssertionError, match="example"):
        socket.getaddrinfo("host.example", 80)
