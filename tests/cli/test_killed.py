"""How a scan in several processes ends before its time: one line, what was done is kept, exit 3."""

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
from tests.process_table import below, is_spawned

__all__ = ["lab"]
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from scanner.cli import main; main()"
)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def started(lab: Settings, folder: Path, number: int) -> tuple[subprocess.Popen[str], list[int]]:
    """A scan of 400 bodies that exist nowhere, and its processes as soon as there are so many."""
    (folder / "list.txt").write_text("\n".join(f"ville{n}.example" for n in range(400)))
    command = [sys.executable, "-c", PROGRAM, "scan", "--list", "list.txt", *options(lab)]
    scan = subprocess.Popen(
        [*command, "--processes", "2", "--rate", "100"], cwd=folder, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "SOVSCAN_LANG": "en"},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(children := [pid for pid in below(scan.pid) if is_spawned(pid)]) < number:
        assert scan.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return scan, children


@pytest.mark.parametrize("number", [1, 2])
def test_a_killed_process_is_told_in_a_line(lab: Settings, tmp_path: Path, number: int) -> None:
    """As by a machine short of memory; also one that has hardly begun."""
    scan, children = started(lab, tmp_path, number)
    os.kill(children[0], signal.SIGKILL)
    _, errors = scan.communicate(timeout=60)
    assert scan.returncode == 3, errors
    assert "a process of the scan ended before it was done: killed" in errors
    assert "scan --resume" in errors
    assert "Traceback" not in errors
    assert open_run(tmp_path / "output").committed() == []


def test_ctrl_c_while_the_processes_start_is_told_in_a_line(lab: Settings, tmp_path: Path) -> None:
    """A terminal sends it to all of them."""
    scan, _ = started(lab, tmp_path, 1)
    os.killpg(scan.pid, signal.SIGINT)
    _, errors = scan.communicate(timeout=60)
    assert scan.returncode == 3, errors
    assert "scan --resume" in errors
    assert "Traceback" not in errors
