"""DNS messages on the wire (RFC 1035, RFC 6891): a lean codec for the common record types, bounded and total.

    class WireError(ValueError)   # any byte sequence that is not a DNS message this module understands

Rare record types are read by dnspython, which is also the judge of this codec in tests/net/test_wire.py.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import lru_cache
from socket import AF_INET6, inet_ntoa, inet_ntop
from typing import NamedTuple

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire

UDP_PAYLOAD = 1232  # what fits one packet on any path: https://www.dnsflagday.net/2020/
MAX_NAME = 255  # RFC 1035, 2.3.4
MAX_POINTERS = 64  # real messages need two or three; an attacker's, thousands

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
CNAME, SOA, OPT = 5, 6, 41

_HEADER = struct.Struct("!HHHHHH")
_RR = struct.Struct("!HHIH")
_OPT_RR = struct.pack("!BHHIH", 0, OPT, UDP_PAYLOAD, 0, 0)
_RD_AD = 0x0120  # recursion desired; AD asks for the authentic-data bit without the signatures (RFC 6840, 5.7)
_LENGTHS = {size: bytes([size]) for size in range(1, 64)}
_LABEL_ESCAPED = frozenset(b'"().;\\@$')
_STRING_ESCAPED = frozenset(b'"\\')
_PLAIN_NAME = re.compile(r"[0-9a-z_\-*]+(?:\.[0-9a-z_\-*]+)*").fullmatch
_PLAIN_LABEL = re.compile(rb"[0-9a-z_\-*]+").fullmatch
_PLAIN_STRING = re.compile(rb"[ !#-\[\]-~]*").fullmatch


class WireError(ValueError):
    """Not a DNS message, or a name that no DNS message can carry."""


class Record(NamedTuple):  # a tuple: the fastest immutable thing to build
    """One resource record of the answer section: owner and names in lower case with a final dot, ttl in seconds."""

    owner: str
    rtype: int
    ttl: int
    text: str


class Message(NamedTuple):
    """One response. `negative_ttl`: seconds that its SOA lets nothing be remembered (RFC 2308), None without SOA."""

    id: int
    rcode: int
    truncated: bool
    authentic: bool
    records: tuple[Record, ...]
    negative_ttl: int | None


def rtype_number(rtype: str) -> int:
    """The number of a record type by mnemonic or TYPE123. Raises WireError."""
    number = _NUMBERS.get(rtype)
    if number is None:
        try:
            number = int(dns.rdatatype.from_text(rtype))
        except (dns.exception.DNSException, ValueError) as error:
            raise WireError(f"no such record type: {rtype[:40]}") from error
    if number == OPT or 128 <= number <= 255:  # QTYPEs and meta types are no data (RFC 6895, 3.1)
        raise WireError(f"not a data type: {rtype[:40]}")
    return number


@lru_cache(maxsize=4_096)  # of one name, several types are asked
def encode_name(name: str) -> bytes:
    """A name in presentation form (ASCII, final dot or not) as uncompressed wire labels. Raises WireError."""
    if not name.isascii():
        raise WireError(f"not in A-labels: {name[:80]!r}")
    if "\\" in name:
        try:
            return bytes(dns.name.from_text(name).to_wire() or b"")
        except (dns.exception.DNSException, ValueError) as error:
            raise WireError(f"not a name: {name[:80]!r}") from error
    if name in ("", "."):
        return b"\0"
    wire = b""
    try:
        for label in name.removesuffix(".").encode().split(b"."):
            wire += _LENGTHS[len(label)] + label
    except KeyError:
        raise WireError(f"an empty label, or one of more than 63 bytes: {name[:80]!r}") from None
    if len(wire) >= MAX_NAME:
        raise WireError(f"a name of more than 255 bytes: {name[:80]!r}")
    return wire + b"\0"


@lru_cache(maxsize=4_096)
def canonical_name(name: str) -> str:
    """A valid name as this module writes owners: lower case, escaped, with a final dot. Raises WireError."""
    if _PLAIN_NAME(name):
        return f"{name}."
    return _read_name(encode_name(name), 0)[0]


def question_bytes(name: str, rtype: str) -> bytes:
    """The question section for a name and a record type, class IN. Raises WireError."""
    return encode_name(name) + (_ENDINGS.get(rtype) or rtype_number(rtype).to_bytes(2, "big") + b"\0\1")


def encode_query(ident: int, question: bytes, edns: bool = True) -> bytes:
    """A query message with one question; with EDNS it says that 1,232 bytes may come back."""
    if edns:
        return _HEADER.pack(ident, _RD_AD, 1, 0, 0, 1) + question + _OPT_RR
    return _HEADER.pack(ident, _RD_AD, 1, 0, 0, 0) + question


def answers(data: bytes, question: bytes) -> bool:
    """True when a packet is a response to this very question (any letter case); its id is checked by the caller."""
    if len(data) < 12 or not data[2] & 0x80 or data[4:6] != b"\0\1":
        return False
    echoed = data[12 : 12 + len(question)]
    return echoed == question or (echoed.lower() == question.lower() and echoed[-4:] == question[-4:])


def refusal(data: bytes) -> bool:
    """True for a response without question section: some servers answer FORMERR and the like so."""
    return len(data) == 12 and bool(data[2] & 0x80) and data[4:12] == bytes(8) and data[3] & 15 != NOERROR


def decode(data: bytes, question: bytes = b"", owner: str = "") -> Message:
    """Read a whole response message. Raises WireError, and nothing else, on any bytes.

    `question` and `owner`: the question section that was sent and its name, where known, to save reading them again.
    """
    try:
        return _decode(data, question, owner)
    except (struct.error, IndexError) as error:
        raise WireError("message cut short") from error


def _decode(data: bytes, question: bytes, owner: str) -> Message:
    ident, flags, questions, answer_count, authority_count, additional_count = _HEADER.unpack_from(data)
    if questions > 1:
        raise WireError(f"{questions} questions")
    offset, asked = 12, ""
    if questions and question and data.startswith(question, 12):
        asked, offset = owner, 12 + len(question)
    elif questions:
        asked, offset = _read_name(data, offset)
        offset += 4
    records: list[Record] = []
    negative_ttl: int | None = None
    rcode = flags & 15
    first_other = answer_count + authority_count
    for index in range(first_other + additional_count):
        if asked and data[offset : offset + 2] == b"\xc0\x0c":  # "the name in the question", as nearly always
            owner, offset = asked, offset + 2
        elif not data[offset]:  # the root, as of every OPT
            owner, offset = ".", offset + 1
        else:
            owner, offset = _read_name(data, offset)
        rtype, rclass, ttl, size = _RR.unpack_from(data, offset)
        start = offset + 10
        offset = start + size
        if offset > len(data):
            raise WireError("record cut short")
        if rtype == OPT:
            if index >= first_other:
                rcode |= ttl >> 24 << 4
            continue
        ttl = ttl if ttl < 1 << 31 else 0  # RFC 2181, 8
        if index < answer_count and rclass == 1:
            records.append(Record(owner, rtype, ttl, READERS.get(rtype, _read_other)(data, start, offset, rtype)))
        elif index < first_other and rtype == SOA and rclass == 1:
            negative_ttl = min(ttl, _minimum(data, start, offset))
    if offset != len(data):
        raise WireError("bytes after the message" if offset < len(data) else "message cut short")
    return Message(ident, rcode, bool(flags & 0x0200), bool(flags & 0x0020), tuple(records), negative_ttl)


def _read_name(data: bytes, offset: int) -> tuple[str, int]:
    """A name in presentation form, and the offset after it."""
    labels: list[str] = []
    end = 0
    lowest = offset
    pointers = 0
    size = 1
    while True:
        length = data[offset]
        if length == 0:
            break
        if length >= 0xC0:
            target = (length & 0x3F) << 8 | data[offset + 1]
            end = end or offset + 2
            pointers += 1
            if target >= lowest or pointers > MAX_POINTERS:  # only backwards: no loops
                raise WireError("compression pointer that does not go back")
            lowest = offset = target
            continue
        if length > 63:
            raise WireError("label of an unknown kind")
        label = data[offset + 1 : offset + 1 + length].lower()
        if len(label) != length:
            raise WireError("name cut short")
        size += length + 1
        if size > MAX_NAME:
            raise WireError("name longer than 255 bytes")
        labels.append(label.decode() if _PLAIN_LABEL(label) else _escape(label, _LABEL_ESCAPED, 0x21))
        offset += length + 1
    labels.append("")
    return ".".join(labels) if len(labels) > 1 else ".", end or offset + 1


def _escape(data: bytes, escaped: frozenset[int], lowest: int) -> str:
    """Bytes in presentation form (RFC 1035, 5.1)."""
    return "".join(
        f"\\{byte:c}" if byte in escaped else chr(byte) if lowest <= byte < 0x7F else f"\\{byte:03d}" for byte in data
    )


def _text(data: bytes) -> str:
    return data.decode() if _PLAIN_STRING(data) else _escape(data, _STRING_ESCAPED, 0x20)


def _last_name(data: bytes, offset: int, end: int) -> str:
    """A name that ends where its record ends."""
    name, after = _read_name(data, offset)
    if after != end:
        raise WireError("record data of a wrong length")
    return name


def _read_a(data: bytes, start: int, end: int, rtype: int) -> str:
    if end - start != 4:
        raise WireError("address of a wrong length")
    return inet_ntoa(data[start:end])


def _read_aaaa(data: bytes, start: int, end: int, rtype: int) -> str:
    if end - start != 16:
        raise WireError("address of a wrong length")
    return inet_ntop(AF_INET6, data[start:end])


def _read_target(data: bytes, start: int, end: int, rtype: int) -> str:
    return _last_name(data, start, end)


def _read_mx(data: bytes, start: int, end: int, rtype: int) -> str:
    return f"{int.from_bytes(data[start : start + 2], 'big')} {_last_name(data, start + 2, end)}"


def _read_srv(data: bytes, start: int, end: int, rtype: int) -> str:
    priority, weight, port = struct.unpack_from("!HHH", data, start)
    return f"{priority} {weight} {port} {_last_name(data, start + 6, end)}"


def _read_soa(data: bytes, start: int, end: int, rtype: int) -> str:
    primary, offset = _read_name(data, start)
    mailbox, offset = _read_name(data, offset)
    if end - offset != 20:
        raise WireError("SOA of a wrong length")
    serial, refresh, retry, expire, minimum = struct.unpack_from("!IIIII", data, offset)
    return f"{primary} {mailbox} {serial} {refresh} {retry} {expire} {minimum}"


def _minimum(data: bytes, start: int, end: int) -> int:
    """The last field of an SOA: how long nothing may be remembered (RFC 2308, 3). Its names are nobody's business."""
    if end - start < 22:
        raise WireError("SOA of a wrong length")
    return int.from_bytes(data[end - 4 : end], "big")


def _read_txt(data: bytes, start: int, end: int, rtype: int) -> str:
    strings: list[str] = []
    while start < end:
        after = start + 1 + data[start]
        if after > end:
            raise WireError("string longer than its record")
        strings.append(f'"{_text(data[start + 1 : after])}"')
        start = after
    if not strings:
        raise WireError("TXT without a string")
    return " ".join(strings)


def _read_caa(data: bytes, start: int, end: int, rtype: int) -> str:
    size = data[start + 1]
    tag = data[start + 2 : start + 2 + size]
    if start + 2 + size > end or not tag.isalnum():
        raise WireError("CAA tag")
    return f'{data[start]} {tag.decode()} "{_text(data[start + 2 + size : end])}"'


def _read_other(data: bytes, start: int, end: int, rtype: int) -> str:
    """Any other type, by dnspython; what it cannot read is shown as RFC 3597 says."""
    try:
        parser = dns.wire.Parser(data, start)
        with parser.restrict_to(end - start):
            kind = dns.rdatatype.RdataType.make(rtype)
            return dns.rdata.from_wire_parser(dns.rdataclass.IN, kind, parser).to_text()
    except (dns.exception.DNSException, ValueError, OSError, OverflowError, TypeError, struct.error, IndexError):
        raw = data[start:end]
        return f"\\# {len(raw)} {raw.hex()}".rstrip()


_NUMBERS = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "CAA": 257}
_ENDINGS = {rtype: number.to_bytes(2, "big") + b"\0\1" for rtype, number in _NUMBERS.items()}
READERS: dict[int, Callable[[bytes, int, int, int], str]] = {
    1: _read_a,
    2: _read_target,
    5: _read_target,
    6: _read_soa,
    12: _read_target,
    15: _read_mx,
    16: _read_txt,
    28: _read_aaaa,
    33: _read_srv,
    257: _read_caa,
}
