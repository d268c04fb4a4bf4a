"""Data for the pages' own scripts: classic scripts that assign a global, since fetch and modules fail on file://.

`data/providers.js` holds [name, country, class, page, owner's name, id] by number; `data/bodies-<i>.js` hold CHUNK
bodies each: [name, domain, sector, classes, page, [[provider number, roles], ...]]. `classes` is one letter a role (see
overview.CODES) and `roles` one letter a role, "a" for the first of the site.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from scanner.metrics import counted_claim
from scanner.model import Role
from scanner.report.facts import Body, Facts
from scanner.report.names import page_name
from scanner.report.overview import CODES, body_codes
from scanner.report.provider import listed

CHUNK = 2000


def write_data(facts: Facts, folder: Path) -> int:
    """Write the scripts; the number of chunks of bodies."""
    folder.mkdir()
    numbers = {id_: number for number, id_ in enumerate(listed(facts))}
    _script(folder / "providers.js", "providers", [_provider(facts, id_) for id_ in numbers])
    chunks = 0
    for chunks, rows in enumerate(_chunks(facts, numbers), 1):
        _script(folder / f"bodies-{chunks - 1}.js", f"bodies[{chunks - 1}]", rows)
    # The site may be published: folders of the machine that made the run are nobody's business.
    recordings = tuple(Path(name).name for name in facts.run.recordings)
    public = replace(facts.run, command="", rejected=(), recordings=recordings)
    (folder / "manifest.json").write_bytes(orjson.dumps(public, option=orjson.OPT_INDENT_2) + b"\n")
    return chunks


def _script(path: Path, name: str, value: Any) -> None:
    path.write_bytes(
        b"window.sovscan=window.sovscan||{bodies:[]};window.sovscan."
        + name.encode()
        + b"="
        + orjson.dumps(value)
        + b";\n"
    )


def _provider(facts: Facts, id_: str) -> list[str]:
    use, known = facts.use.get(id_), facts.database.providers.get(id_)
    owner = facts.database.ultimate_owner(id_, facts.day) if known else None
    country = use.country if use else owner.country if owner else ""
    control = CODES[use.control] if use else "n"
    name = use.name if use else facts.name_of(id_)
    return [name, country, control, page_name(id_), owner.name if owner else "", id_]


def _chunks(facts: Facts, numbers: dict[str, int]) -> Iterator[list[list[Any]]]:
    letters = {role: chr(ord("a") + index) for index, role in enumerate(facts.roles)}
    for start in range(0, len(facts.bodies), CHUNK):
        yield [_body(facts, body, numbers, letters) for body in facts.bodies[start : start + CHUNK]]


def _body(facts: Facts, body: Body, numbers: dict[str, int], letters: dict[Role, str]) -> list[Any]:
    links: dict[int, dict[str, None]] = {}
    for finding in facts.of(body.target):
        claim = counted_claim(finding)
        if claim is not None:
            links.setdefault(numbers[claim.provider], {})[letters[finding.role]] = None
    held = [[number, "".join(roles)] for number, roles in links.items()]
    return [body.name, body.shown_domain, body.target.sector, body_codes(body, facts.roles), body.page, held]
