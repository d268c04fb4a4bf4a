"""The lean DNS codec, judged by dnspython."""

from __future__ import annotations

import contextlib

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scanner.net import wire

LABEL = st.binary(min_size=1, max_size=20) | st.from_regex(rb"\A[a-z0-9_-]{1,20}\Z")
NAMES = st.lists(LABEL, max_size=6).map(lambda labels: dns.name.Name([*labels, b""]))
TEXTS = st.binary(max_size=60)


def quoted(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


SHORT = st.integers(0, 65535)
RDATA = st.one_of(
    st.tuples(st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(st.sampled_from(["NS", "CNAME", "PTR"]), NAMES.map(str)),
    st.tuples(st.just("MX"), st.builds("{} {}".format, SHORT, NAMES)),
    st.tuples(st.just("SRV"), st.builds("{} {} {} {}".format, SHORT, SHORT, SHORT, NAMES)),
    st.tuples(st.just("TXT"), st.lists(TEXTS, min_size=1, max_size=4).map(lambda parts: " ".join(map(quoted, parts)))),
    st.tuples(
        st.just("CAA"),
        st.builds("{} {} {}".format, st.integers(0, 255), st.sampled_from(["issue", "iodef"]), TEXTS.map(quoted)),
    ),
    st.tuples(st.just("SOA"), st.builds("{} {} {} {} {} {} {}".format, NAMES, NAMES, *[st.integers(0, 2**31 - 1)] * 5)),
    st.tuples(st.just("TLSA"), st.binary(min_size=32, max_size=32).map(lambda data: f"3 1 1 {data.hex()}")),
    st.tuples(st.just("DS"), st.binary(min_size=32, max_size=32).map(lambda data: f"12345 13 2 {data.hex()}")),
)


def lower_names(text: str, rtype: str) -> str:
    return text if rtype in ("TXT", "CAA", "TLSA", "DS") else text.lower()


@given(owner=NAMES, records=st.lists(st.tuples(RDATA, st.integers(0, 2**31 - 1)), max_size=8), authentic=st.booleans())
def test_reads_the_same_records_as_dnspython(
    owner: dns.name.Name, records: list[tuple[tuple[str, str], int]], authentic: bool
) -> None:
    query = dns.message.make_query(owner, "A", use_edns=0)
    response = dns.message.make_response(query)
    if authentic:
        response.flags |= dns.flags.AD
    for (rtype, text), ttl in records:
        response.answer.append(dns.rrset.from_text(owner, ttl, "IN", rtype, text))
    data = response.to_wire(max_size=65535)
    judge = dns.message.from_wire(data, one_rr_per_rrset=True)
    message = wire.decode(data)
    assert message.id == query.id
    assert message.authentic is authentic
    assert message.rcode == wire.NOERROR
    assert [(record.owner, record.rtype, record.ttl, record.text) for record in message.records] == [
        (rrset.name.to_text().lower(), rrset.rdtype, rrset.ttl, lower_names(rrset[0].to_text(), rrset.rdtype.name))
        for rrset in judge.answer
    ]


@given(name=NAMES, rtype=st.sampled_from(["A", "MX", "TXT", "CAA", "SVCB", "TYPE65"]), ident=SHORT, edns=st.booleans())
def test_dnspython_reads_our_questions(name: dns.name.Name, rtype: str, ident: int, edns: bool) -> None:
    query = dns.message.from_wire(wire.encode_query(ident, wire.question_bytes(str(name), rtype), edns))
    assert query.id == ident
    assert query.flags & dns.flags.RD
    assert query.flags & dns.flags.AD
    assert query.question[0].name == name
    assert query.question[0].rdtype == dns.rdatatype.from_text(rtype)
    assert query.edns == (0 if edns else -1)
    assert query.payload == (1232 if edns else 0)


@given(name=NAMES)
def test_canonical_name_is_what_the_decoder_writes(name: dns.name.Name) -> None:
    assert wire.canonical_name(str(name)) == name.to_text().lower()


@given(data=st.binary(max_size=600))
def test_any_bytes_give_a_message_or_the_one_typed_error(data: bytes) -> None:
    with contextlib.suppress(wire.WireError):
        wire.decode(data)


HEADER = b"\x12\x34\x81\x80\0\1\0\x02\0\0\0\0"
QUESTION = b"\1a\0\0\1\0\1"


@settings(max_examples=300)
@given(
    rtype=st.sampled_from([1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 46, 48, 64, 65, 257, 999]),
    rdata=st.binary(max_size=80),
    owner=st.sampled_from([b"\xc0\x0c", b"\0", b"\xc0\x1f", b"\x3fabc", b"\xc0"]),
)
@example(16, b"", b"\xc0\x0c")
@example(257, b"\0\5ab", b"\xc0\x0c")
def test_mangled_records_are_refused_where_dnspython_refuses_them(rtype: int, rdata: bytes, owner: bytes) -> None:
    assume(not (len(rdata) >= 1 and rtype == 41))
    record = owner + rtype.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + len(rdata).to_bytes(2, "big") + rdata
    data = HEADER + QUESTION + record + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
    try:
        judge = dns.message.from_wire(data, one_rr_per_rrset=True)
    except (dns.exception.DNSException, ValueError, OSError):
        judge = None
    try:
        message = wire.decode(data)
    except wire.WireError:
        assert judge is None
        return
    if rtype in wire.READERS and judge is not None:
        mine = [record.text for record in message.records if record.rtype == rtype]
        theirs = [lower_names(r[0].to_text(), r.rdtype.name) for r in judge.answer if r.rdtype == rtype]
        assert mine == theirs
    if rtype in wire.READERS:
        assert judge is not None


def test_a_compression_loop_ends_at_once() -> None:
    for loop in (b"\xc0\x13", b"\x01a\xc0\x13", b"\xc0\xff"):
        data = HEADER + QUESTION + loop + b"\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
        with pytest.raises(wire.WireError):
            wire.decode(data)


def test_a_message_full_of_pointers_costs_little() -> None:
    pointers = b"".join((0xC000 | 12 + 2 * max(0, i - 1)).to_bytes(2, "big") for i in range(8000))
    header = b"\x12\x34\x81\x80\0\0\x0f\xff\0\0\0\0"
    record = b"\xfe\x80\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
    with pytest.raises(wire.WireError):
        wire.decode(header + pointers + record * 3000)


@pytest.mark.parametrize(
    "name",
    ["a" * 64, "a..b", ".a", "é.fr", ".".join(["a" * 60] * 5), "..", "a\\"],
)
def test_a_name_that_no_message_can_carry_is_the_typed_error(name: str) -> None:
    with pytest.raises(wire.WireError):
        wire.question_bytes(name, "A")


@pytest.mark.parametrize("rtype", ["", "ANY", "AXFR", "OPT", "NOPE", "TYPE99999", "A B"])
def test_a_type_that_is_no_data_type_is_the_typed_error(rtype: str) -> None:
    with pytest.raises(wire.WireError):
        wire.question_bytes("a.test", rtype)


def test_only_a_response_to_the_very_question_is_an_answer() -> None:
    question = wire.question_bytes("a.test", "MX")
    good = b"\0\1\x81\x80\0\1\0\0\0\0\0\0" + question
    assert wire.answers(good, question)
    assert wire.answers(good.replace(b"test", b"TeSt"), question)
    assert not wire.answers(good, wire.question_bytes("b.test", "MX"))
    assert not wire.answers(good, wire.question_bytes("a.test", "A"))
    assert not wire.answers(b"\0\1\x01" + good[3:], question)  # a query
    assert not wire.answers(good[:20], question)


def test_the_negative_ttl_is_the_smaller_of_the_soa_and_its_minimum() -> None:
    response = dns.message.make_response(dns.message.make_query("a.test", "MX"))
    response.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", "ns.test. m.test. 1 2 3 4 900"))
    assert wire.decode(response.to_wire()).negative_ttl == 60
