"""Reads the demonstration's world from the data files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import idna

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
    World,
)

BODY_FILES = ("ministries", "municipalities-1", "municipalities-2", "services")
_FOLDER = files("scanner.lab") / "demo"
_HOSTS = ["www", "@"]
_STYLE = Page("body{font-family:sans-serif}", content_type="text/css")
_NOTICE = "<!doctype html><title>Mentions légales</title><p>Organisme fictif."


def demo_targets() -> str:
    """The demonstration's list, as CSV text: 40 fictional bodies."""
    return (_FOLDER / "list.csv").read_text(encoding="utf-8")


@cache
def demo_world() -> World:
    """The world of `sovscan demo`: a fictional country's bodies, and the providers' names that they lean on."""
    providers = _toml("providers")
    bodies = [body for name in BODY_FILES for body in _toml(name)["bodies"]]
    here = [body for body in bodies if not body.get("absent")]
    cases: dict[str, tuple[str, ...]] = {}
    for body in bodies:
        for case in body.get("cases", ()):
            cases[case] = (*cases.get(case, ()), to_ascii(body["domain"]))
    return World(
        zones=_toml("zones") | {_origin(body): body["zone"] for body in here if "zone" in body},
        name_faults={to_ascii(body["domain"]): NameFault(body["fault"]) for body in here if "fault" in body},
        sites={host: site for body in here for host, site in _sites(body)},
        assets=frozenset(providers["assets"]).union(*(_hosts(body, body.get("assets", ())) for body in here)),
        issuers={name: Issuer(*values) for name, values in providers["issuers"].items()},
        networks=tuple(Network(prefix, *values) for prefix, values in providers["networks"].items()),
        systems={int(number): System(*values) for number, values in providers["systems"].items()},
        registrations={_origin(body): _registration(body, providers["registrars"]) for body in here},
        cases=cases,
    )


def to_ascii(name: str) -> str:
    """A domain name as A-labels."""
    return idna.encode(name, uts46=True).decode()


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _origin(body: dict[str, Any]) -> str:
    return to_ascii(body.get("zone_origin", body["domain"]))


def _hosts(body: dict[str, Any], names: list[str]) -> list[str]:
    """Names relative to the body's domain, made absolute."""
    domain = to_ascii(body["domain"])
    return [domain if name == "@" else f"{name}.{domain}" for name in names]


def _registration(body: dict[str, Any], registrars: dict[str, Any]) -> Registration:
    name, number = registrars[body["registrar"]]
    return Registration(name, number, body["expires"])


def _sites(body: dict[str, Any]) -> Iterator[tuple[str, Site]]:
    """The body's hosts: the first of `hosts` has the page, the others redirect to it."""
    if "fault" in body:
        return
    hosts = _hosts(body, body.get("hosts", _HOSTS))
    certificate = _certificate(body, hosts)
    for host in hosts:
        canonical = f"{'https' if certificate else 'http'}://{hosts[0]}/"
        target = body.get("redirect") or ("" if host == hosts[0] else canonical)
        pages = {"*": Page("", 301, headers=(("Location", target),))} if target else _pages(body)
        extra = {path: Page(text, content_type="text/plain") for path, text in body.get("pages", {}).items()}
        yield (
            host,
            Site(
                pages | extra,
                certificate,
                Plain(body.get("plain", "upgrade")),
                SiteFault(body.get("site_fault", "none")),
            ),
        )


def _pages(body: dict[str, Any]) -> dict[str, Page]:
    text = (_FOLDER / "page.html").read_text(encoding="utf-8")
    for key in ("title", "head", "main"):
        text = text.replace(f"{{{key}}}", body.get(key, "").strip())
    headers = {"Server": "nginx"} | body.get("headers", {})
    home = Page(text, body.get("status", 200), headers=tuple(headers.items()))
    return {"/": home, "/accueil": home, "/style.css": _STYLE, "/mentions-legales": Page(_NOTICE)}


def _certificate(body: dict[str, Any], hosts: list[str]) -> Certificate | None:
    if "issuer" not in body:
        return None
    return Certificate(
        body["issuer"],
        tuple(sorted(hosts, key=lambda host: host.startswith("www."))),
        body.get("organization", ""),
        body.get("certificate_days", 60),
        CertificateFault(body.get("certificate_fault", "none")),
    )
