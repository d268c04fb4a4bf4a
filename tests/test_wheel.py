"""The demonstration from an installed wheel: everything it needs ships inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [wheel] = folder.glob("sovscan-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = "import scanner.cli; print(scanner.__file__, file=__import__('sys').stderr); scanner.cli.main()"
    environment = {**os.environ, "PYTHONPATH": str(installed), "SOVSCAN_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_the_demo_of_the_wheel_ends_with_the_report_of_40_bodies(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "demo")
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stderr, "the checkout was run, not the wheel"
    path = Path(done.stdout.strip().splitlines()[-1].removeprefix("Report: "))
    assert (tmp_path / path).is_file()
    assert len(list((tmp_path / "output/site/fr/bodies").glob("*-example-*.html"))) == 40
    [manifest] = (tmp_path / "output/runs").glob("*/manifest.json")
    assert json.loads(manifest.read_text())["fictional"] is True


def test_the_wheel_brings_its_database_and_licences(installed: Path) -> None:
    assert len(list((installed / "scanner/data/providers/companies").glob("*.toml"))) >= 80
    assert list(installed.glob("sovscan-*.dist-info/licenses/LICENSE"))
    assert (installed / "scanner/data/providers/LICENSE").is_file()
