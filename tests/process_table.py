"""The processes of this machine, as Linux tells them."""

from __future__ import annotations

from pathlib import Path


def state(pid: int) -> tuple[str, int]:
    """State and parent of a process; "X" for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "X", 0
    return fields[0], int(fields[1])


def below(pid: int) -> list[int]:
    """The processes that another one started, at present."""
    others = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    return [other for other in others if state(other)[1] == pid]


def is_spawned(pid: int) -> bool:
    """True for one that `multiprocessing` started to work; its tracker of resources is none."""
    try:
        return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
