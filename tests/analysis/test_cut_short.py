"""A run that is cut short leaves whole days only, and the next one ends where it would have ended itself."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.analysis.long_pilot import computed, installation_of, whole_windows
from tests.analysis.pipeline_pilot import PILOT
from tests.running import COMMAND, ENOUGH_S
from tests.waiting import wait_for


class Run:
    """`pilotbed analyse` as a terminal starts it: with its own processes, a group."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        installation = installation_of(folder, PILOTBED_WORKERS=str(workers))
        installation.folder.mkdir(exist_ok=True)
        with (folder / "said.txt").open("wb") as said:
            self.process = subprocess.Popen(
                [*COMMAND, "analyse", PILOT],
                cwd=installation.folder,
                env=installation.environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def ends(self) -> int:
        return self.process.wait(ENOUGH_S)

    def others(self) -> list[int]:
        """Those of its processes beside the first that still run."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    found.append(int(stat.parent.name))
        return [each for each in found if each != self.process.pid]

    def wait_for_values(self, number: int) -> None:
        """Until so many daily values are written, or it has ended."""
        registry = sqlite3.connect(f"file:{self.folder / 'registry.db'}?mode=ro", uri=True, timeout=ENOUGH_S)
        try:
            wait_for(
                lambda: self.process.poll() is not None or _count(registry) >= number, "values", ENOUGH_S
            )
        finally:
            registry.close()


def _count(registry: sqlite3.Connection) -> int:
    return int(registry.execute("SELECT count(*) FROM daily_values").fetchone()[0])


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_any_moment_it_leaves_whole_days_and_no_process(folder, undisturbed, workers):
    moments = random.Random(workers)
    stood = 0
    for _ in range(4):
        run = Run(folder, workers)
        run.wait_for_values(stood + moments.choice((0, 1, 5_000)))
        time.sleep(moments.random())
        others = run.others()
        run.process.kill()
        run.ends()
        wait_for(lambda run=run: not run.others(), f"the end of {others}")
        stands = whole_windows(folder)
        assert stands.items() <= undisturbed.items()
        stood = sum(map(len, stands.values()))
    computed(folder)
    assert whole_windows(folder) == undisturbed


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_it_in_one_line_and_keeps_what_was_computed(folder, undisturbed, workers):
    run = Run(folder, workers)
    run.wait_for_values(1)
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.ends() == 130
    said = [line for line in run.said.splitlines() if not line.startswith("Days computed ")]
    assert said == ["stopped; what was computed stands, the next run goes on"]
    wait_for(lambda: not run.others(), "the end of its processes")
    stands = whole_windows(folder)
    assert 0 < len(stands) < len(undisturbed)
    assert stands.items() <= undisturbed.items()
    computed(folder)
    assert whole_windows(folder) == undisturbed
