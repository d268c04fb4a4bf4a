"""Writes the pages of one language: the template environment, the frame around each page, one function a kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scanner import __version__
from scanner.i18n import LANGUAGES
from scanner.metrics import Control
from scanner.model import Role
from scanner.report.body import blocks
from scanner.report.facts import Body, Facts
from scanner.report.flows import flow_picture
from scanner.report.leaving import every_way, links, ways_from
from scanner.report.method import CONTROL, ESTABLISHMENT, REACH, SCHEMES
from scanner.report.names import page_name
from scanner.report.overview import CODES, SHOWN_PROVIDERS, bars, body_codes, figures, role_names, seats_line
from scanner.report.page import total_weight, tree, weight
from scanner.report.posture import posture_lines
from scanner.report.provider import checked, listed, provider_page
from scanner.report.sentences import body_sentence, claim_share, overview_claim, provider_sentence
from scanner.report.voice import Voice

HERE = Path(__file__).parent
PAGE_ROWS = 500
"""Bodies a page of the list; a run of no more is shown whole on the overview."""
FIRST_ROWS = 50
"""Bodies on the overview of a larger run; the rest by page or filter."""
MOST_STOPS = 8
"""Lines of "who could stop what", those that stop something first."""
METHOD = {"control": CONTROL, "reach": REACH, "establishment": ESTABLISHMENT, "schemes": SCHEMES}
SECTIONS = ("index", "bodies", "providers", "leaving", "graph", "method", "data")


def environment() -> Environment:
    """Templates with escaping on and every mistake loud."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals["page_name"] = lru_cache(4096)(page_name)
    return env


class Site:
    """The pages of one language, written below `root/<language>/`."""

    def __init__(self, facts: Facts, language: str, root: Path, chunks: int, downloads: Sequence[str]) -> None:
        home = facts.standpoint.home
        alone = all(facts.standpoint.country(body.target) == home for body in facts.bodies)
        self.facts = facts
        self.voice = Voice(language, facts.database, home if alone else "")
        self.root = root
        self.folder = root / language
        self.env = environment()
        self.rows = [(body, body_codes(body, facts.roles)) for body in facts.bodies]
        marks = {control: self._mark(control) for control in Control}
        self.env.globals.update(
            t=self.voice.text,
            mark=marks.__getitem__,
            v=self.voice,
            facts=facts,
            run=facts.run,
            version=__version__,
            language=language,
            languages=LANGUAGES,
            sections=SECTIONS,
            controls=list(Control),
            codes=CODES,
            letters={code: self.voice.control(control, "letter") for control, code in CODES.items()},
            classes={code: control.value for control, code in CODES.items()},
            data_date=self.voice.t.date(facts.database.date),
            run_date=self.voice.period(*facts.days),
            chunks=chunks,
            downloads=downloads,
        )
        self.env.filters["owner_name"] = facts.name_of
        frame = self.env.get_template("frame.html").module
        self.env.globals.update(nav=cache(frame.nav), footer=cache(frame.footer))  # type: ignore[attr-defined]

    def _mark(self, control: Control) -> Markup:
        """A class's square with its letter; what it means is said beside it."""
        letter = self.voice.control(control, "letter")
        return Markup('<b class="k k-{}" aria-hidden="true">{}</b>').format(control.value, letter)

    def write(self) -> None:
        """Every page of the language."""
        for folder in ("bodies", "providers"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        self._overview()
        self._bodies()
        self._providers()
        self._page("graph.html", "graph", "graph.html", texts=self._graph_texts())
        self._page("leaving.html", "leaving", "leaving.html", groups=every_way(self.facts, self.voice))
        self._page("method.html", "method", "method.html", **METHOD)
        self._page("data.html", "data", "data.html", manifest_rows=self._manifest_rows())

    def _page(self, template: str, section: str, path: str, **context: Any) -> None:
        depth = "../" * (path.count("/") + 1)
        text = self.env.get_template(template).render(
            section=section, path=path, up=depth, base=depth + self.voice.language + "/", **context
        )
        (self.folder / path).write_text(text, encoding="utf-8", errors="replace")

    def _overview(self) -> None:
        facts, voice = self.facts, self.voice
        top, opening = facts.uses[:SHOWN_PROVIDERS], claim_share(facts)
        unseen = opening.count(Control.UNOBSERVABLE) if opening else 0
        if opening and opening.role is Role.RESOURCE:
            unseen -= facts.read_only  # the claim counts them
        self._page(
            "overview.html",
            "index",
            "index.html",
            claim=overview_claim(facts, voice),
            unseen=unseen,
            figures=figures(facts, voice),
            bars=bars(facts, voice),
            seats=seats_line(facts, voice),
            flow=flow_picture(facts, voice),
            total_weight=total_weight(facts, voice),
            uses=[(use, role_names(use, voice)) for use in top],
            most=max(1, len(top[0].bodies)) if top else 1,
            rows=self.rows[: PAGE_ROWS if len(self.rows) <= PAGE_ROWS else FIRST_ROWS],
        )

    def _bodies(self) -> None:
        pages = max(1, -(-len(self.rows) // PAGE_ROWS))
        names = ["bodies/index.html", *(f"bodies/page-{number}.html" for number in range(2, pages + 1))]
        for number, name in enumerate(names):
            rows = self.rows[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]
            self._page("bodies.html", "bodies", name, rows=rows, number=number, names=names)
        for body in self.facts.bodies:
            self._body(body)

    def _body(self, body: Body) -> None:
        facts, voice = self.facts, self.voice
        self._page(
            "body.html",
            "bodies",
            f"bodies/{body.page}",
            body=body,
            sentence=body_sentence(voice, body.controls),
            blocks=blocks(facts, voice, body),
            stops=facts.stops(body.target),
            most_stops=MOST_STOPS,
            tree=tree(facts, voice, body),
            leaving=links(facts, voice, body),
            weight=weight(facts, voice, body),
            posture=posture_lines(voice, facts.posture.get(body.target.domain, ())),
        )

    def _providers(self) -> None:
        facts, voice = self.facts, self.voice
        ids = listed(facts)
        uses = [(use, role_names(use, voice)) for use in facts.uses]
        most = max(1, len(facts.uses[0].bodies)) if facts.uses else 1
        self._page("providers.html", "providers", "providers/index.html", uses=uses, most=most)
        for id_ in ids:
            page = provider_page(facts, voice, id_, frozenset(ids))
            sentence = provider_sentence(voice, facts, page.use)
            name = f"providers/{page_name(id_)}"
            ways = ways_from(facts, voice, page.use, page.provider)
            sources = checked(page.provider)
            self._page("provider.html", "providers", name, p=page, sentence=sentence, sources=sources, ways=ways)

    def _graph_texts(self) -> dict[str, Any]:
        """What the graph's script says, in this language."""
        facts, voice = self.facts, self.voice
        return {
            "roles": [voice.role(role) for role in facts.roles],
            "classes": {code: voice.control(control) for control, code in CODES.items()},
            "countries": {use.country: voice.country(use.country) for use in facts.uses if use.country},
            "first": facts.first.provider if facts.first else "",
            "unknown": voice.t("report.who.no-country"),
            "all": voice.t("report.graph.all", name="{name}", total="{total}"),
            "some": voice.t("report.graph.some", name="{name}", shown="{shown}", total="{total}"),
        }

    def _manifest_rows(self) -> list[tuple[str, str]]:
        """The manifest in words: (code of the catalogue, value)."""
        run, voice = self.facts.run, self.voice
        told = [name for name in sorted(run.counters) if not name.startswith(("slowest-ms.", "opt-out."))]  # one a host
        counters = (f"{name} {voice.number(run.counters[name])}" for name in told)
        rows = [
            ("id", run.id),
            ("version", run.tool_version),
            ("database", run.database),
            ("vantage", run.vantage),
            ("resolvers", ", ".join(run.resolvers)),
            ("observed", " – ".join(dict.fromkeys(filter(None, (run.observed_from, run.observed_to))))),
            ("started", run.started),
            ("ended", run.ended),
            ("input", run.input_digest),
            ("targets", voice.number(run.targets)),
            ("home", voice.country(self.facts.standpoint.home)),
            ("recordings", ", ".join(Path(name).name for name in run.recordings)),
            ("counters", ", ".join(counters)),
        ]
        return [(code, value) for code, value in rows if value]
