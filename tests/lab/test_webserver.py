"""The web server's behaviour on the wire."""

from __future__ import annotations

import asyncio
import gzip
import ssl

import pytest

from scanner.lab import Lab

from .small import HOME, get


async def test_one_port_speaks_tls_and_plain_http(lab: Lab) -> None:
    secure = await get(lab, "ville.example")
    plain = await get(lab, "ville.example", "/page?q=1", secure=False)
    assert (secure.status, secure.body) == (200, HOME.body.encode())
    assert (plain.status, plain.headers["location"]) == (301, "https://ville.example/page?q=1")


async def test_the_certificate_follows_the_name_asked_for(lab: Lab) -> None:
    for host in ("ville.example", "www.ville.example", "forbidden.example", "cdn.example"):
        assert (await get(lab, host)).status in (200, 403)  # verified against the lab's root and the host's name


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("expired.example", "certificate has expired"),
        ("selfsigned.example", "self-signed certificate"),
        ("wrong.example", "Hostname mismatch"),
        ("incomplete.example", "unable to get local issuer certificate"),
    ],
)
async def test_a_faulty_certificate_fails_for_its_own_reason_and_the_site_still_answers(
    lab: Lab, host: str, why: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        await get(lab, host)
    assert (await get(lab, host, check=False)).status == 200


async def test_the_host_header_chooses_the_site(lab: Lab) -> None:
    assert (await get(lab, "forbidden.example")).status == 403
    assert (await get(lab, "ville.example", "/nowhere")).status == 404
    assert (await get(lab, "www.ville.example", "/nowhere")).status == 200
    assert (await get(lab, "ville.example", "/moved")).headers["location"] == "https://other.example/"


async def test_a_body_is_compressed_for_those_who_accept_it(lab: Lab) -> None:
    reply = await get(lab, "ville.example", accept="br, gzip")
    assert reply.headers["content-encoding"] == "gzip"
    assert gzip.decompress(reply.body) == HOME.body.encode()
    assert int(reply.headers["content-length"]) == len(reply.body)


async def test_a_site_without_a_certificate_speaks_plain_http_only(lab: Lab) -> None:
    assert (await get(lab, "plain.example", secure=False)).status == 200
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await get(lab, "plain.example")


async def test_a_site_closed_to_plain_http_drops_the_connection(lab: Lab) -> None:
    assert (await get(lab, "tls-only.example")).status == 200
    with pytest.raises(ConnectionResetError):
        await get(lab, "tls-only.example", secure=False)


@pytest.mark.parametrize("secure", [True, False])
async def test_a_host_of_another_world_is_not_served(lab: Lab, secure: bool) -> None:
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await get(lab, "nowhere.example", secure=secure)


async def test_a_silent_site_keeps_the_client_waiting(lab: Lab) -> None:
    with pytest.raises(TimeoutError):
        await get(lab, "silent-site.example", wait=0.3)


async def test_a_slow_site_answers_in_the_end(lab: Lab) -> None:
    began = asyncio.get_running_loop().time()
    assert (await get(lab, "slow.example")).status == 200
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_a_site_that_resets_sends_nothing(lab: Lab) -> None:
    with pytest.raises(ConnectionResetError):
        await get(lab, "reset.example")


async def test_garbage_is_not_http(lab: Lab) -> None:
    with pytest.raises((ValueError, IndexError)):
        await get(lab, "garbage.example")


async def test_a_host_that_stands_for_a_real_one_presents_a_certificate_of_the_labs_own(lab: Lab) -> None:
    for host in ("cdn.example", "rdap.nic.fr"):
        assert (await get(lab, host)).issuer == "sovscan laboratory"
    assert (await get(lab, "ville.example")).issuer == "Let's Encrypt"


async def test_an_asset_host_answers_any_path_with_the_type_of_its_name(lab: Lab) -> None:
    reply = await get(lab, "cdn.example", "/npm/x@1/a.css")
    assert (reply.status, reply.headers["content-type"], reply.body) == (200, "text/css", b"")


@pytest.mark.parametrize(
    "head", [b"HELLO\r\n\r\n", b"GET nowhere HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n"]
)
async def test_what_is_not_a_request_is_refused(lab: Lab, head: bytes) -> None:
    address, _, port = lab.settings.connect_to.rpartition(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    writer.write(head)
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    await writer.wait_closed()


async def test_forty_clients_at_once_are_all_served(lab: Lab) -> None:
    replies = await asyncio.gather(*(get(lab, "ville.example", wait=10) for _ in range(40)))
    assert {reply.status for reply in replies} == {200}
