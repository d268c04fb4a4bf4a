"""What a page makes a browser load."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.net.html import MAX_LINKS, MAX_URL, absolute, decode_body, links, parse, read

BASE = "https://www.ville.test/dir/page.html"


def urls(text: str, base: str = BASE) -> list[tuple[str, str]]:
    return [(link["tag"], link["url"]) for link in links(text, base)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<script src="a.js"></script>', [("script", "https://www.ville.test/dir/a.js")]),
        ('<SCRIPT SRC=//CDN.test:443/A.js></SCRIPT>', [("script", "https://cdn.test/A.js")]),
        ('<link rel="stylesheet" href=/s.css>', [("link", "https://www.ville.test/s.css")]),
        ('<link rel="Shortcut ICON" href=/f.ico>', [("link", "https://www.ville.test/f.ico")]),
        *[
            (f'<link rel="{relation}" href="https://cdn.test">', [("link", "https://cdn.test/")])
            for relation in ("preload", "preconnect", "dns-prefetch", "modulepreload", "prefetch", "manifest")
        ],
        ('<img src="i.png" srcset="j.png 1x, https://img.test/a,b.png 2x,k.png">', [
            ("img", "https://www.ville.test/dir/i.png"),
            ("img", "https://www.ville.test/dir/j.png"),
            ("img", "https://img.test/a,b.png"),
            ("img", "https://www.ville.test/dir/k.png"),
        ]),
        ("<iframe src=https://video.test/e></iframe>", [("iframe", "https://video.test/e")]),
        ("<video src=/v poster=/p><source src=/s><track src=/t></video>", [
            ("video", "https://www.ville.test/v"),
            ("video", "https://www.ville.test/p"),
            ("source", "https://www.ville.test/s"),
            ("track", "https://www.ville.test/t"),
        ]),
        ("<audio src=/a></audio><embed src=/e><object data=/o></object>", [
            ("audio", "https://www.ville.test/a"),
            ("embed", "https://www.ville.test/e"),
            ("object", "https://www.ville.test/o"),
        ]),
        ("<form action=https://form.test/post></form>", [("form", "https://form.test/post")]),
        ("<p style=\"background:url('https://img.test/b.png')\">", [("style", "https://img.test/b.png")]),
        ("<style>@import 'https://fonts.test/c.css'; a{b:url( https://fonts.test/f.woff2 )}</style>", [
            ("style", "https://fonts.test/c.css"),
            ("style", "https://fonts.test/f.woff2"),
        ]),
        ("<noscript><img src=https://pixel.test/p></noscript>", [("img", "https://pixel.test/p")]),
        ("<img src=/i.png><img src=/i.png>", [("img", "https://www.ville.test/i.png")]),
    ],
)  # fmt: skip
def test_what_a_browser_fetches_is_listed(text: str, found: list[tuple[str, str]]) -> None:
    assert urls(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "<a href=https://elsewhere.test/>",
        '<link rel="canonical" href="https://elsewhere.test/">',
        '<link rel="alternate" href="https://elsewhere.test/">',
        "<link href=https://elsewhere.test/>",
        "<!-- <script src=https://elsewhere.test/></script> -->",
        "<script>var s='<img src=https://elsewhere.test/>'</script>",
        "<textarea><img src=https://elsewhere.test/></textarea>",
        "<img src=data:image/png;base64,AAAA>",
        "<img src=''><form action='#'>",
        "<iframe src='about:blank'></iframe><iframe src='javascript:void(0)'></iframe>",
        "<img src='http://[::1'><img src='https://a b.test/'><img src='http://ville.test:99999/'><img src='https://'>",
        f"<img src=https://elsewhere.test/{'x' * MAX_URL}>",
    ],
)
def test_what_loads_nothing_is_not(text: str) -> None:
    assert urls(text) == []


def test_the_base_element_counts_and_its_own_url_is_absolute() -> None:
    assert urls("<base href='//cdn.test/b/'><img src=i.png>") == [("img", "https://cdn.test/b/i.png")]
    assert urls("<base href='javascript:1'><img src=i.png>") == [("img", "https://www.ville.test/dir/i.png")]


def test_spaces_backslashes_and_other_alphabets_are_read_as_browsers_do() -> None:
    assert absolute(BASE, " \n//cdn.test\\a\tb ") == "https://cdn.test/ab"
    assert absolute(BASE, r"\\cdn.test\a") == "https://cdn.test/a"
    assert absolute(BASE, "https://café.test/é") == "https://xn--caf-dma.test/é"
    assert absolute(BASE, "https://user:secret@cdn.test/") == "https://cdn.test/"


def test_links_are_bounded() -> None:
    many = "".join(f"<img src=/{number}.png>" for number in range(MAX_LINKS + 50))
    assert len(links(many, BASE)) == MAX_LINKS


@pytest.mark.parametrize(
    "text",
    ["<b>" * 600_000, "<img src=a>" * 190_000, "<p style='" + "url(" * 400_000, "<img srcset='" + ", " * 900_000],
)
def test_a_hostile_page_costs_little(text: str) -> None:
    start = time.process_time()
    links(text, BASE)
    assert time.process_time() - start < 3


@given(text=st.text(st.sampled_from("<>/='\" \nabsrcimglinkhref:url()@,.#\\é\0%")), base=st.text(max_size=20))
def test_any_text_gives_absolute_links_and_no_exception(text: str, base: str) -> None:
    for link in links(f"<img src='{text}'><p style='{text}'>{text}", base):
        assert link["url"].startswith(("http://", "https://"))
        assert len(link["url"]) <= MAX_URL


@given(value=st.text(max_size=80))
def test_any_value_is_a_url_or_nothing(value: str) -> None:
    found = absolute(BASE, value)
    assert not found or found.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "text/html", "é"),
        ("é!".encode("cp1252"), "text/html", "é!"),
        ("é".encode("cp1252"), "text/html; charset=iso-8859-1", "é"),
        ("é".encode("cp1252"), 'text/html; charset="ISO-8859-1"; x=y', "é"),
        ("é".encode("utf-16-le"), "text/html; charset=utf-16", "é"),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "text/html; charset=utf-8", "é"),
        (b"\xef\xbb\xbf" + "é".encode(), "text/html; charset=iso-8859-1", "é"),
        (b"<meta charset=windows-1251>" + "ж".encode("cp1251"), "text/html", "<meta charset=windows-1251>ж"),
        (b"<meta charset=utf-16>" + "é".encode(), "text/html", "<meta charset=utf-16>é"),
        ("日".encode("shift_jis"), "text/html; charset=Shift_JIS", "日"),
        (b"ab\xc3", "text/html", "ab\ufffd"),
        (b"a", "text/html; charset=zip", "a"),
        (b"a", "text/html; charset=unicode_escape", "a"),
    ],
)
def test_text_is_decoded_as_the_page_says(body: bytes, content_type: str, text: str) -> None:
    assert decode_body(body, content_type) == text


@given(body=st.binary(max_size=200), content_type=st.text(max_size=40))
def test_any_bytes_become_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode_body(body, f"text/html;charset={content_type}"), str)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            '<script type="importmap">{"imports": {"a": "https://cdn.test/a.js", "b": "./b.js", "c": "bare"},'
            ' "scopes": {"/x/": {"d": "https://esm.test/d.js"}}}</script>',
            ["https://cdn.test/a.js", "https://www.ville.test/dir/b.js", "https://esm.test/d.js"],
        ),
        ("<script type=importmap>{garbage</script>", []),
        ("<script type=importmap>[1]</script>", []),
        ('<script type=importmap>{"imports": 5, "scopes": [1]}</script>', []),
        ("<script type=importmap>" + "[" * 100_000 + "</script>", []),
    ],
)
def test_an_import_map_names_what_modules_load(text: str, found: list[str]) -> None:
    assert [url for _, url in urls(text)] == found


def test_where_a_button_sends_its_form_is_a_form_s_target() -> None:
    text = '<form action=/a><button formaction="https://pay.test/">x</button><input formaction="https://in.test/">'
    assert urls(text) == [
        ("form", "https://www.ville.test/a"),
        ("form", "https://pay.test/"),
        ("form", "https://in.test/"),
    ]


def test_scripts_that_the_parser_waits_for_are_told() -> None:
    text = """<html><head><script src=/wait.js></script><script async src=/async.js></script>
    <script defer src=/defer.js></script><script type=module src=/module.js></script><link rel=stylesheet href=/s.css>
    </head><body><script src=/body.js></script>"""
    listed, blocking = read(parse(text), BASE)
    assert len(listed) == 6
    assert blocking == ["https://www.ville.test/wait.js"]
    assert all(set(link) == {"url", "tag"} for link in listed)
