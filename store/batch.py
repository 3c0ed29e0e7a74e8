"""What passes between ingest and the store: columns of readings, refused messages, and counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.streams import Stream

Int64 = NDArray[np.int64]
ColumnArray = NDArray[Any]

TIME_FROM_DEVICE = 0
TIME_FROM_RECEIPT = 1
TIME_SOURCES = ("device", "received")
"""`time_source` by its code."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings of one stream on their way into the store, column by column.

    `devices` lists names; `device` (n,) int32 points into it. `time` and `received` (n,) are integer
    microseconds UTC, `time_source` (n,) int8 is `TIME_FROM_DEVICE` or `TIME_FROM_RECEIPT`. `columns`
    holds (n,) arrays by column name: float32 or float64 with NaN for absent (booleans as 0, 1, NaN),
    object arrays of str or None for text, int64 with `ABSENT_SEQUENCE` for `seq`. A column that no row
    carries may be left out. Rows stand in order of arrival: where a key comes twice, the last stands.
    """

    stream: Stream
    devices: tuple[str, ...]
    device: NDArray[np.int32]
    time: Int64
    received: Int64
    time_source: NDArray[np.int8]
    columns: Mapping[str, ColumnArray]

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one device and stream, in time order, each key once.

    Arrays as in `Batch`; every column that was asked for is there, filled with NaN or None where absent.
    """

    stream: Stream
    device: str
    time: Int64
    received: Int64
    time_source: NDArray[np.int8]
    columns: Mapping[str, ColumnArray]

    def __len__(self) -> int:
        return len(self.time)

    def last(self) -> dict[str, Any]:
        """The last reading, of at least one, as {"time", "received", column: value}; absent is None."""
        values = {name: _plain(column[-1]) for name, column in self.columns.items()}
        return {"time": int(self.time[-1]), "received": int(self.received[-1])} | values


def _plain(value: Any) -> Any:
    """A NumPy value as a Python one, NaN as None."""
    if value is None or isinstance(value, str):
        return value
    return None if np.isnan(value) else value.item()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be decoded. `payload` is None where it may carry identity.

    `pilot` and `device` are the parts of its topic where they are known, for access and for quality.
    """

    received: int
    topic: str
    reason: str
    code: str
    size: int
    sha256: str
    payload: bytes | None
    fields: tuple[str, ...] = ()
    pilot: str | None = None
    device: str | None = None
    qos: int = 1


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter with the number the store gave it."""

    id: int
    letter: DeadLetter


@dataclass(slots=True)
class IntakeCounts:
    """What a batch says about its devices beyond the readings, kept in the same commit.

    `unknown_fields[(device, field)]` counts fields we have no column for; `qos0_messages[device]`
    counts messages that a broker crash could have lost; `set_aside[(device, reason)]` counts what was
    understood and is no reading.
    """

    unknown_fields: dict[tuple[str, str], int] = field(default_factory=dict)
    qos0_messages: dict[str, int] = field(default_factory=dict)
    set_aside: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commit:
    """What one durable commit did: rows it was given, and how many of them repeated a known key."""

    rows: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What commits and deletes have done since one of them: the number of the newest that touched readings,
    and the first UTC hour, counted from 1970, in which they did, of any device and stream; None without any.
    """

    revision: int
    first_hour: int | None


@dataclass(frozen=True, slots=True)
class HourCounts:
    """Readings of one device and stream per UTC hour, ascending; only hours that hold or held readings.

    `hour` (n,) int64 is the hour's number since 1970, `readings` (n,) int64 how many distinct readings
    it holds, `revision` (n,) int64 the number of the last commit or delete that touched it: equal
    revisions mean unchanged input.
    """

    hour: Int64
    readings: Int64
    revision: Int64


@dataclass(frozen=True, slots=True)
class DeviceQuality:
    """What the store knows of one device and stream in an interval, for the quality page.

    `lateness_p95_s` is the 95th percentile of received - time, without what was brought in over a week
    later; `clock_offset_s` its median over readings not received more than an hour late: a live message's
    delay is small, so what remains is the device's clock. NaN where there are none.
    """

    device: str
    stream: str
    readings: int
    first: int | None
    last: int | None
    lateness_p95_s: float
    clock_offset_s: float
