"""The command that checks a piece of evidence by hand, quoted for a POSIX shell."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable
from urllib.parse import urlsplit

from scanner.model import Evidence

MAX_SUBJECT = 500
"""A longer subject gets no command: half a command would check something else."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_RECORD_TYPE = re.compile(r"[A-Z0-9]{1,12}")


def command(evidence: Evidence, domain: str, role: str) -> str:
    """The command for one piece of evidence of a body's role; "" when no honest one exists."""
    make = _MAKERS.get(evidence.kind)
    if make is None or not 0 < len(evidence.subject) <= MAX_SUBJECT or _CONTROL.search(evidence.subject):
        return ""
    return make(evidence) or f"sovscan explain {_word(domain)} {role}"


def _word(text: str) -> str:
    """One shell word that no command takes for an option."""
    quoted = shlex.quote(text)
    return quoted if text[:1] not in "-+@" else ""


def _dig(evidence: Evidence) -> str:
    if not _RECORD_TYPE.fullmatch(evidence.detail):
        return ""
    name = shlex.quote(evidence.subject)
    query = name if evidence.subject[:1].isalnum() or evidence.subject[:1] == "_" else f"-q {name}"
    return f"dig +short {evidence.detail} {query}"


def _curl(evidence: Evidence) -> str:
    if urlsplit(evidence.subject).scheme not in ("http", "https"):
        return ""
    return f"curl -sSL -D - -o /dev/null {shlex.quote(evidence.subject)}"


def _openssl(evidence: Evidence) -> str:
    host, _, port = evidence.subject.rpartition(":")
    if not host or not port.isdigit() or not _word(host):
        return ""
    where, name = shlex.quote(f"{host}:{port}"), shlex.quote(host)
    return (
        f"openssl s_client -connect {where} -servername {name} -showcerts </dev/null"
        " | openssl x509 -noout -issuer -subject -dates -fingerprint -sha256"
    )


def _asn(evidence: Evidence) -> str:
    try:
        ipaddress.ip_address(evidence.subject)
    except ValueError:
        return ""
    return f"whois -h whois.cymru.com {shlex.quote(f' -v {evidence.subject}')}"


def _whois(evidence: Evidence) -> str:
    word = _word(evidence.subject)
    return f"whois {word}" if word else ""


def _tenant(evidence: Evidence) -> str:
    url = f"https://login.microsoftonline.com/getuserrealm.srf?login=user@{evidence.subject}&json=1"
    return f"curl -sS {shlex.quote(url)}"


def _explain(_: Evidence) -> str:
    return ""


_MAKERS: dict[str, Callable[[Evidence], str]] = {
    "dns": _dig,
    "http": _curl,
    "tls": _openssl,
    "asn": _asn,
    "rdap": _whois,
    "tenant": _tenant,
    "page": _explain,
}
