"""What every test gets: no network but loopback, no home, the database, the recorded data where it is."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from scanner import providers
from scanner.providers import Database

settings.register_profile(
    "sovscan", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("sovscan")


class NotLoopbackError(AssertionError):
    """A test tried to reach another machine."""


def _loopback_only(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook (PEP 578): every connection, datagram and name look-up of Python, whoever makes it, but to loopback.

    Not seen: libraries in C (curl, uvloop), and `connect` to a name, which looks the name up before it tells.
    """
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        host = args[1][0] if isinstance(args[1], tuple) else "localhost"  # a Unix socket, or no address
    elif event == "socket.getaddrinfo":
        host = args[0] or "localhost"
    else:
        return
    host = os.fsdecode(host)
    try:
        loopback = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not (loopback or (event == "socket.getaddrinfo" and host in ("0.0.0.0", "::"))):
        raise NotLoopbackError(f"tests speak to loopback only, not to {host}")


sys.addaudithook(_loopback_only)


@pytest.fixture(scope="session", autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Caches and settings go to a folder of the session, in this process and in those it starts."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        yield


@pytest.fixture(scope="session")
def database(_no_home: None) -> Database:
    """The shipped provider database."""
    return providers.load()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded data; tests that use it carry the marker `shared_data` and skip where it is absent."""
    beside = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("SOVSCAN_DATA") or beside)
    if not (folder / "recordings").is_dir():
        pytest.skip("the recorded data is not here: set SOVSCAN_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def require() -> Callable[[object, str], None]:
    """`require(found, "a Chromium")`: skip by name where a component is missing, but fail where CI promised it."""

    def check(found: object, what: str) -> None:
        if not found:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{what} is missing here")

    return check


@pytest.fixture
def full_disk() -> Callable[[int], AbstractContextManager[None]]:
    """`with full_disk(n)`: no file may grow past n bytes, as on a disk that fills up (the write fails with OSError)."""
    resource = pytest.importorskip("resource")

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit
