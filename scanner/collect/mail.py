"""Mail: MX, SPF with its includes, DKIM selectors, autodiscover, DMARC, MTA-STS, tokens."""

from __future__ import annotations

from scanner.ask import Ask, dns
from scanner.collect import Hints
from scanner.collect._spf import text_of, walk
from scanner.collect._walk import addresses, ask_all, cname_chain, host_of, machine_name
from scanner.model import Answer, Observation, Question, Status, Target
from scanner.names import MAX_NAME, name_problem, registrable, same_party

MAX_MX = 16
PROBE = "sovscan-wildcard-probe"
"""A DKIM selector that nobody has: if it answers, the zone answers to everything and its selectors prove nothing."""
MAX_TOKENS = 100
MAX_REPORTS = 50


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`mail-domain`, `mx` with `mx-address` and `mx-cname`, `spf`, `dkim`, `autodiscover`, `dmarc`, `mta-sts`,
    `token`."""
    domain, answer, asked = await _mail_domain(target, ask)
    seen = [Observation("mail-domain", domain, target.domain, domain, asked)]
    seen += await _exchangers(domain, answer, target, ask, hints)
    texts = await ask(dns(domain, "TXT"))
    seen += await walk(domain, target, ask)
    seen += [
        Observation("token", text_of(value), target.domain, domain, (texts.question,))
        for value in texts.values[:MAX_TOKENS]
    ]
    seen += await _dkim(domain, target, ask, hints)
    seen += await _autodiscover(domain, target, ask)
    seen += await _policies(domain, target, ask)
    tenant = Question("tenant", domain, "microsoft365")
    if (await ask(tenant)).status is Status.OK:
        seen.append(Observation("tenant", domain, target.domain, domain, (tenant,)))
    return seen


async def _mail_domain(target: Target, ask: Ask) -> tuple[str, Answer, tuple[Question, ...]]:
    """The listed mail domain, else the target's if it has an MX, else the registrable domain (private suffixes count:
    the mail of a platform is not that of the site it hosts)."""
    names = [target.mail_domain] if target.mail_domain else [target.domain, registrable(target.domain)]
    answers: list[Answer] = []
    for name in dict.fromkeys(names):
        answer = await ask(dns(name, "MX"))
        answers.append(answer)
        if answer.status in (Status.OK, Status.FAILED):
            return name, answer, tuple(a.question for a in answers)
    chosen = answers[-1] if answers[-1].status is not Status.UNASKED else answers[0]
    return chosen.question.subject, chosen, tuple(a.question for a in answers)


async def _exchangers(domain: str, answer: Answer, target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    seen: list[Observation] = []
    hosts: dict[str, int] = {}
    for value in answer.values:
        preference, *rest = value.split(maxsplit=1) or [""]
        host = rest[0] if rest else preference  # a value without preference is still a host, not a null MX
        name = host_of(host.strip())[:MAX_NAME]
        number = int(preference[:9]) if rest and preference.isascii() and preference.isdecimal() else 0
        if host.strip() == ".":  # RFC 7505
            seen.append(Observation("null-mx", value, target.domain, domain, (answer.question,)))
        elif not name:
            continue
        elif name not in hosts or number < hosts[name]:
            hosts[name] = number
    for host, preference in sorted(hosts.items(), key=lambda item: (item[1], item[0]))[:MAX_MX]:
        own = same_party(host, domain) or same_party(host, target.host)
        known = hints.known("mx", host) and not own and not machine_name(host)
        names: list[str] = []
        questions: list[Question] = []
        if not known:
            questions, names = await cname_chain(host, ask)
        data = {"preference": preference, "names": tuple(names), "own": own, "machine": machine_name(host)}
        seen.append(Observation("mx", host, target.domain, domain, (answer.question, *questions), data))
        if not known:
            seen += await addresses(host, target, ask, kind="mx-address")
    return seen


async def _dkim(domain: str, target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    questions = [dns(f"{selector}._domainkey.{domain}", "CNAME") for selector in (PROBE, *hints.selectors)]
    answers = await ask_all(ask, questions)
    if answers[0].status is Status.OK:
        leads = host_of(answers[0].values[0]) if answers[0].values else ""
        return [Observation("dkim-wildcard", leads, target.domain, domain, (answers[0].question,))]
    seen = [Observation("dkim-asked", domain, target.domain, domain, tuple(questions))]
    return seen + [
        Observation("dkim", host_of(answer.values[0]), target.domain, answer.question.subject, (answer.question,))
        for answer in answers[1:]
        if answer.status is Status.OK and answer.values
    ]


async def _autodiscover(domain: str, target: Target, ask: Ask) -> list[Observation]:
    alias, service = await ask_all(
        ask, (dns(f"autodiscover.{domain}", "CNAME"), dns(f"_autodiscover._tcp.{domain}", "SRV"))
    )
    asked = (alias.question, service.question)
    seen = [Observation("autodiscover-asked", domain, target.domain, domain, asked)]
    found = [(host_of(value), alias.question) for value in alias.values[:MAX_MX]]
    found += [(host_of(value.split()[-1]), service.question) for value in service.values[:MAX_MX] if value.split()]
    return seen + [
        Observation("autodiscover", host, target.domain, domain, (question,)) for host, question in found if host
    ]


async def _policies(domain: str, target: Target, ask: Ask) -> list[Observation]:
    """DMARC report addresses (RFC 7489, section 6.3) and the MTA-STS policy id (RFC 8461)."""
    dmarc, sts = await ask_all(ask, (dns(f"_dmarc.{domain}", "TXT"), dns(f"_mta-sts.{domain}", "TXT")))
    asked: tuple[Question, ...] = (dmarc.question,)
    policies = [text for text in map(text_of, dmarc.values) if text.lower().startswith("v=dmarc1")]
    if not policies and dmarc.settled and registrable(domain) != domain:
        dmarc = await ask(dns(f"_dmarc.{registrable(domain)}", "TXT"))  # the organisational domain's holds then
        asked = (*asked, dmarc.question)
        policies = [text for text in map(text_of, dmarc.values) if text.lower().startswith("v=dmarc1")]
    seen = [Observation("dmarc-asked", domain, target.domain, domain, asked)]
    if policies:
        seen.append(Observation("dmarc", policies[0], target.domain, domain, (dmarc.question,)))
    for report in sorted({address for policy in policies[:1] for address in _report_domains(policy)})[:MAX_REPORTS]:
        seen.append(Observation("dmarc-report", report, target.domain, domain, (dmarc.question,)))
    seen += [
        Observation("mta-sts", text, target.domain, domain, (sts.question,))
        for text in map(text_of, sts.values)
        if text.lower().startswith("v=stsv1")
    ]
    return seen


def _report_domains(policy: str) -> list[str]:
    domains = []
    for tag in policy.split(";"):
        name, _, value = tag.partition("=")
        if name.strip().lower() in ("rua", "ruf"):
            for uri in value.split(","):
                address = uri.strip().partition("!")[0]
                if address.lower().startswith("mailto:") and "@" in address:
                    domains.append(host_of(address.rpartition("@")[2].partition("?")[0].strip()))
    return [domain for domain in domains if not name_problem(domain)]
