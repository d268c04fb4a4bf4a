"""What a body's page shows: one block a role, with who, whose law, how sure, why and the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.metrics import Control, by_role, counted_claim, finding_control
from scanner.model import Claim, Evidence, Finding, Relation, Role, Verdict
from scanner.report.commands import command
from scanner.report.facts import Body, Facts
from scanner.report.names import page_name
from scanner.report.voice import Voice, shorten

MAX_EVIDENCE = 24
MAX_SUBJECTS = 8
MAX_REASONS = 3
MAX_STATEMENTS = 40


@dataclass(frozen=True, slots=True)
class Proof:
    """One question's values and the command that asks it by hand."""

    kind: str
    subject: str
    value: str
    command: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One conclusion in words. `link`: the provider's page or ""; `sure`: a code of the catalogue."""

    text: str
    link: str
    control: Control | None
    sure: str
    subjects: str
    reasons: list[str]
    rivals: list[str]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Block:
    """Everything about one role of one body."""

    role: Role
    label: str
    control: Control | None
    lead: str
    statements: list[Statement]
    more: int
    proofs: list[Proof]
    more_proofs: int


def blocks(facts: Facts, voice: Voice, body: Body) -> list[Block]:
    """The blocks of a page, roles in the model's order."""
    country = facts.standpoint.country(body.target)
    return [_block(facts, voice, body, role, found, country) for role, found in by_role(facts.of(body.target)).items()]


def _block(facts: Facts, voice: Voice, body: Body, role: Role, found: Sequence[Finding], country: str) -> Block:
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in found:
        groups.setdefault(_alike(finding), []).append(finding)
    statements = [_statement(facts, voice, role, group, country) for group in groups.values()]
    statements.sort(key=lambda statement: -_WEIGHT[statement.control])
    proofs = _proofs(voice, found, body.target.domain, role)
    return Block(
        role,
        voice.role(role),
        body.controls.get(role),
        _lead(facts, voice, role, found, country),
        statements[:MAX_STATEMENTS],
        max(0, len(statements) - MAX_STATEMENTS),
        proofs[:MAX_EVIDENCE],
        max(0, len(proofs) - MAX_EVIDENCE),
    )


_WEIGHT: dict[Control | None, int] = {
    control: index
    for index, control in enumerate(
        (None, Control.UNOBSERVABLE, Control.UNATTRIBUTED, Control.PUBLIC, Control.DOMESTIC)
    )
} | {Control.EU: 6, Control.OTHER: 7, Control.US: 8}


def _alike(finding: Finding) -> tuple[object, ...]:
    """Findings that one sentence can say together: same verdict, holder and sureness; unknowns also by reason."""
    claim = finding.claims[0] if finding.claims else None
    if claim is None:
        why = finding.reason.code if finding.verdict is not Verdict.UNATTRIBUTED else ""
        return (finding.verdict, why)
    service = claim.service if finding.role in _NAMED_SERVICES else ""
    return (finding.verdict, claim.provider, service, claim.relation, claim.confidence, len(finding.claims))


def _statement(facts: Facts, voice: Voice, role: Role, group: Sequence[Finding], country: str) -> Statement:
    t, first = voice.t, group[0]
    claim = counted_claim(first)
    notes = []
    if not all(finding.complete for finding in group) and first.verdict is not Verdict.UNKNOWN:
        notes.append(t("report.body.incomplete"))
    seats = _seats(facts, group)
    if seats:
        notes.append(t("report.body.seat", n=len(seats), names=voice.listing(seats, MAX_SUBJECTS)))
    locations = sorted({finding.location for finding in group if finding.location})
    if locations:
        notes.append(t("report.body.location", where=voice.listing(locations)))
    reasons = voice.reasons(finding.reason for finding in group)
    text = _text(voice, role, group, claim)
    if first.verdict is Verdict.UNKNOWN and not first.claims:
        text, *reasons = reasons  # why one cannot see is all there is to say
    if len(reasons) > MAX_REASONS:
        reasons = [*reasons[:MAX_REASONS], t("report.body.more-reasons", n=len(reasons) - MAX_REASONS)]
    rivals = first.claims[1:] if first.verdict is Verdict.PROVIDER else ()
    if role is Role.CERTIFICATE:
        roots, rivals = [c for c in rivals if c.relation is Relation.HOSTS], ()
        notes += [t("report.body.root", who=voice.holder(c), sure=t(f"confidence.{c.confidence}")) for c in roots]
    link = page_name(claim.provider) if claim is not None and claim.provider in facts.use else ""
    return Statement(
        text,
        link,
        finding_control(first, country, facts.standpoint),
        f"confidence.{claim.confidence}" if claim and first.verdict is Verdict.PROVIDER else f"verdict.{first.verdict}",
        _subjects(voice, role, group, " ".join([text, *reasons])),
        reasons,
        [
            t("report.body.rival", who=voice.holder(c, role in _NAMED_SERVICES), sure=t(f"confidence.{c.confidence}"))
            for c in rivals[:3]
        ],
        notes,
    )


def _seats(facts: Facts, group: Sequence[Finding]) -> list[str]:
    """The names of whoever is at the end of a chain that nobody has followed further."""
    claims = [claim for finding in group for claim in finding.claims]
    return list(dict.fromkeys(facts.name_of(c.owner) for c in claims if c.country and not c.established))


def _text(voice: Voice, role: Role, group: Sequence[Finding], claim: Claim | None) -> str:
    t, first = voice.t, group[0]
    if first.verdict is Verdict.PROVIDER and claim is not None:
        who = voice.holder(claim, role in _NAMED_SERVICES)
        categories = sorted({f.category for f in group if f.category}, key=voice.category)
        if role in (Role.RESOURCE, Role.DECLARED_RESOURCE) and categories:
            return t("report.body.uses", who=who, categories=voice.categories(categories))
        return who
    if first.verdict is Verdict.SELF:
        return t("report.body.self-hosted", who=voice.holder(claim)) if claim else t("report.body.self")
    if first.verdict is Verdict.UNKNOWN and first.claims:
        return t("report.body.unknown-maybe", who=voice.holder(first.claims[0]))
    if first.verdict is Verdict.UNKNOWN:
        return t("report.body.unknown")
    specific = f"report.body.{first.verdict}-{role}"
    return t(specific if t.has(specific) else f"report.body.{first.verdict}")


_NAMED_SERVICES = frozenset(
    {Role.HOSTING, Role.EDGE, Role.CERTIFICATE, Role.MAIL_GATEWAY, Role.MAILBOX, Role.MAIL_SENDER}
)
"""Roles whose services have names that people know (Exchange Online); elsewhere the provider's name says it all."""
_SUBJECT_ROLES = frozenset(
    {
        Role.DNS,
        Role.MAIL_GATEWAY,
        Role.MAIL_SENDER,
        Role.MAIL_REPORTS,
        Role.ACCOUNT,
        Role.RESOURCE,
        Role.DECLARED_RESOURCE,
    }
)


def _subjects(voice: Voice, role: Role, group: Sequence[Finding], said: str) -> str:
    """The names a statement is about, unless its sentences already say them all."""
    if role not in _SUBJECT_ROLES or group[0].verdict in (Verdict.ABSENT, Verdict.UNKNOWN):
        return ""
    names = dict.fromkeys(shorten(f.subject, 120) for f in group if f.subject and f.subject != f.domain)
    if all(name in said for name in names):
        return ""
    return voice.listing(names, MAX_SUBJECTS)


def _lead(facts: Facts, voice: Voice, role: Role, found: Sequence[Finding], country: str) -> str:
    """The sentence that sums up a page's resources."""
    if role is not Role.RESOURCE:
        return ""
    hosts = {f.subject for f in found if f.verdict in (Verdict.PROVIDER, Verdict.UNATTRIBUTED)}
    if not hosts:
        return ""
    focused = {f.subject for f in found if finding_control(f, country, facts.standpoint) in facts.focused}
    total = voice.t("report.body.hosts", n=len(hosts), word=voice.word(len(hosts)))
    part = voice.t(f"report.body.hosts-{facts.focus}", n=len(focused), word=voice.word(len(focused)))
    return voice.sentence(f"{total}{part}")


def _proofs(voice: Voice, found: Sequence[Finding], domain: str, role: Role) -> list[Proof]:
    """Evidence by question, in the findings' order, each value once."""
    values: dict[tuple[str, str, str], dict[str, None]] = {}
    first: dict[tuple[str, str, str], Evidence] = {}
    for finding in found:
        for evidence in finding.evidence:
            key = (evidence.kind, evidence.subject, evidence.detail)
            first.setdefault(key, evidence)
            values.setdefault(key, {})[voice.evidence(evidence.kind, evidence.value)] = None
    return [
        Proof(
            _kind(voice, evidence),
            shorten(evidence.subject, 160),
            shorten(", ".join(list(values[key])[:8])),
            command(evidence, domain, role),
        )
        for key, evidence in first.items()
    ]


def _kind(voice: Voice, evidence: Evidence) -> str:
    if evidence.kind == "dns":
        return evidence.detail
    code = f"report.kind.{evidence.kind}"
    return voice.t(code) if voice.t.has(code) else evidence.kind
