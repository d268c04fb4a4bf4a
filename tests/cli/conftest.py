"""Runs the installed command as a user would: another process, its own working folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

RECORDING = """\
{"kind":"dns","subject":"ville.example","detail":"MX","status":"ok","values":["10 ville-example.mail.protection.outlook.com."],"at":"2026-04-28T06:17:36Z"}
{"kind":"dns","subject":"ville.example","detail":"NS","status":"ok","values":["dns10.ovh.net.","ns10.ovh.net."],"at":"2026-04-28T06:17:36Z"}
{"kind":"dns","subject":"bourg.example","detail":"MX","status":"failed","reason":"timeout","at":"2026-04-28T06:17:40Z"}
"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "day.jsonl"
    path.write_text(RECORDING)
    return path


@pytest.fixture
def sovscan(tmp_path: Path) -> Run:
    """`sovscan("scan", ...)` in a folder of the test; English messages unless `lang` says otherwise."""

    def run(*arguments: str, lang: str = "en", stdin: str = "", **more: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "SOVSCAN_LANG": lang, "NO_COLOR": "1"}
        command = [sys.executable, "-c", "from scanner.cli import main; main()", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
            check=False,
            **more,
        )

    return run
