"""The findings format: one finding a JSON line, in the order domain, role, subject, category."""

from __future__ import annotations

from typing import BinaryIO

import orjson

from scanner.encode import finding_to_json
from scanner.providers import Database
from scanner.store import Results

SUFFIX = "jsonl"


def write(results: Results, database: Database, stream: BinaryIO) -> None:
    """Every finding of every target, targets sorted by domain."""
    for domain in sorted(results.findings):
        for finding in results.findings[domain]:
            stream.write(orjson.dumps(finding_to_json(finding)) + b"\n")
