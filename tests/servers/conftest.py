"""Fixtures: the lab of 300 bodies on real servers, and scans that are led to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner.net import Settings

from .certificates import authority, leaf, write_pair
from .processes import HOST, find, knot, nginx, unbound
from .world import World, world

BODIES = 300


@dataclass(frozen=True)
class Lab:
    """The world, and the ports of those who serve it."""

    world: World
    authoritative: int
    recursive: int
    over_tls: int
    over_https: int
    web: int
    ca_file: Path

    def settings(self, **changes: Any) -> Settings:
        """Settings that lead a scanner to the lab's resolver and web server."""
        known: dict[str, Any] = {
            "resolvers": (f"{HOST}:{self.recursive}",),
            "connect_to": f"{HOST}:{self.web}",
            "ca_file": self.ca_file,
            "allow_private": True,
            "rdap": False,
            "vantage": "lab",
        }
        return Settings(**known | changes)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, require: Callable[[object, str], None]) -> Iterator[Lab]:
    """Knot, Unbound and nginx over 300 bodies."""
    for program in ("knotd", "unbound", "nginx"):
        require(find(program), program)
    folder = tmp_path_factory.mktemp("servers")
    lab = world(BODIES)
    root = authority("Lab Authority")
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(root.pem)
    pair = write_pair(folder / "dot", leaf(root, ["resolver.lab"], HOST))
    with ExitStack() as stack:
        authoritative = stack.enter_context(knot(folder / "knot", lab))
        recursive, over_tls, over_https = stack.enter_context(unbound(folder / "unbound", authoritative, pair))
        web = stack.enter_context(nginx(folder / "nginx", lab, root))
        yield Lab(lab, authoritative, recursive, over_tls, over_https, web, ca_file)
