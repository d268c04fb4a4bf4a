"""What a run saw and the database does not name, most frequent first, and a draft of the file that would. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.model import Finding, Role, Verdict
from scanner.names import registrable

MAX_EXAMPLES = 5
KINDS = ("host", "ns", "mx", "spf", "dmarc", "issuer", "registrar", "tld", "asn")
"""Kinds of rule that a draft may begin with, in the order of the page."""
_SUFFIX = frozenset({"host", "ns", "mx", "spf", "dmarc", "tld"})
_ROLES = {
    "host": Role.RESOURCE,
    "ns": Role.DNS,
    "mx": Role.MAILBOX,
    "spf": Role.MAIL_SENDER,
    "dmarc": Role.MAIL_REPORTS,
    "issuer": Role.CERTIFICATE,
    "registrar": Role.REGISTRAR,
    "tld": Role.REGISTRY,
    "asn": Role.HOSTING,
}
_AS = re.compile(r"AS(\d{1,10})\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that nobody is named for.

    `kind`: the rule kind that would name it; `value`: registrable domain, AS number, organisation, registrar; `bodies`:
    how many bodies depend on it; `examples`: values seen, at most MAX_EXAMPLES; `imported`: the id of an imported entry
    that names it without owner or country, or "".
    """

    kind: str
    value: str
    name: str
    bodies: int
    examples: tuple[str, ...]
    imported: str = ""


def gaps(findings: Iterable[Finding]) -> list[Gap]:
    """Every gap of a run, the most frequent first; kinds in the order of KINDS."""
    bodies: dict[tuple[str, str], set[str]] = {}
    examples: dict[tuple[str, str], dict[str, None]] = {}
    names: dict[tuple[str, str], str] = {}
    imported: dict[tuple[str, str], str] = {}
    for finding in findings:
        for kind, value, name in _missing(finding):
            key = (kind, registrable(value) if kind in _SUFFIX - {"tld"} else value)
            bodies.setdefault(key, set()).add(finding.domain)
            examples.setdefault(key, {})[value] = None
            names.setdefault(key, name)
            if finding.claims and not finding.claims[0].country:
                imported[key] = finding.claims[0].provider
    found = [
        Gap(*key, names[key], len(domains), tuple(examples[key])[:MAX_EXAMPLES], imported.get(key, ""))
        for key, domains in bodies.items()
    ]
    return sorted(found, key=lambda gap: (KINDS.index(gap.kind), -gap.bodies, gap.value))


def attributed(findings: Iterable[Finding]) -> dict[Role, tuple[int, int]]:
    """By role: findings that name a provider with its country, of those that name one or should."""
    counts: dict[Role, tuple[int, int]] = {}
    for finding in findings:
        if finding.verdict in (Verdict.PROVIDER, Verdict.UNATTRIBUTED):
            named, total = counts.get(finding.role, (0, 0))
            counts[finding.role] = (named + any(claim.country for claim in finding.claims), total + 1)
    return dict(sorted(counts.items(), key=lambda item: list(Role).index(item[0])))


def draft(gap: Gap) -> str:
    """A company's file for a gap: what was seen is filled in, what has to be looked up fails the check until it is."""
    name = gap.name or gap.value
    id_ = re.sub(r"[^a-z0-9]+", "-", (gap.value.split(".")[0] if gap.kind in _SUFFIX else name).lower()).strip("-")
    website = f"https://www.{gap.value}/" if gap.kind in _SUFFIX - {"tld"} else "TODO"
    role = _ROLES[gap.kind]
    lines = [
        f"# providers/companies/{id_ or 'todo'}.toml",
        f"id = {_quote(id_ or 'todo')}",
        f"name = {_quote(name)}",
        'type = "company"',
        'country = "TODO"',
        f"website = {_quote(website)}",
        'sources = [{ url = "TODO", checked = "TODO" }]',
        "# then, where a page says who controls it: [[owners]], or shareholding (see providers/README.md)",
        "",
        "[[services]]",
        f"id = {_quote('web' if role is Role.RESOURCE else role.value)}",
        f"name = {_quote(name)}",
        f"role = {_quote(role.value)}",
        f"category = {_quote('other' if role is Role.RESOURCE else '')}",
        f"rules = [{{ {_rule(gap)} }}]",
    ]
    return "\n".join(lines) + "\n"


def _rule(gap: Gap) -> str:
    examples = f"examples = [{', '.join(map(_quote, gap.examples))}]"
    if gap.kind == "asn":
        return f'kind = "asn", number = {gap.value}, network = "hosting", {examples}'
    key = {"issuer": "org", "registrar": "name", "tld": "value"}.get(gap.kind, "suffix")
    if gap.kind == "registrar" and gap.value.isdigit():
        return f'kind = "registrar", iana = {gap.value}, {examples}'
    return f"kind = {_quote(gap.kind)}, {key} = {_quote(gap.value)}, {examples}"


def _missing(finding: Finding) -> Iterator[tuple[str, str, str]]:
    """Rule kind, value and a name to begin with, of a finding that nobody with a country is named for."""
    if finding.verdict is Verdict.PROVIDER and finding.claims and not finding.claims[0].country:
        kind, name = "host", finding.claims[0].name
    elif finding.verdict is Verdict.UNATTRIBUTED or finding.reason.code == "certificate.under-root":
        kind, name = _KINDS.get(finding.role, ""), ""
    else:
        return
    text = str(finding.reason.args.get(_ARGUMENT.get(kind, ""), "") or finding.subject)
    if kind == "asn":
        match = _AS.fullmatch(str(finding.reason.args.get("network", "")))
        if match:
            yield kind, match[1], match[2]
    elif kind in ("issuer", "registrar"):
        yield kind, text, text
    elif kind:
        host = text.rpartition(":")[2].removeprefix("*.").rstrip(".").lower()
        if "." in host or kind == "tld":
            yield kind, host, name


_KINDS = {
    Role.REGISTRY: "tld",
    Role.REGISTRAR: "registrar",
    Role.DNS: "ns",
    Role.HOSTING: "asn",
    Role.CERTIFICATE: "issuer",
    Role.MAIL_GATEWAY: "mx",
    Role.MAILBOX: "mx",
    Role.MAIL_SENDER: "spf",
    Role.MAIL_REPORTS: "dmarc",
    Role.RESOURCE: "host",
    Role.DECLARED_RESOURCE: "host",
}
_ARGUMENT = {"mx": "host", "issuer": "issuer", "registrar": "registrar", "tld": "suffix", "spf": "term"}


def _quote(text: str) -> str:
    """A TOML basic string; what a stranger wrote stays inside it."""
    escaped = text[:300].replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else " " for char in escaped) + '"'
