"""What `sovscan providers check` finds wrong in the database; pure, one line a problem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale

from scanner.lookup import lookup
from scanner.model import Ownership, Provider, Rule
from scanner.names import is_icann_suffix
from scanner.providers import Database, held
from scanner.rules import SUFFIX_KINDS
from scanner.tables import DatabaseError, files, parse

STALE_DAYS = 548
"""Eighteen months: an entry not checked for so long is listed as stale."""
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""Regions of CLDR that ISO 3166-1 does not assign: islands, groupings, pseudo-locales."""


def file_problems(folder: Path) -> Iterator[str]:
    """Every file that does not load: TOML, schema, id against file name."""
    for path in files(folder):
        try:
            parse(path)
        except DatabaseError as error:
            yield str(error)


def problems(database: Database, today: date, own: Collection[str] | None = None) -> Iterator[str]:
    """Everything wrong in a loaded database, provider by provider.

    `own`: the ids of a user's folder laid over the shipped one. Then only these are judged, and that they take a
    shipped rule's place is what they are for.
    """
    judged = database.curated if own is None else {id_: database.curated[id_] for id_ in own}
    yield from _duplicates(judged.values())
    yield from _imported(database) if own is None else ()
    for provider in judged.values():
        for problem in _facts(provider, database, today):
            yield f"{provider.id}: {problem}"
        if len({service.id for service in provider.services}) < len(provider.services):
            yield f"{provider.id}: two services of one id, of which the first is lost"
        for service in provider.services:
            if any(rule.kind == "host" for rule in service.rules) and not service.category:
                yield f"{provider.id}/{service.id}: has host rules but no category"
            for rule in service.rules:
                for problem in _rule(rule, database, today):
                    yield f"{rule.id}: {problem}"
    for what, checked in _alternatives(database) if own is None else ():
        if checked > today:
            yield f"categories.toml: {what} checked in the future: {checked}"
    for group in database.groups.values():
        for member in sorted(group.providers - set(database.curated)):
            yield f"groups.toml: {group.id} names {member!r}, which is no company of the database"


def stale(database: Database, today: date) -> Iterator[str]:
    """What was last checked more than 18 months ago: entries, how they are held, qualifications, alternatives.

    A shareholding or a qualification has a day of its own: the newest source of the file says nothing about it. And
    every qualification that ended.
    """
    for what, checked in _alternatives(database):
        if (today - checked).days > STALE_DAYS:
            yield f"categories.toml: {what} last checked {checked.isoformat()}"
    for provider in database.curated.values():
        for what, checked in _checked(provider):
            if (today - checked).days > STALE_DAYS:
                yield f"{provider.id}: {what}last checked {checked.isoformat()}"
        for each in provider.qualifications:
            if each.end is not None and each.end < today:
                yield f"{provider.id}: qualification {each.scheme} of {each.offer!r} ended {each.end.isoformat()}"


def _alternatives(database: Database) -> Iterator[tuple[str, date]]:
    for key, label in database.labels.items():
        for each in label.alternatives:
            if each.checked is not None:
                yield f"{key}, {each.name!r}", each.checked


def _checked(provider: Provider) -> Iterator[tuple[str, date]]:
    yield "", max(source.checked for source in provider.sources)
    if provider.shareholding is not None:
        yield "shareholding ", provider.shareholding.checked
    for each in provider.qualifications:
        yield f"qualification {each.scheme} of {each.offer!r} ", each.checked


def _facts(provider: Provider, database: Database, today: date) -> Iterator[str]:
    if provider.country not in _countries():
        yield f"{provider.country!r} is no ISO 3166-1 country"
    for source in provider.sources:
        if source.checked > today:
            yield f"checked in the future: {source.checked}"
    yield from _shareholding(provider, today)
    yield from _qualifications(provider, today)
    for ownership in provider.owners:
        if ownership.owner not in database.curated:
            yield f"owner {ownership.owner!r} is no company of the database"
        if ownership.start > today:
            yield f"owned from a future date: {ownership.start}"
        if ownership.end is not None and ownership.end <= ownership.start:
            yield f"owned by {ownership.owner} to {ownership.end}, which is not after {ownership.start}"
        if sum(o.control == "majority" and held(o, ownership.start) for o in provider.owners) > 1:
            yield f"two majority owners on {ownership.start}"
        if _leads_back(provider, ownership, database):
            yield f"owner cycle through {ownership.owner!r}"


def _shareholding(provider: Provider, today: date) -> Iterator[str]:
    known = provider.shareholding
    if known is None:
        return
    if known.checked > today:
        yield f"shareholding checked in the future: {known.checked}"
    holder = next((o for o in provider.owners if o.control == "majority" and held(o, today)), None)
    if holder is not None:
        yield f"shareholding {known.kind!r}, and {holder.owner!r} has the majority: the chain does not end here"


def _qualifications(provider: Provider, today: date) -> Iterator[str]:
    services = {service.id for service in provider.services}
    for each in provider.qualifications:
        name = f"qualification {each.scheme} of {each.offer!r}"
        if each.service and each.service not in services:
            yield f"{name} names {each.service!r}, which is no service of the file"
        if each.start > today:
            yield f"{name} from a future date: {each.start}"
        if each.checked > today:
            yield f"{name} checked in the future: {each.checked}"
        if each.end is not None and each.end < each.start:
            yield f"{name} to {each.end}, which is before {each.start}"


def _imported(database: Database) -> Iterator[str]:
    """Imported names that anybody may hold, and published ranges of a service that the database does not know."""
    for suffix, (provider, _) in database.imported.hosts.items():
        if is_icann_suffix(suffix):
            yield f"{provider}: {suffix!r} is a public suffix: anybody may hold a name under it"
    unknown = {(entry.provider, entry.service) for entry in database.imported.ranges} - set(database.services)
    for provider, service in sorted(unknown):
        yield f"published ranges of {provider}/{service}, which is no service of the database"


def _leads_back(provider: Provider, ownership: Ownership, database: Database) -> bool:
    """True when the owners of a day lead back to the provider."""
    on, seen, todo = ownership.start, set[str](), [ownership.owner]
    while todo:
        current = todo.pop()
        if current == provider.id:
            return True
        if current not in seen and current in database.providers:
            seen.add(current)
            todo += [o.owner for o in database.providers[current].owners if held(o, on)]
    return False


def _rule(rule: Rule, database: Database, today: date) -> Iterator[str]:
    if rule.kind in SUFFIX_KINDS - {"tld"} and not rule.reserved and is_icann_suffix(rule.pattern):
        yield "a public suffix: anybody may hold a name under it (reserved = true if a State keeps it for itself)"
    for example in rule.examples:
        match = lookup(database, rule.kind, example, today)
        if match is None or (match.rule.provider, match.rule.service) != (rule.provider, rule.service):
            yield f"example {example!r} attributes to {match.rule.id if match else 'nobody'}"
    for example in rule.counterexamples:
        match = lookup(database, rule.kind, example, today)
        if match is not None and (match.rule.provider, match.rule.service) == (rule.provider, rule.service):
            yield f"counter-example {example!r} is caught by {match.rule.id}"


def _duplicates(judged: Iterable[Provider]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], str] = {}
    for rule in (rule for provider in judged for service in provider.services for rule in service.rules):
        key = (rule.kind, rule.pattern.lower(), rule.path)
        if key in seen:
            yield f"{rule.id}: claimed already by {seen[key]}"
        seen[key] = rule.id


@cache
def _countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 and XK (Kosovo), which is user-assigned but in use: CLDR's regions without its groupings."""
    regions = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in regions if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES
