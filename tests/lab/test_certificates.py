"""The certificates that the lab makes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from scanner.lab.certificates import WRONG_NAME, Authority
from scanner.lab.world import Certificate, CertificateFault

from .small import SMALL


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, SMALL.issuers)


def value(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return str(name.get_attributes_for_oid(oid)[0].value)


def test_a_chain_verifies_against_the_labs_root_under_the_rules_of_the_web(authority: Authority) -> None:
    leaf, intermediate = authority.chain("ville.example", Certificate("le"))
    store = Store([x509.load_pem_x509_certificate(authority.ca_file.read_bytes())])
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName("ville.example"))
    assert len(verifier.verify(leaf, [intermediate])) == 3


def test_the_intermediate_carries_the_issuers_names_and_the_root_its_own(authority: Authority) -> None:
    leaf, intermediate = authority.chain("ville.example", Certificate("le", organization="Ville"))
    assert value(leaf.issuer, NameOID.ORGANIZATION_NAME) == "Let's Encrypt"
    assert value(leaf.issuer, NameOID.COMMON_NAME) == "R12"
    assert value(leaf.subject, NameOID.ORGANIZATION_NAME) == "Ville"
    assert "not a real authority" in value(intermediate.issuer, NameOID.COMMON_NAME)


def test_an_expired_leaf_has_ended(authority: Authority) -> None:
    leaf, _ = authority.chain("ville.example", Certificate("le", fault=CertificateFault.EXPIRED))
    assert leaf.not_valid_before_utc < leaf.not_valid_after_utc < datetime.now(UTC)


def test_a_self_signed_leaf_stands_alone(authority: Authority) -> None:
    (leaf,) = authority.chain("ville.example", Certificate("le", fault=CertificateFault.SELF_SIGNED))
    assert leaf.issuer == leaf.subject
    leaf.verify_directly_issued_by(leaf)


def test_a_wrong_name_and_an_incomplete_chain_are_what_they_say(authority: Authority) -> None:
    wrong, _ = authority.chain("ville.example", Certificate("le", fault=CertificateFault.WRONG_NAME))
    names = wrong.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [WRONG_NAME]
    assert len(authority.chain("ville.example", Certificate("le", fault=CertificateFault.INCOMPLETE))) == 1


def test_one_context_serves_a_host(authority: Authority) -> None:
    first = authority.context("ville.example", Certificate("le"))
    assert authority.context("ville.example", Certificate("le")) is first
    assert authority.context("www.ville.example", Certificate("le")) is not first


def test_the_leaves_key_is_readable_by_its_owner_alone(authority: Authority, tmp_path: Path) -> None:
    authority.context("ville.example", Certificate("le"))
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("chain-*.pem")] == ["0o600"]
    assert b"PRIVATE" not in authority.ca_file.read_bytes()
