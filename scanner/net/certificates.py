"""Certificate chains: what they say, and whether a careful client would trust them (RFC 5280, RFC 6125)."""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

MAX_CHAIN = 12  # certificates of a chain looked at
MAX_NAMES = 200  # alternative names kept
MAX_TEXT = 500  # characters of one name

OK, EXPIRED, WRONG_NAME, SELF_SIGNED = "ok", "expired", "wrong-name", "self-signed"
INCOMPLETE, UNTRUSTED = "incomplete", "untrusted"
_SERVER_USES = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})


class CertificateError(ValueError):
    """Bytes that are no certificate."""


class TrustError(Exception):
    """A file of trusted certificates that cannot be read; the text names it."""


class Roots:
    """The certification authorities that are trusted: the system's, and those of a PEM file beside them."""

    def __init__(self, ca_file: Path | None = None) -> None:
        trusted = [_load(der) for der in ssl.create_default_context().get_ca_certs(binary_form=True)]
        if ca_file is not None:
            try:
                trusted += x509.load_pem_x509_certificates(ca_file.read_bytes())
            except (OSError, ValueError) as error:
                raise TrustError(f"{ca_file}: no certificates in PEM form could be read ({error})") from error
        self.certificates = [certificate for certificate in trusted if certificate is not None]
        self.subjects = {certificate.subject.public_bytes() for certificate in self.certificates}
        self.store = Store(self.certificates) if self.certificates else None

    def pem(self) -> bytes:
        """All of them, as libcurl takes them."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.certificates)


def _load(der: bytes) -> x509.Certificate | None:
    try:
        with warnings.catch_warnings():  # roots of old with a serial number of zero
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return x509.load_der_x509_certificate(der)
    except ValueError:  # a root of old that today's rules refuse
        return None


def load_chain(pems: Sequence[str]) -> list[x509.Certificate]:
    """Certificates as presented, leaf first. Raises CertificateError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return [_parsed(pem) for pem in pems[:MAX_CHAIN]]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(str(error)) from error


@lru_cache(maxsize=500)
def _parsed(pem: str) -> x509.Certificate:
    """Sites share their issuers' certificates: those are read, and described, once."""
    return x509.load_pem_x509_certificate(pem.encode())


@lru_cache(maxsize=500)
def describe(certificate: x509.Certificate) -> dict[str, Any]:
    """One certificate in the recording format. Raises CertificateError."""
    try:
        subject, issuer = certificate.subject, certificate.issuer
        return {
            "subject_cn": _attribute(subject, NameOID.COMMON_NAME),
            "subject_org": _attribute(subject, NameOID.ORGANIZATION_NAME),
            "issuer_cn": _attribute(issuer, NameOID.COMMON_NAME),
            "issuer_org": _attribute(issuer, NameOID.ORGANIZATION_NAME),
            "issuer_country": _attribute(issuer, NameOID.COUNTRY_NAME),
            "san": names(certificate)[:MAX_NAMES],
            "not_before": certificate.not_valid_before_utc.isoformat(),
            "not_after": certificate.not_valid_after_utc.isoformat(),
            "sha256": certificate.fingerprint(SHA256()).hex(),
        }
    except (ValueError, OverflowError) as error:
        raise CertificateError(str(error)) from error


def names(certificate: x509.Certificate) -> list[str]:
    """The host names and addresses that a certificate is for: its alternative names only, as browsers read it."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = [name.lower()[:MAX_TEXT] for name in extension.get_values_for_type(x509.DNSName)]
        return hosts + [str(address) for address in extension.get_values_for_type(x509.IPAddress)]
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []


def verify(chain: Sequence[x509.Certificate], host: str, roots: Roots, at: datetime) -> str:
    """ "ok", else the first of: self-signed; expired (or not valid yet); wrong-name; incomplete (no path to a root, but
    the certificate names where its missing issuer is: browsers may fetch it, others fail; we do not); untrusted."""
    leaf = chain[0]
    if _path(chain, roots, at):
        return OK if covers(names(leaf), host) else WRONG_NAME
    if _issued_by(leaf, leaf):
        return SELF_SIGNED
    if any(_path(chain, roots, moment) for moment in _moments(chain)):
        return EXPIRED
    return INCOMPLETE if _can_be_completed(chain, roots) else UNTRUSTED


def covers(names: Sequence[str], host: str) -> bool:
    """True when one of a certificate's names is `host`, or its only wildcard, the first label, stands for it."""
    try:
        return str(ipaddress.ip_address(host)) in names
    except ValueError:
        wildcard = "*." + host.partition(".")[2]
        return host in names or (wildcard in names and wildcard.count(".") > 1)


def _path(chain: Sequence[x509.Certificate], roots: Roots, at: datetime) -> bool:
    """True when at a moment a path leads from the leaf to a trusted root; names are not looked at.

    The verifier's "client" form is the one that leaves names to the caller.
    """
    if roots.store is None:
        return False
    builder = PolicyBuilder().store(roots.store).time(at.replace(tzinfo=None)).max_chain_depth(8)
    builder = builder.extension_policies(ca_policy=_ca_policy(), ee_policy=_leaf_policy())
    try:
        builder.build_client_verifier().verify(chain[0], list(chain[1:]))
    except (VerificationError, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _ca_constraints(_policy: Policy, _certificate: x509.Certificate, value: x509.BasicConstraints | None) -> None:
    if value is None or not value.ca:
        raise ValueError("an issuer that is no certification authority")


def _ca_usage(_policy: Policy, _certificate: x509.Certificate, value: x509.KeyUsage | None) -> None:
    if value is not None and not value.key_cert_sign:
        raise ValueError("an issuer that may not sign certificates")


@lru_cache
def _ca_policy() -> ExtensionPolicy:
    """What an issuer must show, without what else public CAs must add: private ones lack much of it."""
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _ca_constraints)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _ca_usage)
    )


def _server_use(_policy: Policy, _certificate: x509.Certificate, value: x509.ExtendedKeyUsage | None) -> None:
    if value is not None and _SERVER_USES.isdisjoint(value):
        raise ValueError("a certificate that is not for servers")


@lru_cache
def _leaf_policy() -> ExtensionPolicy:
    return ExtensionPolicy.permit_all().may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _server_use)


def _moments(chain: Sequence[x509.Certificate]) -> list[datetime]:
    """Moments at which the chain may have been, or will be, good: within the life of its leaf and of each issuer."""
    start = max(certificate.not_valid_before_utc for certificate in chain)
    ends = {certificate.not_valid_after_utc for certificate in chain}
    leaf = chain[0]
    moments = {start, leaf.not_valid_before_utc, *ends, leaf.not_valid_after_utc - timedelta(seconds=1)}
    return sorted(moment.astimezone(UTC) for moment in moments)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _can_be_completed(chain: Sequence[x509.Certificate], roots: Roots) -> bool:
    """True when the issuer of the chain's last link is missing, and the certificate says where to get it (AIA)."""
    current = chain[0]
    for _ in chain:
        issuer = next((other for other in chain if other is not current and _issued_by(current, other)), None)
        if issuer is None:
            break
        current = issuer
    if current.subject == current.issuer or current.issuer.public_bytes() in roots.subjects:
        return False
    try:
        access = current.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return any(item.access_method == AuthorityInformationAccessOID.CA_ISSUERS for item in access)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    value = found[0].value if found else ""
    return (value if isinstance(value, str) else value.decode("utf-8", "replace"))[:MAX_TEXT]
