"""DNS over HTTPS (RFC 8484), by libcurl: one kept HTTP/2 connection, or a few of HTTP/1.1."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pycurl

from scanner.net.proxies import Proxies
from scanner.net.udp import Link, Receive, Sent
from scanner.net.upstream import Upstream
from scanner.net.wire import answers, encode_query, refusal

MAX_ANSWER = 65_535
MAX_CONNECTIONS = 4
HEADERS = ["Content-Type: application/dns-message", "Accept: application/dns-message"]
_NOT_TRUSTED = {pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CONNECT_ERROR, pycurl.E_SSL_ISSUER_ERROR}


class DohLink:
    """Questions to one resolver by HTTPS. It must prove itself by a certificate of `roots` (PEM)."""

    def __init__(
        self,
        upstream: Upstream,
        loop: asyncio.AbstractEventLoop,
        receive: Receive,
        trouble: Callable[[Sent, str], None],
        seconds: float,
        roots: bytes,
        proxies: Proxies,
        user_agent: str,
    ) -> None:
        self.open: list[Link] = []  # no UDP sockets
        self.pending: dict[int, Sent] = {}
        self._upstream = upstream
        self._loop = loop
        self._receive = receive
        self._trouble = trouble
        self._seconds = seconds
        self._roots = roots
        self._proxy = proxies.choose("https", upstream.host)
        self._user_agent = user_agent
        self._number = 0
        self._idle: list[Any] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, MAX_CONNECTIONS)

    def send(self, sent: Sent, edns: bool) -> bool:
        """Ask; ids are all 0 on the wire, so that caches on the way can help (RFC 8484, 4.1)."""
        self._number += 1
        sent.ident, sent.link = self._number, self
        self.pending[sent.ident] = sent
        task = self._loop.create_task(self._post(sent, encode_query(0, sent.question)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    def sweep(self) -> None:
        """Nothing to tidy up."""

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._multi.aclose()
        for curl in self._idle:
            curl.close()
        self.pending.clear()

    def _handle(self) -> Any:
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, self._upstream.url)
        curl.setopt(pycurl.HTTPHEADER, HEADERS)
        curl.setopt(pycurl.USERAGENT, self._user_agent)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(self._seconds * 1000)))
        curl.setopt(pycurl.CAINFO_BLOB, self._roots)
        curl.setopt(pycurl.PROXY, self._proxy)
        if self._proxy.startswith("https:"):
            curl.setopt(pycurl.PROXY_CAINFO_BLOB, self._roots)
        return curl

    async def _post(self, sent: Sent, query: bytes) -> None:
        curl = self._idle.pop() if self._idle else self._handle()
        body = bytearray()

        def receive(chunk: bytes) -> int | None:
            body.extend(chunk)
            return 0 if len(body) > MAX_ANSWER else None  # 0 ends the transfer

        curl.setopt(pycurl.WRITEFUNCTION, receive)
        curl.setopt(pycurl.POSTFIELDS, query)
        why = ""
        try:
            await self._multi.perform(curl)
            if curl.getinfo(pycurl.RESPONSE_CODE) != 200:
                why = "http"
        except pycurl.error as error:
            why = "tls" if error.args[0] in _NOT_TRUSTED else "connect"
            if error.args[0] == pycurl.E_OPERATION_TIMEDOUT:
                why = "timeout"
        except BaseException:  # cancelled: libcurl may still hold the handle
            sent.forget()
            raise
        self._idle.append(curl)
        if self.pending.get(sent.ident) is not sent:  # given up meanwhile
            return
        sent.forget()
        data = bytes(body)
        if why == "timeout":
            return  # the exchange's own clock decides
        if not why and not (answers(data, sent.question) or refusal(data)):
            why = "http"
        if why:
            self._trouble(sent, why)
        else:
            self._receive(sent, data)
