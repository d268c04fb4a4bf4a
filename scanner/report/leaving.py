"""What leaving looks like: what has to change, and who else could do the work, by role, category and subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.entries import Alternative
from scanner.metrics import KNOWN, TIES, Control, ProviderUse
from scanner.model import Provider, Role, Verdict
from scanner.names import registrable
from scanner.report.facts import Body, Facts
from scanner.report.names import web_link
from scanner.report.voice import Voice

_LEAVABLE = KNOWN - {Control.PUBLIC}
_NAMED = frozenset({Verdict.PROVIDER, Verdict.UNATTRIBUTED})
GROUPS = {"role": "roles", "category": "categories", "subject": "subjects"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One alternative in words; links are "" where they are none. `checked`: a day in words or ""."""

    name: str
    link: str
    kind: str
    note: str
    source: str
    checked: str


@dataclass(frozen=True, slots=True)
class Way:
    """What leaving one role, category or subject looks like. `anchor`: its place on the page of all."""

    anchor: str
    title: str
    text: str
    choices: list[Choice]


def every_way(facts: Facts, voice: Voice) -> list[tuple[str, list[Way]]]:
    """All that the database says, by group: (code of the group's heading, its ways)."""
    groups: dict[str, list[Way]] = {code: [] for code in GROUPS.values()}
    for key in facts.database.labels:
        way = _way(facts, voice, key)
        if way is not None:
            groups[GROUPS[key.partition("/")[0]]].append(way)
    return [(code, ways) for code, ways in groups.items() if ways]


def ways_from(facts: Facts, voice: Voice, use: ProviderUse | None, provider: Provider | None) -> list[Way]:
    """What leaving a provider looks like, for what it is used for; nothing for a public operator of one's own."""
    if use is None or use.control is Control.PUBLIC:
        return []
    roles = [role for role in use.roles if role not in TIES and role is not Role.RESOURCE]
    keys = [f"role/{role}" for role in roles] + [f"category/{category}" for category in use.categories]
    own = _place(provider.website) if provider else ""
    return _ways(facts, voice, keys, own)


def links(facts: Facts, voice: Voice, body: Body) -> list[tuple[str, str]]:
    """For a body's page: (anchor, title) of what others than a public operator of its State hold or bring."""
    roles = [role for role, control in body.controls.items() if role not in TIES and control in _LEAVABLE]
    keys = [f"role/{role}" for role in roles if role is not Role.RESOURCE]
    called = {f.category or "" for f in facts.of(body.target) if f.role is Role.RESOURCE and f.verdict in _NAMED}
    keys += [f"category/{category}" for category in sorted(called, key=voice.category)]
    labels = facts.database.labels
    return [(anchor_of(key), labels[key].label[voice.language]) for key in keys if key in facts.places]


def _ways(facts: Facts, voice: Voice, keys: Iterable[str], without: str) -> list[Way]:
    ways = (_way(facts, voice, key, without) for key in dict.fromkeys(keys))
    return [way for way in ways if way is not None]


def _way(facts: Facts, voice: Voice, key: str, without: str = "") -> Way | None:
    if key not in facts.places:
        return None
    label = facts.database.labels[key]
    title, text = label.label[voice.language], label.leaving.get(voice.language, "")
    kept = [each for each in label.alternatives if not without or _place(each.url) != without]
    return Way(anchor_of(key), title, text, [_choice(voice, each) for each in kept])


def _choice(voice: Voice, each: Alternative) -> Choice:
    kind, note = voice.t(f"report.leaving.kind.{each.kind}"), each.note.get(voice.language, "")
    checked = voice.t.date(each.checked) if each.checked else ""
    return Choice(each.name, web_link(each.url), kind, note, web_link(each.source), checked)


def anchor_of(key: str) -> str:
    """The fragment of a key's place: `role/dns` is role-dns."""
    return key.replace("/", "-")


def _place(url: str) -> str:
    """The registrable domain that a web address is under."""
    host = url.partition("://")[2].partition("/")[0].partition(":")[0]
    return registrable(host) if host else ""
