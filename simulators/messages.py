"""Readings as the native JSON of the devices: columns for many samples, objects for few events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from simulators.alarms import Alarm
from simulators.beds import INTERVAL_S, BedSamples
from simulators.staff import Visit
from simulators.timing import HOUR, SECOND
from simulators.trackers import Fixes

SAMPLES_AN_HOUR = 3600 // INTERVAL_S

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way: `payload` is UTF-8 JSON holding `readings` readings."""

    device: str
    stream: str
    payload: bytes
    readings: int


def _written(lowest: int, highest: int, width: int) -> NDArray[np.void]:
    """Every number of hundredths from `lowest` to `highest` as text with a comma, `width` bytes each."""
    numbers = (f"{value / 100:{width - 1}.2f},".encode() for value in range(lowest, highest + 1))
    return np.frombuffer(b"".join(numbers), dtype=f"V{width}")


# Looking 26 million pairs of values up in a table takes 0.15 s, rounding and encoding each of them 3 s.
_LOWEST_LOAD = -5_000
_LOAD = _written(_LOWEST_LOAD, 99_999, 7)
_MOVEMENT = _written(0, 100, 5)


def bed_messages(device: str, samples: BedSamples) -> Iterable[Message]:
    """One message an hour with 0.01 kg and 0.01 of movement, as a scale prints them; whole hours only.

    An hour with a load that is NaN is not sent: the bed was without power, or showed what no stream takes.
    """
    dark = np.isnan(samples.load_kg)
    sent = {"load_kg": samples.load_kg}
    if samples.legs_kg is not None:
        sent = {f"load{number}_kg": leg for number, leg in enumerate(samples.legs_kg, start=1)}
    loads = {
        name: _text(np.where(dark, np.float32(0.0), load), _LOAD, _LOWEST_LOAD) for name, load in sent.items()
    }
    movement = _text(samples.movement, _MOVEMENT)
    for hour in range(len(samples.load_kg) // SAMPLES_AN_HOUR):
        if dark[hour * SAMPLES_AN_HOUR : (hour + 1) * SAMPLES_AN_HOUR].any():
            continue
        payload = b'{"start":%d,"interval_s":%d,%b,"movement":[%b]}' % (
            (samples.start + hour * HOUR) // SECOND,
            INTERVAL_S,
            b",".join(
                b'"%b":[%b]' % (name.encode(), _hour(load, hour, _LOAD.itemsize))
                for name, load in loads.items()
            ),
            _hour(movement, hour, _MOVEMENT.itemsize),
        )
        yield Message(device, "bed", payload, SAMPLES_AN_HOUR)


def _text(values: NDArray[np.float32], written: NDArray[np.void], lowest: int = 0) -> bytes:
    hundredths = np.rint(values * np.float32(100.0)).astype(np.int64)
    return bytes(written.take(hundredths - lowest).tobytes())


def _hour(text: bytes, hour: int, width: int) -> bytes:
    length = SAMPLES_AN_HOUR * width
    return text[hour * length : (hour + 1) * length - 1]


def gps_message(device: str, fixes: Fixes) -> Message:
    """A day's fixes in one message of columns."""
    columns = {
        "time": (fixes.time // SECOND).tolist(),
        "lat": np.round(fixes.lat, 6).tolist(),
        "lon": np.round(fixes.lon, 6).tolist(),
        "accuracy_m": np.round(fixes.accuracy_m, 1).tolist(),
    }
    return Message(device, "gps", _encode(columns), len(fixes.time))


def visit_message(device: str, visits: Sequence[Visit]) -> Message:
    """Entries of the log in one message, an object each, without what an entry does not say."""
    entries = [
        {
            name: value
            for name in ("visit", "mode", "planned", "outcome", "role")
            if (value := getattr(visit, name)) is not None
        }
        | {"time": visit.time // SECOND}
        for visit in visits
    ]
    return Message(device, "visit", _encode(entries), len(entries))


ROLE_BY_STAGE = {"acknowledged": "night_staff", "arrived": "night_staff", "closed": "alarm_centre"}


def alarm_message(device: str, alarms: Sequence[Alarm]) -> Message:
    """The stages of alarms in time order, an object each; cause with the raise, outcome with the end."""
    readings: list[dict[str, object]] = []
    happened = ((at, stage, alarm) for alarm in alarms for at, stage in alarm.stages())
    for at, stage, of in sorted(happened, key=lambda event: event[0]):
        reading: dict[str, object] = {"time": at // SECOND, "alarm": of.alarm, "stage": stage}
        if stage == "raised":
            reading["cause"] = of.cause
        if stage in ("closed", "cancelled") and of.outcome is not None:
            reading["outcome"] = of.outcome
        if stage in ROLE_BY_STAGE:
            reading["role"] = ROLE_BY_STAGE[stage]
        readings.append(reading)
    return Message(device, "alarm", _encode(readings), len(readings))


def status_message(device: str, time: int, values: dict[str, object]) -> Message:
    """One report of a device's own condition."""
    return Message(device, "status", _encode({"time": time // SECOND} | values), 1)
