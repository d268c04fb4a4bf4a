"""Does the audience tool that we see equal that of the State's observatory? `python benchmarks/audience.py [DATA]`.

DATA is the folder of recorded public data ($SOVSCAN_DATA, or `../shared`). Compares one recorded page load a site with
DashLord's label, and classes each difference: what the label could not have from this load, or what we could not.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scanner import ask, audience, providers
from scanner.audience import EULERIAN, GOOGLE, MATOMO, PIANO
from scanner.providers import Database

NONE, NOT_AVAILABLE = "aucun", "non-disponible"
VOCABULARY = frozenset({MATOMO, EULERIAN, PIANO, GOOGLE})
"""The tools that the labels know."""
SAME = {"piwik": MATOMO}
"""Piwik was renamed Matomo in 2018."""
TARGET = 0.80


@dataclass(frozen=True)
class Site:
    url: str
    label: str
    seen: list[str]
    requests: int
    manager: bool

    @property
    def known(self) -> list[str]:
        return [tool for tool in self.seen if tool in VOCABULARY]

    @property
    def equal(self) -> bool:
        """The label is our first tool of its vocabulary, or both say that there is none."""
        return self.label == (self.known[0] if self.known else NONE)

    @property
    def difference(self) -> str:
        """Why the two differ."""
        if self.label == NOT_AVAILABLE:
            return "the label was not made"
        if self.label in self.known:
            return "several tools: the label names another of them first"
        if self.label == NONE:
            return "label says none, but the load calls the tool: the label is wrong"
        if self.known:
            return "another tool than the label's is called: the site has changed, or one of them waits for consent"
        if self.requests <= 2:
            return "the load stopped before the page was there"
        if self.manager:
            return "only the tag manager is called: the tool waits for consent"
        return "nothing in the load calls the tool: it waits for consent, or the label is of another page"


def sites(data: Path, database: Database) -> Iterator[Site]:
    recording = ask.read_recording(data / "recordings" / "fr-state-sites.jsonl.gz")
    loads = {answer.question.subject: answer.values[0] for answer in recording if answer.question.kind == "page"}

    def provider(url: str) -> str:
        parts = urlsplit(url)
        rule = database.rules.match("host", parts.hostname or "", parts.path)
        return rule.provider if rule and database.service(rule).category == "analytics" else ""

    for line in (data / "labels" / "fr-state-sites.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        load = loads.get(ask.normal_url(label["url"]))
        if load is not None:
            urls = [request["url"] for request in load["requests"]]
            tool = label["audience_tool"] or NONE
            tools = audience.tools(audience.software(urls), filter(None, (provider(url) for url in urls)))
            manager = any("googletagmanager" in (urlsplit(url).hostname or "") for url in urls)
            yield Site(label["url"], SAME.get(tool, tool), tools, len(urls), manager)


def main() -> int:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOVSCAN_DATA") or "../shared")
    found = list(sites(data, providers.load()))
    made = [site for site in found if site.label != NOT_AVAILABLE]
    equal = sum(site.equal for site in made)
    print(f"{equal} of {len(made)} sites whose label was made: {equal / len(made):.1%} (at least {TARGET:.0%} wanted)")
    print(f"{equal} of {len(found)} sites with a load: {equal / len(found):.1%}\n")
    differences: dict[str, list[Site]] = defaultdict(list)
    for site in found:
        if not site.equal:
            differences[site.difference].append(site)
    for why, those in sorted(differences.items(), key=lambda item: -len(item[1])):
        print(f"{len(those):4}  {why}")
        for site in those:
            print(f"        {site.url}: label {site.label}, seen {', '.join(site.seen) or '-'}")
    return 0 if equal >= TARGET * len(made) else 1


if __name__ == "__main__":
    sys.exit(main())
