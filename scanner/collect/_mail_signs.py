"""Signs of who keeps the mailboxes, whatever receives the mail: DKIM selectors, autodiscover, autoconfig."""

from __future__ import annotations

from scanner.ask import Ask, dns
from scanner.collect import Hints
from scanner.collect._spf_terms import text_of
from scanner.collect._walk import ask_all, host_of
from scanner.model import Answer, Observation, Status, Target

PROBE = "sovscan-wildcard-probe"
"""A DKIM selector that nobody has: if it answers, the zone answers to everything and its selectors prove nothing."""
DECISIVE = "selector1"
"""The alias that names most mailboxes; asked for even where nothing should stand below `_domainkey`."""
MAX_HOSTS = 16
SERVICES = ("_autodiscover._tcp", "_imaps._tcp")
"""SRV: Outlook's own, and RFC 6186's, section 3.2."""


async def dkim(domain: str, target: Target, ask: Ask, hints: Hints) -> list[Observation]:
    """`dkim-asked`; per selector that is an alias `dkim` (value: where it leads), per selector that one provider alone
    uses and that holds a key `dkim-key` (value: the selector); of a zone that answers to every name only
    `dkim-wildcard` (value: where its alias leads, or "").

    Where `_domainkey` itself does not exist, nothing stands below it (RFC 8020): of the selectors only those are asked
    that decide on the mailbox, in case a server denies names that merely hold no record.
    """
    aliases = [dns(f"{name}._domainkey.{domain}", "CNAME") for name in (PROBE, *hints.selectors)]
    keys = [dns(f"{name}._domainkey.{domain}", "TXT") for name in (PROBE, *hints.keys)] if hints.keys else []
    decisive = [dns(f"{DECISIVE}._domainkey.{domain}", "CNAME"), *keys[1:]]
    first = await ask_all(ask, [dns(f"_domainkey.{domain}", "CNAME"), *decisive])
    if first[0].reason == "nxdomain" and all(answer.status is Status.ABSENT for answer in first):
        asked = tuple(answer.question for answer in first)
        return [Observation("dkim-asked", domain, target.domain, domain, asked)]
    answers = await ask_all(ask, [*aliases, *keys])
    led, held = answers[: len(aliases)], answers[len(aliases) :]
    if led[0].status is Status.OK or (held and _is_key(held[0])):
        leads = host_of(led[0].values[0]) if led[0].values else ""
        probe = led[0] if led[0].status is Status.OK else held[0]
        return [Observation("dkim-wildcard", leads, target.domain, domain, (probe.question,))]
    seen = [Observation("dkim-asked", domain, target.domain, domain, tuple(aliases))]
    seen += [
        Observation("dkim", host_of(answer.values[0]), target.domain, answer.question.subject, (answer.question,))
        for answer in led[1:]
        if answer.status is Status.OK and answer.values
    ]
    return seen + [
        Observation("dkim-key", name, target.domain, answer.question.subject, (answer.question,))
        for name, answer in zip(hints.keys, held[1:], strict=bool(held))
        if _is_key(answer)
    ]


def _is_key(answer: Answer) -> bool:
    """True for a DKIM key that is not revoked (RFC 6376, section 3.6.1: an empty `p` revokes)."""
    for value in answer.values:
        tags = dict(tag.partition("=")[::2] for tag in text_of(value).replace(" ", "").split(";"))
        if tags.get("p"):
            return True
    return False


async def autodiscover(domain: str, target: Target, ask: Ask) -> list[Observation]:
    """`autodiscover-asked`, and an `autodiscover` per host that mail programs are sent to."""
    aliases = [dns(f"{label}.{domain}", "CNAME") for label in ("autodiscover", "autoconfig")]
    services = [dns(f"{label}.{domain}", "SRV") for label in SERVICES]
    answers = await ask_all(ask, [*aliases, *services])
    seen = [Observation("autodiscover-asked", domain, target.domain, domain, (aliases[0], services[0]))]
    found = {
        (host_of(value.split()[-1]), answer.question)
        for answer in answers
        for value in answer.values[:MAX_HOSTS]
        if value.split()
    }
    return seen + [
        Observation("autodiscover", host, target.domain, domain, (question,))
        for host, question in sorted(found)
        if host
    ]
