"""The text of an SPF record (RFC 7208) and of any TXT record."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from scanner.collect._walk import host_of
from scanner.names import name_problem

MAX_TERMS = 100
MAX_TERM = 300
"""Characters of one term; a name has 253."""
MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier: `qualifier` (+ ? ~ -); `value`: the domain it names in lower case, "" if none or if
    it lets nobody send; `plain`: that is the whole domain, without macros (section 7); `address`: of ip4 and ip6, the
    network's first; `text`: as written, without a plus."""

    mechanism: str
    qualifier: str
    value: str
    plain: bool
    address: str
    text: str


def text_of(value: str) -> str:
    """A TXT record's text: its quoted strings joined, escapes undone."""
    if "\\" not in value and value.count('"') == 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    parts: list[str] = []
    index, quoted = 0, False
    while index < len(value):
        char = value[index]
        if char == '"':
            quoted = not quoted
        elif char == "\\" and index + 1 < len(value):
            digits = value[index + 1 : index + 4]
            if len(digits) == 3 and digits.isascii() and digits.isdecimal() and int(digits) < 256:
                parts.append(chr(int(digits)))
                index += 3
            else:
                parts.append(value[index + 1])
                index += 1
        elif quoted or '"' not in value:
            parts.append(char)
        index += 1
    return "".join(parts)


def is_record(text: str) -> bool:
    """True for the text of an SPF record (section 4.5)."""
    return text[:7].lower().rstrip() == "v=spf1"


def terms_of(record: str) -> tuple[list[Term], list[str]]:
    """A record's terms and what is wrong with it (too-many-terms, syntax, ptr).

    Terms after `all`, and `redirect` beside it, count for nothing (sections 5.1 and 6.1).
    """
    words = record.split(maxsplit=MAX_TERMS + 1)[1:]
    problems = ["too-many-terms"] * (len(words) > MAX_TERMS)
    terms = [_term(word) for word in words[:MAX_TERMS] if len(word) <= MAX_TERM]
    end = next((n for n, term in enumerate(terms) if term.mechanism == "all"), None)
    if end is not None:
        terms = [term for term in terms[: end + 1] if term.mechanism != "redirect"]
    if any(_broken(term) for term in terms) or any(len(word) > MAX_TERM for word in words[:MAX_TERMS]):
        problems.append("syntax")
    if any(term.mechanism == "ptr" for term in terms):
        problems.append("ptr")  # section 5.5: should not be published
    return terms, problems


def _term(word: str) -> Term:
    qualifier = word[0] if word[0] in "+-~?" else "+"
    text = word[word[0] in "+-~?" :].lower()
    shown = text if qualifier == "+" else qualifier + text
    separator = min((text.find(char) for char in ":=" if char in text), default=-1)
    if separator < 0:
        return Term(text.partition("/")[0], qualifier, "", True, "", shown)
    mechanism, value = text[:separator], text[separator + 1 :]
    if mechanism in ("ip4", "ip6"):
        return Term(mechanism, qualifier, "", True, _address(value), shown)
    if qualifier in "-~":  # fail and softfail: those hosts may not send
        return Term(mechanism, qualifier, "", True, "", shown)
    plain = "%" not in value
    if not plain:
        value = value.rpartition("}")[2].lstrip(".")  # a provider's name stands last, as in %{i}._spf.example.net
    value = host_of(value.partition("/")[0])
    return Term(mechanism, qualifier, "" if name_problem(value) else value, plain, "", shown)


def _address(network: str) -> str:
    try:
        return str(ipaddress.ip_network(network, strict=False).network_address)
    except ValueError:
        return ""


def _broken(term: Term) -> bool:
    """A word that is neither mechanism nor modifier, or a network that is none (section 12)."""
    if term.mechanism in ("ip4", "ip6"):
        return not term.address
    return term.mechanism not in MECHANISMS and "=" not in term.text
