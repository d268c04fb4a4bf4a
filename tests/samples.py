"""Small whole values for the tests: companies as TOML, findings, manifests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from scanner.model import (
    Claim,
    Confidence,
    Evidence,
    Finding,
    ProviderType,
    Reason,
    Relation,
    Role,
    Run,
    Verdict,
)
from scanner.providers import Database, load


def write_companies(folder: Path, part: str = "companies", **companies: str) -> Path:
    """A database folder that holds the given texts, one file a company."""
    (folder / part).mkdir(parents=True, exist_ok=True)
    for stem, text in companies.items():
        (folder / part / f"{stem}.toml").write_text(text, encoding="utf-8")
    return folder


def told_of(check: Callable[[Database, date], Iterable[str]], folder: Path, today: date) -> Callable[..., list[str]]:
    """What a check of the database says of given companies."""
    return lambda **companies: list(check(load(base=write_companies(folder, **companies)), today))


def company(name: str, *, owners: str = "", services: str = "", country: str = "NO", extra: str = "") -> str:
    return f"""
id = "{name}"
name = "{name.title()}"
type = "company"
country = "{country}"
website = "https://{name}.example/"
sources = [{{ url = "https://{name}.example/about", checked = 2026-11-01 }}]
{extra}
{owners}
{services}
"""


def owner(name: str, start: str, end: str = "", control: str = "majority") -> str:
    until = f"to = {end}\n" if end else ""
    return (
        f'[[owners]]\nowner = "{name}"\ncontrol = "{control}"\nfrom = {start}\n{until}source = "https://o.example/"\n'
    )


def service(rules: str, name: str = "web", role: str = "resource", category: str = "other") -> str:
    return f'[[services]]\nid = "{name}"\nname = "Web"\nrole = "{role}"\ncategory = "{category}"\nrules = [{rules}]\n'


def host(suffix: str, path: str = "") -> str:
    key = f', path = "{path}"' if path else ""
    return f'{{ kind = "host", suffix = "{suffix}"{key}, examples = ["www.{suffix}{path}"] }}'


def claim(provider: str = "acme", **changes: Any) -> Claim:
    """Acme, of Norway, operates it: confirmed."""
    whole = Claim(
        provider,
        provider.title(),
        ProviderType.COMPANY,
        "web",
        Relation.OPERATES,
        provider,
        "NO",
        Confidence.CONFIRMED,
        (f"{provider}/web/ns/{provider}.example",),
    )
    return replace(whole, **changes)


def finding(domain: str = "ville.example", **changes: Any) -> Finding:
    """One name server of a body, run by Acme."""
    whole = Finding(
        domain,
        f"www.{domain}",
        Role.DNS,
        "ns1.acme.example",
        None,
        Verdict.PROVIDER,
        True,
        Reason("dns.name", {"zone": domain}),
        (claim(),),
        None,
        (Evidence("dns", domain, "NS", "ns1.acme.example."),),
    )
    return replace(whole, **changes)


def manifest(**changes: Any) -> Run:
    """The manifest of a run of one body."""
    run = Run("run1", "0.1.0", "d1", "", (), "2026-11-22T10:00:00Z", "", "digest", 1, 2)
    return replace(run, **changes)
