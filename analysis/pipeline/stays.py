"""Which device stood with which participant when, and what it sent meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.series import Times
from pilots.records import Device
from store import STREAMS, Readings

if TYPE_CHECKING:
    # Processes that compute know no registry, which takes half a second to load.
    from pilots.registry import Registry

FOREVER = 2**62
"""The end of a stay that has none."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A device stood with one participant during [start, end) µs UTC."""

    device: Device
    start: int
    end: int

    def within(self, start: int, end: int) -> "Stay | None":
        """The part in [start, end), None when there is none."""
        start, end = max(self.start, start), min(self.end, end)
        return Stay(self.device, start, end) if end > start else None


@dataclass(frozen=True, slots=True)
class StayReadings:
    """Readings of one device and stream while it stood with one participant, [start, end) µs UTC.

    `time` and `received` (n,) µs UTC, by time; `columns` holds (n,) arrays as the store gives them. A
    number column that no reading carries is left out. `interval_s` is the expected time between readings.
    """

    start: int
    end: int
    interval_s: float | None
    time: Times
    received: Times
    columns: Mapping[str, NDArray[Any]]

    def within(self, start: int, end: int) -> "StayReadings":
        """The part in [start, end)."""
        part = slice(*self.time.searchsorted((start, end)).tolist())
        return StayReadings(
            max(self.start, start),
            min(self.end, end),
            self.interval_s,
            self.time[part],
            self.received[part],
            {name: values[part] for name, values in self.columns.items()},
        )


def stays_by_participant(registry: "Registry", pilot: str) -> dict[str, list[Stay]]:
    """{code: stays in order of start} of a pilot's devices; a stay ends when the participant leaves."""
    devices = {device.device: device for device in registry.devices(pilot)}
    left = {person.code: person.left_us for person in registry.participants(pilot)}
    found: dict[str, list[Stay]] = {code: [] for code in left}
    for assignment in sorted(registry.assignments(pilot), key=lambda each: (each.start_us, each.device)):
        end = FOREVER if assignment.end_us is None else assignment.end_us
        gone = left[assignment.participant]
        stay = Stay(devices[assignment.device], assignment.start_us, end if gone is None else min(end, gone))
        if stay.end > stay.start:
            found[assignment.participant].append(stay)
    return found


def stay_readings(stream: str, stay: Stay, readings: Readings | None) -> StayReadings:
    """Of the device's `readings` on `stream`, None where it sent nothing, those during the stay."""
    if readings is None:
        none = np.empty(0, np.int64)
        texts = {
            column.name: np.empty(0, object) for column in STREAMS[stream].columns if column.kind == "text"
        }
        return StayReadings(stay.start, stay.end, stay.device.interval_s, none, none, texts)
    part = slice(*np.searchsorted(readings.time, (stay.start, stay.end)).tolist())
    columns = {name: values[part] for name, values in readings.columns.items()}
    return StayReadings(
        stay.start,
        stay.end,
        stay.device.interval_s,
        readings.time[part],
        readings.received[part],
        {name: values for name, values in columns.items() if _carried(values)},
    )


def in_time_order(
    readings: Sequence[StayReadings], columns: Sequence[str]
) -> tuple[Times, dict[str, NDArray[Any]]]:
    """Several devices' readings as one series: times (n,) ascending, and the columns asked for, each (n,).

    A column that a device does not carry is NaN there.
    """
    if len(readings) == 1:
        return readings[0].time, {name: _of(readings[0], name) for name in columns}
    time = np.concatenate([np.empty(0, np.int64), *(each.time for each in readings)])
    order = np.argsort(time, kind="stable")
    return time[order], {
        name: np.concatenate([_of(each, name) for each in readings] or [np.empty(0, np.float64)])[order]
        for name in columns
    }


def _of(readings: StayReadings, name: str) -> NDArray[Any]:
    values = readings.columns.get(name)
    return np.full(len(readings.time), np.nan) if values is None else values


def _carried(values: NDArray[Any]) -> bool:
    return values.dtype == np.object_ or not bool(np.isnan(values).all())
