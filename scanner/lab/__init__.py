"""The embedded internet of the demonstration and of the tests: loopback DNS, HTTPS and RDAP servers over real sockets.

The ordinary scanner scans it with `Lab.settings`: nothing in the scanner knows that it is not the real one. The bodies
of `demo_world()` are fictional, and the certificates are imitations made on the spot (see demo/README.md).
"""

from scanner.lab.lab import Lab
from scanner.lab.load import demo_targets, demo_world
from scanner.lab.world import World

__all__ = ["Lab", "World", "demo_targets", "demo_world"]
