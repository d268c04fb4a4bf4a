"""The report: a static site in French and English that makes no request to anyone but itself."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from scanner.i18n import LANGUAGES
from scanner.providers import Database
from scanner.report.data import write_data
from scanner.report.facts import Facts
from scanner.report.site import HERE, Site, environment
from scanner.store import Results

DOWNLOADS = ("findings.csv", "findings.jsonl", "graph.graphml")
"""Exports that the data page offers when they lie beside the site's folder: they are copied into it."""


class ReportError(Exception):
    """A report that cannot be written; the text says where and why."""


def build(results: Results, database: Database, out: Path, *, home: str = "FR") -> Path:
    """Write the site of one run to the folder `out` and return its index.html. Raises ReportError.

    The site is made beside `out` and takes its place at the end: a reader never meets half of it, and what stood there
    stays until then. `home`: ISO 3166-1 country from which control is judged.
    """
    out = Path(os.path.abspath(out))
    if out.exists() and not _replaceable(out):
        raise ReportError(f"{out}: not a report and not empty; choose another folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise ReportError(f"{out}: {error.strerror or error}") from error
    try:
        _write(Facts(results, database, home), fresh, out.parent)
        _swap(fresh, out)
    except OSError as error:
        raise ReportError(f"{out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return out / "index.html"


def _replaceable(out: Path) -> bool:
    return out.is_dir() and (not any(out.iterdir()) or (out / "data" / "manifest.json").is_file())


def _write(facts: Facts, root: Path, beside: Path) -> None:
    root.chmod(0o755)  # mkdtemp makes a private folder; a report is for readers
    shutil.copytree(HERE / "assets", root / "assets")
    chunks = write_data(facts, root / "data")
    downloads = [name for name in DOWNLOADS if (beside / name).is_file()]
    for name in downloads:
        shutil.copyfile(beside / name, root / "data" / name)
    for language in LANGUAGES:
        Site(facts, language, root, chunks, downloads).write()
    (root / "index.html").write_text(environment().get_template("language.html").render(), encoding="utf-8")


def _swap(fresh: Path, out: Path) -> None:
    """Put `fresh` where `out` is: two renames, the old folder put back if the second fails."""
    if not out.exists():
        fresh.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent)) / "site"
    out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        old.rename(out)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)
