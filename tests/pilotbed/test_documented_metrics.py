"""docs/operating.md lists every metric of ours that a running service shows, with its kind."""

from pathlib import Path

import httpx

from tests.running import Service

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")

DOCUMENTED = {
    row.split("`")[1]: row.strip("|").split("|")[1].strip()
    for row in PAGE.split("\n## Metrics\n")[1].split("\n## ")[0].splitlines()
    if row.startswith("| `")
}


def test_the_page_lists_exactly_the_metrics_that_a_service_shows(running: Service) -> None:
    shown = {}
    for line in httpx.get(f"{running.access['http']}/metrics", timeout=30).text.splitlines():
        if line.startswith("# TYPE pilotbed_") and not line.endswith("_created gauge"):
            _, _, name, kind = line.split()
            shown[name] = kind
    assert shown == DOCUMENTED
