"""What goes wrong with data of others."""

from __future__ import annotations


class SourceError(Exception):
    """Data of others that is not what it should be; the text says where it came from and what is wrong."""
