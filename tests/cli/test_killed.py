"""A process of a scan that is killed, as by a machine short of memory: one line, what was done is kept, exit 3."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.net import Settings
from scanner.store import open_run
from tests.cli.test_scan_live import lab, options

__all__ = ["lab"]


def started_by(pid: int) -> list[int]:
    """The processes of a scan that another one started."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid and "spawn_main" in (path / "cmdline").read_text():
                    found.append(int(path.name))
            except OSError:
                continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_process_is_told_in_a_line(lab: Settings, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n".join(f"ville{n}.example" for n in range(400)))
    program = "from scanner.cli import main; main()"
    command = ["-c", program, "scan", "--list", "list.txt", *options(lab), "--processes", "2", "--rate", "100"]
    scan = subprocess.Popen(
        [sys.executable, *command], cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ, "SOVSCAN_LANG": "en"}
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(children := started_by(scan.pid)) < 2:
        assert scan.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(children[0], signal.SIGKILL)
    _, errors = scan.communicate(timeout=60)
    assert scan.returncode == 3, errors
    assert "a process of the scan ended before it was done: killed" in errors
    assert "scan --resume" in errors
    assert "Traceback" not in errors
    assert open_run(tmp_path / "output").committed() == []
