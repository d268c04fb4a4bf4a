"""How data of others comes into the database: tables that ship with it, and ranges that a user's command fetches.

Everything here is pure or writes files; who asks the network is given (`scanner.net.download`).

Errors:
    class SourceError(Exception)  # data of others that is not what it should be
"""

from scanner.update.errors import SourceError

__all__ = ["SourceError"]
