"""Which windows are due for a participant, and what each would be made from as things stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.families import EPOCHS, FAMILIES, Family
from analysis.pipeline.fingerprints import Int64, Prints, Trail, mixed, salt, whole_hours
from analysis.pipeline.months import BED_MARGIN_US
from analysis.pipeline.stays import Stay
from analysis.pipeline.windows import Window, days, nights, reduced
from analysis.series import HOUR_US, Times
from pilots.plan import Plan
from pilots.records import Device, Home
from store import KINDS, EpochBlock, EpochIndex, HourCounts, TimeSeriesStore

WIDEST_MARGIN_US = 48 * HOUR_US
"""No family looks farther around its windows for readings; alarms, the farthest, look a day."""

DAYS_OF_A_MONTH = 31

NOTHING_SENT = HourCounts(*(np.empty(0, np.int64) for _ in range(3)))
NO_BLOCKS = EpochIndex(*(np.empty(0, np.int64) for _ in range(2)))


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of the plan that are over: the windows, and where each starts and ends (w,).

    `months` are the first days of the months that they lie in, and `place` (w,) is where each stands when
    every month has `DAYS_OF_A_MONTH` places.
    """

    all: Sequence[Window]
    start: Times
    end: Times
    months: Sequence[date]
    place: Int64

    @classmethod
    def of(cls, windows: Sequence[Window]) -> "Windows":
        months = sorted({month_of(window.day) for window in windows})
        opens = {month: DAYS_OF_A_MONTH * number - 1 for number, month in enumerate(months)}
        return cls(
            windows,
            np.array([window.start for window in windows], np.int64),
            np.array([window.end for window in windows], np.int64),
            months,
            np.array([opens[month_of(window.day)] + window.day.day for window in windows], np.int64),
        )

    def until(self, past: int) -> "Windows":
        """The first `past` of them."""
        return Windows(self.all[:past], self.start[:past], self.end[:past], self.months, self.place[:past])


@dataclass(frozen=True, slots=True)
class Blocks:
    """A bed's first morning and nights (w,): what the epochs of each would be made from; which are `stale`,
    to be reduced anew; and, as a `trail`, the same by start, with those lost: purged before reduced."""

    wanted: Int64
    stale: NDArray[np.bool_]
    trail: Trail


@dataclass(frozen=True, slots=True)
class Due:
    """The windows of one family that are due for one participant: indices (d,) into its windows,
    what each would be made from, and whether some of that has been purged."""

    index: Int64
    made_from: Int64
    purged: NDArray[np.bool_]


@dataclass(slots=True)
class Sources:
    """What the store holds of a pilot's devices, asked for once.

    `windows` are nights, days, and what a bed's readings are reduced by (`EPOCHS`).
    """

    windows: dict[str, Windows]
    hours: dict[str, dict[str, HourCounts]]
    index: dict[str, EpochIndex]
    _trails: dict[tuple[str, str], Trail] = field(default_factory=dict)
    _blocks: dict[str, Blocks] = field(default_factory=dict)

    @classmethod
    def read(cls, store: TimeSeriesStore, plan: Plan, devices: Iterable[Device], now_us: int) -> "Sources":
        """Of every window that is over by `now_us`."""
        windows = {
            "night": Windows.of(nights(plan, now_us)),
            "day": Windows.of(days(plan, now_us)),
            EPOCHS: Windows.of(reduced(plan, now_us)),
        }
        opens = [each.start[0] for each in windows.values() if len(each.start)]
        closes = [each.end[-1] for each in windows.values() if len(each.end)]
        if not opens:
            return cls(windows, {}, {})
        start, end = int(min(opens)) - WIDEST_MARGIN_US, int(max(closes)) + WIDEST_MARGIN_US
        streams = {need.stream for family in FAMILIES.values() for need in family.needs}
        by_stream = {
            stream: [device.device for device in devices if stream in KINDS[device.kind]]
            for stream in streams
        }
        return cls(
            windows,
            {stream: dict(store.hours_of(stream, names, start, end)) for stream, names in by_stream.items()},
            dict(store.epoch_index(by_stream[EPOCHS], start, end)),
        )

    def has(self, stream: str, device: str) -> bool:
        """Whether the device ever sent anything on the stream."""
        return device in self.hours.get(stream, {})

    def windows_of(self, family: Family) -> Windows:
        """The nights or days for which what the family rests on can be there.

        The evening of a day is reduced with the night it opens: till then the day would look half silent.
        """
        windows = self.windows[family.period]
        if all(need.stream != EPOCHS for need in family.needs):
            return windows
        past = int(np.searchsorted(windows.end, self.windows[EPOCHS].end.max(initial=0), side="right"))
        return windows.until(past)

    def due(self, family: Family, stays: Sequence[Stay], home: Home | None, plan: Plan) -> Due:
        """The family's windows in which one of the participant's stays bears on it."""
        windows = self.windows_of(family)
        rests_on = home if family.sees_home else None, plan.costs if family.sees_costs else None
        prints = Prints.of(windows.start, windows.end, family.name, *rests_on)
        due = np.zeros(len(windows.start), np.bool_)
        for place, need in enumerate(family.needs):
            for stay in stays:
                if not self.counts(need.stream, stay):
                    continue
                inside = (windows.start < stay.end) & (windows.end > stay.start)
                if need.stream in family.due_by:
                    due |= inside
                start = np.maximum(windows.start - need.before_us, stay.start)
                end = np.minimum(windows.end + need.after_us, stay.end)
                # Readings around a window count while the stay touches it; epochs before it in any case.
                active = (end > start) if need.stream == EPOCHS else inside
                device = stay.device
                whole = mixed(start, end, salt(place, device.device, device.interval_s))
                if need.stream == EPOCHS:
                    prints.add(self.blocks(device).trail, self._opening(start), end, active, whole)
                else:
                    prints.add(
                        self.trail(need.stream, device.device), *whole_hours(start, end), active, whole
                    )
        index = np.flatnonzero(due)
        return Due(index, prints.values[index], prints.purged[index])

    def _opening(self, times: Times) -> Int64:
        """Where what is reduced with each of these times begins (n,); of earlier ones the first morning."""
        opens = self.windows[EPOCHS].start
        return opens[np.maximum(np.searchsorted(opens, times, side="right") - 1, 0)]

    def counts(self, stream: str, stay: Stay) -> bool:
        """Whether a stay bears on what is made of a stream: the device can send its stream.

        Many kinds can send alarms and most never do: a bed that only weighs would dilute the alarms of a
        device-day, so it counts from its first alarm on, for all its days; an alarm button counts always.
        """
        device = stay.device
        if stream not in KINDS[device.kind]:
            return False
        return stream != "alarm" or device.kind == "alarm" or self.has("alarm", device.device)

    def heard(self, stream: str, stay: Stay) -> bool:
        """Whether the device sent anything on the stream in the hours of the stay."""
        first, past = whole_hours(np.array([stay.start]), np.array([stay.end]))
        at = self.trail(stream, stay.device.device).at
        return bool(np.searchsorted(at, past) > np.searchsorted(at, first))

    def trail(self, stream: str, device: str) -> Trail:
        """The fingerprints of the device's hours."""
        key = stream, device
        if key not in self._trails:
            self._trails[key] = Trail.of_hours(self.hours.get(stream, {}).get(device, NOTHING_SENT))
        return self._trails[key]

    def blocks(self, bed: Device) -> Blocks:
        """The bed's first morning and nights as epochs."""
        if bed.device not in self._blocks:
            self._blocks[bed.device] = self._blocks_of(bed)
        return self._blocks[bed.device]

    def knows(self, bed: Device, stored: Sequence[EpochBlock]) -> bool:
        """Whether all of these epochs of the bed are as they were found, or as this run would make them."""
        index, nights = self.index.get(bed.device, NO_BLOCKS), self.windows[EPOCHS].start
        found = dict(zip(index.start.tolist(), index.fingerprint.tolist(), strict=True))
        wanted = dict(zip(nights.tolist(), self.blocks(bed).wanted.tolist(), strict=True))
        return all(block.fingerprint in (found.get(block.start), wanted.get(block.start)) for block in stored)

    def _blocks_of(self, bed: Device) -> Blocks:
        nights = self.windows[EPOCHS]
        trail = self.trail(EPOCHS, bed.device)
        first, past = whole_hours(nights.start - BED_MARGIN_US, nights.end + BED_MARGIN_US)
        prints = Prints.of(nights.start, nights.end, "epochs", bed.device, bed.interval_s)
        prints.add(trail, first, past, np.ones(len(nights.start), np.bool_))
        heard = np.searchsorted(trail.at, past) > np.searchsorted(trail.at, first)
        wanted = np.where(heard, prints.values, 0)
        known = self.index.get(bed.device, NO_BLOCKS)
        at = np.searchsorted(known.start, nights.start)
        there = at < len(known.start)
        there[there] = known.start[at[there]] == nights.start[there]
        kept = np.zeros(len(wanted), np.int64)
        kept[there] = known.fingerprint[at[there]]
        # Of a night whose readings have been purged, what was made before stands.
        sealed = prints.purged & there
        wanted = np.where(sealed, kept, wanted)
        stale = heard & ~prints.purged & ~(there & (kept == wanted))
        lost = prints.purged & ~there
        return Blocks(wanted, stale, Trail.over(nights.start, mixed(wanted), lost))


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)
