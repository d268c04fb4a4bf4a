"""A small world with one of everything, and a web client that is not ours."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import date

from scanner.lab import Lab, World
from scanner.lab.world import (
    Certificate,
    CertificateFault,
    Issuer,
    NameFault,
    Network,
    Page,
    Plain,
    Registration,
    Site,
    SiteFault,
    System,
)

OK = Certificate("le", ("ville.example", "www.ville.example"))
HOME = Page("<title>Ville</title>" + "<p>é</p>" * 200, headers=(("Server", "nginx"),))
SMALL = World(
    zones={
        "example": "@ NS ns1\nns1 A 198.51.100.1\n",
        "ville.example": """
@ NS ns1.ville.example.
ns1 A 192.0.2.1
@ A 192.0.2.10
www CNAME @
alias CNAME www
gone CNAME nowhere.example.
a.b.deep A 192.0.2.11
*.wild A 192.0.2.12
loop1 CNAME loop2
loop2 CNAME loop1
text TXT "é"
"""
        + "".join(f'big TXT "{n:0200d}"\n' for n in range(10)),
    },
    name_faults={
        "broken.example": NameFault.SERVFAIL,
        "shut.example": NameFault.REFUSED,
        "silent.example": NameFault.SILENT,
        "cut.ville.example": NameFault.TRUNCATED,
    },
    sites={
        "ville.example": Site(
            {"/": HOME, "/moved": Page("", 301, headers=(("Location", "https://other.example/"),))}, OK
        ),
        "www.ville.example": Site({"*": HOME}, OK),
        "forbidden.example": Site({"/": Page("no", 403)}, Certificate("le")),
        "expired.example": Site({"/": HOME}, Certificate("le", fault=CertificateFault.EXPIRED)),
        "selfsigned.example": Site({"/": HOME}, Certificate("le", fault=CertificateFault.SELF_SIGNED)),
        "wrong.example": Site({"/": HOME}, Certificate("le", fault=CertificateFault.WRONG_NAME)),
        "incomplete.example": Site({"/": HOME}, Certificate("le", fault=CertificateFault.INCOMPLETE)),
        "plain.example": Site({"/": HOME}, plain=Plain.SERVE),
        "tls-only.example": Site({"/": HOME}, Certificate("le"), Plain.CLOSED),
        "silent-site.example": Site({"/": HOME}, Certificate("le"), fault=SiteFault.SILENT),
        "slow.example": Site({"/": HOME}, Certificate("le"), fault=SiteFault.SLOW),
        "reset.example": Site({"/": HOME}, Certificate("le"), fault=SiteFault.RESET),
        "garbage.example": Site({"/": HOME}, Certificate("le"), fault=SiteFault.GARBAGE),
    },
    assets=frozenset({"cdn.example"}),
    issuers={"le": Issuer("R12", "Let's Encrypt", "US")},
    networks=(
        Network("192.0.2.0/24", 64496, "DOC-1", "First network", "FR"),
        Network("192.0.2.128/25", 64497, "DOC-2", "Second network", "DE"),
        Network("2001:db8::/32", 64496, "DOC-6", "First network", "FR"),
    ),
    systems={64496: System("FIRST", "FR"), 64497: System("SECOND", "DE")},
    registrations={"ville.example": Registration("OVH sas", 433, date(2027, 3, 1))},
)


@dataclass(frozen=True)
class Reply:
    """One HTTP response as a client saw it."""

    status: int
    headers: dict[str, str]
    body: bytes
    issuer: str = ""


async def get(
    lab: Lab,
    host: str,
    path: str = "/",
    *,
    secure: bool = True,
    accept: str = "",
    check: bool = True,
    wait: float = 2.0,
) -> Reply:
    """GET a page of the lab; OSError (ssl.SSLError among them) and TimeoutError as they come."""
    context = None
    if secure:
        context = ssl.create_default_context(cafile=str(lab.settings.ca_file))
        if not check:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address, _, port = lab.settings.connect_to.rpartition(":")
    reader, writer = await asyncio.open_connection(
        address, int(port), ssl=context, server_hostname=host if secure else None
    )
    certificate = writer.get_extra_info("peercert") or {}
    issuer = dict(pair for names in certificate.get("issuer", ()) for pair in names).get("organizationName", "")
    try:
        async with asyncio.timeout(wait):
            lines = [f"GET {path} HTTP/1.1", f"Host: {host}"] + ([f"Accept-Encoding: {accept}"] if accept else [])
            writer.write("\r\n".join([*lines, "", ""]).encode())
            raw = await reader.read()
    finally:
        writer.transport.abort()
        writer.close()
    if not raw:
        raise ConnectionResetError("nothing came back")
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in fields)}
    return Reply(int(status.split()[1]), headers, body, issuer)
