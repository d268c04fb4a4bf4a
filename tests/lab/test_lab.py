"""Starting and stopping a whole lab."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from scanner.lab import Lab, demo_world

from .small import SMALL, get


async def test_the_settings_lead_to_loopback_and_nowhere_else() -> None:
    async with Lab(SMALL) as lab:
        (resolver,) = lab.settings.resolvers
        assert resolver == f"127.0.0.1:{lab.names.port}"
        assert lab.settings.connect_to == f"127.0.0.1:{lab.web.port}"
        assert lab.settings.allow_private
        assert lab.settings.rdap


async def test_leaving_closes_every_port_and_removes_the_certificates() -> None:
    async with Lab(SMALL) as lab:
        ca_file = lab.settings.ca_file
        assert ca_file is not None
        assert ca_file.exists()
    assert not ca_file.parent.exists()
    for port in (lab.names.port, lab.web.port):
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
            pass


async def test_leaving_does_not_wait_for_clients_that_hang() -> None:
    async with Lab(SMALL) as lab:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.names.port)
        hanging = asyncio.create_task(get(lab, "silent-site.example", wait=5))
        await asyncio.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    with pytest.raises(ConnectionError):
        await hanging
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_two_labs_run_side_by_side() -> None:
    async with Lab(SMALL) as one, Lab(SMALL) as two:
        assert {(await get(lab, "ville.example")).status for lab in (one, two)} == {200}


async def test_a_wrong_world_is_refused_before_anything_is_open() -> None:
    with pytest.raises(ValueError, match=r"zone broken\.example"):
        async with Lab(replace(SMALL, zones={"broken.example": "@ NS\n"})):
            pass


async def test_the_demonstrations_world_starts_in_under_two_seconds() -> None:
    world = demo_world()
    began = time.monotonic()
    async with Lab(world):
        assert time.monotonic() - began < 2
