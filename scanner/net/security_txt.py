"""The addresses that a security.txt names (RFC 9116): whom a finder of flaws is to tell, by what policy."""

from __future__ import annotations

from scanner.net.html import absolute

PATH = "/.well-known/security.txt"
FIELDS = frozenset({"acknowledgments", "canonical", "contact", "encryption", "hiring", "policy", "csaf"})
MAX_LINES = 200


def contacts(text: str, url: str) -> list[dict[str, str]]:
    """[{"url", "tag"}]: web addresses only, the field as tag; mail addresses and telephones may be a person's."""
    found: list[dict[str, str]] = []
    for line in text.splitlines()[:MAX_LINES]:
        name, _, value = line.partition(":")
        target = absolute(url, value) if name.strip().lower() in FIELDS and "://" in value else ""
        if target:
            found.append({"url": target, "tag": name.strip().lower()})
    return found
