"""From a response message to answers: the one that was asked for, and what else the message tells. Pure."""

from __future__ import annotations

from typing import NamedTuple

from scanner.model import Answer, Question, Status
from scanner.net.wire import CNAME, NXDOMAIN, Message, Record, canonical_name, rtype_number

MAX_CHAIN = 16  # CNAMEs in a row; resolvers stop at about as many


class Reading(NamedTuple):
    """`answer`: to the question; `beside`: other answers that the message gives; `missing`: a name that does not exist
    at all, or ""; `follow`: the alias target that the server left unanswered, or ""; `direct`: no alias on the way."""

    answer: Answer
    beside: tuple[Answer, ...] = ()
    missing: str = ""
    follow: str = ""
    direct: bool = False


def read_reply(question: Question, message: Message, at: str, vantage: str = "") -> Reading:
    """Read a NOERROR or NXDOMAIN response to `question` (RFC 1034, 3.6.2; RFC 2308)."""
    number = rtype_number(question.detail)
    ad, records = message.authentic, message.records
    owner = canonical_name(question.subject)
    chain: list[Record] = []
    if records and number != CNAME and any(record.rtype == CNAME for record in records):
        chain, owner = _chain(owner, records)
        if owner == "":
            return Reading(failure(question, "malformed", at, vantage))
    found = [record for record in records if record.rtype == number and record.owner == owner]
    if found:
        ttl = min([record.ttl for record in found + chain])
        values = tuple(dict.fromkeys([record.text for record in found]))
        answer = Answer(question, Status.OK, values, "", at, vantage, ttl, ad)
        if not chain:
            return Reading(answer, direct=True)
        return Reading(answer, (*_links(chain, at, vantage, ad), _end(owner, ttl, at, vantage, ad)))
    missing = message.rcode == NXDOMAIN
    reason, negative = "nxdomain" if missing else "nodata", message.negative_ttl
    answer = Answer(question, Status.ABSENT, (), reason, at, vantage, negative, ad)
    if not chain:
        return Reading(answer, missing=owner[:-1]) if missing else Reading(answer, direct=True)
    links = _links(chain, at, vantage, ad)
    if missing:
        return Reading(answer, links, missing=owner[:-1])
    if negative is None:
        return Reading(answer, links, follow=owner[:-1])
    return Reading(answer, (*links, _end(owner, negative, at, vantage, ad)))


def read_plain(question: Question, owner: str, message: Message, at: str, vantage: str) -> Answer | None:
    """What `read_reply` says of a response that holds nothing, or the record asked for and nothing beside; else None.

    Most are such. `owner`: the name asked for, canonical.
    """
    records = message.records
    if not records:
        reason = "nxdomain" if message.rcode == NXDOMAIN else "nodata"
        return Answer(question, Status.ABSENT, (), reason, at, vantage, message.negative_ttl, message.authentic)
    if len(records) != 1:
        return None
    found, rtype, ttl, text = records[0]
    if found != owner or rtype != rtype_number(question.detail):
        return None
    return Answer(question, Status.OK, (text,), "", at, vantage, ttl, message.authentic)


def _links(chain: list[Record], at: str, vantage: str, ad: bool) -> tuple[Answer, ...]:
    """What each alias of a chain answers."""
    return tuple(
        [
            Answer(Question("dns", link.owner[:-1], "CNAME"), Status.OK, (link.text,), "", at, vantage, link.ttl, ad)
            for link in chain
        ]
    )


def _end(owner: str, ttl: int, at: str, vantage: str, ad: bool) -> Answer:
    """No resolver stops at an alias: the end of a chain is none."""
    return Answer(Question("dns", owner[:-1], "CNAME"), Status.ABSENT, (), "nodata", at, vantage, ttl, ad)


def failure(question: Question, reason: str, at: str, vantage: str = "", note: str = "") -> Answer:
    """The answer to a question that failed."""
    return Answer(question, Status.FAILED, (), reason, at, vantage, note=note)


def distrust(reading: Reading, forged: frozenset[str]) -> Reading:
    """What a reading is worth where the resolver forges answers for missing names, with the addresses `forged`: that a
    name does not exist proves nothing, and those addresses are nobody's."""
    answer = reading.answer
    doubtful = answer.reason == "nxdomain" or (answer.status is Status.OK and not forged.isdisjoint(answer.values))
    if not doubtful:
        return reading
    false = failure(answer.question, "forged", answer.at, answer.vantage)
    return reading._replace(answer=false, missing="", direct=False)


def merge(first: Message, second: Message) -> Message:
    """A response that stopped at an alias, completed by the response about the alias's target."""
    return second._replace(records=first.records + second.records, authentic=first.authentic and second.authentic)


def _chain(owner: str, records: tuple[Record, ...]) -> tuple[list[Record], str]:
    """The CNAMEs from `owner` on, and the name at their end: "" for a loop or a chain too long."""
    aliases = {record.owner: record for record in records if record.rtype == CNAME}
    chain: list[Record] = []
    while owner in aliases:
        if len(chain) == MAX_CHAIN:
            return chain, ""
        chain.append(aliases[owner])
        owner = aliases[owner].text
    return chain, owner
