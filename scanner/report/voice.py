"""How the report speaks in one language: labels, lists, numbers in words, reasons, who holds a claim."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from babel.lists import format_list

from scanner.i18n import Translator
from scanner.metrics import Control
from scanner.model import Claim, Reason, Role
from scanner.providers import Database

_NO_VALUE = re.compile(r"\((absent|failed|unasked): ([\w-]+)\)")
"""How evidence notes an answer without values."""
MAX_TEXT = 300
MAX_LIST = 12
MAX_NAMED = 6


def shorten(text: str, most: int = MAX_TEXT) -> str:
    """The text, cut where a hostile value would flood a page."""
    return text if len(text) <= most else text[: most - 1] + "…"


def inline(label: str) -> str:
    """A label as the middle of a sentence writes it; initials stay capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


BESIDE = frozenset({"by", "consent", "hard"})
"""Arguments of a resource's reason that are shown elsewhere."""


class Voice:
    """A Translator with the report's own turns of phrase."""

    def __init__(self, language: str, database: Database, home: str) -> None:
        self.language = language
        self.t = Translator(language)
        self.home = home
        self._database = database
        self.country = lru_cache(512)(self.t.country)
        self.number = lru_cache(4096)(self.t.number)
        self._fixed = lru_cache(1024)(self.t.__call__)
        self.holder = lru_cache(8192)(self._holder)

    def text(self, code: str, **args: Any) -> str:
        """A message; those without arguments are looked up once."""
        return self.t(code, **args) if args else self._fixed(code)

    def period(self, first: date, last: date) -> str:
        """When it was observed: one day, or from one to another."""
        if first == last:
            return self.t("report.meta.date", date=self.t.date(first))
        return self.t("report.meta.dates", start=self.t.date(first), end=self.t.date(last))

    def role(self, role: Role | str) -> str:
        """A role's name."""
        return self._label(f"role/{role}", str(role))

    def category(self, category: str) -> str:
        """A resource category's name."""
        return self._label(f"category/{category}", category)

    def categories(self, categories: Iterable[str]) -> str:
        """Categories as the middle of a sentence lists them."""
        return self.listing(inline(self.category(category)) for category in categories)

    def help(self, role: Role | str) -> str:
        """What a role is and what its holder can do."""
        label = self._database.labels.get(f"role/{role}")
        return label.help.get(self.language, "") if label else ""

    def _label(self, key: str, fallback: str) -> str:
        label = self._database.labels.get(key)
        return label.label.get(self.language, fallback) if label else fallback

    def control(self, control: Control, form: str = "label") -> str:
        """A class's name from the reader's standpoint."""
        special = f"class.{control}.{form}-{self.home}"
        return self.t(special if self.t.has(special) else f"class.{control}.{form}")

    def listing(self, parts: Iterable[str], most: int = MAX_LIST) -> str:
        """Parts as the language joins them, the surplus counted."""
        kept = list(parts)
        if len(kept) > most:
            kept = [*kept[:most], self.t("report.list.more", n=len(kept) - most)]
        return format_list(kept, locale=self.t.locale) if kept else ""

    def word(self, n: int) -> str:
        """A small number in words (feminine in French, for roles and findings), else in figures."""
        return self.t(f"report.number.{n}") if self.t.has(f"report.number.{n}") else self.number(n)

    def sentence(self, text: str) -> str:
        """The text with its first letter in upper case."""
        return text[:1].upper() + text[1:]

    def reason(self, reason: Reason) -> str:
        """A reason's sentence; an unknown code is shown as itself."""
        return self._reason(reason.code, reason.args, 1)

    def reasons(self, reasons: Iterable[Reason]) -> list[str]:
        """Reasons in words, those that differ by one argument said in one sentence, each sentence once."""
        groups: dict[tuple[str, frozenset[str]], list[Reason]] = {}
        for reason in map(_told, reasons):
            groups.setdefault((reason.code, frozenset(reason.args)), []).append(reason)
        said: dict[str, None] = {}
        for (code, keys), alike in groups.items():
            values = {key: list(dict.fromkeys(_plain(reason.args[key]) for reason in alike)) for key in sorted(keys)}
            varying = [key for key, different in values.items() if len(different) > 1]
            if len(varying) == 1 and not {"why", "signals"} & set(varying):
                merged = {**alike[0].args, varying[0]: values[varying[0]]}
                said[self._reason(code, merged, len(values[varying[0]]))] = None
            else:
                said.update((self.reason(reason), None) for reason in alike)
        return list(said)

    def _reason(self, code: str, args: Mapping[str, Any], n: int) -> str:
        try:
            return self.t(f"reason.{code}", n=n, **{key: self._argument(key, value) for key, value in args.items()})
        except (KeyError, TypeError):  # a run of another version may lack an argument: show the fact, not a crash
            return code

    def _argument(self, key: str, value: Any) -> str:
        if key == "why":
            return self.why(str(value))
        if key == "signals":
            signals = [value] if isinstance(value, str) else list(value)
            return self.listing(self._known("signal", str(signal)) for signal in signals)
        parts = [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
        if key in ("gateway", "relay", "edge"):
            parts = [known.name if (known := self._database.providers.get(part)) else part for part in parts]
        return self.listing((shorten(part) for part in parts), MAX_NAMED)

    def evidence(self, kind: str, value: str) -> str:
        """A value as evidence shows it: what did not come in words, a network without its JSON."""
        empty = _NO_VALUE.fullmatch(value)
        if empty:
            code = "nothing-there" if empty[1] == "absent" else "no-answer"
            return self.t(f"report.body.{code}", why=self.why(empty[2]))
        if kind == "asn" and value.startswith("{"):
            try:
                network = json.loads(value)
                parts = [
                    f"AS{network['asn']} {network.get('name', '')}".strip(),
                    *map(network.get, ("prefix", "country")),
                ]
            except (ValueError, KeyError, TypeError):
                return shorten(value)
            return shorten(", ".join(str(part) for part in parts if part))
        return shorten(value)

    def why(self, code: str) -> str:
        """A failure code in words."""
        return self._known("why", code)

    def _known(self, area: str, code: str) -> str:
        return self.t(f"{area}.{code}") if self.t.has(f"{area}.{code}") else shorten(code)

    def _holder(self, claim: Claim, named_service: bool = True) -> str:
        """Who, and whose law: service (provider, owner's group, country), each said once."""
        provider = self._database.providers.get(claim.provider) if named_service else None
        service = next((s.name for s in provider.services if s.id == claim.service), "") if provider else ""
        inner = []
        if service and not _same(service, claim.name):
            name = service
            if claim.name.casefold() not in service.casefold():
                inner.append(claim.name)
        else:
            name = claim.name
        owner = self._database.providers.get(claim.owner)
        if owner and owner.id != claim.provider and not _same(owner.name, claim.name):
            grouped = "group" in owner.name.casefold()
            inner.append(owner.name if grouped else self.t("report.who.group", owner=owner.name))
        inner.append(self.country(claim.country) if claim.country else self.t("report.who.no-country"))
        return self.t("report.who.holder", name=name, inner=", ".join(inner))


def _told(reason: Reason) -> Reason:
    """A reason without the arguments that no sentence says (the page's tree does)."""
    return Reason(reason.code, {key: value for key, value in reason.args.items() if key not in BESIDE})


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
