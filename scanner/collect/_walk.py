"""Steps that several collectors share: asking many questions, following CNAMEs, finding who serves a site."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.ask import Ask, asn, dns, http
from scanner.model import Answer, Observation, Question, Status, Target

MAX_CHAIN = 10
"""CNAMEs followed from one name; resolvers stop about there too."""
MAX_ADDRESSES = 8
"""Addresses of one host whose network is asked."""


async def ask_all(ask: Ask, questions: Iterable[Question]) -> list[Answer]:
    """Answers in the order of the questions, asked side by side where the network answers."""
    if getattr(ask, "instant", False):  # a replay: nothing waits
        return [await ask(question) for question in questions]
    return list(await asyncio.gather(*(ask(question) for question in questions)))


async def cname_chain(name: str, ask: Ask) -> tuple[list[Question], list[str]]:
    """The CNAME questions asked from a name on, and the names they led to, in order; loops end it."""
    questions: list[Question] = []
    names: list[str] = []
    current = name
    for _ in range(MAX_CHAIN):
        question = dns(current, "CNAME")
        questions.append(question)
        answer = await ask(question)
        if answer.status is not Status.OK or not answer.values:
            break
        current = host_of(answer.values[0])
        if not current or current == name or current in names:
            break
        names.append(current)
    return questions, names


def host_of(text: str) -> str:
    """A host name of record data in the form of a question's subject."""
    return text.rstrip(".").lower()


async def addresses(host: str, target: Target, ask: Ask, *, kind: str = "address", networks: bool = True) -> list[Observation]:
    """One observation an address of a host, with the questions it rests on; one with no value when there is none."""
    records = await ask_all(ask, (dns(host, "A"), dns(host, "AAAA")))
    asked = tuple(answer.question for answer in records)
    found = [(value, answer.question) for answer in records if answer.status is Status.OK for value in answer.values]
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
            final = str(answer.values[0].get("url") or url)
            return Site(url_host(final) or target.host, final, answer, tuple(asked))
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
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
