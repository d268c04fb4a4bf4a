"""Certificates made on the spot: imitations for the demonstration, signed by a root that dies with the process.

The intermediates carry the organisation names of real authorities, because that is what attribution reads; they are
not theirs, no browser trusts them, and the authority's keys never leave memory. One P-256 key serves every leaf.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.lab.world import Certificate, CertificateFault, Issuer

WRONG_NAME = "another-host.example"
ROOT = Issuer("Laboratory Root, not a real authority", "sovscan laboratory", "ZZ")
LABORATORY = "laboratory"
"""The issuer of hosts that stand for real ones: the lab says nothing of whose certificates those have."""
_AUTHORITY_DAYS = 3650
_LEAF_DAYS = 90


class Authority:
    """The lab's root, an intermediate for each issuer, and a server context for each host, made when first needed."""

    def __init__(self, folder: Path, issuers: Mapping[str, Issuer]) -> None:
        """`folder`: private to the lab; gets `ca.pem` at once, then the chains and the leaves' key."""
        self.ca_file = folder / "ca.pem"
        self._folder = folder
        own = Issuer("Laboratory R1, not a real authority", ROOT.organization, ROOT.country)
        self._issuers = {LABORATORY: own} | dict(issuers)
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._root = self._authority(ROOT, ROOT, self._root_key, 1)
        self._intermediates: dict[str, tuple[x509.Certificate, ec.EllipticCurvePrivateKey]] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.ca_file.write_bytes(_pem(self._root))

    def context(self, host: str, certificate: Certificate) -> ssl.SSLContext:
        """The server context that presents this certificate for this host. Raises KeyError for an unknown issuer."""
        if host not in self._contexts:
            chain = self.chain(host, certificate)
            path = self._folder / f"chain-{len(self._contexts)}.pem"
            key = self._leaf_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            path.touch(mode=0o600)
            path.write_bytes(b"".join(_pem(link) for link in chain) + key)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
            context.set_alpn_protocols(["http/1.1"])
            self._contexts[host] = context
        return self._contexts[host]

    def chain(self, host: str, certificate: Certificate) -> list[x509.Certificate]:
        """What is presented, leaf first and without the root."""
        fault = certificate.fault
        if fault is CertificateFault.SELF_SIGNED:
            return [self._self_signed(host, certificate)]
        intermediate, key = self._intermediate(certificate.issuer)
        leaf = (
            self._leaf(host, certificate)
            .issuer_name(intermediate.subject)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return [leaf] if fault is CertificateFault.INCOMPLETE else [leaf, intermediate]

    def _self_signed(self, host: str, certificate: Certificate) -> x509.Certificate:
        builder = self._leaf(host, certificate)
        return builder.issuer_name(_subject(host, certificate)).sign(self._leaf_key, hashes.SHA256())

    def _leaf(self, host: str, certificate: Certificate) -> x509.CertificateBuilder:
        names = certificate.names or (host,)
        if certificate.fault is CertificateFault.WRONG_NAME:
            names = (WRONG_NAME,)
        end = self._now + timedelta(days=certificate.days)
        if certificate.fault is CertificateFault.EXPIRED:
            end = self._now - timedelta(days=30)
        return (
            x509.CertificateBuilder()
            .subject_name(_subject(names[0], certificate))
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(self._now, end) - timedelta(days=_LEAF_DAYS))
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )

    def _intermediate(self, issuer: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        if issuer not in self._intermediates:
            key = ec.generate_private_key(ec.SECP256R1())
            self._intermediates[issuer] = self._authority(self._issuers[issuer], ROOT, key, 0), key
        return self._intermediates[issuer]

    def _authority(
        self, subject: Issuer, issuer: Issuer, key: ec.EllipticCurvePrivateKey, path_length: int
    ) -> x509.Certificate:
        root = self._root_key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(_authority_name(subject))
            .issuer_name(_authority_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=_AUTHORITY_DAYS))
            .not_valid_after(self._now + timedelta(days=_AUTHORITY_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_SIGNS, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root), critical=False)
            .sign(self._root_key, hashes.SHA256())
        )


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _authority_name(issuer: Issuer) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, issuer.country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer.organization),
            x509.NameAttribute(NameOID.COMMON_NAME, issuer.common_name),
        ]
    )


def _subject(name: str, certificate: Certificate) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]  # RFC 5280, ub-common-name
    if certificate.organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, certificate.organization))
    return x509.Name(attributes)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
