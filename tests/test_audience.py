"""What measures the visitors: by the software's own paths, else by the provider."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scanner.audience import software, tools


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://stats.ville.example/matomo.js", ["matomo"]),
        ("https://ville.example/stats/piwik.php?idsite=1", ["matomo"]),
        ("https://yofw.aisne.gouv.example/jqJ861.js?2", ["eulerian"]),
        ("https://yofw.aisne.gouv.example/col491a/-/1474217300?x", ["eulerian"]),
        ("https://ville.example/modules/cgi_eulerian/js/eulerian.js", ["eulerian"]),
        ("https://ville.example/js/piano-analytics.js", ["piano"]),
        ("https://tags.ville.example/g/collect?v=2", ["google-analytics"]),
        ("https://ville.example/abC123.js", []),
        ("https://ville.example/notmatomo.js", []),
        ("https://ville.example/matomo.js.png", []),
        ("https://[bad", []),
    ],
)
def test_software_is_told_by_its_own_paths(url: str, found: list[str]) -> None:
    assert software([url]) == found


def test_a_provider_goes_by_the_name_that_people_know() -> None:
    assert tools([], ["google", "innocraft", "hubspot"]) == ["matomo", "google-analytics", "hubspot"]
    assert tools(["eulerian", "matomo"], ["google"]) == ["eulerian", "matomo", "google-analytics"]


@pytest.mark.shared_data
def test_the_tool_equals_the_observatory_s_on_four_sites_of_five(shared_data: Path) -> None:
    script = Path(__file__).parents[1] / "benchmarks" / "audience.py"
    made = subprocess.run([sys.executable, script, str(shared_data)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[:400] + made.stderr[-400:]
