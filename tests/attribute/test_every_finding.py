"""What holds of every finding, whatever was recorded: no exception, order, and evidence that is in the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from scanner import ask
from scanner.i18n import LANGUAGES, catalogue
from scanner.model import Answer, Confidence, Finding, Question, Status, Target, Verdict
from scanner.run.target import conclude
from tests.attribute.world import AT, BODY, dns, failed, findings, txt
from tests.attribute.world import database as small

RECORDING = Path(__file__).parents[1] / "recordings" / "ville.jsonl"
NAMES = ("ville.example", "www.ville.example", "x.gouv.fr", "mx.ville.example", "stats.ville.example")
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "10 mx.ville.example.",
            "0 .",
            ".",
            "",
            " ",
            "10 192.0.2.1.",
            "x" * 60_000,
            '"v=spf1 include:ville.example a:x redirect=%{d} -all"',
            '"v=DMARC1; rua=mailto:@,mailto:a@b,mailto:a@reports.reg.test"',
            "192.0.2.9",
            "198.51.100.1",
            "::1",
            "stats.ville.example.",
            "v.cloak.search.test.",
            "a..b",
            "\x00.\x7f",
            "xn--a.test",
            "-.-",
        ]
    ),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(),
        TEXTS,
        st.sampled_from(["https://[", "https://a.test/"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
KEYS = [
    *("status", "url", "redirects", "headers", "ip", "links", "requests", "nodes", "cookies", "subject_cn"),
    *("subject_org", "issuer_cn", "issuer_org", "san", "sha256", "asn", "prefix", "name", "country"),
    *("registrar", "registrar_id", "org", "expires"),
]
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8)
PAGES = st.fixed_dictionaries(
    {"url": JSON, "requests": st.lists(st.dictionaries(st.sampled_from(["url", "type", "status"]), JSON), max_size=4)}
)
QUESTIONS = st.one_of(
    st.builds(
        ask.dns,
        st.sampled_from(
            [
                *NAMES,
                "_dmarc.ville.example",
                "s1._domainkey.ville.example",
                "autodiscover.ville.example",
                "ns.ville.example",
            ]
        ),
        st.sampled_from(["A", "AAAA", "CNAME", "NS", "MX", "TXT", "SRV"]),
    ),
    st.sampled_from(
        [ask.http(f"{s}://{h}/") for s in ("https", "http") for h in ("ville.example", "www.ville.example")]
    ),
    st.sampled_from([ask.page("https://ville.example/", source) for source in ("chromium", "har", "lighthouse")]),
    st.sampled_from([ask.tls("ville.example"), ask.rdap("ville.example"), ask.rdap("192.0.2.9"), ask.asn("192.0.2.9")]),
    st.just(Question("tenant", "ville.example", "microsoft365")),
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    question = draw(QUESTIONS)
    status = draw(st.sampled_from([Status.OK, Status.OK, Status.OK, Status.ABSENT, Status.FAILED]))
    values: list[Any] = []
    if status is Status.OK:
        one = TEXTS if question.kind in ("dns", "tenant") else PAGES if question.kind == "page" else OBJECTS
        values = draw(st.lists(one, max_size=4))
    return Answer(question, status, tuple(values), at=draw(st.sampled_from([AT, "", "yesterday"])))


def check(found: tuple[Finding, ...], recorded: dict[Question, Answer]) -> None:
    """What every consumer may rely on."""
    keys = [finding.key for finding in found]
    assert keys == sorted(set(keys))
    order = list(Confidence)
    for finding in found:
        ranks = [order.index(claim.confidence) for claim in finding.claims]
        assert ranks == sorted(ranks)
        assert bool(finding.claims) or finding.verdict is not Verdict.PROVIDER
        assert len({claim.provider for claim in finding.claims}) == len(finding.claims), finding
        assert finding.verdict is not Verdict.ABSENT or not finding.claims
        for language in LANGUAGES:
            text = catalogue(language)[f"reason.{finding.reason.code}"]
            for form in [text] if isinstance(text, str) else text.values():
                form.format_map({"n": 1, **finding.reason.args})  # a KeyError names the argument that is missing
        assert finding.evidence or not finding.complete, finding  # nothing was answered, and it says so
        for evidence in finding.evidence:
            if evidence.kind == "name":  # the suffix of a name was not asked of anybody
                continue
            asked = [q for q in recorded if (q.kind, q.subject) == (evidence.kind, evidence.subject)]
            assert any(q.detail == evidence.detail or evidence.detail in DETAILS for q in asked), (finding, evidence)
            assert len(evidence.value) <= 500


DETAILS = {"link", "content-security-policy"}
"""Parts of an HTTP answer that evidence names instead of its method."""


@given(st.lists(answers(), max_size=12))
def test_whatever_was_recorded_raises_nothing_and_keeps_order(recorded: list[Answer]) -> None:
    by_question = {answer.question: answer for answer in recorded}
    check(conclude(BODY, by_question, small()).findings, by_question)


def test_a_recorded_body_gives_the_same_findings_again() -> None:
    recorded = ask.read_recordings([RECORDING])
    target = Target("ville.example", "ville.example")
    first = conclude(target, recorded, small()).findings
    assert first == conclude(target, dict(reversed(recorded.items())), small()).findings
    check(first, recorded)
    assert {(f.role.value, f.verdict.value) for f in first} == {
        ("account", "provider"),
        ("certificate", "provider"),
        ("declared-resource", "unattributed"),
        ("dns", "provider"),
        ("edge", "provider"),
        ("hosting", "unknown"),
        ("mail-gateway", "provider"),
        ("mail-reports", "absent"),
        ("mail-sender", "provider"),
        ("mailbox", "provider"),
        ("registrar", "provider"),
        ("registry", "provider"),
        ("resource", "provider"),
    }


def test_a_body_of_which_nothing_is_known_keeps_its_registry() -> None:
    assert [finding.role.value for finding in findings()] == ["registry"]


def test_a_body_of_which_everything_failed_is_unknown_in_every_role_asked() -> None:
    broken = [failed(ask.dns("ville.example", rtype)) for rtype in ("A", "AAAA", "CNAME", "NS", "MX", "TXT")]
    broken += [
        failed(ask.http("https://ville.example/")),
        failed(ask.tls("ville.example")),
        failed(ask.rdap("ville.example")),
    ]
    broken += [failed(ask.dns("_dmarc.ville.example", "TXT"))]
    found = [finding for finding in findings(*broken) if finding.role != "registry"]
    assert {finding.verdict for finding in found} == {Verdict.UNKNOWN}
    assert not any(finding.complete or finding.claims for finding in found)
    assert len({finding.role for finding in found}) == 12


def test_an_alias_loop_ends() -> None:
    loop = [dns("ville.example", "CNAME", "a.test."), dns("a.test", "CNAME", "ville.example.")]
    assert findings(*loop)


def test_a_huge_text_record_is_bounded() -> None:
    record = txt("ville.example", "v=spf1 " + " ".join(f"include:h{n}.test" for n in range(5000)))
    assert len(findings(record)) < 120


def test_header_and_page_bombs_are_bounded() -> None:
    headers = [[f"h{n}", "x" * 10_000] for n in range(5_000)]
    requests = [{"url": f"https://h{n}.ville.example/", "type": "", "status": 200} for n in range(9_000)]
    recorded = {
        answer.question: answer
        for answer in (
            Answer(ask.http("https://ville.example/"), Status.OK, ({"status": 200, "headers": headers},), at=AT),
            Answer(ask.page("https://ville.example/", "har"), Status.OK, ({"requests": requests},), at=AT),
        )
    }
    found = conclude(BODY, recorded, small()).findings
    assert len(orjson.dumps([finding.evidence for finding in found], default=str)) < 200_000
    assert not next(finding for finding in found if finding.role == "resource").complete  # not every host was followed
