"""What collectors ask, in what order, and where they stop."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.ask import Replay
from scanner.collect import Hints, collectors, observe_stored
from scanner.collect._spf import text_of
from scanner.collect._walk import cname_chain, header_fields, machine_name, site, status_code
from scanner.model import Answer, Observation, Question, Target
from scanner.run.target import drive
from tests.attribute.world import BODY, absent, dns, failed, http, load, ok, txt

HINTS = Hints(lambda kind, value: False, ("s1",))


class Listener:
    """An Ask over given answers that keeps what was asked."""

    instant = True

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[Question] = []
        self._replay = Replay({answer.question: answer for answer in answers})

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        return await self._replay(question)


def seen(*answers: Answer, target: Target = BODY, hints: Hints = HINTS) -> tuple[list[Observation], Listener]:
    listener = Listener(*answers)
    return drive(observe_stored(target, listener, hints)), listener


def test_every_layer_has_a_collector() -> None:
    names = [collector.__module__.rpartition(".")[2] for collector in collectors()]  # type: ignore[attr-defined]
    assert names == ["certificate", "dns", "mail", "page", "registration", "web"]


def test_the_site_is_asked_by_https_first_then_at_www_then_by_http() -> None:
    listener = Listener()
    front = drive(site(BODY, listener))
    assert [question.subject for question in front.asked] == [
        "https://ville.example/",
        "https://www.ville.example/",
        "http://ville.example/",
        "http://www.ville.example/",
    ]
    assert front.host == "ville.example"


def test_a_listed_port_or_www_is_meant() -> None:
    ported = Target("ville.example", "ville.example", url="https://ville.example:8443/x")
    assert [q.subject for q in drive(site(ported, Listener())).asked] == ["https://ville.example:8443/x"]
    www = Target("ville.example", "www.ville.example")
    assert {q.subject.split("/")[2] for q in drive(site(www, Listener())).asked} == {"www.ville.example"}


def test_an_alias_loop_and_a_chain_without_end_stop() -> None:
    loop = Listener(dns("a.test", "CNAME", "b.test."), dns("b.test", "CNAME", "a.test."))
    assert drive(cname_chain("a.test", loop))[1] == ["b.test"]
    endless = Listener(*(dns(f"n{n}.test", "CNAME", f"n{n + 1}.test.") for n in range(50)))
    assert len(drive(cname_chain("n0.test", endless))[1]) == 10


def test_nobody_is_asked_for_what_is_no_host_name() -> None:
    mx = dns("ville.example", "MX", "10 not a host.", "10 192.0.2.1.", "10 localhost.", "10 a..b.")
    ns = dns("ville.example", "NS", "ns one.test.", "-.", "ns.test.")
    asked = {question.subject for question in seen(mx, ns)[1].asked if question.kind == "dns"}
    assert not {name for name in asked if " " in name or ".." in name or name in ("192.0.2.1", "localhost", "-", "")}
    assert "ns.test" in asked


def test_known_servers_need_no_network() -> None:
    known = Hints(lambda kind, value: value.endswith(".known.test"), ())
    answers = [dns("ville.example", "NS", "a.known.test.", "b.test.")]
    answers += [dns("a.known.test", "A", "192.0.2.1"), dns("b.test", "A", "192.0.2.2")]
    asked = seen(*answers, hints=known)[1].asked
    assert [question.subject for question in asked if question.kind == "asn"] == ["192.0.2.2"]


def test_addresses_of_one_host_are_bounded() -> None:
    many = dns("ville.example", "A", *(f"192.0.2.{n}" for n in range(200)))
    observations, listener = seen(many)
    assert sum(o.kind == "web-address" for o in observations) == 8
    assert sum(question.kind == "asn" for question in listener.asked) == 8


def test_the_wildcard_probe_is_asked_beside_the_selectors() -> None:
    asked = {q.subject for q in seen(dns("ville.example", "MX", "10 mx.test."))[1].asked}
    assert {"s1._domainkey.ville.example", "sovscan-wildcard-probe._domainkey.ville.example"} <= asked


def test_a_page_is_asked_at_the_url_that_answered() -> None:
    gone = failed(ask.http("https://ville.example/"))
    answers = (gone, http("https://www.ville.example/"), load("https://www.ville.example/", "https://x.test/"))
    assert [o.subject for o in seen(*answers)[0] if o.kind == "request"] == ["x.test"]


def test_a_recorded_page_needs_no_recorded_http_answer() -> None:
    answer = load("https://www.ville.example/", "https://x.test/")
    assert [o.subject for o in seen(answer)[0] if o.kind == "request"] == ["x.test"]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ('"v=spf1 " "-all"', "v=spf1 -all"),
        ('"a\\"b\\\\c\\059d"', 'a"b\\c;d'),
        ("bare", "bare"),
        ('"', ""),
        ("", ""),
        ('"\\999"', "999"),
        ('"x\\"', 'x"'),
    ],
)
def test_a_txt_record_is_read_as_master_files_write_it(record: str, text: str) -> None:
    assert text_of(record) == text


def test_spf_stops_at_ten_look_ups() -> None:
    chain = [txt(f"i{n}.ville.example", f"v=spf1 include:i{n + 1}.ville.example") for n in range(30)]
    observations, listener = seen(txt("ville.example", "v=spf1 include:i0.ville.example"), *chain)
    followed = {question.subject for question in listener.asked if question.subject.startswith("i")}
    assert len(followed) == 10
    assert [o.value for o in observations if o.kind == "spf-problem"] == ["too-many-lookups"]


@pytest.mark.parametrize(
    ("name", "machine"),
    [
        ("vps123.ovh.net", True),
        ("vps-0a1b2c3d.vps.ovh.net", True),
        ("lvps1-2-3-4.dedicated.example.net", True),
        ("static.192.0.2.9.clients.example.net", True),
        ("ec2-192-0-2-9.compute.example.net", True),
        ("mx1.mail.ovh.net", False),
        ("vpsmail.example.net", False),
        ("a.999.999.999.999.test", False),
        ("mx-01-02.example.net", False),
    ],
)
def test_a_customer_s_machine_is_known_by_its_name(name: str, machine: bool) -> None:
    assert machine_name(name) is machine


def test_header_fields_and_statuses_of_a_wrong_type_are_left_out() -> None:
    assert header_fields({"headers": [["a", "b"], ["a"], "xy", None, ["a", 1], {"a": "b"}]}) == [("a", "b")]
    assert header_fields({"headers": "ab"}) == header_fields({}) == []
    assert [status_code(value) for value in (200, "404", True, None, 2.5, "²", [])] == [
        200,
        404,
        None,
        None,
        None,
        None,
        None,
    ]


def test_an_answer_with_no_url_is_that_of_the_url_asked() -> None:
    front = drive(site(BODY, Listener(ok(ask.http("https://ville.example/"), {"url": ["x"], "status": 200}))))
    assert (front.host, front.url) == ("ville.example", "https://ville.example/")


BELOW = absent(ask.dns("_domainkey.ville.example", "CNAME"), "nxdomain")
DECISIVE = ("selector1._domainkey.ville.example", "CNAME")


def selectors_asked(*answers: Answer) -> set[str]:
    hints = Hints(lambda kind, value: False, ("s1", "selector1"), ("google",))
    mx = dns("ville.example", "MX", "10 mx.test.")
    asked = seen(mx, *answers, hints=hints)[1].asked
    return {q.subject.partition("._")[0] for q in asked if "._domainkey." in q.subject}


def test_where_domainkey_does_not_exist_only_the_selectors_that_decide_on_the_mailbox_are_asked() -> None:
    none = (dns(*DECISIVE), dns("google._domainkey.ville.example", "TXT"))
    assert selectors_asked(BELOW, *none) == {"selector1", "google"}


def test_every_selector_is_asked_where_that_proves_nothing() -> None:
    every = {"s1", "selector1", "google", "sovscan-wildcard-probe"}
    key = txt("google._domainkey.ville.example", "v=DKIM1; p=A")
    assert selectors_asked() == every, "a recording that does not have the question"
    assert selectors_asked(dns("_domainkey.ville.example", "CNAME"), key) == every, "it exists, without a record"
    assert selectors_asked(BELOW, dns(*DECISIVE, "x.test."), key) == every, "a server that denies what is there"
    assert selectors_asked(BELOW, failed(ask.dns(*DECISIVE))) == every, "nobody knows"
