"""What is asked only on request: how a receiving server greets on port 25, and whether a tenant exists.

Both are seen by those who are asked: the server's log, and Microsoft, who learns of the interest in a domain. So each
goes out one at a time, `INTERVAL` seconds apart, once a server or domain.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable
from typing import Any

import orjson
from cryptography import x509

from scanner.ask import now
from scanner.model import Answer, Question, Status
from scanner.names import name_problem
from scanner.net.certificates import describe
from scanner.net.dns import DnsClient
from scanner.net.limits import Pace
from scanner.net.reply import failure
from scanner.net.web import WebClient

INTERVAL = 1.0
"""Seconds between two questions to one address, or to Microsoft."""
TENANT_URL = "https://login.microsoftonline.com/getuserrealm.srf?login=postmaster@{domain}&json=1"
"""What Outlook itself asks before it signs in: {"NameSpaceType": "Managed", "Federated" or "Unknown"}."""
SMTP_PORT = 25
MAX_LINE = 1_000
MAX_LINES = 50
_CODE = re.compile(r"(\d{3})([ -]|$)")


class ActiveMail:
    """Asks servers and Microsoft. `speaker`: the name given in EHLO; `port`: another than 25 in tests alone."""

    def __init__(
        self,
        dns: DnsClient,
        web: WebClient,
        may_connect: Callable[[str, int], bool],
        *,
        speaker: str,
        timeout: float,
        vantage: str = "",
        port: int = SMTP_PORT,
        interval: float = INTERVAL,
    ) -> None:
        self._dns, self._web, self._may_connect = dns, web, may_connect
        self._speaker = speaker if not name_problem(speaker) else "sovscan.invalid"
        self._timeout, self._vantage, self._port = timeout, vantage, port
        self._pace = Pace(interval)
        self._one = asyncio.Lock()

    async def tenant(self, question: Question) -> Answer:
        """Managed or Federated; absent where no tenant has the domain."""
        at = now()
        if name_problem(question.subject):
            return failure(question, "malformed", at, self._vantage)
        await self._pace.wait("tenant")
        load = await self._web.load(TENANT_URL.format(domain=question.subject))
        if load.status is not Status.OK:
            return Answer(question, load.status, (), load.reason, at, self._vantage, note=load.note)
        try:
            found = orjson.loads(load.hop.body)
        except ValueError:
            return failure(question, "malformed", at, self._vantage)
        kind = found.get("NameSpaceType") if isinstance(found, dict) else None
        if kind in ("Managed", "Federated"):
            return Answer(question, Status.OK, (kind,), "", at, self._vantage)
        if kind == "Unknown":
            return Answer(question, Status.ABSENT, (), "nodata", at, self._vantage)
        return failure(question, "malformed", at, self._vantage)

    async def smtp(self, question: Question) -> Answer:
        """{"greeting", "name", "starttls"} and, where it offers TLS, the leaf as the tls kind has it with its names."""
        at, host = now(), question.subject.rpartition(":")[0]
        if name_problem(host):
            return failure(question, "malformed", at, self._vantage)
        addresses, answer = await self._dns.addresses(host, 1)
        if not addresses:
            return Answer(question, answer.status, (), answer.reason, at, self._vantage)
        if not self._may_connect(addresses[0], self._port):
            return failure(question, "blocked", at, self._vantage)
        await self._pace.wait(addresses[0])
        try:
            async with self._one, asyncio.timeout(self._timeout):
                value = await self._talk(addresses[0])
        except TimeoutError:
            return failure(question, "timeout", at, self._vantage)
        except ssl.SSLError:
            return failure(question, "tls", at, self._vantage)
        except OSError:
            return failure(question, "connect", at, self._vantage)
        except ValueError:
            return failure(question, "malformed", at, self._vantage)
        return Answer(question, Status.OK, (value,), "", at, self._vantage)

    async def _talk(self, address: str) -> dict[str, Any]:
        """One conversation, without a message. Raises OSError, ValueError, TimeoutError."""
        reader, writer = await asyncio.open_connection(address, self._port, limit=MAX_LINE)
        try:
            greeting = await _reply(reader, "220")
            words = greeting[0].split()
            value: dict[str, Any] = {"greeting": greeting[0], "name": words[0].lower() if words else ""}
            writer.write(f"EHLO {self._speaker}\r\n".encode())
            offered = {line.split()[0].upper() for line in (await _reply(reader, "250"))[1:] if line.split()}
            value["starttls"] = "STARTTLS" in offered
            if value["starttls"]:
                writer.write(b"STARTTLS\r\n")
                await _reply(reader, "220")
                await writer.start_tls(_any_certificate())
                value |= _leaf(writer)
            with contextlib.suppress(OSError):
                writer.write(b"QUIT\r\n")
                await writer.drain()
            return value
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()


async def _reply(reader: asyncio.StreamReader, wanted: str) -> list[str]:
    """The lines of a reply without their codes (RFC 5321, section 4.2). Raises ValueError for another code."""
    lines: list[str] = []
    while len(lines) < MAX_LINES:
        line = (await reader.readline()).decode("ascii", "replace").rstrip()
        found = _CODE.match(line)
        if not found or found[1] != wanted:
            raise ValueError(line[:80])
        lines.append(line[4:])
        if found[2] != "-":
            return lines
    raise ValueError("a reply without end")


def _any_certificate() -> ssl.SSLContext:
    """Receiving servers' certificates are looked at, not trusted: delivery does not check them either (RFC 3207)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _leaf(writer: asyncio.StreamWriter) -> dict[str, Any]:
    transport = writer.get_extra_info("ssl_object")
    der = transport.getpeercert(True) if transport is not None else None
    if not der:
        return {}
    return describe(x509.load_der_x509_certificate(der))
