"""The same data give the same report, whenever and wherever it is made."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from api.languages import LANGUAGES
from api.report import FORMATS
from tests.api.installation import OURS, fill, open_installation

MAKE = """
import hashlib, sys, time
from pathlib import Path
later = int(sys.argv[2])
now_s, now_ns = time.time, time.time_ns
time.time = lambda: now_s() + later
time.time_ns = lambda: now_ns() + later * 10**9
from api.report import FORMATS, render_report
from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore
folder = Path(sys.argv[1])
registry = Registry.open(f"sqlite:///{folder / 'registry.sqlite'}")
store = DuckDBStore.open(folder / "readings.duckdb")
for language in ("sv", "en"):
    for form in FORMATS:
        made = render_report(registry, store, "natt-2026", form, language)
        print(language, form, hashlib.sha256(made).hexdigest())
store.close()
registry.close()
"""


def _made(folder: Path, *, later_s: int, **surroundings: str) -> list[str]:
    """The hash of every report, made by another process at another time and place."""
    command = [sys.executable, "-c", MAKE, str(folder), str(later_s)]
    environment = {**os.environ, **surroundings}
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.splitlines()


def test_two_processes_with_their_own_clocks_make_the_same_bytes(tmp_path: Path) -> None:
    installation = open_installation(tmp_path)
    fill(installation)
    installation.store.close()
    installation.registry.close()
    ours = _made(tmp_path, later_s=0, PYTHONHASHSEED="1", TZ="America/Los_Angeles", LC_ALL="C")
    theirs = _made(tmp_path, later_s=40_000_000, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert [line.rsplit(" ", 1)[0] for line in ours] == [
        f"{language} {form}" for language in LANGUAGES for form in FORMATS
    ]
    assert ours == theirs


@pytest.mark.parametrize("form", FORMATS)
def test_the_service_hands_out_what_it_noted(tmp_path: Path, form: str) -> None:
    installation = open_installation(tmp_path)
    fill(installation)
    asked = f"/api/v1/pilots/{OURS}/report?format={form}&lang=sv"
    answer = installation.get(asked)
    again = installation.get(asked)
    assert answer.content == again.content
    (noted,) = installation.registry.reports(OURS)
    assert noted.sha256 == hashlib.sha256(answer.content).hexdigest()
    evaluation = msgspec.json.decode(installation.get(f"/api/v1/pilots/{OURS}/evaluation").content)
    assert noted.data_fingerprint == evaluation["data_fingerprint"]
    unchanged = installation.get(asked, **{"If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    installation.registry.put_text(OURS, "lessons", "Utbilda först.")
    changed = installation.get(asked, **{"If-None-Match": answer.headers["etag"]})
    assert changed.status_code == 200
    installation.store.close()
    installation.registry.close()


def test_the_pilots_page_leads_to_every_format(tmp_path: Path) -> None:
    installation = open_installation(tmp_path)
    fill(installation)
    page = installation.get(f"/pilots/{OURS}?lang=en").text
    for form in FORMATS:
        assert f"/report?format={form}&amp;lang=en" in page
    installation.store.close()
    installation.registry.close()
