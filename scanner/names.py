"""Names of the DNS: A-labels, registrable domains, and whether two hosts are one party.

The public suffix list, private section included, decides; it ships with its library and is fresh at each release.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import idna
from publicsuffixlist import PublicSuffixList

MAX_NAME = 253
_LABEL = r"[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?"
_PLAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z]{{2,63}}").fullmatch
"""What nearly every name looks like; the others are taken apart to say what is wrong."""


class HostnameError(ValueError):
    """A text that is no host name; says why."""


@cache
def _suffixes(only_icann: bool = False) -> PublicSuffixList:
    return PublicSuffixList(only_icann=only_icann)


def to_ascii(text: str) -> str:
    """A host name as lower-case A-labels without a final dot (IDNA 2008, UTS 46 mapping). Raises HostnameError."""
    name = text.strip().rstrip(".").lower()
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise HostnameError(f"not a host name: {error}") from error
    problem = name_problem(ascii_name)
    if problem:
        raise HostnameError(problem)
    return ascii_name


def name_problem(name: str) -> str:
    """Why an A-label name is no host name, or "" (RFC 1123 and the underscore that the field uses)."""
    if len(name) <= MAX_NAME and _PLAIN(name):
        return ""
    if not name:
        return "empty name"
    if len(name) > MAX_NAME:
        return f"name longer than {MAX_NAME} characters"
    labels = name.split(".")
    if len(labels) < 2:
        return f"{name!r} has no dot"
    for label in labels:
        if not 1 <= len(label) <= 63:
            return f"label of {len(label)} characters in {name!r}"
        if not all(char.isascii() and (char.isalnum() or char in "-_") for char in label):
            return f"character that no host name has in {name!r}"
        if label[0] == "-" or label[-1] == "-":
            return f"label begins or ends with a hyphen in {name!r}"
    if labels[-1].isdigit():
        return f"{name!r} is an address, not a name"
    return ""


def to_unicode(name: str) -> str:
    """A name as a person writes it; A-labels that do not decode stay."""
    if "xn--" not in name:
        return name
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


@lru_cache(maxsize=200_000)
def registrable(name: str) -> str:
    """The registrable domain (public suffix plus one label); a public suffix is its own."""
    return _suffixes().privatesuffix(name) or name


@lru_cache(maxsize=200_000)
def icann_registrable(name: str) -> str:
    """The registrable domain by the ICANN section alone: what a registry sells."""
    return _suffixes(only_icann=True).privatesuffix(name) or name


def icann_suffix(name: str) -> str:
    """The public suffix by the ICANN section alone."""
    return _suffixes(only_icann=True).publicsuffix(name) or name


def is_icann_suffix(name: str) -> bool:
    """True for a public suffix of the ICANN section."""
    return icann_suffix(name) == name


def same_party(one: str, other: str) -> bool:
    """True when two hosts share a registrable domain, private section included."""
    return registrable(one) == registrable(other)
