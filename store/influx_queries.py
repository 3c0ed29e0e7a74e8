"""Parts of InfluxQL statements. Times are integer microseconds UTC, as everywhere outside InfluxDB."""

import re
from collections.abc import Iterable

from store.influx_connection import EARLIEST_NS, LATEST_NS

HOUR_US = 3_600_000_000


def literal(text: str) -> str:
    """Text as a string in a statement."""
    escaped = text.replace("\\", r"\\").replace("'", r"\'").replace("\n", r"\n")
    return f"'{escaped}'"


def of_devices(devices: Iterable[str]) -> str:
    """The condition that a point is one of these devices'."""
    names = list(devices)
    if len(names) == 1:
        return f'"device" = {literal(names[0])}'
    # Of some hundred names joined by OR the server takes longer to make sense than for all the rest.
    pattern = "|".join(re.escape(name) for name in names).replace("/", r"\/")
    return f'"device" =~ /^(?:{pattern})$/'


def between(start: int, end: int) -> str:
    """The condition that a point is in [start, end)."""
    return f"time >= {nanoseconds(start)} AND time < {nanoseconds(end)}"


def nanoseconds(time: int) -> int:
    """The same moment in nanoseconds, or the first or last one that InfluxDB can hold."""
    return min(max(time * 1000, EARLIEST_NS), LATEST_NS)


def quoted(names: Iterable[str]) -> str:
    """Column names as a statement lists them."""
    return ", ".join(f'"{name}"' for name in names)
