"""What the mail collector asks and sees: servers, SPF's limits, selectors, policies; and hostile records."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.ask import Replay
from scanner.collect import Hints
from scanner.collect.mail import collect
from scanner.model import Answer, Observation, Question, Target
from scanner.run.target import drive
from tests.attribute.world import BODY, absent, dns, http, txt

HINTS = Hints(lambda kind, value: False, ("s1",), ("google",))


def seen(*answers: Answer, target: Target = BODY) -> list[Observation]:
    replay = Replay({answer.question: answer for answer in answers})
    return drive(collect(target, replay, HINTS))


def values(kind: str, *answers: Answer) -> list[str]:
    return [observation.value for observation in seen(*answers) if observation.kind == kind]


def spf_problems(*answers: Answer) -> list[str]:
    return values("spf-problem", *answers)


def test_servers_come_in_order_of_preference() -> None:
    mx = dns("ville.example", "MX", "30 c.test.", "5 a.test.", "10 b.test.", "20 a.test.")
    assert values("mx", mx) == ["a.test", "b.test", "c.test"]


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([dns("ville.example", "MX", "10 192.0.2.1.")], "address-literal"),
        ([dns("ville.example", "MX", "10 m.test."), dns("m.test", "CNAME", "n.test.")], "alias"),
        ([dns("ville.example", "MX", "10 m.test."), dns("m.test", "A"), dns("m.test", "AAAA")], "dangling"),
        ([dns("ville.example", "MX", "0 .", "10 m.test.")], "null-beside"),
    ],
)
def test_what_is_wrong_with_a_server_is_said(answers: list[Answer], problem: str) -> None:
    assert values("mx-problem", *answers) == [problem]


def test_a_server_that_was_not_asked_is_not_dangling() -> None:
    assert not values("mx-problem", dns("ville.example", "MX", "10 m.test."), dns("m.test", "A"))


def test_addresses_of_both_families_are_seen() -> None:
    answers = (dns("ville.example", "MX", "10 m.test."), dns("m.test", "A", "192.0.2.1"))
    assert values("mx-address", *answers, dns("m.test", "AAAA", "2001:db8::1")) == ["192.0.2.1", "2001:db8::1"]


def test_eleven_look_ups_are_too_many_and_ten_are_not() -> None:
    for count, problems in ((10, []), (11, ["too-many-lookups"])):
        terms = " ".join(f"include:i{n}.test" for n in range(count))
        included = [txt(f"i{n}.test", "v=spf1 -all") for n in range(count)]
        assert spf_problems(txt("ville.example", f"v=spf1 {terms} -all"), *included) == problems


def test_a_third_look_up_that_finds_nothing_is_too_many() -> None:
    record = txt("ville.example", "v=spf1 a:x.test a:y.test a:z.test -all")
    gone = [absent(ask.dns(f"{name}.test", kind), "nxdomain") for name in "xyz" for kind in ("A", "AAAA")]
    assert spf_problems(record, *gone) == ["too-many-void-lookups"]
    assert not spf_problems(record, *gone[:4])


def test_includes_that_lead_back_are_a_loop_at_any_length() -> None:
    chain = [txt("ville.example", "v=spf1 include:a.test"), txt("a.test", "v=spf1 redirect=b.test")]
    assert spf_problems(*chain, txt("b.test", "v=spf1 include:a.test")) == ["loop"]
    assert spf_problems(txt("ville.example", "v=spf1 redirect=ville.example")) == ["loop"]


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (["v=spf1 -all", "v=spf1 a -all"], "several-records"),
        (["v=spf1 ip4:999.1.1.1 -all"], "syntax"),
        (["v=spf1 mailserver -all"], "syntax"),
        (["v=spf1 ptr -all"], "ptr"),
        (["v=spf1 " + "ip4:192.0.2.1 " * 200 + "-all"], "too-many-terms"),
        (["v=spf1 include:" + "a" * 400 + ".test -all"], "syntax"),
    ],
)
def test_a_record_that_breaks_the_rules_is_said_to(records: list[str], problem: str) -> None:
    assert problem in spf_problems(txt("ville.example", *records))


def test_an_include_of_what_has_no_record_is_said_to() -> None:
    assert spf_problems(txt("ville.example", "v=spf1 include:a.test -all"), txt("a.test", "x")) == ["no-record"]


def test_a_record_of_sixty_thousand_bytes_is_read_within_bounds() -> None:
    strings = " ".join(f'"{" ip4:192.0.2.1" * 18}"' for _ in range(240))
    record = Answer(ask.dns("ville.example", "TXT"), txt("x.test", "x").status, (f'"v=spf1" {strings}',))
    observations = seen(record)
    assert len(str(record.values)) > 60_000
    assert sum(o.kind == "spf-network" for o in observations) == 16
    assert len(observations) < 200


def test_networks_of_both_families_are_asked_at_their_first_address() -> None:
    record = txt("ville.example", "v=spf1 ip4:192.0.2.77/24 ip6:2001:db8::5/32 -ip4:198.51.100.1 -all")
    assert values("spf-network", record) == ["192.0.2.0", "2001:db8::"]
    assert values("spf-all", record) == ["-all"]


def test_a_key_is_asked_only_of_selectors_that_tell_and_the_probe_first() -> None:
    asked: list[Question] = []

    class Listening(Replay):
        async def __call__(self, question: Question) -> Answer:
            asked.append(question)
            return await super().__call__(question)

    drive(collect(BODY, Listening({}), HINTS))
    keys = {q.subject.partition(".")[0] for q in asked if "_domainkey" in q.subject and q.detail == "TXT"}
    assert keys == {"google", "sovscan-wildcard-probe"}


def test_addresses_that_the_page_publishes_elsewhere_are_a_hint() -> None:
    page = http("https://ville.example/", mail_domains=["wanadoo.fr", "ville.example", 5, "no host"])
    assert values("mail-elsewhere", page) == ["wanadoo.fr"]
    listed = Target("ville.example", "ville.example", mail_domain="wanadoo.fr")
    assert not [o for o in seen(page, target=listed) if o.kind == "mail-elsewhere"]


def test_a_policy_s_receivers_elsewhere_are_asked_whether_they_agree() -> None:
    policy = txt("_dmarc.ville.example", "v=DMARC1; p=none; rua=mailto:a@x.test,mailto:b@sub.ville.example")
    found = {o.value: o.data["authorised"] for o in seen(policy) if o.kind == "dmarc-report"}
    assert found == {"x.test": ask.dns("ville.example._report._dmarc.x.test", "TXT"), "sub.ville.example": None}
