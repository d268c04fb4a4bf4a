"""A small provider database and answers in a line each, for the scenarios of attribution."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scanner import ask, providers
from scanner.model import Answer, Finding, Question, Role, Status, Target
from scanner.providers import Database
from scanner.run.target import conclude

AT = "2026-06-01T00:00:00Z"
BODY = Target("ville.example", "ville.example", country="FR")
PRINT = "ab" * 32
ROOT_PRINT = "cd" * 32
OWNERS = {"daughter": "ca"}
"""Majority owners since 2020."""
COMPANIES = {
    "soft": (
        "company",
        "US",
        """
mailbox mailbox mx:mail.soft.test dkim:onsoft.test autodiscover:autodiscover.soft.test spf:spf.soft.test
hosted mailbox srv:srv.soft.test
account account txt:soft-verify=
cloud hosting cname:apps.soft.test asn:64510~hosting
steer dns cname:steer.soft.test ns:ns.soft.test""",
    ),
    "search": (
        "company",
        "US",
        """
mailbox mailbox mx:mx.search.test dkim:dkim.search.test autodiscover:auto.search.test spf:_spf.search.test dkim-key:search
fonts resource=fonts host:fonts.search.test
captcha resource=captcha host:www.search.test/recaptcha
maps resource=maps host:www.search.test/maps
tags resource=analytics host:tags.search.test cname:cloak.search.test
site resource=other host:search.test
account account txt:search-site-verification=""",
    ),
    "filter": ("company", "FR", "\nfilter mail-gateway mx:mx.filter.test spf:spf.filter.test dkim:sign.filter.test"),
    "second": ("company", "FR", "\nfilter mail-gateway mx:mx.second.test"),
    "sender": ("company", "FR", "\nsender mail-sender spf:spf.sender.test dkim:dkim.sender.test"),
    "edgeco": (
        "company",
        "US",
        "\nedge edge cname:cdn.edgeco.test ip:192.0.2.0/25 header:server=edgeco asn:64511~hosting",
    ),
    "host": (
        "company",
        "FR",
        """
hosting hosting cname:hosting.host.test ip:198.51.100.0/25~reg-1 asn:64512~hosting header:server=hostpanel
names hosting netname:HOST-NET
dns dns ns:ns1.host.test
mailbox mailbox mx:mx1.host.test
registrar registrar registrar:433 registrar:Host-SAS registrar-host:host.test
edges edge cname:shield.host.test""",
    ),
    "isp": (
        "company",
        "FR",
        "\naccess hosting asn:64513~access\nmailbox mailbox mx:smtp.isp.test mail-domain:wanadisp.test",
    ),
    "ca": ("company", "BE", f"\nca certificate issuer:{PRINT} issuer:Some-CA"),
    "root": ("company", "US", f"\nca certificate issuer:{ROOT_PRINT} issuer:Root-Org"),
    "brand": ("company", "FR", "\nca certificate issuer:Brand-Org"),
    "daughter": ("company", "FR", "\nca certificate issuer:Daughter-Org"),
    "state": (
        "public",
        "FR",
        """
dns dns ns:gouv.fr!
mailbox mailbox mx:gouv.fr! spf:gouv.fr! autodiscover:gouv.fr!
hosting hosting cname:gouv.fr!
reports mail-reports dmarc:gouv.fr!
resource resource=other host:gouv.fr!""",
    ),
    "reg": ("nonprofit", "FR", "\nregistry registry tld:example tld:fr\nreports mail-reports dmarc:reports.reg.test"),
}


@cache
def database() -> Database:
    """Ten invented providers, read from TOML as the shipped ones are."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "companies").mkdir()
        for key, (kind, country, services) in COMPANIES.items():
            text = f'id = "{key}"\nname = "{key.title()}"\ntype = "{kind}"\ncountry = "{country}"\n'
            text += f'website = "https://{key}.test/"\n'
            text += f'sources = [{{ url = "https://{key}.test/", checked = 2026-05-01 }}]\n'
            if key in OWNERS:
                text += f'[[owners]]\nowner = "{OWNERS[key]}"\ncontrol = "majority"\nfrom = 2020-01-01\n'
                text += 'source = "https://o.test/"\n'
            (folder / "companies" / f"{key}.toml").write_text(text + "".join(map(_service, services.split("\n")[1:])))
        (folder / "groups.toml").write_text("")
        (folder / "categories.toml").write_text("")
        return providers.load(base=folder)


def _service(line: str) -> str:
    name, role, *rules = line.split()
    role, _, category = role.partition("=")
    head = f'[[services]]\nid = "{name}"\nname = "{name}"\nrole = "{role}"\ncategory = "{category}"\n'
    return head + "rules = [\n" + "".join(f"  {{ {_rule(rule)} }},\n" for rule in rules) + "]\n"


def _rule(text: str) -> str:
    kind, _, value = text.partition(":")
    value, _, extra = value.partition("~")
    reserved = ", reserved = true" if value.endswith("!") else ""
    value = value.rstrip("!")
    name, _, path = value.partition("/") if kind == "host" else (value, "", "")
    keys = {
        "ip": f'cidr = "{value}"' + (f', region = "{extra}"' if extra else ""),
        "asn": f'number = {value}, network = "{extra}"',
        "header": 'name = "{}", value = "{}"'.format(*value.partition("=")[::2]),
        "txt": f'prefix = "{value}"',
        "netname": f'value = "{value}"',
        "tld": f'value = "{value}"',
        "dkim-key": f'value = "{value}"',
        "mail-domain": f'value = "{value}"',
        "issuer": f'sha256 = "{value}"' if len(value) == 64 else f'org = "{value.replace("-", " ")}"',
        "registrar": f"iana = {value}" if value.isdecimal() else f'name = "{value.replace("-", " ")}"',
        "dkim": f'suffix = "{value}", selectors = ["s1", "s2"]',
    }
    pattern = keys.get(kind, f'suffix = "{name}"' + (f', path = "/{path}"' if path else ""))
    return f'kind = "{kind}", {pattern}{reserved}, examples = ["x.{value}"]'


def ok(question: Question, *values: Any, verify: str = "") -> Answer:
    return Answer(question, Status.OK, values, at=AT, verify=verify)


def absent(question: Question, reason: str = "nodata") -> Answer:
    return Answer(question, Status.ABSENT, reason=reason, at=AT)


def failed(question: Question, reason: str = "timeout") -> Answer:
    return Answer(question, Status.FAILED, reason=reason, at=AT)


def dns(name: str, rtype: str, *values: str) -> Answer:
    """An ok answer, or absent without values."""
    question = ask.dns(name, rtype)
    return ok(question, *values) if values else absent(question)


def txt(name: str, *texts: str) -> Answer:
    return dns(name, "TXT", *(f'"{text}"' for text in texts))


def network(address: str, number: int | None, name: str = "NET") -> Answer:
    return ok(ask.asn(address), {"asn": number, "name": name})


def http(url: str, status: int = 200, headers: Iterable[tuple[str, str]] = (), **value: Any) -> Answer:
    fields = {"status": status, "url": url, "headers": [list(pair) for pair in headers], **value}
    return ok(ask.http(url), fields)


def load(url: str, *urls: str, source: str = "chromium", status: int = 200, final: str = "") -> Answer:
    """A recorded load of a page: the page itself, then what it requested."""
    final = final or url
    requests = [{"url": final, "type": "Document", "status": status}]
    requests += [{"url": other, "type": "Script", "status": 200} for other in urls]
    return ok(ask.page(url, source), {"url": final, "requests": requests})


def findings(*answers: Answer, target: Target = BODY) -> tuple[Finding, ...]:
    return conclude(target, {answer.question: answer for answer in answers}, database()).findings


def of(role: Role, *answers: Answer, target: Target = BODY) -> list[Finding]:
    """The findings of one role."""
    return [finding for finding in findings(*answers, target=target) if finding.role is role]


def one(role: Role, *answers: Answer, target: Target = BODY) -> Finding:
    """The only finding of a role."""
    found = of(role, *answers, target=target)
    assert len(found) == 1, [(finding.subject, finding.reason.code) for finding in found]
    return found[0]


def claims(finding: Finding) -> list[tuple[str, str, str]]:
    """Provider, relation and confidence of each claim, in order."""
    return [(claim.provider, claim.relation.value, claim.confidence.value) for claim in finding.claims]


def said(finding: Finding) -> tuple[str, str]:
    """Verdict and reason."""
    return finding.verdict.value, finding.reason.code
