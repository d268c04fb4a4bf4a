"""One published list of each operator, cut short, in the form that the operator gives it."""

from __future__ import annotations

import json

AWS = json.dumps(
    {
        "createDate": "2026-11-20-12-00-00",
        "prefixes": [
            {"ip_prefix": "13.32.0.0/15", "region": "GLOBAL", "service": "CLOUDFRONT"},
            {"ip_prefix": "13.32.0.0/15", "region": "GLOBAL", "service": "AMAZON"},
            {"ip_prefix": "52.46.0.0/18", "region": "eu-west-3", "service": "EC2"},
            {"ip_prefix": "52.95.154.0/23", "region": "eu-west-3", "service": "S3"},
            {"ip_prefix": "75.2.0.0/17", "region": "GLOBAL", "service": "GLOBALACCELERATOR"},
        ],
        "ipv6_prefixes": [{"ipv6_prefix": "2600:9000::/28", "region": "GLOBAL", "service": "CLOUDFRONT"}],
    }
).encode()
AZURE = json.dumps(
    {
        "changeNumber": 401,
        "values": [
            {"name": "AzureFrontDoor.Frontend", "properties": {"region": "", "addressPrefixes": ["13.107.246.0/24"]}},
            {
                "name": "AzureCloud.francecentral",
                "properties": {"region": "francecentral", "addressPrefixes": ["20.19.0.0/16"]},
            },
            {
                "name": "AzureCloud",
                "properties": {"region": "", "addressPrefixes": ["20.19.0.0/16", "13.107.246.0/24"]},
            },
            {"name": "ActionGroup", "properties": {"region": "", "addressPrefixes": ["4.145.74.52/30"]}},
        ],
    }
).encode()
CLOUDFLARE = (b"173.245.48.0/20\n103.21.244.0/22\n", b"2400:cb00::/32\n")
FASTLY = b'{"addresses": ["23.235.32.0/20"], "ipv6_addresses": ["2a04:4e40::/32"]}'
GITHUB = b'{"pages": ["185.199.108.0/22"], "hooks": ["140.82.112.0/20"], "domains": {}}'
GOOGLE = (
    b'{"syncToken": "1", "creationTime": "2026-11-20T00:00:00", "prefixes": [{"ipv4Prefix": "34.0.0.0/15"},'
    b' {"ipv6Prefix": "2001:4860::/32"}]}',
    b'{"creationTime": "2026-11-21T00:00:00", "prefixes": ['
    b' {"ipv4Prefix": "34.1.208.0/20", "service": "Google Cloud", "scope": "europe-west9"},'
    b' {"ipv4Prefix": "34.0.0.0/20", "service": "Google Cloud", "scope": "global"}]}',
)
ORACLE = json.dumps(
    {
        "last_updated_timestamp": "2026-11-19T00:00:00",
        "regions": [{"region": "eu-paris-1", "cidrs": [{"cidr": "129.151.224.0/19", "tags": ["OCI"]}]}],
    }
).encode()
GEOFEED = b"# a geofeed\n45.33.0.0/18,US,US-TX,Richardson,75081\n2400:8901::/32,SG,,,\n"
LISTS = {
    "aws": (AWS,),
    "azure": (AZURE,),
    "cloudflare": CLOUDFLARE,
    "digitalocean": (GEOFEED,),
    "fastly": (FASTLY,),
    "github": (GITHUB,),
    "google": GOOGLE,
    "linode": (GEOFEED,),
    "oracle": (ORACLE,),
}
