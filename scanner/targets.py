"""Lists of public services to Targets; every rejected row with its line number.

Errors:
    class TargetsError(Exception)  # a list that cannot be read at all
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from scanner.ask import normal_url
from scanner.model import Target
from scanner.names import HostnameError, to_ascii

COLUMNS = ("domain", "url", "mail_domain", "org", "org_id", "country", "region", "sector", "population", "tags")
MAX_BYTES = 512 << 20
MAX_FIELD = 2_000
MAX_ROW_LINES = 50
"""Lines of one row, at most: a quote that nobody closes must not swallow the rest of the list."""
MAX_POPULATION = 10**11


class TargetsError(Exception):
    """A list that cannot be read at all; the text names the file and what to do."""


@dataclass(frozen=True, slots=True)
class TargetList:
    """What a list holds: targets in the order of the list, `rejected` rows as "file:line: why", the list's digest."""

    targets: tuple[Target, ...]
    rejected: tuple[str, ...]
    digest: str


def read(path: Path) -> TargetList:
    """Read a CSV or plain list, gzipped or not. Raises TargetsError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as unpacked:
                raw = unpacked.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TargetsError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> TargetList:
    """The targets of a list's bytes; `name` stands for it in messages. Raises TargetsError."""
    if len(raw) > MAX_BYTES:
        raise TargetsError(f"{name}: larger than {MAX_BYTES >> 20} MB")
    text = _text(raw, name)
    merged: dict[str, Target] = {}
    rejected: list[str] = []
    for number, row in _rows(text, name, rejected):
        try:
            target = _target(row)
        except ValueError as error:
            rejected.append(f"{name}:{number}: {error}")
            continue
        known = merged.get(target.domain)
        merged[target.domain] = target if known is None else _merge(known, target)
    return TargetList(tuple(merged.values()), tuple(rejected), hashlib.sha256(raw).hexdigest())


def merge(lists: Iterable[TargetList]) -> TargetList:
    """Several lists as one; a body listed twice is one target."""
    merged: dict[str, Target] = {}
    rejected: list[str] = []
    digests: list[str] = []
    for part in lists:
        rejected += part.rejected
        digests.append(part.digest)
        for target in part.targets:
            known = merged.get(target.domain)
            merged[target.domain] = target if known is None else _merge(known, target)
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return TargetList(tuple(merged.values()), tuple(rejected), digest)


def _text(raw: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TargetsError(f"{name}: not a text file")


def _rows(text: str, name: str, rejected: list[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line number and named fields of each row of a CSV with a header, or of a plain list."""
    lines = list(io.StringIO(text, newline=""))  # not splitlines(), which splits at U+2028 too
    start = next((at for at, line in enumerate(lines) if not _is_blank(line)), 0)
    first = lines[start].strip("\r\n ") if lines else ""
    delimiter = _delimiter(first) or ","
    header = [column.strip().strip('"').lower() for column in first.split(delimiter)]
    if not {"domain", "url"} & set(header):
        for number, line in enumerate(lines, 1):
            if not _is_blank(line):
                yield number, {"domain": line.strip()}
        return
    at = start + 1
    while at < len(lines):
        number = at + 1
        if _is_blank(lines[at]):
            at += 1
            continue
        reader = csv.reader(
            (lines[i] for i in range(at, min(at + MAX_ROW_LINES, len(lines)))), delimiter=delimiter, strict=True
        )
        try:
            row = next(reader)
        except csv.Error as error:  # the next row is tried from the very next line
            rejected.append(f"{name}:{number}: {error}")
            at += 1
            continue
        at += reader.line_num
        if len(row) > len(header) and any(row[len(header) :]):
            rejected.append(f"{name}:{number}: {len(row)} fields where the header names {len(header)}")
        elif any(row):
            yield number, dict(zip(header, row, strict=False))


def _is_blank(line: str) -> bool:
    """True for an empty line and a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def _delimiter(header: str) -> str:
    counts = {delimiter: header.count(delimiter) for delimiter in (",", ";", "\t", "|")}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else ""


def _target(row: Mapping[str, str]) -> Target:
    values = {key: (row.get(key) or "").strip() for key in COLUMNS}
    for key, value in values.items():
        if len(value) > MAX_FIELD:
            raise ValueError(f"{key} is longer than {MAX_FIELD} characters")
    url, listed = values["url"], values["domain"]
    if not url and "/" in listed:
        url = listed
    if url:
        url = _url(url if "://" in url else f"https://{url}")
    host = _host(listed if listed and "/" not in listed else url)
    population = values["population"].replace("\u202f", "").replace("\xa0", "").replace(" ", "")
    if population and not (population.isdecimal() and int(population) < MAX_POPULATION):
        raise ValueError(f"population is not a number: {values['population'][:40]!r}")
    country = values["country"].upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise ValueError(f"country is not an ISO 3166-1 code of two letters: {country[:40]!r}")
    return Target(
        domain=host.removeprefix("www.") if host.count(".") > 1 else host,
        host=host,
        mail_domain=_host(values["mail_domain"].rpartition("@")[2]) if values["mail_domain"] else "",
        url=url,
        org=values["org"],
        org_id=values["org_id"],
        country=country,
        region=values["region"],
        sector=values["sector"],
        population=int(population) if population else None,
        tags=tuple(tag for tag in values["tags"].replace(";", " ").replace(",", " ").split() if tag),
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http or https URL: {parts.scheme[:20]}://{parts.hostname or ''}"[:120])
    name = to_ascii(parts.hostname)
    port = f":{parts.port}" if parts.port else ""
    return normal_url(parts._replace(netloc=name + port).geturl())  # a user name or password in it is dropped


def _host(text: str) -> str:
    if not text:
        raise ValueError("neither domain nor url")
    if "://" in text:
        text = urlsplit(text).hostname or ""
    try:
        return to_ascii(text)
    except HostnameError as error:
        raise ValueError(str(error)) from error


def _merge(known: Target, other: Target) -> Target:
    """The first listing of a body, its empty fields filled from the second."""
    empty = {f.name: getattr(other, f.name) for f in fields(known) if getattr(known, f.name) in ("", None, ())}
    return replace(known, **empty)
