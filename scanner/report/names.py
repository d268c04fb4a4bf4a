"""File names of pages and links: safe whatever a domain, an id or a URL holds."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import urlsplit

import idna

_UNSAFE = re.compile(r"[^a-z0-9]+")
SLUG = 48


def page_name(identity: str) -> str:
    """The file name of a body's or provider's page: a readable slug and a digest that tells equal slugs apart."""
    slug = _UNSAFE.sub("-", identity.lower())[:SLUG].strip("-") or "x"
    return f"{slug}-{sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}.html"


def web_link(url: str) -> str:
    """The URL if a reader may follow it (http or https with a host), else ""."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def readable_domain(domain: str) -> str:
    """The name as its owner writes it (U-labels), the A-labels themselves where they do not decode."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
