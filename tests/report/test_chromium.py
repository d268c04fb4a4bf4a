"""The pages in a real browser: no request outside, nothing of ours refused by the policy, no sideways scroll."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from scanner.report import build
from scanner.report.names import page_name

from . import sample

CHROMIUM = os.environ.get("SOVSCAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
MISSING = not CHROMIUM and os.environ.get("CI") != "true"
pytestmark = [pytest.mark.chromium, pytest.mark.skipif(MISSING, reason="no Chromium on this machine")]

WIDTHS = (1280, 390)
BODY, PROVIDER = f"bodies/{page_name('service-02.example')}", f"providers/{page_name('google')}"
PAGES = (
    "index.html",
    "leaving.html",
    "bodies/index.html",
    BODY,
    "providers/index.html",
    PROVIDER,
    "graph.html",
    "method.html",
    "data.html",
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the site without talking."""

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(sample.results(), sample.database(), tmp_path_factory.mktemp("report") / "site").parent


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


def opened(browser: Any, url: str, origin: str, width: int = 1280, locale: str = "fr-FR") -> tuple[Any, list[str]]:
    """A page and everything wrong with it: console, errors, refused or foreign requests."""
    context = browser.new_context(viewport={"width": width, "height": 800}, service_workers="block", locale=locale)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda r: None if r.url.startswith((origin, "data:")) else wrong.append(f"outside: {r.url}"))
    page.goto(url, wait_until="load")
    return page, wrong


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("how", ["file", "http"])
def test_pages_ask_nobody_break_nothing_and_fit_the_screen(
    browser: Any, site: Path, served: str, how: str, language: str, width: int
) -> None:
    origin = site.as_uri() if how == "file" else served
    page, wrong = opened(browser, f"{origin}/{language}/index.html", origin, width)
    for name in PAGES:
        page.goto(f"{origin}/{language}/{name}", wait_until="load")
        if name == "graph.html":
            page.wait_for_selector("#graph canvas")
            page.wait_for_selector("#graph-table tbody tr")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", f"{name}: no style"
        assert wrong == [], name
    page.context.close()


@pytest.mark.parametrize(("locale", "language"), [("fr-CA", "fr"), ("en-GB", "en"), ("de-DE", "en")])
def test_the_first_page_picks_the_reader_s_language(browser: Any, site: Path, locale: str, language: str) -> None:
    page, wrong = opened(browser, f"{site.as_uri()}/index.html", site.as_uri(), locale=locale)
    page.wait_for_url(f"**/{language}/index.html")
    assert page.get_attribute("html", "lang") == language
    assert wrong == []
    page.context.close()


def test_tables_filter_and_sort(browser: Any, site: Path) -> None:
    page, wrong = opened(browser, f"{site.as_uri()}/en/index.html", site.as_uri())
    visible, status = page.locator("table.bodies tbody tr:visible"), page.locator("form.filter [role=status]")
    hidden = page.locator("table.bodies tbody tr:has(.k-unobservable)").count()
    assert visible.count() == 40
    page.fill("form.filter input", "hopital de")  # accents and case do not matter
    expect(status).to_have_text("Results: 5")
    assert visible.count() == 5
    page.fill("form.filter input", "")
    page.select_option("form.filter select[name=control]", "x")
    expect(status).to_have_text(f"Results: {hidden}")
    marks = visible.evaluate_all("(rows) => rows.every((row) => row.querySelector('.k-unobservable'))")
    assert marks
    button = page.locator("table.providers thead button").first
    names = page.locator("table.providers tbody th a")
    button.click()
    ascending = names.all_inner_texts()
    assert ascending == sorted(ascending, key=str.casefold)
    button.click()
    assert names.all_inner_texts() == ascending[::-1]
    assert page.locator("table.providers th[aria-sort=descending]").count() == 1
    assert wrong == []
    page.context.close()


def test_the_graph_goes_where_one_asks(browser: Any, site: Path) -> None:
    page, wrong = opened(browser, f"{site.as_uri()}/en/graph.html#b=service-02.example", site.as_uri())
    page.wait_for_selector("#graph-table tbody tr")
    assert set(page.locator("#graph-table tbody th").all_inner_texts()) == {"Hôpital de démonstration 02"}
    page.fill("#pick input", "Vade")
    page.press("#pick input", "Enter")
    page.wait_for_url("**/graph.html#p=vade")
    expect(page.locator("#graph-status")).to_contain_text("Vade:")
    assert "United States" in page.locator("#graph-table tbody tr").first.inner_text()
    assert wrong == []
    page.context.close()


def test_the_keyboard_reaches_the_content_first(browser: Any, site: Path) -> None:
    page, _ = opened(browser, f"{site.as_uri()}/en/index.html", site.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.context.close()


CONTRAST = """() => {
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const behind = (element) => { for (let one = element; one; one = one.parentElement) { const colour = parse(getComputedStyle(one).backgroundColor); if (colour.length < 4 || colour[3] > 0) return colour.slice(0, 3); } return [255, 255, 255]; };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || element.closest("svg") || !element.offsetParent) continue;
    const one = light(parse(getComputedStyle(element).color).slice(0, 3)), two = light(behind(element));
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) poor.push(element.tagName + "." + element.className + " " + ratio.toFixed(2));
  }
  return poor;
}"""


@pytest.mark.parametrize("name", ["index.html", BODY, PROVIDER, "leaving.html", "graph.html", "method.html"])
def test_text_stands_out_as_wcag_wants(browser: Any, site: Path, name: str) -> None:
    page, _ = opened(browser, f"{site.as_uri()}/en/{name}", site.as_uri())
    assert page.evaluate(CONTRAST) == []
    page.context.close()


def test_a_printed_body_fits_two_sides_of_a4(browser: Any, site: Path) -> None:
    longest = max((site / "fr/bodies").glob("service-*.html"), key=lambda path: path.stat().st_size)
    page, _ = opened(browser, longest.as_uri(), site.as_uri())
    sheets = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert 1 <= sheets <= 2
    page.context.close()
