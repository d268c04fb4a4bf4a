"""Ctrl-C, as a person presses it: what is done is kept, and the exit code says that the scan is incomplete."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from scanner.store import open_run


def test_ctrl_c_keeps_the_answers_so_far_and_exits_3(tmp_path: Path) -> None:
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from scanner.cli import main; main()"
    )
    scan = subprocess.Popen(
        [sys.executable, "-c", program, "demo"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "SOVSCAN_LANG": "en"},
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(p.stat().st_size for p in tmp_path.glob("output/runs/*/journal/*")):
        assert scan.poll() is None, scan.communicate()
        time.sleep(0.01)
    scan.send_signal(signal.SIGINT)
    _, errors = scan.communicate(timeout=60)
    assert scan.returncode == 3, errors
    assert "interrupted; what was finished is kept" in errors
    assert "Traceback" not in errors
    folder = open_run(tmp_path / "output")
    assert folder.committed() == []
    assert folder.journalled(0)
