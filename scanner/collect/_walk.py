"""Steps that several collectors share: asking many questions, following CNAMEs, finding who serves a site."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.ask import Ask, asn, dns, http, is_address
from scanner.model import Answer, Observation, Question, Status, Target
from scanner.names import name_problem

MAX_CHAIN = 10
"""CNAMEs followed from one name; resolvers stop about there too."""
MAX_HEADERS = 100
MAX_ADDRESSES = 8
"""Addresses of one host whose network is asked."""

_OCTETS = re.compile(r"(?<!\d)(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?!\d)")
_PLAIN_URL = re.compile(r"https?://([a-z0-9.-]+)(?::\d{1,5})?(?:[/?#]|$)", re.ASCII).match
_MACHINE = re.compile(r"(?:^|\.)(?:l?vps[-_]?[0-9a-f]*\d[0-9a-z-]*|vps)\.")


async def ask_all(ask: Ask, questions: Iterable[Question]) -> list[Answer]:
    """Answers in the order of the questions, asked side by side where the network answers."""
    if getattr(ask, "instant", False):  # a replay: nothing waits
        return [await ask(question) for question in questions]
    asked = [ask(question) for question in questions]
    if any(isinstance(one, Coroutine) for one in asked):
        return list(await asyncio.gather(*asked))
    return [await one for one in asked]  # all under way already: a task for each would cost as much as the question


async def cname_chain(name: str, ask: Ask) -> tuple[list[Question], list[str]]:
    """The CNAME questions asked from a name on, and the names they led to, in order; loops end it."""
    questions: list[Question] = []
    names: list[str] = []
    current = name
    for _ in range(MAX_CHAIN):
        if name_problem(current):  # an address literal or garbage: there is nothing to ask
            break
        question = dns(current, "CNAME")
        questions.append(question)
        answer = await ask(question)
        if answer.status is not Status.OK or not answer.values:
            break
        current = host_of(answer.values[0])
        if not current or current == name or current in names:  # a loop leads nowhere
            break
        names.append(current)
    return questions, names


def host_of(text: str) -> str:
    """A host name of record data in the form of a question's subject."""
    return text.rstrip(".").lower()


def machine_name(host: str) -> bool:
    """True for the name that a hoster gives to a customer's machine: `vps123.ovh.net`, `static.192.0.2.1.clients.`."""
    octets = _OCTETS.search(host)
    return bool(octets and all(int(part) < 256 for part in octets.groups())) or bool(_MACHINE.search(host))


async def addresses(
    host: str, target: Target, ask: Ask, *, kind: str = "address", networks: bool = True
) -> list[Observation]:
    """One observation an address of a host, with the questions it rests on; one with no value when there is none."""
    if is_address(host):  # a literal, as some MX and redirects have it: it is its own address
        await ask(asn(host))
        return [Observation(kind, host, target.domain, host, (asn(host),))]
    if name_problem(host):
        return [Observation(kind, "", target.domain, host)]
    records = await ask_all(ask, (dns(host, "A"), dns(host, "AAAA")))
    asked = tuple(answer.question for answer in records)
    found = [
        (value, answer.question)
        for answer in records
        if answer.status is Status.OK
        for value in answer.values
        if is_address(value)
    ]
    if not found:
        return [Observation(kind, "", target.domain, host, asked)]
    found = found[:MAX_ADDRESSES]
    if networks:
        await ask_all(ask, (asn(address) for address, _ in found))
    return [
        Observation(kind, address, target.domain, host, (question, asn(address)) if networks else (question,))
        for address, question in found
    ]


@dataclass(frozen=True, slots=True)
class Site:
    """Who answered for a target's web site: `host` serves the page at `url` (the last of the redirects); `answer` is
    its HTTP answer, or the first that failed; `asked` are the questions put, in order."""

    host: str
    url: str
    answer: Answer
    asked: tuple[Question, ...]

    @property
    def page(self) -> dict[str, Any]:
        """The HTTP answer's value, or nothing."""
        return self.answer.values[0] if self.answer.status is Status.OK and self.answer.values else {}


def header_fields(page: dict[str, Any]) -> list[tuple[str, str]]:
    """The header fields of an HTTP answer's value; what is not a pair of texts is left out."""
    fields = page.get("headers")
    return [
        (pair[0], pair[1])
        for pair in (fields if isinstance(fields, list) else [])[:MAX_HEADERS]
        if isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
    ]


def status_code(value: object) -> int | None:
    """An HTTP status as a number; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:4])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


async def site(target: Target, ask: Ask) -> Site:
    """Ask the home page: the listed URL by https, then `www.` beside it, then both by http."""
    first: Answer | None = None
    asked: list[Question] = []
    for url in _candidates(target):
        question = http(url)
        if question in asked:
            continue
        answer = await ask(question)
        asked.append(question)
        first = first or answer
        if answer.status is Status.OK and answer.values:
            final = answer.values[0].get("url")
            final = final if isinstance(final, str) and url_host(final) else url
            return Site(url_host(final), final, answer, tuple(asked))
    assert first is not None  # there is always a candidate
    return Site(await _addressed(target, ask), _candidates(target)[0], first, tuple(asked))


def _candidates(target: Target) -> list[str]:
    listed = target.url or f"https://{target.host}/"
    path = listed.partition("://")[2].partition("/")[2]
    hosts = [target.host] if target.host.startswith("www.") else [target.host, f"www.{target.host}"]
    secure = [f"https://{hosts[0]}/{path}", *(f"https://{host}/" for host in hosts[1:])]
    if ":" in urlsplit(listed).netloc:  # a port was listed: nothing else is meant
        return [listed]
    return secure + [url.replace("https://", "http://", 1) for url in secure]


async def _addressed(target: Target, ask: Ask) -> str:
    """The host that has an address, where no page answered: the listed one, else `www.` beside it."""
    if not target.host.startswith("www."):
        own = await ask_all(ask, (dns(target.host, "A"), dns(target.host, "AAAA")))
        beside = await ask(dns(f"www.{target.host}", "A"))
        if all(answer.status is not Status.OK for answer in own) and beside.status is Status.OK:
            return f"www.{target.host}"
    return target.host


def url_host(url: str) -> str:
    """The host of a URL in lower case, or "" where there is none."""
    plain = _PLAIN_URL(url)
    if plain:  # as nearly all are: a tenth of the time
        return plain[1].rstrip(".")
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
