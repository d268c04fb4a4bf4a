"""Published lists as their operators give them, and as they must not be taken."""

from __future__ import annotations

import pytest

from scanner.update import readers
from scanner.update.errors import SourceError
from scanner.update.readers import Network
from scanner.update.sources import SOURCES, RangeSource

from .lists import AWS, AZURE, CLOUDFLARE, GEOFEED, GOOGLE, LISTS, ORACLE


def test_aws_networks_bear_their_service_and_region() -> None:
    published = readers.aws((AWS,))
    assert published.version == "2026-11-20-12-00-00"
    assert set(published.networks) == {
        Network("13.32.0.0/15", "amazon", "cloudfront"),
        Network("52.46.0.0/18", "amazon", "aws", "eu-west-3"),
        Network("52.95.154.0/23", "amazon", "s3", "eu-west-3"),
        Network("75.2.0.0/17", "amazon", "global-accelerator", anycast=True),
        Network("2600:9000::/28", "amazon", "cloudfront"),
    }


def test_azure_regions_and_front_door_win_over_the_whole_cloud() -> None:
    assert set(readers.azure((AZURE,)).networks) == {
        Network("20.19.0.0/16", "microsoft", "azure", "francecentral"),
        Network("13.107.246.0/24", "microsoft", "azure-front-door", anycast=True),
    }


def test_cloudflare_is_anycast() -> None:
    networks = readers.cloudflare(CLOUDFLARE).networks
    assert len(networks) == 3
    assert all(network.anycast and not network.region for network in networks)


def test_google_s_own_networks_and_those_it_rents_out_are_told_apart() -> None:
    found = {network.cidr: (network.service, network.region) for network in readers.google(GOOGLE).networks}
    assert found["34.0.0.0/15"] == ("google-web", "")
    assert found["34.1.208.0/20"] == ("cloud", "europe-west9")
    assert found["34.0.0.0/20"] == ("cloud", "")


def test_oracle_networks_bear_their_region() -> None:
    assert readers.oracle((ORACLE,)).networks == (Network("129.151.224.0/19", "oracle", "cloud", "eu-paris-1"),)


def test_a_geofeed_names_the_city() -> None:
    assert [network.region for network in readers.linode((GEOFEED,)).networks] == ["Richardson, US", "SG"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_every_source_reads_its_list_and_refuses_any_other(source: RangeSource) -> None:
    assert source.read(LISTS[source.id]).networks
    for other in (b"", b"<html>Not found</html>", b"{}", b"[]", b"null", b"\xff\xfe", b"\x00" * 50, b"[" * 5000):
        with pytest.raises(SourceError):
            source.read((other,) * len(LISTS[source.id]))


@pytest.mark.parametrize(
    "line",
    ["0.0.0.0/0", "1.0.0.0/7", "::/0", "2000::/3", "10.0.0.0/8", "192.168.1.0/24", "fe80::/32", "1.2.3.4/8", "x"],
)
def test_a_list_that_claims_what_nobody_may_claim_is_broken(line: str) -> None:
    with pytest.raises(SourceError):
        readers.cloudflare((CLOUDFLARE[0], line.encode()))
