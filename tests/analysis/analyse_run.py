"""`pilotbed analyse` as a process that can be disturbed."""

import contextlib
import sqlite3
import subprocess
from pathlib import Path

from msgspec.msgpack import decode

from pilots.daily_columns import DailyColumns
from tests.analysis.long_pilot import installation_of
from tests.analysis.pipeline_pilot import PILOT
from tests.running import COMMAND, ENOUGH_S
from tests.waiting import wait_for


class Run:
    """`pilotbed analyse` as a terminal starts it: with its own processes, a group."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        installation = installation_of(folder, **environment)
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
    def said(self) -> list[str]:
        """Its lines beside the bar."""
        lines = (self.folder / "said.txt").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith("Days computed ")]

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
    months = registry.execute("SELECT content FROM month_values")
    return sum(len(decode(content, type=DailyColumns)) for (content,) in months)
