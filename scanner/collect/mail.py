"""Mail: where a body's mail lives, its receiving servers, senders, signs of the mailbox, policies and tokens."""

from __future__ import annotations

from scanner.ask import Ask, dns, tenant
from scanner.collect import Hints
from scanner.collect._exchangers import exchangers
from scanner.collect._mail_policies import policies
from scanner.collect._mail_signs import autodiscover, dkim
from scanner.collect._spf import walk
from scanner.collect._spf_terms import text_of
from scanner.collect._walk import site
from scanner.model import Answer, Observation, Question, Status, Target
from scanner.names import name_problem, registrable, same_party

MAX_TOKENS = 100
MAX_PUBLISHED = 5


async def collect(target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`mail-domain`, `token`, `tenant`, `mail-elsewhere`, and what `_exchangers`, `_spf`, `_mail_signs` and
    `_mail_policies` see."""
    domain, answer, asked = await _mail_domain(target, ask)
    seen = [Observation("mail-domain", domain, target.domain, domain, asked)]
    seen += await exchangers(domain, answer, target, ask, hints)
    texts = await ask(dns(domain, "TXT"))
    seen += await walk(domain, target, ask)
    seen += [
        Observation("token", text_of(value), target.domain, domain, (texts.question,))
        for value in texts.values[:MAX_TOKENS]
    ]
    seen += await dkim(domain, target, ask, hints)
    seen += await autodiscover(domain, target, ask)
    seen += await policies(domain, answer, target, ask)
    if (await ask(tenant(domain))).status is Status.OK:
        seen.append(Observation("tenant", domain, target.domain, domain, (tenant(domain),)))
    if not target.mail_domain:
        seen += await _published(domain, target, ask)
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


async def _published(domain: str, target: Target, ask: Ask) -> list[Observation]:
    """Domains of the addresses that the home page publishes (`mail_domains`), other than the one examined."""
    front = await site(target, ask)
    names = front.page.get("mail_domains")
    found = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return [
        Observation("mail-elsewhere", name, target.domain, domain, (front.answer.question,))
        for name in found[:MAX_PUBLISHED]
        if not name_problem(name) and not same_party(name, domain)
    ]
