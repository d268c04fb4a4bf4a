"""The provider database's files as plain tables: found, parsed once, held to what their place asks of them.

Errors:
    class DatabaseError(Exception)   # a file that cannot be loaded: which, where in it, why
"""

from __future__ import annotations

import hashlib
import ipaddress
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import fastjsonschema
import orjson
import platformdirs

from scanner import entries
from scanner.imported import is_imported
from scanner.imported import problems as imported_problems
from scanner.kept import Tables, kept

PACKAGE = Path(__file__).parent


class DatabaseError(Exception):
    """A provider file that cannot be loaded; the text names the file and what to mend."""


def shipped() -> Path:
    """The database folder: inside the wheel, or beside the package in a checkout."""
    inside = PACKAGE / "data" / "providers"
    return inside if inside.is_dir() else PACKAGE.parent / "providers"


def published() -> Path:
    """Where `sovscan providers update` keeps the ranges that it fetched: a folder laid over the shipped one."""
    return Path(platformdirs.user_data_dir("sovscan")) / "ranges"


def files(folder: Path) -> list[Path]:
    """Every TOML file of a database folder, in the order of names."""
    found = [*folder.glob("*.toml"), *folder.glob("companies/*.toml"), *folder.glob("imported/*.toml")]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def digest_of(folder: Path) -> str:
    """What every file of a folder and the schema hold, as one SHA-256. Raises DatabaseError."""
    if not folder.is_dir():
        raise DatabaseError(f"{folder}: no such folder of providers")
    digest = hashlib.sha256()
    try:
        for path in files(folder):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
            digest.update(content)
        digest.update((shipped() / "schema.json").read_bytes())
    except OSError as error:
        raise DatabaseError(f"{error.filename}: {error.strerror}") from error
    return digest.hexdigest()


def read(folder: Path, digest: str) -> Tables:
    """Every file of a folder as plain tables by relative name; parsed and validated once, then read from the cache."""
    return kept(digest[:24], lambda: {path.relative_to(folder).as_posix(): parse(path) for path in files(folder)})


def parse(path: Path) -> dict[str, Any]:
    """One TOML file as a plain table, dates as ISO text, held to what its place asks of it. Raises DatabaseError."""
    try:
        table: dict[str, Any] = orjson.loads(orjson.dumps(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError, RecursionError) as error:  # UTF-8, TOML, a number too long for JSON
        raise DatabaseError(f"{path}: {error}") from error
    if path.parent.name == "imported" and is_imported(table):
        for problem in imported_problems(table):
            raise DatabaseError(f"{path}: {problem}")
        return table
    if path.parent.name in ("companies", "imported"):
        for problem in schema_problems(table):
            raise DatabaseError(f"{path}: {problem}")
        if table["id"] != path.stem:
            raise DatabaseError(f"{path}: id is {table['id']!r}, the file's name says {path.stem!r}")
        return table
    readers: dict[str, Callable[[Mapping[str, Any]], object]] = {
        "groups.toml": entries.groups,
        "categories.toml": entries.labels,
    }
    if path.name not in readers:
        raise DatabaseError(f"{path}: not groups.toml or categories.toml; a company's file goes into companies/")
    try:
        readers[path.name](table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatabaseError(f"{path}: {type(error).__name__}: {error}") from error
    return table


_validators: dict[Path, Any] = {}


def schema_problems(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a company's table: what the schema finds, or else dates and networks that are none."""
    path = shipped() / "schema.json"
    if path not in _validators:
        _validators[path] = fastjsonschema.compile(orjson.loads(path.read_bytes()))
    try:
        _validators[path](dict(table))
    except fastjsonschema.JsonSchemaValueException as error:
        yield str(error.message).replace("data.", "", 1)
        return
    rules = [rule for service in table.get("services", ()) for rule in service.get("rules", ())]
    try:
        entries.days(table)
        for rule in rules:
            if rule["kind"] == "ip":
                ipaddress.ip_network(rule["cidr"])
    except ValueError as error:
        yield str(error)
