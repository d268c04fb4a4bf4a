"""Plain tables kept in the user's cache between runs, by a name that says all they depend on."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import platformdirs

KEEP = 6
"""Files: the shipped database, the fetched ranges and a user's own, each of today and of before."""

Tables = dict[str, dict[str, Any]]


def kept(name: str, make: Callable[[], Tables]) -> Tables:
    """The tables kept as `name`; made and kept where there are none, or damaged ones."""
    path = Path(platformdirs.user_cache_dir("sovscan")) / f"providers-{name}.json"
    try:
        return orjson.loads(path.read_bytes())  # type: ignore[no-any-return]
    except (OSError, orjson.JSONDecodeError):
        tables = make()
    with contextlib.suppress(OSError):  # a read-only home only costs the time to parse
        _keep(path, tables)
    return tables


def _keep(path: Path, tables: Tables) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(tables))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for stale in sorted(path.parent.glob("providers-*.json"), key=lambda path: path.stat().st_mtime)[:-KEEP]:
        stale.unlink(missing_ok=True)
