"""Exports: one file per format, found by presence. Each has `write(results, database, stream)` and `SUFFIX`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import BinaryIO, Protocol

from scanner.providers import Database
from scanner.store import Results


class Format(Protocol):
    """What a module of this folder offers."""

    SUFFIX: str

    def write(self, results: Results, database: Database, stream: BinaryIO) -> None:
        """Write everything to a binary stream."""


@cache
def formats() -> dict[str, Format]:
    """Every format by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return {name.removeprefix("as_"): _format(importlib.import_module(f"{__name__}.{name}")) for name in names}


def _format(module: object) -> Format:
    return module  # type: ignore[return-value]  # its test says that it satisfies the protocol
