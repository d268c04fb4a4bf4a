"""What an HTML page makes a browser load: the absolute URLs of its elements, from the text alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin, urlsplit

import idna
from selectolax.lexbor import LexborHTMLParser, LexborNode

from scanner.ask import normal_url
from scanner.net.urls import quick_absolute

MAX_LINKS = 2_000
MAX_URL = 2_000  # characters
MAX_PLAIN = 1_000  # characters of a URL that needs no full rules: with its base it stays below MAX_URL
MAX_CANDIDATES = 20_000
MAX_STYLE = 200_000  # characters of style text looked at
MAX_IMPORT_MAP = 200_000  # characters

# Attributes that make a browser fetch (https://html.spec.whatwg.org/multipage/indices.html), and where forms go.
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "script": ("src",),
    "img": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "source": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src", "formaction"),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "link": ("href",),
    "form": ("action",),
    "button": ("formaction",),
}
_SOURCE_SETS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
_LOADING_RELATIONS = frozenset(
    [
        "stylesheet",
        "preload",
        "preconnect",
        "dns-prefetch",
        "modulepreload",
        "prefetch",
        "icon",
        "apple-touch-icon",
        "apple-touch-icon-precomposed",
        "mask-icon",
        "manifest",
    ]
)
_SELECTOR = ",".join([*_ATTRIBUTES, "style", "[style]", "[background]"])
_CSS_URL = re.compile(
    r"""(?:url\(\s*|@import\s+)(?:"([^"\n]{1,2000})"|'([^'\n]{1,2000})'|([^\s"'();]{1,2000}))""", re.I
)
_STRIPPED = "".join(map(chr, range(0x21)))  # C0 controls and space (https://url.spec.whatwg.org/#url-parsing)

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))
# Labels of https://encoding.spec.whatwg.org/#names-and-labels that pages still use; anything else is Windows-1252.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-9": "cp1254",
    "windows-31j": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{n}": f"cp{n}" for n in (874, *range(1250, 1259))},
}


def decode_body(body: bytes, content_type: str) -> str:
    """The text of a page: by its byte order mark, else the header's charset, else its own, else UTF-8 if it is that."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    label = content_type.lower().partition("charset=")[2].split(";")[0].strip(" \"'")
    if not label:
        found = _META_CHARSET.search(body, 0, 4096)
        label = found[1].decode("ascii", "replace").lower() if found else ""
        if label.startswith("utf-16"):  # it could not have been read if it were true
            label = "utf-8"
    if not label:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            # A body cut short may end within a character
            label = "utf-8" if _is_utf8_but_for_the_end(body) else "windows-1252"
    return body.decode(_CODECS.get(label, "cp1252"), "replace")


def _is_utf8_but_for_the_end(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def links(text: str, url: str) -> list[dict[str, str]]:
    """What the page at `url` loads: [{"url", "tag"}], absolute http(s) URLs, in page order, each URL once.

    At most 2,000 links of 2,000 characters; a plain `<a href>` loads nothing and is not listed; where a form goes has
    the tag `form`.
    """
    return read(parse(text), url)[0]


def parse(text: str) -> LexborHTMLParser:
    """A page's text as a tree."""
    return LexborHTMLParser(text)


def read(tree: LexborHTMLParser, url: str) -> tuple[list[dict[str, str]], list[str]]:
    """What `links` gives, and of it the scripts that the parser waits for: in the head, not async, not deferred."""
    base = _base(tree, url)
    found: dict[str, tuple[str, bool]] = {}
    for tag, value, blocks in islice(_candidates(tree), MAX_CANDIDATES):
        target = absolute(base, value)
        if target and target not in found:
            found[target] = (tag, blocks)
            if len(found) == MAX_LINKS:
                break
    listed = [{"url": target, "tag": tag} for target, (tag, _) in found.items()]
    return listed, [target for target, (_, blocks) in found.items() if blocks]


def absolute(base: str, value: str) -> str:
    """An http(s) URL in normal form from an attribute's value; "" for any other, and for what no browser would take."""
    if len(value) < MAX_PLAIN and (plain := quick_absolute(base, value)):
        return plain
    value = value.strip(_STRIPPED).translate({9: None, 10: None, 13: None})
    if not value or len(value) > MAX_URL or value.startswith("#"):
        return ""
    head, mark, query = value.partition("?")
    value = head.replace("\\", "/") + mark + query
    try:
        if value[:7].lower() in ("http://", "https:/") and not urlsplit(value).netloc:
            return ""
        target = normal_url(urljoin(base, value))
        parts = urlsplit(target)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.port == 0:  # reading the port checks it
            return ""
        if not host.isascii():
            encoded = idna.encode(host, uts46=True).decode()
            target = target.replace(host, encoded, 1)
    except (ValueError, UnicodeError):  # idna's errors are UnicodeErrors
        return ""
    if len(target) > MAX_URL or any(character in host for character in " <>\"'%|^`{}"):
        return ""
    return target


def _base(tree: LexborHTMLParser, url: str) -> str:
    element = tree.css_first("base[href]")
    return (absolute(url, element.attributes.get("href") or "") if element is not None else "") or url


def _candidates(tree: LexborHTMLParser) -> Iterator[tuple[str, str, bool]]:
    """Tag and value of everything that may name something to load, and whether the page waits for it."""
    for node in tree.css(_SELECTOR):
        tag = node.tag or ""
        attributes = node.attributes
        if tag == "style":
            yield from _from_style(node.text())
        elif tag == "script" and (attributes.get("type") or "").strip().lower() == "importmap":
            yield from _from_import_map(node.text())
        elif tag != "link" or _loads(attributes.get("rel")):
            blocks = tag == "script" and _blocks(node)
            for name in _ATTRIBUTES.get(tag, ()):
                value = attributes.get(name)
                if value:
                    yield "form" if name == "formaction" else tag, value, blocks
            source_set = attributes.get(_SOURCE_SETS.get(tag, ""))
            if source_set:
                for value in _from_source_set(source_set):
                    yield tag, value, False
        if attributes.get("style"):
            yield from _from_style(attributes["style"] or "")
        if attributes.get("background"):
            yield tag, attributes["background"] or "", False


def _blocks(node: LexborNode) -> bool:
    """A script that the parser waits for, before there is anything to show (HTML, section 4.12.1)."""
    attributes, parent = node.attributes, node.parent
    if parent is None or parent.tag != "head" or "async" in attributes or "defer" in attributes:
        return False
    return (attributes.get("type") or "").strip().lower() != "module"


def _from_import_map(text: str) -> Iterator[tuple[str, str, bool]]:
    """Addresses of an import map: a bare name is none (HTML, section 8.1.5.2)."""
    try:
        data = json.loads(text[:MAX_IMPORT_MAP])
    except (ValueError, RecursionError):
        return
    scopes = data.get("scopes") if isinstance(data, dict) else None
    maps = (
        [data.get("imports"), *(scopes.values() if isinstance(scopes, dict) else ())] if isinstance(data, dict) else []
    )
    for value in (value for table in maps if isinstance(table, dict) for value in table.values()):
        if isinstance(value, str) and value.startswith(("/", "./", "../", "http:", "https:")):
            yield "script", value, False


def _loads(relations: str | None) -> bool:
    return not _LOADING_RELATIONS.isdisjoint((relations or "").lower().split())


def _from_style(text: str) -> Iterator[tuple[str, str, bool]]:
    for match in _CSS_URL.finditer(text[:MAX_STYLE]):
        yield "style", match[1] or match[2] or match[3], False


def _from_source_set(text: str) -> Iterator[str]:
    """URLs of a srcset attribute: a URL may hold commas, but not end with one."""
    url_next = True
    for token in text.split():
        if not url_next:  # a descriptor, and perhaps the next URL right behind its comma
            _, comma, token = token.partition(",")
            url_next = bool(comma)
        if url_next and token.strip(","):
            yield token.strip(",")
            url_next = token.endswith(",")
