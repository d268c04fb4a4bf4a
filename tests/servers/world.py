"""A lab of made-up bodies as plain records, and what a right resolver says of them: no codec, no server, no scanner."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

TTL = 3600
NEGATIVE_TTL = 300
HOSTERS = 10
CERTIFICATES = 10
MISSING_EVERY = 25  # one body in so many has let its domain go
MAX_CHAIN = 16
PAGE_BYTES = 100_000


@dataclass(frozen=True)
class Body:
    """One body: its domain, whether that exists, whether the bare domain redirects to `www.`, its certificate."""

    domain: str
    exists: bool
    redirects: bool
    certificate: int
    address: str

    @property
    def hosts(self) -> tuple[str, str]:
        return self.domain, f"www.{self.domain}"


@dataclass
class World:
    """`records` by (name without final dot, type), values in presentation form; `origins` of the zones."""

    bodies: list[Body] = field(default_factory=list)
    records: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    origins: list[str] = field(default_factory=lambda: ["", "lab"])

    def add(self, name: str, rtype: str, *values: str) -> None:
        self.records[name, rtype] = values

    def zone(self, origin: str, primary: str, *others: str) -> None:
        """A zone of its own, with its SOA and NS records."""
        if origin not in self.origins:
            self.origins.append(origin)
        dot = f"{origin}."
        self.add(origin, "SOA", f"{primary}. hostmaster.{dot} 1 7200 3600 1209600 {NEGATIVE_TTL}")
        self.add(origin, "NS", *(f"{host}." for host in (primary, *others)))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that exists, those without records of their own included (RFC 8020)."""
        found = {""}
        for name, _ in self.records:
            while name:
                found.add(name)
                name = name.partition(".")[2]
        return frozenset(found)

    def expected(self, name: str, rtype: str) -> tuple[str, str, tuple[str, ...]]:
        """Status, reason and sorted values of a right answer (RFC 1034, 4.3.2)."""
        for _ in range(MAX_CHAIN):
            values = self.records.get((name, rtype))
            if values:
                return "ok", "", tuple(sorted(values))
            alias = self.records.get((name, "CNAME"))
            if not alias or rtype == "CNAME":
                return "absent", "nodata" if name in self.names else "nxdomain", ()
            name = alias[0].rstrip(".")
        raise AssertionError("no chain of the lab is that long")

    def zone_text(self, origin: str) -> str:
        """A zone file (RFC 1035, 5): the records whose closest zone this is, and the delegations to those below."""
        here = self._by_zone[origin]
        below = {(name, "NS"): self.records[name, "NS"] for name in self._children.get(origin, ())}
        lines = (
            f"{name}. {TTL} IN {rtype} {value}" for (name, rtype), values in (here | below).items() for value in values
        )
        return "\n".join(lines) + "\n"

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        origins = set(self.origins)
        found: dict[str, list[str]] = {}
        for name in filter(None, self.origins):
            parent = name.partition(".")[2]
            while parent not in origins:
                parent = parent.partition(".")[2]
            found.setdefault(parent, []).append(name)
        return found

    @cached_property
    def _by_zone(self) -> dict[str, dict[tuple[str, str], tuple[str, ...]]]:
        origins = set(self.origins)
        parts: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {origin: {} for origin in self.origins}
        for (name, rtype), values in self.records.items():
            zone = name
            while zone not in origins:
                zone = zone.partition(".")[2]
            parts[zone][name, rtype] = values
        return parts

    def page(self) -> bytes:
        """A home page of about 100 kB, with links as a real one has."""
        head = "<!doctype html><html lang=fr><head><meta charset=utf-8><title>Ville</title>"
        head += "".join(f'<script src="https://js{n}.cdn-{n}.lab/app.js"></script>' for n in range(8))
        item = (
            '<li class="news"><a href="/actualites/{0}"><img src="/img/{0}.jpg" alt="">Actualité {0}</a><p>{1}</p></li>'
        )
        body = "".join(item.format(n, "Le conseil municipal se réunit. " * 30) for n in range(110))
        return f"{head}</head><body><ul>{body}".encode()[:PAGE_BYTES]


def world(count: int, certificates: int = CERTIFICATES) -> World:
    """`count` bodies, each of a shape that its number gives, on ten hosters; their hosts share the certificates."""
    lab = World()
    lab.zone("", "ns.root.lab")
    lab.records["", "SOA"] = (f"ns.root.lab. hostmaster.root.lab. 1 7200 3600 1209600 {NEGATIVE_TTL}",)
    lab.zone("lab", "ns.root.lab")
    lab.add("ns.root.lab", "A", "127.0.0.1")
    for number in range(HOSTERS):
        _hoster(lab, number)
    for number in range(count):
        _body(lab, number, certificates)
    return lab


def _hoster(lab: World, k: int) -> None:
    lab.zone(f"hoster-{k}.lab", f"ns1.hoster-{k}.lab", f"ns2.hoster-{k}.lab")
    lab.add(f"ns1.hoster-{k}.lab", "A", f"127.200.{k}.1")
    lab.add(f"ns1.hoster-{k}.lab", "AAAA", f"2001:db8:{k + 1}::1")
    lab.add(f"ns2.hoster-{k}.lab", "A", f"127.201.{k}.1")
    lab.zone(f"mail-{k}.lab", f"ns1.hoster-{k}.lab", f"ns2.hoster-{k}.lab")
    for number in (1, 2):
        lab.add(f"mx{number}.mail-{k}.lab", "A", f"127.202.{k}.{number}")
    lab.add(f"_spf.mail-{k}.lab", "TXT", f'"v=spf1 ip4:127.202.{k}.0/24 ~all"')
    lab.add(f"autodiscover.mail-{k}.lab", "A", f"127.203.{k}.1")
    lab.zone(f"cdn-{k}.lab", f"ns1.hoster-{k}.lab", f"ns2.hoster-{k}.lab")


def _body(lab: World, i: int, certificates: int) -> None:
    k = i % HOSTERS
    domain = f"ville-{i:05d}.lab"
    address = f"127.{1 + i // 62_500}.{i // 250 % 250}.{i % 250 + 1}"
    exists = i % MISSING_EVERY != MISSING_EVERY - 1
    lab.bodies.append(Body(domain, exists, i % 4 == 1, i % certificates, address))
    if not exists:
        return
    lab.zone(domain, f"ns1.hoster-{k}.lab", f"ns2.hoster-{k}.lab")
    lab.add(domain, "A", address)
    if i % 2:
        lab.add(domain, "AAAA", f"2001:db8:ffff::{i + 1:x}")
    _web(lab, i, domain, address)
    _mail(lab, i, domain)
    lab.add(domain, "CAA", '0 issue "laboratory.example"', *(['128 iodef "mailto:ca@lab"'] if i % 5 == 0 else []))


def _web(lab: World, i: int, domain: str, address: str) -> None:
    host, k = f"www.{domain}", i % HOSTERS
    if i % 4 == 0:
        lab.add(host, "A", address)
    elif i % 4 == 1:  # two aliases on the way, through another zone
        lab.add(host, "CNAME", f"{domain}.cdn-{k}.lab.")
        lab.add(f"{domain}.cdn-{k}.lab", "CNAME", f"edge-{i}.cdn-{k}.lab.")
        lab.add(f"edge-{i}.cdn-{k}.lab", "A", address, f"127.210.{i // 250 % 250}.{i % 250 + 1}")
    elif i % 4 == 2:
        lab.add(host, "A", address)
        lab.add(host, "AAAA", f"2001:db8:fffe::{i + 1:x}")
    else:
        lab.add(host, "CNAME", f"{domain}.")


def _mail(lab: World, i: int, domain: str) -> None:
    k = i % HOSTERS
    texts = [f'"v=spf1 include:_spf.mail-{k}.lab ip4:127.202.{k}.{i % 250} -all"']
    if i % 3 == 0:
        lab.add(domain, "MX", f"10 mx1.mail-{k}.lab.", f"20 mx2.mail-{k}.lab.")
        lab.add(f"autodiscover.{domain}", "CNAME", f"autodiscover.mail-{k}.lab.")
        lab.add(f"selector1._domainkey.{domain}", "CNAME", f"s{i}._domainkey.mail-{k}.lab.")
        lab.add(f"s{i}._domainkey.mail-{k}.lab", "TXT", f'"v=DKIM1; k=rsa; p={"A" * 200}" "{"B" * 190}"')
        texts.append('"MS=ms12345678"')
    elif i % 3 == 1:
        lab.add(domain, "MX", f"5 mail.{domain}.")
        lab.add(f"mail.{domain}", "A", f"127.220.{i // 250 % 250}.{i % 250 + 1}")
        lab.add(f"_autodiscover._tcp.{domain}", "SRV", f"0 5 443 autodiscover.mail-{k}.lab.")
        texts.append(r'"quoted \"word\" and \\ back" "" "h\195\180tel"')
    elif i % 6 == 2:
        lab.add(domain, "MX", "0 .")
        texts = ['"v=spf1 -all"']
    if i % 20 == 7:  # far more than a datagram takes
        texts += [f'"token-{n:02d}={"x" * 200}"' for n in range(20)]
    lab.add(domain, "TXT", *texts)
    lab.add(f"_dmarc.{domain}", "TXT", f'"v=DMARC1; p=reject; rua=mailto:dmarc@mail-{k}.lab"')
    if i % 7 == 0:
        lab.add(f"_mta-sts.{domain}", "TXT", f'"v=STSv1; id=2026{i:04d};"')


def name_of_bulk(number: int) -> str:
    """A domain of the bulk zone."""
    return f"ville-{number:06d}.lab"


def bulk(count: int) -> World:
    """`count` small domains in the one zone of their parent: what a name server loads in seconds."""
    lab = World()
    lab.zone("", "ns.root.lab")
    lab.records["", "SOA"] = (f"ns.root.lab. hostmaster.root.lab. 1 7200 3600 1209600 {NEGATIVE_TTL}",)
    lab.zone("lab", "ns.root.lab")
    lab.add("ns.root.lab", "A", "127.0.0.1")
    for k in range(HOSTERS):
        lab.add(f"mx1.mail-{k}.lab", "A", f"127.202.{k}.1")
        lab.add(f"_spf.mail-{k}.lab", "TXT", f'"v=spf1 ip4:127.202.{k}.0/24 ~all"')
    for i in range(count):
        domain, k = name_of_bulk(i), i % HOSTERS
        address = f"127.{1 + i // 62_500}.{i // 250 % 250}.{i % 250 + 1}"
        lab.bodies.append(Body(domain, True, False, i // 10 + CERTIFICATES, address))
        lab.add(domain, "A", address)
        lab.add(domain, "MX", f"10 mx1.mail-{k}.lab.")
        lab.add(domain, "TXT", f'"v=spf1 include:_spf.mail-{k}.lab -all"')
        lab.add(f"www.{domain}", "CNAME", f"{domain}.")
        lab.add(f"_dmarc.{domain}", "TXT", '"v=DMARC1; p=none"')
    return lab
