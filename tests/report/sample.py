"""A synthetic run for the report's tests: forty fictional bodies, real providers' names, every verdict and role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from scanner.model import (
    Claim,
    Evidence,
    Finding,
    Reason,
    Role,
    Run,
    Target,
    Verdict,
)
from scanner.store import Results

from .sample_database import CLAIMS, claim, database


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
    long = "dudepartementdescollinesetdelavalleebasseduprintemps" if index == 3 else ""  # must not widen a phone's page
    domain = f"service-{index:02d}{long}.example"
    sector = SECTORS[index % 5]
    name = "" if long else f"{NAMES[index % 8]} de démonstration {index:02d}"
    target = Target(domain, f"www.{domain}", org=name, sector=sector)
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


__all__ = ["CLAIMS", "Finding", "Target", "claim", "database", "finding", "hostile", "manifest", "results"]
