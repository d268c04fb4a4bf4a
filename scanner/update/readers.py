"""Published lists of networks to one form; pure. Every reader raises SourceError for a body that is no such list."""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import orjson

from scanner.update.errors import SourceError

MAX_NETWORKS = 200_000
WIDEST = {4: 8, 6: 16}
"""Nobody publishes more than a /8 or a /16 (IPv6): a list that does is broken, and would claim everybody's machines."""


@dataclass(frozen=True, slots=True, order=True)
class Network:
    """One published network; `region`: the operator's own name of a place, or ""; `anycast`: announced in many."""

    cidr: str
    provider: str
    service: str
    region: str = ""
    anycast: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What a list says: its own version or date, and its networks."""

    version: str
    networks: tuple[Network, ...]


Found: TypeAlias = tuple[str, Iterable[Network]]
Reader: TypeAlias = Callable[[tuple[bytes, ...]], Published]


def _reader(read: Callable[[tuple[bytes, ...]], Found]) -> Reader:
    """A reader whose networks are checked, each once; what a broken body raises becomes SourceError."""

    def checked(bodies: tuple[bytes, ...]) -> Published:
        try:
            version, found = read(bodies)
            networks: dict[str, Network] = {}
            for network in found:
                networks[_normal(network.cidr)] = network  # of two entries for one network the later: see each reader
                if len(networks) > MAX_NETWORKS:
                    raise SourceError(f"more than {MAX_NETWORKS} networks")
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise SourceError(f"{type(error).__name__}: {str(error)[:200]}") from error
        if not networks:
            raise SourceError("no network in it")
        return Published(version[:80], tuple(replace(network, cidr=cidr) for cidr, network in networks.items()))

    checked.__doc__ = read.__doc__
    return checked


def _normal(cidr: str) -> str:
    network = ipaddress.ip_network(cidr)
    if network.prefixlen < WIDEST[network.version] or not network.network_address.is_global:
        raise ValueError(f"{cidr} is nobody's published network")
    return str(network)


def _json(body: bytes) -> Any:
    return orjson.loads(body)


@_reader
def aws(bodies: tuple[bytes, ...]) -> Found:
    """ip-ranges.json: every network is AMAZON's, and some are a service's as well, which then counts."""
    table = _json(bodies[0])
    services = {
        "CLOUDFRONT": "cloudfront",
        "GLOBALACCELERATOR": "global-accelerator",
        "ROUTE53": "route-53",
        "S3": "s3",
    }
    rows = [*table["prefixes"], *table["ipv6_prefixes"]]
    rows.sort(key=lambda row: row["service"] in services)

    def networks() -> Iterator[Network]:
        for row in rows:
            region = "" if row["region"] == "GLOBAL" else row["region"]
            cidr = row.get("ip_prefix") or row["ipv6_prefix"]
            # https://docs.aws.amazon.com/global-accelerator: static anycast addresses
            anycast = row["service"] == "GLOBALACCELERATOR"
            yield Network(cidr, "amazon", services.get(row["service"], "aws"), "" if anycast else region, anycast)

    return str(table["createDate"]), networks()


@_reader
def azure(bodies: tuple[bytes, ...]) -> Found:
    """ServiceTags_Public_*.json: the cloud by region, then the services that have tags of their own."""
    table = _json(bodies[0])
    services = {"AzureCloud": "azure", "Storage": "blob-storage", "AzureFrontDoor": "azure-front-door"}
    tags = [tag for tag in table["values"] if tag["name"].partition(".")[0] in services]
    tags.sort(key=lambda tag: (list(services).index(tag["name"].partition(".")[0]), bool(tag["properties"]["region"])))

    def networks() -> Iterator[Network]:
        for tag in tags:
            service = services[tag["name"].partition(".")[0]]
            anycast = tag["name"] == "AzureFrontDoor.Frontend"  # https://learn.microsoft.com/azure/frontdoor: anycast
            for cidr in tag["properties"]["addressPrefixes"]:
                yield Network(cidr, "microsoft", service, "" if anycast else tag["properties"]["region"], anycast)

    return str(table["changeNumber"]), networks()


@_reader
def cloudflare(bodies: tuple[bytes, ...]) -> Found:
    """ips-v4 and ips-v6: a network a line, all of them anycast (https://www.cloudflare.com/learning/cdn/glossary/anycast-network/)."""
    lines = b"\n".join(bodies).decode().split()
    return "", (Network(line, "cloudflare", "cdn", anycast=True) for line in lines)


@_reader
def fastly(bodies: tuple[bytes, ...]) -> Found:
    """public-ip-list: addresses and ipv6_addresses."""
    table = _json(bodies[0])
    return "", (Network(cidr, "fastly", "cdn") for cidr in [*table["addresses"], *table["ipv6_addresses"]])


@_reader
def github(bodies: tuple[bytes, ...]) -> Found:
    """meta: the networks of Pages alone; the others are no site's."""
    return "", (Network(cidr, "github", "pages") for cidr in _json(bodies[0])["pages"])


@_reader
def google(bodies: tuple[bytes, ...]) -> Found:
    """goog.json (all of Google's), then cloud.json (what customers rent, by region), which is the narrower."""
    everything, cloud = map(_json, bodies)

    def networks() -> Iterator[Network]:
        for row in everything["prefixes"]:
            yield Network(row.get("ipv4Prefix") or row["ipv6Prefix"], "google", "google-web")
        for row in cloud["prefixes"]:
            region = "" if row["scope"] == "global" else row["scope"]
            yield Network(row.get("ipv4Prefix") or row["ipv6Prefix"], "google", "cloud", region)

    return str(cloud["creationTime"]), networks()


@_reader
def oracle(bodies: tuple[bytes, ...]) -> Found:
    """public_ip_ranges.json: networks by region."""
    table = _json(bodies[0])
    rows = ((entry["cidr"], region["region"]) for region in table["regions"] for entry in region["cidrs"])
    return str(table["last_updated_timestamp"]), (Network(cidr, "oracle", "cloud", region) for cidr, region in rows)


@_reader
def digitalocean(bodies: tuple[bytes, ...]) -> Found:
    """A geofeed."""
    return "", _geofeed(bodies[0], "digitalocean", "hosting")


@_reader
def linode(bodies: tuple[bytes, ...]) -> Found:
    """A geofeed."""
    return "", _geofeed(bodies[0], "akamai", "linode")


def _geofeed(body: bytes, provider: str, service: str) -> Iterator[Network]:
    """RFC 8805: network, country, region, city, postal code; comments begin with #."""
    lines = (line for line in body.decode().splitlines() if line.strip() and not line.lstrip().startswith("#"))
    for row in csv.reader(lines):
        place = ", ".join(part.strip() for part in (row[3] if len(row) > 3 else "", row[1]) if part.strip())
        yield Network(row[0].strip(), provider, service, place)
