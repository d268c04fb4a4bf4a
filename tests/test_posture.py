"""The posture of mail: what was seen, what is not there, what could not be known; never a grade."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.ask import Replay
from scanner.collect import Hints
from scanner.collect.mail import collect
from scanner.i18n import LANGUAGES, Translator
from scanner.model import Answer, Question, Status
from scanner.posture import KINDS, Fact, facts
from scanner.run.target import drive
from tests.attribute.world import BODY, absent, dns, failed, txt


def told(*answers: Answer) -> dict[str, list[str]]:
    """States by kind."""
    replay = Replay({answer.question: answer for answer in answers})

    def answer(question: Question) -> Answer:
        return drive(replay(question))

    found = facts(drive(collect(BODY, replay, Hints(lambda kind, value: False, ("s1",)))), answer)
    assert [fact.kind for fact in found] == sorted((fact.kind for fact in found), key=KINDS.index)
    states: dict[str, list[str]] = {}
    for fact in found:
        states.setdefault(fact.kind, []).append(fact.state)
    return states


def test_what_was_not_asked_is_no_fact() -> None:
    assert told() == {}


@pytest.mark.parametrize(
    ("record", "state"),
    [("v=spf1 -all", "fail"), ("v=spf1 ~all", "softfail"), ("v=spf1 +all", "pass"), ("v=spf1 ip4:192.0.2.1", "open")],
)
def test_the_last_word_of_spf_is_a_fact(record: str, state: str) -> None:
    assert told(txt("ville.example", record))["spf"] == [state]


def test_spf_s_limits_are_facts() -> None:
    terms = " ".join(f"include:i{n}.test" for n in range(11))
    assert told(txt("ville.example", f"v=spf1 {terms} -all"))["spf"] == ["fail", "too-many-lookups"]
    assert told(txt("ville.example", "v=spf1 -all", "v=spf1 -all"))["spf"][-1] == "several-records"


def test_absent_and_unread_are_told_apart() -> None:
    name = ask.dns("_dmarc.ville.example", "TXT")
    assert told(absent(name))["dmarc"] == ["absent"]
    assert told(failed(name))["dmarc"] == ["unknown"]
    assert told(txt("_dmarc.ville.example", "v=DMARC1; p=Reject"))["dmarc"] == ["reject"]
    assert told(txt("_dmarc.ville.example", "v=DMARC1"))["dmarc"] == ["invalid"]


def test_dane_counts_only_where_dnssec_protects_it() -> None:
    mx = dns("ville.example", "MX", "10 m.test.")
    question = ask.dns("_25._tcp.m.test", "TLSA")
    for ad, state in ((True, "declared"), (False, "unsigned")):
        assert told(mx, Answer(question, Status.OK, ("3 1 1 ab",), ad=ad))["dane"] == [state]
    assert told(mx, absent(question))["dane"] == ["absent"]


def test_dnssec_is_what_the_resolver_validated_or_the_parent_signed() -> None:
    mx = ask.dns("ville.example", "MX")
    assert told(Answer(mx, Status.OK, ("10 m.test.",), ad=True))["dnssec"] == ["validated"]
    assert told(dns("ville.example", "DS", "1 8 2 ab"))["dnssec"] == ["signed"]
    assert told(dns("ville.example", "DS"))["dnssec"] == ["absent"]


def test_policies_are_declared_or_not() -> None:
    answers = (
        txt("_mta-sts.ville.example", "v=STSv1; id=1"),
        absent(ask.dns("_smtp._tls.ville.example", "TXT")),
        txt("default._bimi.ville.example", "v=BIMI1; l=https://ville.example/l.svg"),
    )
    found = told(*answers)
    assert (found["mta-sts"], found["tls-rpt"], found["bimi"]) == (["declared"], ["absent"], ["declared"])


def test_every_state_has_its_sentence() -> None:
    from scanner.i18n import catalogue

    states = {code.split(".", 1)[1] for code in catalogue("en") if code.startswith("posture.") and code.count(".") == 2}
    assert {state.partition(".")[0] for state in states} == set(KINDS)
    for language in LANGUAGES:
        t = Translator(language)
        for state in states:
            assert t(f"posture.{state}", n=1, subject="m.test", value="wanadoo.fr")


def test_a_fact_has_no_provider_and_no_grade() -> None:
    assert set(Fact.__dataclass_fields__) == {"target", "kind", "state", "subject", "value"}
