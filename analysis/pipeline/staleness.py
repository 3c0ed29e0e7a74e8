"""What a daily value was made from, as a fingerprint: equal fingerprints need no new computation."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.pipeline.families import Family
from analysis.pipeline.stays import Stay
from analysis.pipeline.windows import Window
from analysis.series import HOUR_US
from pilots.records import DailyValue, Home
from store import HourCounts, TimeSeriesStore

METHOD_VERSION = "1"
"""Raised whenever a method changes its figures: every daily value is then made anew."""

NOT_HERE = hashlib.sha256(b"no device stood here").hexdigest()
"""The fingerprint of a value that was there before its device's stay was taken back."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a window would be computed from: its fingerprint, and whether some of it has been purged."""

    fingerprint: str
    purged: bool


@dataclass(frozen=True, slots=True)
class Revisions:
    """The store's hours of each device and stream in [start, end) µs UTC, asked for once."""

    store: TimeSeriesStore
    start: int
    end: int
    _known: dict[tuple[str, str], HourCounts] = field(default_factory=dict)

    def hours(self, stream: str, device: str) -> HourCounts:
        """Every hour of the device that holds or held readings."""
        key = stream, device
        if key not in self._known:
            self._known[key] = self.store.hours(stream, device, self.start, self.end)
        return self._known[key]

    def has(self, stream: str, device: str) -> bool:
        """Whether the device ever sent anything on the stream."""
        return len(self.hours(stream, device).hour) > 0


def window_input(
    family: Family, window: Window, stays: Sequence[Stay], home: Home | None, revisions: Revisions
) -> Input:
    """The input of one window: the method, the window, the home, the stays and their hours' revisions.

    Hours that held readings and hold none any more are purged: retention deletes by hours and days, and
    what was made from them cannot be made again.
    """
    digest = hashlib.sha256(f"{METHOD_VERSION} {family.name} {window.start} {window.end}".encode())
    if family.name == "gps":
        digest.update(repr(home).encode())
    purged = False
    for stay in stays:
        part = stay.within(window.start - family.margin_us, window.end + family.margin_us)
        if part is None:
            continue
        device = stay.device
        digest.update(f"|{device.device} {device.interval_s} {part.start} {part.end}|".encode())
        hours = revisions.hours(family.stream, device.device)
        inside = slice(
            int(np.searchsorted(hours.hour, part.start // HOUR_US)),
            int(np.searchsorted(hours.hour, -(-part.end // HOUR_US))),
        )
        digest.update(hours.hour[inside].tobytes())
        digest.update(hours.revision[inside].tobytes())
        purged = purged or bool((hours.readings[inside] == 0).any())
    return Input(digest.hexdigest(), purged)


def weights_fingerprint(weights: Sequence[DailyValue]) -> str:
    """The fingerprint of what is derived from these nightly weights."""
    digest = hashlib.sha256(f"{METHOD_VERSION} weights".encode())
    for weight in weights:
        digest.update(f"|{weight.day.toordinal()} {weight.value!r}".encode())
    return digest.hexdigest()
