"""Who holds an address block, by ipwhois: last, once a network, one question an interval to one registry.

ipwhois is synchronous and opens its own connections; here it gets an opener that hands each of its requests to our web
client, so that our DNS, guard, limits, and private CA hold for it too.
"""

from __future__ import annotations

import asyncio
import io
import ipaddress
from collections.abc import Mapping
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import OpenerDirector, Request

from dns.exception import DNSException
from ipwhois.exceptions import BaseIpwhoisException
from ipwhois.net import Net
from ipwhois.rdap import RDAP

from scanner.ask import now
from scanner.model import Answer, Question, Status
from scanner.net.guard import is_public
from scanner.net.limits import Pace
from scanner.net.rdap import ACCEPT, MAX_TEXT
from scanner.net.rdap_cache import NetworkCache
from scanner.net.reply import failure
from scanner.net.web import WebClient

REGISTRIES = "rdap"


class _Opener(OpenerDirector):
    """urllib's opener as ipwhois uses it, on top of our web client; called from the thread that ipwhois runs in."""

    def __init__(self, web: WebClient, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._web = web
        self._loop = loop
        self.reason = "http"  # of the last failure: ipwhois keeps none
        self.note = ""

    def open(self, fullurl: str | Request, data: Any = None, timeout: float | None = None) -> Any:
        """The body of a URL. Raises HTTPError and URLError, as urllib does."""
        url = fullurl.full_url if isinstance(fullurl, Request) else fullurl
        load = asyncio.run_coroutine_threadsafe(self._web.load(url, ACCEPT, trusted=True), self._loop).result()
        if load.status is not Status.OK:
            self.reason, self.note = load.reason, load.note
            raise URLError(load.reason)
        if load.hop.status != 200:
            self.note = f"status {load.hop.status}"
            raise HTTPError(url, load.hop.status, "refused", None, io.BytesIO())  # type: ignore[arg-type]
        return io.BytesIO(load.hop.body)


class NetworkRegistry:
    """Answers rdap questions about addresses; remembers each network, in `kept` also for the runs to come."""

    def __init__(self, web: WebClient, pace: Pace, vantage: str = "", kept: NetworkCache | None = None) -> None:
        self._web = web
        self._pace = pace
        self._vantage = vantage
        self._kept = NetworkCache() if kept is None else kept
        self._lock = asyncio.Lock()  # one at a time: the next address may lie in the network just learnt

    async def ask(self, question: Question) -> Answer:
        """The holder of the network that an address is in."""
        address = ipaddress.ip_address(question.subject)
        if not is_public(question.subject):
            return Answer(question, Status.ABSENT, (), "nodata", now(), self._vantage)
        async with self._lock:
            found = self._kept.find(address)
            if found is not None:
                learnt = datetime.fromtimestamp(found[0], UTC).date().isoformat()
                return Answer(question, Status.OK, (found[1],), "", now(), self._vantage, note=f"learnt {learnt}")
            await self._pace.wait(REGISTRIES)
            at = now()
            loop = asyncio.get_running_loop()
            opener = _Opener(self._web, loop)
            try:
                record = await loop.run_in_executor(None, _look_up, question.subject, opener)
            except (BaseIpwhoisException, CancelledError, DNSException):
                if "429" in opener.note:
                    self._pace.slow(REGISTRIES)
                return failure(question, opener.reason, at, self._vantage, opener.note)
            except (ValueError, TypeError, KeyError, AttributeError, IndexError):  # ipwhois on a registry's oddities
                return failure(question, "malformed", at, self._vantage)
            value = read_network(record)
            self._remember(record, value)
        return Answer(question, Status.OK, (value,), "", at, self._vantage)

    def _remember(self, record: Mapping[str, Any], value: dict[str, str]) -> None:
        for text in str((record.get("network") or {}).get("cidr") or "").split(",")[:64]:
            try:
                network = ipaddress.ip_network(text.strip())
            except ValueError:
                continue
            self._kept.put(network, value)


def _look_up(address: str, opener: _Opener) -> dict[str, Any]:
    """ipwhois's own look-up, from the bootstrap server on: it asks no DNS and waits for no rate limit."""
    net = Net(address, proxy_opener=opener)
    record = RDAP(net).lookup(bootstrap=True, retry_count=0, rate_limit_timeout=0, root_ent_check=False)
    return dict(record)


def read_network(record: Mapping[str, Any]) -> dict[str, str]:
    """Name and country of the network, and the holder where it is an organisation; absent keys left out."""
    network = record.get("network") or {}
    value = {key: str(network[key])[:MAX_TEXT] for key in ("name", "country") if network.get(key)}
    for entity in (record.get("objects") or {}).values():
        contact = entity.get("contact") or {}
        if "registrant" in (entity.get("roles") or []) and contact.get("kind") == "org" and contact.get("name"):
            value["org"] = str(contact["name"])[:MAX_TEXT]
            break
    return value
