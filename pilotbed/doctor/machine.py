"""The machine that everything runs on."""

import shutil
from datetime import UTC, datetime

from pilotbed.doctor.finding import Finding
from pilotbed.settings import Settings

LOW_DISK_BYTES = 2 * 1024**3
"""A pilot of 40 beds writes about a gigabyte a year; below two, cleaning up cannot wait."""


def clock() -> Finding:
    """Whether the clock can be right at all."""
    now = datetime.now(UTC)
    if now.year < 2025:
        return Finding(
            "clock", "failed", f"it is {now:%Y-%m-%d} here: set the clock, or every reading is refused"
        )
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def disk(chosen: Settings) -> Finding:
    """Room for what the folder keeps."""
    free = shutil.disk_usage(chosen.data if chosen.data.exists() else chosen.data.absolute().parent).free
    text = f"{free / 1024**3:.1f} GiB free for {chosen.data}"
    return Finding("disk", "warning" if free < LOW_DISK_BYTES else "ok", text)
