"""One participant's months, one after the other: what is stale, read, handed out, and taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.due import DAYS_OF_A_MONTH, Due, Sources, Windows, month_of
from analysis.pipeline.families import EPOCHS, FAMILIES, Need
from analysis.pipeline.measured import PURGED, Measured, absent
from analysis.pipeline.months import (
    BED_COLUMNS,
    BED_MARGIN_US,
    BedStay,
    KnownWeights,
    Made,
    RawBed,
    Unit,
    weights_made_from,
)
from analysis.pipeline.stays import Stay, StayReadings
from analysis.pipeline.weights import REACH_NIGHTS, WEIGHT_METRICS, note_weight
from analysis.pipeline.windows import Window
from pilots.plan import Plan
from pilots.records import DailyValue, Home, Inputs, MonthOfValues
from store import EpochBlock, Readings, TimeSeriesStore

WEIGHTS = "weights"
"""The family of what is derived from nightly weights."""

NOT_MADE, SEALED = 0, 1
"""No fingerprints: of a day without values, and of one of which something has been purged since it was made:
what comes later cannot make it anew."""

_NO_INPUTS: Sequence[int | None] = [None] * DAYS_OF_A_MONTH

BED = "bed"
"""The family whose nights carry weights."""


class _Overtaken(Exception):
    """Another run has put epochs of its own in the place of those that a month rests on."""


@dataclass(slots=True)
class _Month:
    """What is to be done in one month: windows to make, days that have gone, days that were purged first."""

    inputs: dict[str, list[int | None]]
    stale: dict[str, list[Window]] = field(default_factory=dict)
    prints: dict[str, list[int]] = field(default_factory=dict)
    values: list[DailyValue] = field(default_factory=list)
    gone: list[tuple[str, date]] = field(default_factory=list)
    nights: list[date] = field(default_factory=list)
    changed: bool = False

    def made_from(self, family: str, day: date) -> int | None:
        return self.inputs.get(family, _NO_INPUTS)[day.day - 1]

    def note(self, family: str, day: date, made_from: int | None) -> None:
        self.inputs.setdefault(family, [*_NO_INPUTS])[day.day - 1] = made_from
        self.changed = True


@dataclass(frozen=True, slots=True)
class Finished:
    """A month that is to be written: epochs first, so that no figure stands without what it was made from."""

    month: MonthOfValues
    blocks: Sequence[EpochBlock]
    windows: int


class ParticipantRun:
    """The months of one participant that need work, in order: each looks back on those before.

    `stale` counts windows to be made of readings, `unchanged` those left alone. `overtaken`: another run
    has reduced a night meanwhile, and a month that rests on it was left out.
    """

    def __init__(
        self,
        plan: Plan,
        participant: str,
        home: Home | None,
        stays: Sequence[Stay],
        sources: Sources,
        known: Mapping[date, Inputs],
        weights: Sequence[tuple[date, float]],
    ) -> None:
        self.participant = participant
        self._plan = plan
        self._home = home
        self._stays = stays
        self._sources = sources
        self._known = known
        self._weights = {day.toordinal(): kg for day, kg in weights}
        self._fresh: dict[tuple[str, int], EpochBlock] = {}
        self._read: dict[str, list[StayReadings]] = {}
        self._stored: Mapping[str, Sequence[EpochBlock]] = {}
        self._raw: dict[str, Readings] = {}
        self._months = {
            month: _Month({family: list(prints) for family, prints in inputs.items()})
            for month, inputs in known.items()
        }
        self._derived: set[date] | None = None
        self.stale = 0
        self.unchanged = 0
        self.overtaken = False
        for family in FAMILIES.values():
            self._compare(family.name, sources.due(family, stays, home, plan))

    def _compare(self, name: str, due: Due) -> None:
        family = FAMILIES[name]
        windows = self._sources.windows_of(family)
        before = self._before(name, windows)
        same = (before[due.index] == due.made_from) & ~due.purged
        done = same | due.purged | (before[due.index] == SEALED)
        for index, made_from in zip(due.index[~done].tolist(), due.made_from[~done].tolist(), strict=True):
            window = windows.all[index]
            month = self._month(window.day)
            month.stale.setdefault(name, []).append(window)
            month.prints.setdefault(name, []).append(made_from)
        self.stale += int(np.count_nonzero(~done))
        self.unchanged += int(np.count_nonzero(done))
        for index in due.index[due.purged & (before[due.index] != SEALED)].tolist():
            day = windows.all[index].day
            month = self._month(day)
            month.note(name, day, SEALED)
            if before[index] == NOT_MADE:
                month.values += [self._value(day, absent(each, PURGED)) for each in family.metrics]
        no_more = before != NOT_MADE
        no_more[due.index] = False
        for index in np.flatnonzero(no_more).tolist():
            day = windows.all[index].day
            self._take_back(name, family.metrics, day)
            if name == BED:
                self._weights.pop(day.toordinal(), None)
                self._take_back(WEIGHTS, WEIGHT_METRICS, day)
        if name == BED:
            for index in due.index.tolist():
                night = windows.all[index].day
                self._month(night).nights.append(night)

    def _before(self, family: str, windows: Windows) -> NDArray[np.int64]:
        """What the values of each window (w,) were made from, `NOT_MADE` where there are none."""
        prints: list[int | None] = []
        for month in windows.months:
            known = self._months.get(month)
            prints += _NO_INPUTS if known is None else known.inputs.get(family, _NO_INPUTS)
        return np.array([each or NOT_MADE for each in prints], np.int64)[windows.place]

    def _take_back(self, family: str, metrics: Sequence[str], day: date) -> None:
        month = self._month(day)
        month.note(family, day, None)
        month.gone += [(metric, day) for metric in metrics]

    def _month(self, day: date) -> _Month:
        first = month_of(day)
        if first not in self._months:
            self._months[first] = _Month({})
        return self._months[first]

    def units(self, store: TimeSeriesStore) -> Iterator[Unit | Finished]:
        """Month by month what is to be computed, or written as it is; ask for the next when the one before
        has been finished, or has failed: later months then look back on what stood of it."""
        for first in sorted(self._months):
            month = self._months[first]
            if month.stale or first in self._with_new_weights():
                try:
                    unit = self._unit(store, first, month)
                except _Overtaken:
                    self.overtaken = True
                else:
                    yield unit
            elif month.changed:
                yield self._finished(first, month, 0, ())
            self._months[first] = _Month({})  # a year of windows is not to be held for every participant
        self._read, self._stored, self._raw, self._fresh = {}, {}, {}, {}

    def finish(self, unit: Unit, made: Made) -> Finished:
        """The unit's month, as it is to be written."""
        month = self._months[unit.month]
        for name, windows in unit.windows.items():
            family = FAMILIES[name]
            for window, made_from, figures in zip(
                windows, month.prints[name], made.figures[name], strict=True
            ):
                known = month.made_from(name, window.day) is not None
                month.note(name, window.day, made_from)
                self._take(month, window.day, figures, family.metrics if known else ())
                if name == BED:
                    note_weight(self._weights, window.day, figures)
                    self._derived = None
        for night, figures in zip(made.weighed, made.weights, strict=True):
            self._take(month, night, figures, ())
        for night, made_from in zip(unit.weights.nights, made.weights_made_from, strict=True):
            month.note(WEIGHTS, night, made_from)
        for block in made.blocks:
            self._fresh[block.device, block.start] = block
        count = sum(len(each) for each in unit.windows.values())
        return self._finished(unit.month, month, count, made.blocks)

    def _take(self, month: _Month, day: date, figures: Sequence[Measured], before: Sequence[str]) -> None:
        month.values += [self._value(day, figure) for figure in figures]
        if before:
            made = {figure.metric for figure in figures}
            month.gone += [(metric, day) for metric in before if metric not in made]

    def _finished(self, first: date, month: _Month, windows: int, blocks: Sequence[EpochBlock]) -> Finished:
        before = self._known.get(first, {})
        written = MonthOfValues(self.participant, first, month.values, month.gone, month.inputs, before)
        return Finished(written, blocks, windows)

    def _value(self, day: date, figure: Measured) -> DailyValue:
        metric, value, n, coverage, reason, low, high = figure
        return DailyValue(self.participant, day, metric, value, low, high, n, coverage, reason)

    def _with_new_weights(self) -> set[date]:
        """The months with a night before which weights stand that its trend was not made from."""
        if self._derived is None:
            nights = sorted(night for month in self._months.values() for night in month.nights)
            known = self._known_weights(nights)
            now = weights_made_from(known.day, known.kg, nights)
            listed = zip(nights, now, known.made_from, strict=True)
            self._derived = {month_of(night) for night, made_from, before in listed if made_from != before}
        return self._derived

    def _known_weights(self, nights: Sequence[date]) -> KnownWeights:
        """What these nights, ascending, look back on."""
        if not nights:
            return KnownWeights(np.empty(0, np.int64), np.empty(0), (), ())
        first, last = nights[0].toordinal() - REACH_NIGHTS + 1, nights[-1].toordinal()
        day = [each for each in sorted(self._weights) if first <= each <= last]
        return KnownWeights(
            np.array(day, np.int64),
            np.array([self._weights[each] for each in day], np.float64),
            nights,
            [self._month(night).made_from(WEIGHTS, night) for night in nights],
        )

    # -- reading ---------------------------------------------------------------------------------------

    def _unit(self, store: TimeSeriesStore, first: date, month: _Month) -> Unit:
        raw, beds = self._beds(store, month)
        readings = self._readings(month)
        plan = self._plan
        return Unit(
            first,
            plan.zone,
            plan.costs,
            self._home,
            month.stale,
            raw,
            beds,
            readings,
            self._known_weights(month.nights),
        )

    @property
    def days(self) -> int:
        """How many days lie between the first and the last that is to be made of readings."""
        days = [
            window.day for month in self._months.values() for made in month.stale.values() for window in made
        ]
        return (max(days) - min(days)).days + 1 if days else 0

    def needed(self, stream: str) -> list[Stay]:
        """The stays, as far as the months reach, of which the stream's readings are needed."""
        spans = [span for month in self._months.values() if (span := self._spans(month).get(stream))]
        start, end = (
            min((first for first, _ in spans), default=0),
            max((last for _, last in spans), default=0),
        )
        return [
            part
            for stay in self._stays
            if self._sources.counts(stream, stay) and (part := stay.within(start, end)) is not None
        ]

    def give(self, stream: str, readings: StayReadings) -> None:
        """Those of one of the stays that are `needed`."""
        self._read.setdefault(stream, []).append(readings)

    def to_reduce(self) -> dict[str, tuple[int, int]]:
        """By bed with nights that are to be reduced the time [start, end) µs UTC that these take in."""
        nights = self._sources.windows[EPOCHS]
        found: dict[str, tuple[int, int]] = {}
        for stay in self.needed(EPOCHS):
            within = (nights.start < stay.end) & (nights.end > stay.start)
            anew = np.flatnonzero(within & self._sources.blocks(stay.device).stale)
            if len(anew):
                start = int(nights.start[anew[0]]) - BED_MARGIN_US
                end = int(nights.end[anew[-1]]) + BED_MARGIN_US
                before = found.get(stay.device.device, (start, end))
                found[stay.device.device] = min(before[0], start), max(before[1], end)
        return found

    def give_epochs(self, stored: Mapping[str, Sequence[EpochBlock]]) -> None:
        """By device what is stored of the beds among the stays that are `needed`."""
        self._stored = stored

    def give_raw(self, readings: Readings) -> None:
        """All that is `to_reduce` of a bed."""
        self._raw[readings.device] = readings

    def _readings(self, month: _Month) -> dict[str, list[StayReadings]]:
        """Of each stream what the month's windows reach over."""
        return {
            stream: [
                each.within(start, end)
                for each in self._read.get(stream, ())
                if each.start < end and each.end > start
            ]
            for stream, (start, end) in self._spans(month).items()
            if stream != EPOCHS
        }

    def _spans(self, month: _Month) -> dict[str, tuple[int, int]]:
        """By stream what the month's stale windows reach over."""
        spans: dict[str, tuple[int, int]] = {}
        for name, windows in month.stale.items():
            for need in FAMILIES[name].needs:
                start, end = _reach(need, windows)
                before = spans.get(need.stream, (start, end))
                spans[need.stream] = min(before[0], start), max(before[1], end)
        return spans

    def _beds(self, store: TimeSeriesStore, month: _Month) -> tuple[list[RawBed], list[BedStay]]:
        span = self._spans(month).get(EPOCHS)
        raw: list[RawBed] = []
        reduced: set[tuple[str, int]] = set()
        beds: list[BedStay] = []
        for stay in self._stays if span is not None else ():
            part = stay.within(*span) if span is not None else None
            if part is None or not self._sources.counts(EPOCHS, stay):
                continue
            device = stay.device
            nights = self._sources.windows[EPOCHS]
            blocks = self._sources.blocks(device)
            within = np.flatnonzero((nights.start < part.end) & (nights.end > part.start))
            fresh = [
                block
                for index in within.tolist()
                if (block := self._fresh.get((device.device, int(nights.start[index])))) is not None
            ]
            anew = [
                index
                for index in within[blocks.stale[within]].tolist()
                if (device.device, int(nights.start[index])) not in self._fresh
            ]
            # A bed may stand here twice, and even leave and return within a night.
            first_time = [index for index in anew if (device.device, index) not in reduced]
            reduced |= {(device.device, index) for index in first_time}
            raw += [
                self._raw_bed(store, stay, [nights.all[each] for each in run], blocks.wanted[run].tolist())
                for run in _neighbours(first_time)
            ]
            made_here = {int(nights.start[index]) for index in anew} | {block.start for block in fresh}
            stored = [
                block
                for block in self._stored.get(device.device, ())
                if block.start < part.end and block.end > part.start and block.start not in made_here
            ]
            if not self._sources.knows(device, stored):
                raise _Overtaken
            beds.append(BedStay(device.device, device.interval_s, part.start, part.end, [*stored, *fresh]))
        return raw, beds

    def _raw_bed(
        self, store: TimeSeriesStore, stay: Stay, nights: Sequence[Window], prints: Sequence[int]
    ) -> RawBed:
        device = stay.device
        readings = self._raw.get(device.device) or store.read(
            EPOCHS,
            device.device,
            nights[0].start - BED_MARGIN_US,
            nights[-1].end + BED_MARGIN_US,
            BED_COLUMNS,
        )
        listed = [(night.start, night.end, print_) for night, print_ in zip(nights, prints, strict=True)]
        sent = {name: values for name, values in readings.columns.items() if not np.isnan(values).all()}
        return RawBed(device.device, device.interval_s, readings.time, readings.received, sent, listed)


def _reach(need: Need, windows: Sequence[Window]) -> tuple[int, int]:
    return (
        min(window.start for window in windows) - need.before_us,
        max(window.end for window in windows) + need.after_us,
    )


def _neighbours(indices: Sequence[int]) -> Iterator[list[int]]:
    """Indices in runs without a hole."""
    run: list[int] = []
    for index in indices:
        if run and index > run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run
