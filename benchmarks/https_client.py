"""How many home pages a second from hosts never met before: `python benchmarks/https_client.py`.

100 kB pages by TLS from nginx on loopback, one connection a host, the presented chain kept; beside it the bare TLS
handshake at the same concurrency: libcurl's CONNECT_ONLY, and asyncio's on uvloop; the faster of the two counts.
Target: our client >= 0.7 times that. `whole questions` also reads the page's links and the chain's certificates.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from measure import Figure, Ports, apart, arguments, contest, load, run, serving, table, verdict

IN_FLIGHT = 40
TARGET = 0.7
HOST = "127.0.0.1"
SIZE = 100_000

Done = tuple[int, float, dict[str, Any]]


def hosts(count: int) -> list[str]:
    return [f"www.ville-{n:06d}.lab" for n in range(count)]


async def drive(visit: Callable[[str], Awaitable[bool]], names: list[str]) -> Done:
    left: Iterator[str] = iter(names)

    async def worker() -> int:
        return sum([await visit(name) for name in left])

    before, start = time.process_time(), time.perf_counter()
    done = sum(await asyncio.gather(*(worker() for _ in range(IN_FLIGHT))))
    seconds = time.perf_counter() - start
    assert done == len(names), f"{len(names) - done} hosts failed"
    return done, seconds, {"cpu": time.process_time() - before}


def settings(ports: Ports) -> Any:
    from scanner.net import Settings

    return Settings(
        resolvers=(f"{HOST}:{ports.authoritative}",),
        connect_to=f"{HOST}:{ports.web}",
        ca_file=Path(ports.ca_file),
        allow_private=True,
        rdap=False,
        http_in_flight=IN_FLIGHT,
    )


def client(ports: Ports, count: int) -> Done:
    """Our HTTPS client: the addresses asked of the DNS, the page and the chain fetched."""
    from scanner.net import Network

    async def work() -> Done:
        async with Network(settings(ports)) as net:

            async def visit(host: str) -> bool:
                load = await net.web.load(f"https://{host}/")
                return len(load.hop.body) == SIZE and len(load.hop.chain) == 2

            return await drive(visit, hosts(count))

    return run(work())  # type: ignore[no-any-return]


def whole(ports: Ports, count: int) -> Done:
    """The http and tls questions as a scan asks them: links of the page, certificates of the chain, its verdict."""
    from scanner import ask
    from scanner.net import Network

    async def work() -> Done:
        async with Network(settings(ports)) as net:

            async def visit(host: str) -> bool:
                page, chain = await asyncio.gather(net(ask.http(f"https://{host}/")), net(ask.tls(host)))
                return bool(page.values and page.values[0]["links"]) and chain.verify == "ok"

            return await drive(visit, hosts(count))

    return run(work())  # type: ignore[no-any-return]


def handshakes_curl(ports: Ports, count: int) -> Done:
    """The TLS handshake alone, by libcurl on its own event loop (curl_multi_poll): nothing of Python between."""
    import pycurl

    multi = pycurl.CurlMulti()
    left = iter(hosts(count))

    def begin() -> int:
        for host in left:
            curl = pycurl.Curl()
            curl.setopt(pycurl.URL, f"https://{host}/")
            curl.setopt(pycurl.CONNECT_TO, [f"::{HOST}:{ports.web}"])
            curl.setopt(pycurl.CONNECT_ONLY, 1)
            curl.setopt(pycurl.SSL_VERIFYPEER, 0)
            curl.setopt(pycurl.SSL_VERIFYHOST, 0)
            multi.add_handle(curl)
            open_.add(curl)
            return 1
        return 0

    open_: set[Any] = set()
    before, start = time.process_time(), time.perf_counter()
    for _ in range(IN_FLIGHT):
        begin()
    done = 0
    while open_:
        multi.perform()
        _, good, bad = multi.info_read()
        assert not bad, bad
        for curl in good:
            multi.remove_handle(curl)
            open_.discard(curl)
            curl.close()
            done += 1
            begin()
        if not good:
            multi.select(1.0)
    seconds = time.perf_counter() - start
    return done, seconds, {"cpu": time.process_time() - before}


def handshakes_asyncio(ports: Ports, count: int) -> Done:
    """The TLS handshake alone, by uvloop: one context for all, nothing verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    async def work() -> Done:
        loop = asyncio.get_running_loop()

        async def visit(host: str) -> bool:
            transport, _ = await loop.create_connection(
                asyncio.Protocol, HOST, ports.web, ssl=context, server_hostname=host
            )
            transport.abort()
            return True

        return await drive(visit, hosts(count))

    return run(work())  # type: ignore[no-any-return]


def main() -> int:
    options = arguments(__doc__ or "")
    count = 200 if options.quick else 1_500
    from tests.servers.world import bulk

    with tempfile.TemporaryDirectory() as name, serving(Path(name), bulk(count), web=True) as ports:
        works = {
            "sovscan client": client,
            "sovscan whole questions": whole,
            "handshake alone, libcurl": handshakes_curl,
            "handshake alone, uvloop": handshakes_asyncio,
        }
        measures: dict[str, Callable[[], Figure]] = {
            title: (lambda work=work: apart(work, ports, count)) for title, work in works.items()
        }
        rows = contest(measures, options.rounds)
    print(f"HTTPS to {count} fresh hosts, {IN_FLIGHT} in flight, 100 kB pages, median of {options.rounds}, {load()}")
    table("hosts/s", rows)
    bare = max(rows["handshake alone, libcurl"].rate, rows["handshake alone, uvloop"].rate)
    print(f"whole questions / handshake alone: {rows['sovscan whole questions'].rate / bare:.2f}")
    return 0 if verdict("client / handshake alone", rows["sovscan client"].rate / bare, TARGET) else 1


if __name__ == "__main__":
    sys.exit(main())
