"""How fast links come out of HTML: `python benchmarks/html_links.py`. selectolax, as shipped, lxml and html.parser.

Pages of 100 kB to 2 MB, made of the same invented pieces: text, images, lists, a script, a style sheet. All three must
find the same URLs; lxml and html.parser are given the shortest loop that does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin

from lxml import html as lxml_html

from scanner.net.html import links

SIZES = (100_000, 500_000, 2_000_000)
ROUNDS = 3
BASE = "https://www.ville.example/"
PIECE = (
    '<div class="card"><h2>Titre {n}</h2><p>' + "Un texte sans lien, avec des accents : é à ç. " * 40 + "</p>"
    '<img src="/images/{n}.jpg" alt="Image"><a href="/page/{n}">Lire la suite</a><ul>'
    + "<li><span>un</span> <em>deux</em></li>" * 12
    + "</ul></div>"
)
HEAD = (
    '<!doctype html><html lang="fr"><head><title>Ville</title><script src="https://tags.example/t.js"></script>'
    '<link rel="stylesheet" href="/style.css"></head><body>'
)
TAGS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


def page(size: int) -> str:
    pieces = [HEAD]
    length, n = len(HEAD), 0
    while length < size:
        piece = PIECE.replace("{n}", str(n % 1500))
        pieces.append(piece)
        length += len(piece)
        n += 1
    return "".join([*pieces, "</body></html>"])


def with_selectolax(text: str) -> set[str]:
    return {link["url"] for link in links(text, BASE)}


def with_lxml(text: str) -> set[str]:
    found = set()
    for element in lxml_html.fromstring(text).iter(*TAGS):
        value = element.get(TAGS[str(element.tag)])
        if value:
            found.add(urljoin(BASE, value))
    return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = TAGS.get(tag)
        if name:
            self.found.update(urljoin(BASE, value) for key, value in attrs if key == name and value)


def with_html_parser(text: str) -> set[str]:
    parser = _Parser()
    parser.feed(text)
    return parser.found


PARSERS: dict[str, Callable[[str], set[str]]] = {
    "selectolax": with_selectolax,
    "lxml": with_lxml,
    "html.parser": with_html_parser,
}


def main() -> int:
    print(f"{'page':>8}  " + "  ".join(f"{name:>22}" for name in PARSERS))
    for size in SIZES:
        text = page(size)
        wanted = with_html_parser(text)
        cells = []
        for name, parse in PARSERS.items():
            if parse(text) != wanted:
                print(f"{name} finds other links")
                return 1
            best = min(_seconds(parse, text) for _ in range(ROUNDS))
            cells.append(f"{best * 1000:8.1f} ms {len(text.encode()) / best / 1e6:5.0f} MB/s")
        print(f"{size // 1000:5} kB  " + "  ".join(f"{cell:>22}" for cell in cells))
    return 0


def _seconds(parse: Callable[[str], set[str]], text: str) -> float:
    start = time.perf_counter()
    parse(text)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
