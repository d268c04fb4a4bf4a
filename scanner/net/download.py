"""Fetch one file that the user's command asked for, through the user's proxy, in bounded time and size.

Unlike the scanner's own requests these go to named services that must prove who they are: certificates are verified.
Proxies: HTTPS_PROXY, ALL_PROXY and NO_PROXY, as libcurl reads them.
"""

from __future__ import annotations

import ssl

import pycurl

from scanner.net.settings import user_agent

MAX_BYTES = 32 << 20
MAX_REDIRECTS = 5
SECONDS = 120
_SCHEMES = {"https": pycurl.PROTO_HTTPS, "http": pycurl.PROTO_HTTP}


class DownloadError(OSError):
    """A file that could not be fetched; the text names the URL and why."""


def download(url: str, *, scheme: str = "https", seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> bytes:
    """The body of `url`; redirects stay within `scheme`. Raises DownloadError."""
    chunks: list[bytes] = []
    size = 0

    def receive(chunk: bytes) -> int | None:
        nonlocal size
        size += len(chunk)
        if size > max_bytes:
            return 0  # libcurl then ends the transfer
        chunks.append(chunk)
        return None

    curl = pycurl.Curl()
    try:
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.PROTOCOLS, _SCHEMES[scheme])
        curl.setopt(pycurl.REDIR_PROTOCOLS, _SCHEMES[scheme])
        curl.setopt(pycurl.FOLLOWLOCATION, 1)
        curl.setopt(pycurl.MAXREDIRS, MAX_REDIRECTS)
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(seconds * 1000)))
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.FAILONERROR, 1)
        curl.setopt(pycurl.USERAGENT, user_agent())
        curl.setopt(pycurl.ACCEPT_ENCODING, "")
        curl.setopt(pycurl.WRITEFUNCTION, receive)
        _trust(curl)
        curl.perform()
    except pycurl.error as error:
        why = f"more than {max_bytes} bytes" if size > max_bytes else str(error.args[-1])[:200]
        raise DownloadError(f"{url}: {why}") from error
    finally:
        curl.close()
    return b"".join(chunks)


def _trust(curl: pycurl.Curl) -> None:
    """The certificates that Python trusts: the wheel's libcurl does not know where a system keeps them."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        curl.setopt(pycurl.CAINFO, paths.cafile)
    elif paths.capath:
        curl.setopt(pycurl.CAPATH, paths.capath)
