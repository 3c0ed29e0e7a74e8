"""Which windows are due for a participant, and what each would be made from as things stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.families import EPOCHS, FAMILIES, Family
from analysis.pipeline.fingerprints import METHOD_VERSION, Int64, Trails, mixed, salt, signed, whole_hours
from analysis.pipeline.months import BED_MARGIN_US
from analysis.pipeline.reduced_nights import ReducedNights
from analysis.pipeline.stays import Stay
from analysis.pipeline.windows import Window, days, nights, reduced
from analysis.series import HOUR_US, Times
from pilots.plan import Costs, Plan
from pilots.records import Device, Home
from store import KINDS, EpochIndex, HourCounts, TimeSeriesStore

WIDEST_MARGIN_US = 48 * HOUR_US
"""No family looks farther around its windows for readings; alarms, the farthest, look a day."""

DAYS_OF_A_MONTH = 31

DAYS_OF_EPOCHS = 2 + max(
    -(-need.before_us // (24 * HOUR_US))
    for family in FAMILIES.values()
    for need in family.needs
    if need.stream == EPOCHS
)
"""So many days earlier than a window begins what it looks back on of a bed's nights."""


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

    def by_month(self, index: Int64) -> dict[date, slice]:
        """By first day of a month which of the windows at `index` (d,), ascending, lie in it."""
        if not len(index):
            return {}
        number = self.place[index] // DAYS_OF_A_MONTH
        if number[0] == number[-1]:
            return {self.months[number[0]]: slice(0, len(index))}
        bounds = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(index)]
        return {self.months[number[start]]: slice(start, end) for start, end in pairwise(bounds)}

    def until(self, past: int) -> "Windows":
        """The first `past` of them."""
        return Windows(self.all[:past], self.start[:past], self.end[:past], self.months, self.place[:past])


@dataclass(frozen=True, slots=True)
class Due:
    """The windows of one family (w,) for some participants (p,): which are `due`, what each would be made
    from, and whether some of that has been purged; each (p, w)."""

    due: NDArray[np.bool_]
    made_from: Int64
    purged: NDArray[np.bool_]


@dataclass(slots=True)
class Sources:
    """What the store holds of a pilot's devices, asked for once.

    `windows` are nights, days, and what a bed's readings are reduced by (`EPOCHS`), and `beds` all that can
    send these. What a bed sent from `beds_until` on, µs UTC, is not seen yet.
    """

    windows: dict[str, Windows]
    hours: dict[str, dict[str, HourCounts]]
    index: dict[str, EpochIndex]
    beds: Sequence[Device] = ()
    beds_until: int = 0
    _trails: dict[str, Trails] = field(default_factory=dict)
    _reduced: ReducedNights | None = None

    @classmethod
    def read(
        cls,
        store: TimeSeriesStore,
        plan: Plan,
        devices: Iterable[Device],
        now_us: int,
        first: date | None = None,
    ) -> "Sources":
        """Of every window that is over by `now_us`, or of those alone that are called by the day `first` or
        later, with as much before as they look back on."""
        over = {"night": nights(plan, now_us), "day": days(plan, now_us), EPOCHS: reduced(plan, now_us)}
        ever = min((each[0].start for each in over.values() if each), default=0) - WIDEST_MARGIN_US
        if first is not None:
            back = {"night": first, "day": first, EPOCHS: first - timedelta(days=DAYS_OF_EPOCHS)}
            over = {kind: [each for each in of if each.day >= back[kind]] for kind, of in over.items()}
        windows = {kind: Windows.of(of_kind) for kind, of_kind in over.items()}
        opens = [each.start[0] for each in windows.values() if len(each.start)]
        closes = [each.end[-1] for each in windows.values() if len(each.end)]
        if not opens:
            return cls(windows, {}, {})
        last = int(windows[EPOCHS].end.max(initial=0))
        start, end = int(min(opens)) - WIDEST_MARGIN_US, int(max(closes)) + WIDEST_MARGIN_US
        streams = {need.stream for family in FAMILIES.values() for need in family.needs}
        by_stream = {
            stream: [device.device for device in devices if stream in KINDS[device.kind]]
            for stream in streams
        }
        beds = [device for device in devices if EPOCHS in KINDS[device.kind]]
        return cls(
            windows,
            {
                # Whether a device has ever sent an alarm bears on all its days.
                stream: dict(store.hours_of(stream, names, ever if stream == "alarm" else start, end))
                for stream, names in by_stream.items()
            },
            dict(store.epoch_index(by_stream[EPOCHS], start, end)),
            beds,
            # Else a night would be made anew with each of the readings that come in the hours after it.
            last + BED_MARGIN_US if now_us >= last + BED_MARGIN_US else last,
        )

    @property
    def alarmed(self) -> frozenset[str]:
        """The devices that ever sent an alarm."""
        return frozenset(self.hours.get("alarm", {}))

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

    def due(
        self,
        family: Family,
        stays_of: Sequence[Sequence[Stay]],
        homes: Sequence[Home | None],
        costs: Costs,
    ) -> Due:
        """The family's windows in which one of a participant's stays (p,) bears on it."""
        windows = self.windows_of(family)
        rests_on = [
            salt(
                METHOD_VERSION,
                family.name,
                home if family.sees_home else None,
                costs if family.sees_costs else None,
            )
            for home in homes
        ]
        sums = mixed(windows.start, windows.end, np.array(rests_on, np.uint64)[:, None])
        due, purged = np.zeros(sums.shape, np.bool_), np.zeros(sums.shape, np.bool_)
        for place, need in enumerate(family.needs):
            found = [
                (who, stay)
                for who, stays in enumerate(stays_of)
                for stay in stays
                if self.counts(need.stream, stay)
            ]
            if not found:
                continue
            stays = [stay for _, stay in found]
            who, firsts = np.unique([who for who, _ in found], return_index=True)
            opens = np.array([[stay.start] for stay in stays], np.int64)
            closes = np.array([[stay.end] for stay in stays], np.int64)
            inside = (windows.start < closes) & (windows.end > opens)
            if need.stream in family.due_by:
                due[who] |= np.logical_or.reduceat(inside, firsts)
            start = np.maximum(windows.start - need.before_us, opens)
            end = np.minimum(windows.end + need.after_us, closes)
            # Readings around a window count while the stay touches it; epochs before it in any case.
            active = (end > start) if need.stream == EPOCHS else inside
            devices = [stay.device for stay in stays]
            salts = [[salt(place, device.device, device.interval_s)] for device in devices]
            names = [device.device for device in devices]
            if need.stream == EPOCHS:
                prints, gone = self.reduced.between(names, start, end)
            else:
                prints, gone = self.trails(need.stream).between(names, *whole_hours(start, end))
            parts = mixed(prints, mixed(start, end, np.array(salts, np.uint64)))
            sums[who] += np.add.reduceat(np.where(active, parts, np.uint64(0)), firsts)
            purged[who] |= np.logical_or.reduceat(active & gone, firsts)
        return Due(due, signed(mixed(sums)), purged)

    def counts(self, stream: str, stay: Stay) -> bool:
        """Whether a stay bears on what is made of a stream: the device can send its stream.

        Many kinds can send alarms and most never do: a bed that only weighs would dilute the alarms of a
        device-day, so it counts from its first alarm on, for all its days; an alarm button counts always.
        """
        device = stay.device
        if stream not in KINDS[device.kind]:
            return False
        return stream != "alarm" or device.kind == "alarm" or self.has("alarm", device.device)

    def heard(self, stream: str, stays: Sequence[Stay]) -> list[Stay]:
        """The stays in whose hours the device sent anything on the stream."""
        if not stays:
            return []
        start = np.array([[stay.start] for stay in stays], np.int64)
        end = np.array([[stay.end] for stay in stays], np.int64)
        names = [stay.device.device for stay in stays]
        heard = self.trails(stream).any_between(names, *whole_hours(start, end))
        return [stay for stay, each in zip(stays, heard[:, 0].tolist(), strict=True) if each]

    def trails(self, stream: str) -> Trails:
        """The fingerprints of the devices' hours."""
        if stream not in self._trails:
            self._trails[stream] = Trails.of_hours(self.hours.get(stream, {}))
        return self._trails[stream]

    @property
    def reduced(self) -> ReducedNights:
        """The beds' first morning and nights as epochs."""
        if self._reduced is None:
            nights = self.windows[EPOCHS]
            self._reduced = ReducedNights.of(
                self.beds, nights.start, nights.end, self.trails(EPOCHS), self.beds_until, self.index
            )
        return self._reduced


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)
