"""The security posture of mail: one fact a JSON line, in the order domain, kind. Facts, no grades."""

from __future__ import annotations

from typing import BinaryIO

import orjson

from scanner.posture import fact_to_json
from scanner.providers import Database
from scanner.store import Results

SUFFIX = "jsonl"


def write(results: Results, database: Database, stream: BinaryIO) -> None:
    """Every fact of every target, targets sorted by domain."""
    for domain in sorted(results.posture):
        for fact in results.posture[domain]:
            stream.write(orjson.dumps(fact_to_json(fact)) + b"\n")
