"""Geometry of the charts: stacked bars and the flow picture. Numbers only; the templates draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.metrics import Control

LABEL_FROM = 0.05
"""A segment narrower than this share carries no number inside: it would not fit."""
LABEL_FROM_NARROW = 0.12
"""The same on a phone."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar; `x` and `width` in per cent of the bar."""

    control: Control
    count: int
    x: float
    width: float
    percent: int
    label: str


def segments(counts: Mapping[Control, int], total: int) -> list[Segment]:
    """The parts of a stacked bar of `total` bodies in the order of the legend; those without the role leave it open."""
    parts = []
    start = 0.0
    for control in Control:
        count = counts.get(control, 0)
        if not count:
            continue
        share = count / total
        label = "wide" if share >= LABEL_FROM_NARROW else "narrow" if share >= LABEL_FROM else ""
        parts.append(
            Segment(control, count, round(start, 2), round(100 * share, 2), round(100 * round(share, 2)), label)
        )
        start += 100 * share
    return parts


@dataclass(frozen=True, slots=True)
class Box:
    """A node of the flow picture: position and size in the picture's units, `y` of its label's baseline."""

    id: str
    label: str
    value: int
    style: str
    x: float
    y: float
    height: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Band:
    """A flow between two nodes, as an SVG path."""

    path: str
    style: str
    source: str
    target: str
    value: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole picture."""

    width: float
    height: float
    node: float
    columns: tuple[tuple[Box, ...], ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The space of a flow picture: size, node width, room for labels left and right, gap between nodes, text height."""

    width: float
    height: float
    node: float
    left: float
    right: float
    gap: float
    text: float


LETTER = 0.58
"""Width of an average letter, in text heights."""

FIGURES = 8
"""Letters kept for a number after a label."""

WIDE = Frame(width=1000, height=430, node=16, left=215, right=230, gap=12, text=16)
NARROW = Frame(width=360, height=540, node=9, left=100, right=118, gap=9, text=12)

Link = tuple[str, str, int, str]
"""From node id, to node id, value, style (a class of control)."""


def flow(columns: Sequence[Sequence[tuple[str, str, str]]], links: Sequence[Link], frame: Frame) -> Flow:
    """Lay out columns of (id, label, style) joined by links, each node as high as what passes through it.

    Every id is in one column and every link goes from one column to the next. Nodes without links are dropped.
    """
    inward: Counter[str] = Counter()
    outward: Counter[str] = Counter()
    for source, target, value, _ in links:
        outward[source] += value
        inward[target] += value
    values = {node: max(inward[node], outward[node]) for node in {*inward, *outward}}
    kept = [[node for node in column if values.get(node[0])] for column in columns]
    scale = min(
        (
            (frame.height - frame.gap * (len(column) - 1)) / sum(values[node[0]] for node in column)
            for column in kept
            if column
        ),
        default=0.0,
    )
    letters = max((len(node[1]) for node in kept[0]), default=0)
    left = min(frame.left, LETTER * frame.text * letters + frame.node)
    figures = 0 if frame is NARROW else FIGURES  # a phone has the number under the label
    letters = max((len(node[1]) for node in kept[-1]), default=0) + figures
    right = min(frame.right, LETTER * frame.text * letters + frame.node)
    step = (frame.width - left - right - frame.node) / max(1, len(kept) - 1)
    boxes = [_column(column, values, scale, left + step * index, frame) for index, column in enumerate(kept)]
    return Flow(frame.width, frame.height, frame.node, tuple(boxes), tuple(_bands(boxes, links, scale, frame)))


def _column(
    nodes: Sequence[tuple[str, str, str]], values: Mapping[str, int], scale: float, x: float, frame: Frame
) -> tuple[Box, ...]:
    used = sum(values[node[0]] for node in nodes) * scale
    gap = (frame.height - used) / max(1, len(nodes) - 1) if len(nodes) > 1 else 0
    gap = min(gap, 3 * frame.gap)
    y = (frame.height - used - gap * (len(nodes) - 1)) / 2
    heights = [values[node[0]] * scale for node in nodes]
    tops = [y + sum(heights[:index]) + gap * index for index in range(len(nodes))]
    baselines = _spread([top + height / 2 for top, height in zip(tops, heights, strict=True)], frame)
    return tuple(
        Box(id_, label, values[id_], style, round(x, 1), round(top, 1), round(height, 1), round(baseline, 1))
        for (id_, label, style), top, height, baseline in zip(nodes, tops, heights, baselines, strict=True)
    )


def _spread(middles: Sequence[float], frame: Frame) -> list[float]:
    """Baselines of labels at those heights, moved apart as far as text needs and kept inside the frame."""
    line = frame.text * (2.3 if frame is NARROW else 1.08)
    baselines: list[float] = []
    for middle in middles:
        wanted = middle + frame.text / 3
        baselines.append(max(wanted, baselines[-1] + line) if baselines else wanted)
    lowest = frame.height - (line - frame.text)
    for index in range(len(baselines) - 1, -1, -1):
        baselines[index] = min(baselines[index], lowest)
        lowest = baselines[index] - line
    return baselines


def _bands(boxes: Sequence[Sequence[Box]], links: Sequence[Link], scale: float, frame: Frame) -> list[Band]:
    place = {box.id: box for column in boxes for box in column}
    order = {box.id: index for column in boxes for index, box in enumerate(column)}
    left = {id_: box.y for id_, box in place.items()}
    right = dict(left)
    bands = []
    for source, target, value, style in sorted(links, key=lambda link: (order[link[0]], order[link[1]])):
        x1, x2 = place[source].x + frame.node, place[target].x
        thick = value * scale
        y1, y2 = right[source], left[target]
        right[source] += thick
        left[target] += thick
        middle = (x1 + x2) / 2
        path = (
            f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
            f"V{y2 + thick:.1f}C{middle:.1f} {y2 + thick:.1f} {middle:.1f} {y1 + thick:.1f} {x1:.1f} {y1 + thick:.1f}Z"
        )
        bands.append(Band(path, style, source, target, value))
    return bands
