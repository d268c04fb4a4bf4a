"""The network: the only part of sovscan, beside the lab, that opens sockets.

    class ResolverError(Exception)   # a resolver or a connect-to address that cannot be used
    class TrustError(Exception)      # a file of trusted certificates that cannot be read
    class TableError(Exception)      # a table of AS numbers that cannot be read
    class OptOutError(Exception)     # a list of those who opted out that cannot be read
    class BrowserError(Exception)    # no browser can be had

What the network does wrong is never an exception but an Answer with a status.
"""

from scanner.net.asn import TableError, local_table, shipped_table
from scanner.net.browser import BrowserError
from scanner.net.certificates import TrustError
from scanner.net.counters import summed
from scanner.net.network import Network
from scanner.net.opt_out import OptOutError
from scanner.net.settings import Settings
from scanner.net.upstream import ResolverError

__all__ = [
    "BrowserError",
    "Network",
    "OptOutError",
    "ResolverError",
    "Settings",
    "TableError",
    "TrustError",
    "local_table",
    "shipped_table",
    "summed",
]
