"""Who publishes the networks of their services, where, on what terms, and which reader understands the list.

Only lists that the operator itself publishes for everyone. None states a licence for the list: the terms say what the
page that announces it says. Looked up in November 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanner.update import readers
from scanner.update.readers import Published

_ALLOW_LISTS = "no licence stated; published by the operator so that firewalls can use it"


@dataclass(frozen=True, slots=True)
class RangeSource:
    """One operator's published networks. `urls`: one body each, in this order; empty: only from a file (`hint`)."""

    id: str
    name: str
    urls: tuple[str, ...]
    terms: str
    read: Callable[[tuple[bytes, ...]], Published]
    about: str
    hint: str = ""


SOURCES = (
    RangeSource(
        "aws",
        "Amazon Web Services",
        ("https://ip-ranges.amazonaws.com/ip-ranges.json",),
        _ALLOW_LISTS,
        readers.aws,
        "https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html",
    ),
    RangeSource(
        "azure",
        "Microsoft Azure",
        (),  # the address of the file changes with every week's list
        _ALLOW_LISTS,
        readers.azure,
        "https://www.microsoft.com/en-us/download/details.aspx?id=56519",
        "ServiceTags_Public_*.json",
    ),
    RangeSource(
        "cloudflare",
        "Cloudflare",
        ("https://www.cloudflare.com/ips-v4", "https://www.cloudflare.com/ips-v6"),
        _ALLOW_LISTS,
        readers.cloudflare,
        "https://www.cloudflare.com/ips/",
    ),
    RangeSource(
        "digitalocean",
        "DigitalOcean",
        ("https://digitalocean.com/geofeed/google.csv",),
        "no licence stated; geofeed (RFC 8805) published for anyone",
        readers.digitalocean,
        "https://docs.digitalocean.com/platform/",
    ),
    RangeSource(
        "fastly",
        "Fastly",
        ("https://api.fastly.com/public-ip-list",),
        _ALLOW_LISTS,
        readers.fastly,
        "https://www.fastly.com/documentation/reference/api/utils/public-ip-list/",
    ),
    RangeSource(
        "github",
        "GitHub Pages",
        ("https://api.github.com/meta",),
        _ALLOW_LISTS,
        readers.github,
        "https://docs.github.com/en/rest/meta/meta",
    ),
    RangeSource(
        "google",
        "Google",
        ("https://www.gstatic.com/ipranges/goog.json", "https://www.gstatic.com/ipranges/cloud.json"),
        _ALLOW_LISTS,
        readers.google,
        "https://support.google.com/a/answer/10026322",
    ),
    RangeSource(
        "linode",
        "Akamai Cloud (Linode)",
        ("https://geoip.linode.com/",),
        "no licence stated; geofeed (RFC 8805) published for anyone",
        readers.linode,
        "https://geoip.linode.com/",
    ),
    RangeSource(
        "oracle",
        "Oracle Cloud",
        ("https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json",),
        _ALLOW_LISTS,
        readers.oracle,
        "https://docs.oracle.com/en-us/iaas/Content/General/Concepts/addressranges.htm",
    ),
)
