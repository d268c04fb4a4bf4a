"""A whole site from a synthetic run: what is on its pages, what is safe, what happens when it cannot be written."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scanner.model import Run
from scanner.report import ReportError, build
from scanner.report import site as site_module
from scanner.report.names import page_name
from scanner.store import Results

from . import sample

VOID = {"meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """Reads a page strictly: tags balanced, ids once, links, tables with headers."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
        if tag == "script" and not dict(attrs).get("src"):
            self.inline.append("script")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "site"
    return build(sample.results(), sample.database(), out).parent


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_every_body_and_provider_has_a_page_in_both_languages(site: Path) -> None:
    run = sample.results()
    for language in ("fr", "en"):
        for target in run.targets:
            assert (site / language / "bodies" / page_name(target.domain)).is_file()
        for provider in ("google", "alphabet", "vade", "hornetsecurity", "thoma-bravo"):
            assert (site / language / "providers" / page_name(provider)).is_file()
        for name in ("index", "graph", "method", "data", "bodies/index", "providers/index"):
            assert (site / language / f"{name}.html").is_file()


def test_every_page_is_well_formed_without_inline_code_and_its_links_lead_somewhere(site: Path) -> None:
    for path in pages(site):
        page = Page(path)
        assert page.open == [], path
        assert page.inline == [], path
        assert len(set(page.ids)) == len(page.ids), path
        for link in page.links:
            if link.startswith(("https://", "data:,")):
                continue
            file, _, fragment = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), f"{path}: {link}"
            if fragment and "=" not in fragment:
                assert f'id="{fragment}"' in target.read_text(encoding="utf-8"), f"{path}: {link}"


def test_every_page_has_a_strict_policy_a_language_and_the_fictional_band(site: Path) -> None:
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in text
        if path.parent != site:
            assert f'<html lang="{path.relative_to(site).parts[0]}">' in text
            assert 'class="band"' in text


def test_no_page_shows_a_code_instead_of_words(site: Path) -> None:
    for path in pages(site):
        shown = re.sub(r"<[^>]*>", " ", path.read_text(encoding="utf-8"))
        assert not re.search(r"\b(report|reason|method|class|verdict|confidence|why|signal)\.[a-z]", shown), path


def test_a_body_s_page_says_who_why_how_sure_and_how_to_check(site: Path) -> None:
    run = sample.results()
    domain = next(d for d, found in run.findings.items() if any(f.reason.code == "mail.behind-gateway" for f in found))
    text = (site / "en" / "bodies" / page_name(domain)).read_text(encoding="utf-8")
    assert "Exchange Online (Microsoft, United States)" in text
    passes = (
        "Mail passes through the filter Vade; behind it, this mail service is named by the DKIM key and autodiscover."
    )
    assert passes in text
    assert "Another possible explanation: Google (Alphabet group, United States), indicated." in text
    assert f"dig +short CNAME selector1._domainkey.{domain}" in text
    assert "confirmed" in text


def test_a_real_run_has_no_fictional_band(tmp_path: Path) -> None:
    build(sample.results(2, fictional=False), sample.database(), tmp_path / "site")
    assert 'class="band"' not in (tmp_path / "site/fr/index.html").read_text(encoding="utf-8")


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    build(sample.hostile(), sample.database(), tmp_path / "site")
    for path in pages(tmp_path / "site"):
        page = Page(path)
        assert page.inline == [], path
        assert "<script>alert" not in page.text
        assert not [link for link in page.links if link.lower().startswith("javascript")]
        assert len(page.text) < 100_000
    body = next((tmp_path / "site/fr/bodies").glob("xn-evil*.html")).read_text(encoding="utf-8")
    assert "{{7*7}}" in body
    assert "dig +short NS &#39;a;rm -rf $HOME" in body


def test_a_run_without_targets_or_findings_still_makes_a_site(tmp_path: Path) -> None:
    silent = sample.Target("silent.example", "silent.example")
    build(Results(sample.manifest(0), (), {}), sample.database(), tmp_path / "empty")
    build(Results(sample.manifest(1), (silent,), {}), sample.database(), tmp_path / "silent")
    page = tmp_path / "silent/en/bodies" / page_name("silent.example")
    assert "Nothing was asked about this body." in page.read_text(encoding="utf-8")


def test_a_large_run_is_paged_and_its_data_come_in_chunks(tmp_path: Path) -> None:
    bodies = 4 * site_module.PAGE_ROWS + 1
    targets = tuple(sample.Target(f"t{number}.example", f"t{number}.example") for number in range(bodies))
    found = {t.domain: (sample.finding(t.domain, "mailbox", "provider", "google"),) for t in targets}
    site = build(Results(sample.manifest(bodies), targets, found), sample.database(), tmp_path / "site").parent
    assert [(site / "fr/bodies" / f"page-{n}.html").is_file() for n in (2, 5, 6)] == [True, True, False]
    assert (site / "fr/index.html").read_text(encoding="utf-8").count('<th scope="row"><a href="../fr/bodies/') == 50
    chunks = sorted((site / "data").glob("bodies-*.js"))
    rows = [row for chunk in chunks for row in json.loads(chunk.read_text().split("=", 2)[2].rstrip(";\n"))]
    assert len(chunks) == 2
    assert len({row[1] for row in rows}) == bodies


def test_exports_that_lie_beside_are_offered(tmp_path: Path) -> None:
    (tmp_path / "findings.csv").write_text("domain\n")
    site = build(sample.results(1), sample.database(), tmp_path / "site").parent
    assert (site / "data/findings.csv").read_text() == "domain\n"
    assert "findings.csv" in (site / "fr/data.html").read_text(encoding="utf-8")
    assert json.loads((site / "data/manifest.json").read_text())["fictional"] is True


def test_a_new_report_replaces_the_old_whole(tmp_path: Path) -> None:
    out = tmp_path / "site"
    build(sample.results(3), sample.database(), out)
    build(sample.results(2), sample.database(), out)
    assert not (out / "fr/bodies" / page_name(sample.results(3).targets[2].domain)).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_failure_leaves_the_old_report_and_no_rubbish(tmp_path: Path) -> None:
    out = tmp_path / "site"
    build(sample.results(2), sample.database(), out)
    broken = sample.results(3)
    unnamed = Results(Run(**{**vars_of(broken.manifest), "recordings": (None,)}), broken.targets, broken.findings)
    with pytest.raises(TypeError):
        build(unnamed, sample.database(), out)
    assert (out / "index.html").is_file()
    assert not (out / "fr/bodies" / page_name(sample.results(3).targets[2].domain)).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def vars_of(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in Run.__dataclass_fields__}


def test_a_folder_that_is_no_report_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ReportError, match="not a report and not empty"):
        build(sample.results(1), sample.database(), tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="file"):
        build(sample.results(1), sample.database(), tmp_path / "file" / "site")
