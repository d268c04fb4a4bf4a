"""The body page's part on its home page: who loaded whom, what came before any click, what it weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner import audience
from scanner.footprint import Footprint, grade, total
from scanner.loads import PageLoad
from scanner.metrics import Control, counted_claim, finding_control
from scanner.model import Finding, Role, Verdict
from scanner.report.facts import Body, Facts
from scanner.report.names import page_name
from scanner.report.voice import Voice, shorten

MAX_NODES = 60
MAX_HOSTS = 4
MAX_DEPTH = 8


@dataclass(slots=True)
class Node:
    """One service of the tree. `link`: the provider's page or ""; `hosts`: its hosts in words; `marks`: codes of the
    catalogue; `children`: what it brought."""

    name: str
    link: str
    control: Control | None
    hosts: str
    marks: list[str]
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    """Who loaded whom: `leads`, the sentences above; `more`: services left out."""

    roots: list[Node]
    leads: list[str]
    more: int


Key = tuple[str, ...]


def tree(facts: Facts, voice: Voice, body: Body) -> Tree | None:
    """The initiator tree of a body's page; None where no browser told who loaded whom, nor what came before a click."""
    found = [
        finding
        for finding in facts.of(body.target)
        if finding.role is Role.RESOURCE and finding.verdict in (Verdict.PROVIDER, Verdict.UNATTRIBUTED)
    ]
    if not any(finding.reason.args.get("by") or finding.reason.args.get("consent") for finding in found):
        return None
    groups: dict[Key, list[Finding]] = {}
    for finding in found:
        groups.setdefault(_key(finding), []).append(finding)
    by_host = {finding.subject: key for key, group in groups.items() for finding in group}
    parents = {key: _parent(key, group, by_host) for key, group in groups.items()}
    country = facts.standpoint.country(body.target)
    nodes = {key: _node(facts, voice, group, country) for key, group in list(groups.items())[:MAX_NODES]}
    roots: list[Node] = []
    for key, node in nodes.items():
        above = _above(key, parents)
        parent = nodes.get(above[0]) if above and len(above) < MAX_DEPTH and key not in above else None
        (parent.children if parent is not None else roots).append(node)
    return Tree(roots, _leads(voice, found), len(groups) - len(nodes))


def _key(finding: Finding) -> Key:
    claim = counted_claim(finding)
    return (claim.provider, claim.service) if claim else (finding.subject,)


def _parent(key: Key, group: Sequence[Finding], by_host: dict[str, Key]) -> Key | None:
    """The service that brought all of a group; None where the page itself brought any of it."""
    brought = [finding.reason.args.get("by") or () for finding in group]
    if not all(brought):
        return None
    above = [by_host[host] for hosts in brought for host in hosts if host in by_host and by_host[host] != key]
    return above[0] if above else None


def _above(key: Key, parents: dict[Key, Key | None]) -> list[Key]:
    """Everything above a service, the nearest first; a circle ends it with the service itself."""
    chain: list[Key] = []
    current = parents.get(key)
    while current is not None and len(chain) < MAX_DEPTH:
        chain.append(current)
        if current == key or chain.count(current) > 1:
            return [*chain, key]
        current = parents.get(current)
    return chain


def _node(facts: Facts, voice: Voice, group: Sequence[Finding], country: str) -> Node:
    t, first = voice.t, group[0]
    claim = counted_claim(first)
    categories = sorted({f.category for f in group if f.category}, key=voice.category)
    who = voice.holder(claim, False) if claim else t("report.page.unnamed")
    marks = []
    consents = {str(finding.reason.args.get("consent") or "") for finding in group}
    if consents and "" not in consents:
        marks.append(f"report.page.{'before' if 'before' in consents else min(consents)}")
    if any(finding.reason.args.get("hard") for finding in group):
        marks.append("report.page.hard")
    return Node(
        t("report.body.uses", who=who, categories=voice.categories(categories)) if categories else who,
        page_name(claim.provider) if claim is not None and claim.provider in facts.use else "",
        finding_control(first, country, facts.standpoint),
        voice.listing((shorten(finding.subject, 80) for finding in group), MAX_HOSTS),
        marks,
    )


def _leads(voice: Voice, found: Sequence[Finding]) -> list[str]:
    """How many third parties come before and after the visitor's answer, where a banner was answered."""
    consents: dict[str, set[str]] = {}
    for finding in found:
        consents.setdefault(str(finding.reason.args.get("consent") or ""), set()).add(finding.subject)
    before = consents.get("before", set())
    after = (consents.get("accept", set()) | consents.get("reject", set())) - before
    if not after:
        return []
    return [
        voice.t("report.page.before-lead", n=len(before)),
        voice.t("report.page.after-lead", n=len(after)),
    ]


def weight(facts: Facts, voice: Voice, body: Body) -> list[tuple[str, str]]:
    """What a body's page weighs: (code of the catalogue, value in words); empty where no load was recorded."""
    load = facts.loads.get(body.target.domain)
    if load is None:
        return []
    print_ = load.footprint
    rows = [
        ("report.page.requests", voice.number(print_.requests)),
        ("report.page.bytes", _size(voice, print_, print_.bytes)),
        ("report.page.third-requests", voice.t.percent(print_.third_requests, print_.requests)),
    ]
    if print_.bytes:
        rows.append(("report.page.third-bytes", voice.t.percent(print_.third_bytes, print_.bytes)))
    if print_.nodes is not None:
        rows.append(("report.page.nodes", voice.number(print_.nodes)))
    score = print_.score
    if score is not None and not load.cut:
        text = voice.t("report.page.ecoindex-value", score=voice.number(round(score)), grade=grade(round(score)))
        rows.append(("report.page.ecoindex", text))
    tools = _audience(voice, facts, load, facts.of(body.target))
    if tools:
        rows.append(("report.page.audience", tools))
    return rows


def _audience(voice: Voice, facts: Facts, load: PageLoad, found: Sequence[Finding]) -> str:
    claims = [counted_claim(f) for f in found if f.role is Role.RESOURCE and f.category == "analytics"]
    names = []
    for tool in audience.tools(load.software, (claim.provider for claim in claims if claim)):
        code = f"report.audience.{tool}"
        names.append(voice.t(code) if voice.t.has(code) else facts.name_of(tool))
    return voice.listing(names)


def _size(voice: Voice, footprint: Footprint, size: int) -> str:
    unit, value = ("megabytes", size / 1_000_000) if size >= 1_000_000 else ("kilobytes", size / 1000)
    text = voice.t(f"report.page.{unit}", value=voice.t.number(value, 1 if unit == "megabytes" else 0))
    return text if footprint.sized == footprint.requests else voice.t("report.page.at-least", value=text)


def total_weight(facts: Facts, voice: Voice) -> str:
    """All the page loads of a run in one sentence; "" where none was recorded."""
    summed = total(load.footprint for load in facts.loads.values())
    if summed is None:
        return ""
    share = voice.t.percent(summed.third_requests, summed.requests)
    size = _size(voice, summed, summed.bytes)
    return voice.t(
        "report.page.total-text", n=summed.pages, bytes=size, requests=voice.number(summed.requests), share=share
    )
