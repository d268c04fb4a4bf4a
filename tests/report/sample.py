"""A synthetic run for the report's tests: forty fictional bodies, real providers' names, every verdict and role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from scanner.model import (
    Claim,
    Confidence,
    Evidence,
    Finding,
    Ownership,
    Provider,
    ProviderType,
    Reason,
    Relation,
    Role,
    Run,
    Service,
    Source,
    Target,
    Verdict,
)
from scanner.providers import Database, Group, Label
from scanner.store import Results

SOURCE = Source("https://provider.example/legal", date(2026, 1, 10))
MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(MEMBERS.split())


def provider(
    id_: str, name: str, country: str, owner: str = "", kind: str = "company", services: Sequence[tuple[str, ...]] = ()
) -> Provider:
    owners = [Ownership(owner, "majority", date(2024, 3, 1), None, "https://owner.example/deal")] if owner else []
    made = tuple(Service(s[0], s[1], Role(s[2]), s[3] if len(s) > 3 else "") for s in services)
    return Provider(id_, name, ProviderType(kind), country, f"https://{id_}.example/", (SOURCE,), tuple(owners), made)


PROVIDERS = [
    provider("alphabet", "Alphabet", "US"),
    provider("google", "Google", "US", "alphabet", services=[("fonts", "Google Fonts", "resource", "fonts")]),
    provider("microsoft", "Microsoft", "US", services=[("exchange", "Exchange Online", "mailbox")]),
    provider("cloudflare", "Cloudflare", "US", services=[("cdn", "Cloudflare", "edge")]),
    provider("isrg", "Let’s Encrypt", "US", kind="nonprofit"),
    provider("thoma-bravo", "Thoma Bravo", "US"),
    provider("hornetsecurity", "Hornetsecurity", "DE", "thoma-bravo"),
    provider("vade", "Vade", "FR", "hornetsecurity", services=[("gateway", "Vade Cloud", "mail-gateway")]),
    provider("ovh-groupe", "OVH Groupe", "FR"),
    provider("ovhcloud", "OVHcloud", "FR", "ovh-groupe", services=[("web", "OVHcloud", "hosting")]),
    provider("gandi", "Gandi", "FR"),
    provider("hetzner", "Hetzner", "DE"),
    provider("jsdelivr", "jsDelivr", "PL"),
    provider("yandex", "Yandex", "RU"),
    provider("rie", "Réseau interministériel de l’État", "FR", kind="public"),
    provider("afnic", "Afnic", "FR", kind="nonprofit"),
    provider("certigna", "Certigna", "FR"),
    provider("brevo", "Brevo", "FR"),
]

ROLE_LABELS = {
    "registry": ("Registre", "Registry"),
    "registrar": ("Bureau d’enregistrement", "Registrar"),
    "dns": ("Serveurs de noms (DNS)", "Name servers (DNS)"),
    "hosting": ("Hébergement", "Hosting"),
    "edge": ("Façade (CDN, anti-DDoS)", "Front (CDN, anti-DDoS)"),
    "certificate": ("Certificat", "Certificate"),
    "mail-gateway": ("Filtre de messagerie", "Mail filter"),
    "mailbox": ("Boîtes aux lettres", "Mailboxes"),
    "mail-sender": ("Expéditeurs autorisés", "Authorised senders"),
    "mail-reports": ("Rapports de messagerie (DMARC)", "Mail reports (DMARC)"),
    "account": ("Comptes prouvés", "Proven accounts"),
    "resource": ("Ressources des pages", "Page resources"),
    "declared-resource": ("Ressources déclarées", "Declared resources"),
}
CATEGORY_LABELS = {
    "analytics": ("Mesure d’audience", "Analytics"),
    "fonts": ("Polices de caractères", "Fonts"),
    "script-cdn": ("Scripts partagés", "Script CDN"),
    "video": ("Vidéo", "Video"),
}
HARD = {"registry", "dns", "hosting", "edge", "mail-gateway", "mailbox"}


def database(extra: Sequence[Provider] = ()) -> Database:
    labels = {
        f"role/{key}": Label({"fr": fr, "en": en}, {"fr": f"{fr}.", "en": f"{en}."}, key in HARD, ())
        for key, (fr, en) in ROLE_LABELS.items()
    }
    labels |= {
        f"category/{key}": Label({"fr": fr, "en": en}, {}, False, ()) for key, (fr, en) in CATEGORY_LABELS.items()
    }
    groups = {"eu": Group("eu", {"fr": "UE", "en": "EU"}, frozenset(), EU)}
    return Database({p.id: p for p in [*PROVIDERS, *extra]}, groups, labels, "0a1b2c3d4e5f")


def claim(id_: str, service: str = "", confidence: str = "confirmed", relation: str = "operates") -> Claim:
    base = database()
    known = base.providers[id_]
    owner = base.ultimate_owner(id_, date(2026, 1, 17))
    return Claim(
        id_, known.name, known.type, service, Relation(relation), owner.id, owner.country, Confidence(confidence)
    )


CLAIMS = {known.id: claim(known.id, known.services[0].id if known.services else "") for known in PROVIDERS}


def finding(
    domain: str,
    role: Role | str,
    verdict: Verdict | str,
    *claims: Claim | str,
    subject: str = "",
    category: str | None = None,
    reason: str = "resource.none",
    args: Mapping[str, Any] | None = None,
    evidence: Sequence[tuple[str, str, str, str]] = (),
    complete: bool = True,
    location: str | None = None,
) -> Finding:
    held = tuple(CLAIMS[one] if isinstance(one, str) else one for one in claims)
    proofs = tuple(Evidence(*one) for one in evidence)
    return Finding(
        domain, f"www.{domain}", Role(role), subject or domain, category, Verdict(verdict), complete,
        Reason(reason, args or {}), held, location, proofs,
    )  # fmt: skip


SECTORS = ("Collectivités", "Santé", "Territoires", "Culture", "Enseignement")
NAMES = ("Agence", "Préfecture", "Hôpital", "Musée", "Université", "Ville", "Rectorat", "Office")
THIRD = (
    ("fonts.googleapis.com", "google", "fonts"),
    ("www.googletagmanager.com", "google", "analytics"),
    ("cdn.jsdelivr.net", "jsdelivr", "script-cdn"),
    ("cdnjs.cloudflare.com", "cloudflare", "script-cdn"),
    ("www.youtube-nocookie.com", "google", "video"),
    ("mc.yandex.ru", "yandex", "analytics"),
)


def body(index: int, rng: Random) -> tuple[Target, tuple[Finding, ...]]:
    domain = f"service-{index:02d}.example"
    sector = SECTORS[index % 5]
    target = Target(domain, f"www.{domain}", org=f"{NAMES[index % 8]} de démonstration {index:02d}", sector=sector)
    found = [
        finding(domain, "registry", "provider", "afnic", reason="registry.by-suffix", args={"suffix": "example"}),
        *name_servers(domain, rng.choice(["ovhcloud", "gandi", "cloudflare", "rie", "self", "dead"])),
        *web(domain, rng.choice(["ovhcloud", "hetzner", "rie", "edge", "self", "edge", "unseen"])),
        *mail(domain, rng.choice(["microsoft", "vade", "rie", "own", "none", "google", "failed"])),
        *resources(domain, rng),
    ]
    return target, tuple(found)


def name_servers(domain: str, who: str) -> list[Finding]:
    zone = ("dns", domain, "NS", f"ns1.{domain}.")
    if who == "dead":
        return [
            finding(
                domain, "dns", "unknown", subject=domain, reason="dns.failed", args={"why": "timeout"}, complete=False
            )
        ]
    if who == "self":
        return [
            finding(
                domain,
                "dns",
                "self",
                subject=f"ns1.{domain}",
                reason="dns.own-name",
                args={"host": f"ns1.{domain}"},
                evidence=[zone],
            )
        ]
    made = []
    for number in (1, 2):
        host = f"ns{number}.{who}.example"
        proof = ("dns", domain, "NS", f"{host}.")
        made.append(
            finding(
                domain,
                "dns",
                "provider",
                who,
                subject=host,
                reason="dns.by-name",
                args={"host": host},
                evidence=[proof],
            )
        )
    return made


def web(domain: str, who: str) -> list[Finding]:
    www = f"www.{domain}"
    address = ("dns", www, "A", "192.0.2.10")
    chain = ("tls", f"{www}:443", "chain", "issuer Let’s Encrypt")
    certificate = finding(
        domain,
        "certificate",
        "provider",
        "isrg",
        reason="certificate.by-organisation",
        args={"issuer": "Let’s Encrypt"},
        evidence=[chain],
    )
    if who == "unseen":
        return [
            finding(domain, "hosting", "unknown", reason="web.failed", args={"why": "timeout"}, complete=False),
            finding(domain, "edge", "unknown", reason="edge.not-observable", complete=False),
            finding(
                domain, "certificate", "unknown", reason="certificate.failed", args={"why": "timeout"}, complete=False
            ),
        ]
    if who == "edge":
        header = ("http", f"https://{www}/", "GET", "server: cloudflare")
        return [
            finding(
                domain,
                "edge",
                "provider",
                "cloudflare",
                reason="edge.agree",
                args={"signals": ["address", "header"]},
                evidence=[address, header],
            ),
            finding(domain, "hosting", "unknown", reason="hosting.behind-edge", args={"edge": "cloudflare"}),
            certificate,
        ]
    hosting = (
        finding(
            domain,
            "hosting",
            "self",
            claim("ovhcloud", "web", relation="hosts"),
            reason="hosting.customer-machine",
            args={"host": "vps123.ovh.example"},
            evidence=[address],
        )
        if who == "self"
        else finding(
            domain,
            "hosting",
            "provider",
            who,
            reason="hosting.by-range",
            args={"address": "192.0.2.10"},
            evidence=[address],
            location="eu-west-3",
        )
    )
    return [finding(domain, "edge", "absent", reason="edge.none"), hosting, certificate]


def mail(domain: str, who: str) -> list[Finding]:
    mx = ("dns", domain, "MX", "10 mx1.filter.example.")
    dkim = ("dns", f"selector1._domainkey.{domain}", "CNAME", "selector1._domainkey.tenant.onmicrosoft.com.")
    if who == "none":
        return [finding(domain, role, "absent", reason="mail.no-mx") for role in ("mail-gateway", "mailbox")]
    if who == "failed":
        return [finding(domain, "mailbox", "unknown", reason="mail.failed", args={"why": "servfail"}, complete=False)]
    spf = finding(
        domain,
        "mail-sender",
        "provider",
        "brevo",
        subject="include:spf.brevo.example",
        reason="sender.by-spf",
        args={"term": "include:spf.brevo.example"},
        evidence=[("dns", domain, "TXT", "v=spf1 include:spf.brevo.example -all")],
    )
    if who == "vade":
        rival = claim("google", confidence="indicated")
        return [
            finding(
                domain,
                "mail-gateway",
                "provider",
                "vade",
                subject="mx1.filter.example",
                reason="mail.gateway-by-name",
                args={"host": "mx1.filter.example"},
                evidence=[mx],
            ),
            finding(
                domain,
                "mailbox",
                "provider",
                "microsoft",
                rival,
                reason="mail.behind-gateway",
                args={"gateway": "vade", "signals": ["dkim", "autodiscover"]},
                evidence=[mx, dkim],
            ),
            spf,
        ]
    if who == "own":
        return [
            finding(domain, "mailbox", "self", reason="mail.own-mx", args={"host": f"mx.{domain}"}, evidence=[mx]),
            spf,
        ]
    return [
        finding(domain, "mail-gateway", "absent", reason="mail.gateway-none"),
        finding(
            domain, "mailbox", "provider", who, reason="mail.mx-by-name", args={"host": "mx1.example"}, evidence=[mx]
        ),
        finding(
            domain,
            "account",
            "provider",
            "google",
            subject="google-site-verification",
            reason="account.by-token",
            args={"token": "google-site-verification"},
        ),
    ]


def resources(domain: str, rng: Random) -> list[Finding]:
    if rng.random() < 0.15:
        return [
            finding(
                domain, "resource", "unknown", reason="resource.page-failed", args={"why": "connect"}, complete=False
            )
        ]
    if rng.random() < 0.3:
        return [finding(domain, "resource", "absent", reason="resource.none")]
    made = []
    for host, who, category in rng.sample(THIRD, rng.randint(1, 5)):
        proof = ("page", f"https://www.{domain}/", "chromium;consent=none", f"https://{host}/x.js")
        made.append(
            finding(
                domain,
                "resource",
                "provider",
                who,
                subject=host,
                category=category,
                reason="resource.by-host",
                args={"host": host},
                evidence=[proof],
            )
        )
    if rng.random() < 0.3:
        made.append(
            finding(
                domain,
                "resource",
                "unattributed",
                subject="stats.inconnu.example",
                reason="resource.no-rule",
                args={"host": "stats.inconnu.example"},
            )
        )
    return made


def manifest(targets: int, fictional: bool = True) -> Run:
    return Run(
        "2026-01-17T023400Z-demo", "0.1.0", "0a1b2c3d4e5f", "Paris", ("192.0.2.53",), "2026-01-17T02:34:00Z",
        "2026-01-17T02:39:00Z", "sha256:feed", targets, 500, command="sovscan demo", counters={"dns": 1234, "http": 80},
        rejected=("list.csv:7: not a host name: <script>",), fictional=fictional,
    )  # fmt: skip


def results(bodies: int = 40, fictional: bool = True) -> Results:
    rng = Random(7)
    made = [body(index, rng) for index in range(1, bodies + 1)]
    return Results(
        manifest(bodies, fictional),
        tuple(target for target, _ in made),
        {target.domain: found for target, found in made},
    )


def hostile() -> Results:
    """One body whose every text tries to break out of its place."""
    evil = '"><script>alert(1)</script>'
    domain = "xn--evil-" + "a" * 40 + ".example"
    target = Target(domain, domain, org=f"Ville{evil}\u202e{{{{7*7}}}}", sector=f"S{evil}", region="{% raw %}")
    proofs = [
        ("dns", "a;rm -rf $HOME'`id`.example", "NS", evil),
        ("http", "javascript:alert(1)", "GET", evil),
        ("dns", "-f/etc/passwd", "A", "x"),
        ("dns", "two\nlines", "A", "x"),
    ]
    args = {"host": f"{evil}{{x}}"}
    flood = [("page", "y" * 9000, "", "z" * 9000)]
    found = (
        finding(domain, "dns", "provider", "ovhcloud", subject=evil, reason="dns.by-name", args=args, evidence=proofs),
        finding(domain, "resource", "unattributed", subject="x" * 4000, reason="no.such", args=args, evidence=flood),
        finding(domain, "mailbox", "unknown", reason="mail.failed", args={}),
    )
    return Results(manifest(1), (target,), {domain: found})
