"""Loopback servers of the tests: DNS by UDP and TCP, HTTP and HTTPS, and certificates made on the spot."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)


# --- DNS ---------------------------------------------------------------------------------------------------------


@dataclass
class Zone:
    """A recursive resolver's whole knowledge: `records` by (name, type), `rcodes` by name, chains followed."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rcodes: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    ttl: int = 300
    chase: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    by_tcp: list[tuple[str, str]] = field(default_factory=list)
    truncate: set[str] = field(default_factory=set)
    mangle: Callable[[dns.message.Message, bytes], list[bytes]] | None = None

    def answer(self, wire: bytes, tcp: bool = False) -> list[bytes]:
        """Packets to send back for a query."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        rtype = dns.rdatatype.to_text(question.rdtype)
        (self.by_tcp if tcp else self.asked).append((name, rtype))
        if name in self.silent:
            return []
        response = dns.message.make_response(query, recursion_available=True)
        if name in self.truncate and not tcp:
            response.flags |= dns.flags.TC
        elif name in self.rcodes:
            response.set_rcode(dns.rcode.from_text(self.rcodes[name]))
        else:
            self.fill(response, name, rtype)
        packet = response.to_wire(max_size=65535)
        return self.mangle(query, packet) if self.mangle else [packet]

    def fill(self, response: dns.message.Message, name: str, rtype: str) -> None:
        """The answer section, or the SOA of an absent answer."""
        for _ in range(20):
            found = self.records.get((name, rtype))
            alias = self.records.get((name, "CNAME"))
            if found:
                response.answer.append(dns.rrset.from_text(f"{name}.", self.ttl, "IN", rtype, *found))
                return
            if not alias or rtype == "CNAME":
                break
            response.answer.append(dns.rrset.from_text(f"{name}.", self.ttl, "IN", "CNAME", *alias))
            name = alias[0].rstrip(".")
            if not self.chase:
                return
        if not any(owner == name or owner.endswith(f".{name}") for owner, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        soa = "ns.test. mail.test. 1 7200 3600 1209600 120"
        response.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", soa))


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for packet in self.zone.answer(data):
            self.transport.sendto(packet, addr)


@asynccontextmanager
async def dns_server(zone: Zone) -> AsyncIterator[str]:
    """Serve a zone by UDP and TCP on one port; yields "127.0.0.1:port"."""

    async def by_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                for packet in zone.answer(await reader.readexactly(size), tcp=True):
                    writer.write(len(packet).to_bytes(2, "big") + packet)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(by_tcp, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Udp(zone), local_addr=("127.0.0.1", port)
    )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        transport.close()
        server.close()


# --- certificates ------------------------------------------------------------------------------------------------


@dataclass
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(
    name: str,
    issuer: Issued | None = None,
    *,
    ca: bool = False,
    names: list[str] | None = None,
    start: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + timedelta(days=30),
    aia: bool = False,
    org: str = "",
) -> Issued:
    """A certificate for `names`, by `issuer` or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if org:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, org))
        attributes.append(x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"))
    subject = x509.Name(attributes)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    if aia:
        where = x509.UniformResourceIdentifier("http://ca.test/issuer.der")
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Issued(builder.sign((issuer.key if issuer else key), hashes.SHA256()), key)


def server_context(folder: Path, leaf: Issued, *others: Issued) -> ssl.SSLContext:
    """A server's TLS context that presents a chain."""
    path = folder / f"{leaf.certificate.serial_number:x}.pem"
    key = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(leaf.pem + b"".join(other.pem for other in others) + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


# --- HTTP --------------------------------------------------------------------------------------------------------

Handler = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """What a client asked."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


@dataclass
class Site:
    """A server under test: what it was asked, and how many connections it saw at once."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0


def page(body: bytes, status: str = "200 OK", *headers: str) -> Handler:
    """A handler that always answers the same."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + body)

    return handle


@asynccontextmanager
async def http_server(
    handler: Handler, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Site]:
    """Serve a handler, by TLS with a context, closing after each request as small servers do."""
    site = Site()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.connections += 1
        site.open += 1
        site.most_open = max(site.most_open, site.open)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                method, path, _ = first.split(" ")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                request = Request(method, path, headers)
                site.requests.append(request)
                await handler(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            site.open -= 1
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=context)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await asyncio.sleep(0)
