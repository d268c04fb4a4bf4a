"""What a mail domain declares of its security: DMARC, MTA-STS, TLS-RPT, BIMI, DNSSEC."""

from __future__ import annotations

from urllib.parse import urlsplit

from scanner.ask import Ask, dns
from scanner.collect._spf_terms import text_of
from scanner.collect._walk import ask_all, host_of
from scanner.model import Answer, Observation, Question, Target
from scanner.names import MAX_NAME, name_problem, registrable, same_party

MAX_REPORTS = 50
MAX_RECEIVERS_ASKED = 10
RECORDS = {
    "mta-sts": ("_mta-sts", "v=stsv1"),
    "tls-rpt": ("_smtp._tls", "v=tlsrptv1"),
    "bimi": ("default._bimi", "v=bimi1"),
}
"""By observation: where the record stands and how it begins (RFC 8461; RFC 8460; BIMI draft, section 4.2)."""


async def policies(domain: str, mx: Answer, target: Target, ask: Ask) -> list[Observation]:
    """`dmarc-asked`, `dmarc`, `dmarc-report` (data: authorised: the question, or None for the body's own), `mta-sts`,
    `tls-rpt` with `tls-report`, `bimi`, and `dnssec` (value: the first DS record, or "")."""
    seen = await _dmarc(domain, target, ask)
    answers = await ask_all(ask, [dns(f"{label}.{domain}", "TXT") for label, _ in RECORDS.values()])
    for (kind, (_, mark)), answer in zip(RECORDS.items(), answers, strict=True):
        records = [text for text in map(text_of, answer.values) if text.lower().startswith(mark)]
        seen.append(Observation(kind, records[0] if records else "", target.domain, domain, (answer.question,)))
        for receiver in _receivers(records[0], ("rua",)) if kind == "tls-rpt" and records else ():
            seen.append(Observation("tls-report", receiver, target.domain, domain, (answer.question,)))
    signed = await ask(dns(registrable(domain), "DS"))
    seen.append(
        Observation(
            "dnssec", signed.values[0] if signed.values else "", target.domain, domain, (signed.question, mx.question)
        )
    )
    return seen


async def _dmarc(domain: str, target: Target, ask: Ask) -> list[Observation]:
    """The policy that holds (RFC 7489, section 6.6.3), and who it asks for reports."""
    answer = await ask(dns(f"_dmarc.{domain}", "TXT"))
    asked: tuple[Question, ...] = (answer.question,)
    records = _policies(answer)
    if not records and answer.settled and registrable(domain) != domain:
        answer = await ask(dns(f"_dmarc.{registrable(domain)}", "TXT"))  # the organisational domain's holds then
        asked = (*asked, answer.question)
        records = _policies(answer)
    place = answer.question.subject.removeprefix("_dmarc.")
    seen = [Observation("dmarc-asked", domain, target.domain, domain, asked)]
    if records:
        seen.append(Observation("dmarc", records[0], target.domain, domain, (answer.question,)))
    receivers = _receivers(records[0], ("rua", "ruf")) if records else []
    for number, receiver in enumerate(receivers):
        agreed = None
        if not same_party(receiver, place) and number < MAX_RECEIVERS_ASKED:
            agreed = await _agreed(place, receiver, ask)
        questions = (answer.question, agreed) if agreed else (answer.question,)
        seen.append(Observation("dmarc-report", receiver, target.domain, domain, questions, {"authorised": agreed}))
    return seen


def _policies(answer: Answer) -> list[str]:
    return [text for text in map(text_of, answer.values) if text.lower().startswith("v=dmarc1")]


async def _agreed(domain: str, receiver: str, ask: Ask) -> Question | None:
    """Ask whether a receiver agrees to get another domain's reports (RFC 7489, section 7.1)."""
    name = f"{domain}._report._dmarc.{receiver}"
    if len(name) > MAX_NAME:
        return None
    return (await ask(dns(name, "TXT"))).question


def _receivers(policy: str, tags: tuple[str, ...]) -> list[str]:
    """The domains that reports go to, sorted: of `mailto:` addresses, and hosts of `https:` (RFC 8460, section 3)."""
    found: set[str] = set()
    for tag in policy.split(";"):
        name, _, value = tag.partition("=")
        for uri in value.split(",") if name.strip().lower() in tags else ():
            address = uri.strip().partition("!")[0]
            if address.lower().startswith("mailto:") and "@" in address:
                found.add(host_of(address.rpartition("@")[2].partition("?")[0].strip()))
            elif address.lower().startswith("https://"):
                found.add(_host(address))
    return sorted(name for name in found if not name_problem(name))[:MAX_REPORTS]


def _host(url: str) -> str:
    try:
        return host_of(urlsplit(url).hostname or "")
    except ValueError:
        return ""
