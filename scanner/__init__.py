"""sovscan: who do public services depend on?"""

__version__ = "0.1.0"
