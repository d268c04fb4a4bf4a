"""The flow picture's data: bodies by group, to providers, to jurisdictions of control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.metrics import TIES, Control, control_of, counted_claim
from scanner.model import Role
from scanner.report.charts import NARROW, WIDE, Flow, Link, flow
from scanner.report.facts import Body, Facts
from scanner.report.voice import Voice, shorten

LEFT_OUT = TIES | {Role.REGISTRY}
"""Every name has a registry, which would drown the rest; ties are no dependency."""
PROVIDERS = 9
GROUPS = 7
OTHERS = "\x00others"  # no provider or group is called that
LABEL = {"wide": 24, "narrow": 16}
"""Letters that fit beside the picture."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One link of the table that says the same as the picture."""

    source: str
    target: str
    count: int
    style: str


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """The flow drawn for wide and narrow screens, and the same links as rows. `grouping`: sector, country or role."""

    grouping: str
    wide: Flow
    narrow: Flow
    rows: list[FlowRow]


@dataclass(frozen=True, slots=True)
class _Links:
    """Links counted once a body, group and provider: (group, provider, class) to a number."""

    groups: Mapping[tuple[str, str, Control], int]

    def ranked_providers(self) -> list[str]:
        """Providers by what reaches them."""
        totals: Counter[str] = Counter()
        for (_, provider, _), count in self.groups.items():
            totals[provider] += count
        return [provider for provider, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]

    def ranked_groups(self) -> list[str]:
        """Groups by what leaves them."""
        totals: Counter[str] = Counter()
        for (group, _, _), count in self.groups.items():
            totals[group] += count
        return [group for group, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]


def flow_picture(facts: Facts, voice: Voice) -> FlowPicture | None:
    """The picture of a run; None when nobody is known to depend on anybody."""
    grouping = grouping_of(facts)
    links = _links(facts, voice, grouping)
    if not links.groups:
        return None
    top = links.ranked_providers()[:PROVIDERS]
    groups = links.ranked_groups()
    kept = groups[:GROUPS] if len(groups) > GROUPS + 1 else groups
    merged: Counter[tuple[str, str, Control]] = Counter()
    for (group, provider, control), count in links.groups.items():
        merged[group if group in kept else OTHERS, provider if provider in top else OTHERS, control] += count
    names = _names(facts, voice, grouping, merged)
    drawn = {
        form: flow(_columns(kept, top, names, _styles(merged), LABEL[form]), _drawn(merged), frame)
        for form, frame in (("wide", WIDE), ("narrow", NARROW))
    }
    return FlowPicture(grouping, drawn["wide"], drawn["narrow"], _rows(merged, names))


def grouping_of(facts: Facts) -> str:
    """How bodies are grouped: by sector if the list says it for half of them, else by country, else by role."""
    sectors = [body.target.sector for body in facts.bodies if body.target.sector]
    if len(set(sectors)) > 1 and len(sectors) * 2 >= len(facts.bodies):
        return "sector"
    if len({body.target.country for body in facts.bodies if body.target.country}) > 1:
        return "country"
    return "role"


def _links(facts: Facts, voice: Voice, grouping: str) -> _Links:
    counted: Counter[tuple[str, str, Control]] = Counter()
    for body in facts.bodies:
        country = facts.standpoint.country(body.target)
        fixed = _group(body, grouping, voice)
        mine: dict[tuple[str, str, Control], None] = {}
        for finding in facts.of(body.target):
            claim = counted_claim(finding)
            if claim is not None and finding.role not in LEFT_OUT:
                control = control_of(claim.type, claim.country, country, facts.standpoint)
                mine[fixed or voice.role(finding.role), claim.provider, control] = None
        counted.update(mine.keys())
    return _Links(counted)


def _group(body: Body, grouping: str, voice: Voice) -> str:
    if grouping == "sector":
        return body.target.sector or voice.t("report.flow.no-sector")
    if grouping == "country":
        return voice.country(body.target.country) if body.target.country else voice.t("report.flow.no-country")
    return ""


def _names(facts: Facts, voice: Voice, grouping: str, links: Mapping[tuple[str, str, Control], int]) -> dict[str, str]:
    names = {f"c/{control}": voice.control(control, "short") for control in Control}
    for group, provider, _ in links:
        names[f"g/{group}"] = voice.t(f"report.flow.other-{grouping}") if group == OTHERS else group
        names[f"p/{provider}"] = voice.t("report.flow.others") if provider == OTHERS else facts.name_of(provider)
    return names


def _columns(
    groups: list[str], top: list[str], names: Mapping[str, str], styles: Mapping[str, str], most: int
) -> list[list[tuple[str, str, str]]]:
    def nodes(prefix: str, ids: list[str]) -> list[tuple[str, str, str]]:
        keys = [f"{prefix}/{id_}" for id_ in ids]
        return [(key, shorten(names[key], most), styles.get(key, "group")) for key in keys if key in names]

    classes = [(f"c/{control}", shorten(names[f"c/{control}"], most + 2), control.value) for control in _RIGHT]
    return [nodes("g", [*groups, OTHERS]), nodes("p", [*top, OTHERS]), classes]


def _styles(links: Mapping[tuple[str, str, Control], int]) -> dict[str, str]:
    """A provider bears a colour when it is of one class for all its bodies."""
    classes: dict[str, set[Control]] = {}
    for _, provider, control in links:
        classes.setdefault(f"p/{provider}", set()).add(control)
    return {
        provider: next(iter(found)).value
        for provider, found in classes.items()
        if len(found) == 1 and provider != f"p/{OTHERS}"
    }


_RIGHT = (Control.US, Control.OTHER, Control.EU, Control.DOMESTIC, Control.PUBLIC, Control.UNATTRIBUTED)


def _drawn(links: Mapping[tuple[str, str, Control], int]) -> list[Link]:
    second: Counter[tuple[str, Control]] = Counter()
    for (_, provider, control), count in links.items():
        second[provider, control] += count
    first = [(f"g/{group}", f"p/{provider}", n, control.value) for (group, provider, control), n in links.items()]
    return [*first, *((f"p/{provider}", f"c/{control}", n, control.value) for (provider, control), n in second.items())]


def _rows(links: Mapping[tuple[str, str, Control], int], names: Mapping[str, str]) -> list[FlowRow]:
    rows = [
        FlowRow(names[f"g/{group}"], names[f"p/{provider}"], count, control.value)
        for (group, provider, control), count in links.items()
    ]
    return sorted(rows, key=lambda row: (row.source, -row.count, row.target))
