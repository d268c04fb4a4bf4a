"""A scan of 300 bodies on real servers gives exactly the answers that their zones hold, whatever carries them."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from scanner import ask, targets
from scanner.cli.session import Plan, carry_out, new_run
from scanner.model import Answer, Question, Status
from scanner.net import Network
from scanner.providers import Database
from scanner.store import RunFolder

from .conftest import BODIES, Lab
from .middle import truncating
from .processes import EXPIRED, HOST, UNTRUSTED
from .world import Body, World

TYPES = ("A", "AAAA", "CNAME", "NS", "SOA", "MX", "TXT", "CAA", "SRV")


def resolver(servers: Lab, transport: str) -> str:
    """The lab's resolver as a setting, reached by one transport alone."""
    return {
        "udp": f"{HOST}:{servers.recursive}",
        "tcp": f"tcp://{HOST}:{servers.recursive}",
        "dot": f"tls://{HOST}:{servers.over_tls}",
        "doh": f"https://{HOST}:{servers.over_https}/dns-query",
    }[transport]


def said(answer: Answer) -> tuple[str, str, tuple[str, ...]]:
    return answer.status.value, answer.reason, tuple(sorted(map(str, answer.values)))


def every_question(lab: World) -> list[Question]:
    """All types of every name that exists, and of those of the bodies that let their domain go."""
    names = {name for name, _ in lab.records} | {host for body in lab.bodies for host in body.hosts}
    return [ask.dns(name, rtype) for name in sorted(names) for rtype in TYPES if name]


async def check(servers: Lab, where: str, questions: list[Question]) -> None:
    async with Network(servers.settings(resolvers=(where,))) as net:
        answers = await asyncio.gather(*map(net, questions))
    wrong = [
        (question, said(answer), right)
        for question, answer in zip(questions, answers, strict=True)
        if said(answer) != (right := servers.world.expected(question.subject, question.detail))
    ]
    assert not wrong, (len(wrong), wrong[:3])


@pytest.mark.parametrize("transport", ["udp", "tcp", "dot", "doh"])
async def test_every_record_of_the_zones_and_every_absence_is_told(servers: Lab, transport: str) -> None:
    questions = every_question(servers.world)
    there = Counter(rtype for _, rtype in servers.world.records)
    assert all(there[rtype] > BODIES // 5 for rtype in TYPES), there
    await check(servers, resolver(servers, transport), questions)


async def test_what_a_datagram_cannot_carry_comes_by_tcp(servers: Lab) -> None:
    """A resolver that truncates whatever it is asked by UDP."""
    async with truncating(servers.recursive) as port:
        await check(servers, f"{HOST}:{port}", every_question(servers.world)[::8])


@pytest.fixture(params=["udp", "tcp", "dot"])
async def scanned(
    request: pytest.FixtureRequest, servers: Lab, database: Database, tmp_path: Path
) -> dict[Question, Answer]:
    """The stored answers of a scan of all bodies, made as the command makes it."""
    listed = targets.parse("\n".join(body.domain for body in servers.world.bodies).encode(), "lab")
    settings = servers.settings(resolvers=(resolver(servers, request.param),))
    folder = new_run(tmp_path, listed, database, settings, home="FR")
    await carry_out(Plan(listed, database, folder, settings), lambda progress: None)
    return stored(folder)


def stored(folder: RunFolder) -> dict[Question, Answer]:
    return {question: answer for part in folder.committed() for question, answer in folder.answers(part).items()}


def test_a_scan_stores_exactly_the_expected_answers(servers: Lab, scanned: dict[Question, Answer]) -> None:
    lab = servers.world
    dns = [answer for question, answer in scanned.items() if question.kind == "dns"]
    wrong = [(a.question, said(a)) for a in dns if said(a) != lab.expected(a.question.subject, a.question.detail)]
    assert not wrong, (len(wrong), wrong[:3])
    for body in lab.bodies:
        for rtype in ("NS", "MX"):
            assert ask.dns(body.domain, rtype) in scanned
        if body.exists:
            assert {ask.dns(body.domain, "TXT"), ask.dns(f"_dmarc.{body.domain}", "TXT")} <= scanned.keys()
            home_page(body, scanned)
        else:
            assert scanned[ask.http(f"https://{body.domain}/")].status is Status.ABSENT


def home_page(body: Body, scanned: dict[Question, Answer]) -> None:
    """The page came from the host that serves it, with the certificate that this host presents."""
    answer = scanned[ask.http(f"https://{body.domain}/")]
    assert answer.status is Status.OK, answer
    [page] = answer.values
    host = body.hosts[1] if body.redirects else body.domain
    assert (page["status"], page["url"]) == (200, f"https://{host}/")
    assert page["redirects"] == ([f"https://{body.domain}/"] if body.redirects else [])
    assert {link["url"] for link in page["links"]} >= {f"https://js{n}.cdn-{n}.lab/app.js" for n in range(8)}
    chain = scanned[ask.tls(host)]
    assert chain.status is Status.OK
    assert host in chain.values[0]["san"]
    assert chain.verify == {UNTRUSTED: "untrusted", EXPIRED: "expired"}.get(body.certificate, "ok")
