"""The domains of the addresses that a page publishes: of its `mailto:` links (RFC 6068), no address is kept."""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from scanner.names import HostnameError, to_ascii

MAX_LINKS = 1_000
MAX_DOMAINS = 10
MAX_HREF = 1_000  # characters


def mail_domains(tree: LexborHTMLParser) -> list[str]:
    """At most ten domains as A-labels, the most frequent first; what is no address is left out."""
    counts: Counter[str] = Counter()
    for node in tree.css("a[href*='mailto:' i]")[:MAX_LINKS]:
        href = (node.attributes.get("href") or "").strip()[:MAX_HREF]
        if href[:7].lower() == "mailto:":
            for address in unquote(href[7:].partition("?")[0]).split(",")[:MAX_DOMAINS]:
                try:
                    counts[to_ascii(address.rpartition("@")[2])] += "@" in address
                except HostnameError:
                    continue
    return [name for name, count in counts.most_common(MAX_DOMAINS) if count]
