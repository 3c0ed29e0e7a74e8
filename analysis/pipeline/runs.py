"""One participant's months, one after the other: what is stale, read, handed out, and taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from analysis.pipeline.comparing import BED, NO_INPUTS, SEALED, WEIGHTS, Compared, Person
from analysis.pipeline.due import Sources, month_of
from analysis.pipeline.families import EPOCHS, FAMILIES
from analysis.pipeline.fingerprints import Int64
from analysis.pipeline.measured import PURGED, Measured, absent
from analysis.pipeline.months import (
    BED_COLUMNS,
    BED_MARGIN_US,
    BedStay,
    KnownWeights,
    Made,
    RawBed,
    Unit,
)
from analysis.pipeline.nightly_weights import NightlyWeights, weights_made_from
from analysis.pipeline.remembered_weights import Weights
from analysis.pipeline.stays import Stay, StayReadings
from analysis.pipeline.weights import WEIGHT_METRICS
from analysis.pipeline.windows import Window
from pilots.daily_columns import DailyColumns, MonthOfValues
from pilots.plan import Plan
from pilots.records import DailyValue
from store import EpochBlock, Readings, TimeSeriesStore

_NO_VALUES = DailyColumns()


class _Overtaken(Exception):
    """Another run has put epochs of its own in the place of those that a month rests on."""


@dataclass(slots=True)
class _Month:
    """What is to be done in one month: windows to make, days that have gone, and the `values` of days that
    were purged before they had any."""

    inputs: dict[str, list[int | None]]
    stale: dict[str, list[Window]] = field(default_factory=dict)
    prints: dict[str, list[int]] = field(default_factory=dict)
    values: list[DailyValue] = field(default_factory=list)
    gone: list[tuple[str, date]] = field(default_factory=list)
    _spans: dict[str, tuple[int, int]] | None = None

    @property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """By stream what the stale windows, all of which are known by then, reach over."""
        if self._spans is None:
            self._spans = {}
            for name, windows in self.stale.items():
                for need in FAMILIES[name].needs:
                    start, end = windows[0].start - need.before_us, windows[-1].end + need.after_us
                    before = self._spans.get(need.stream, (start, end))
                    self._spans[need.stream] = min(before[0], start), max(before[1], end)
        return self._spans

    def note(self, family: str, day: date, made_from: int | None) -> None:
        self.inputs.setdefault(family, [*NO_INPUTS])[day.day - 1] = made_from


@dataclass(frozen=True, slots=True)
class Finished:
    """A month that is to be written: epochs first, so that no figure stands without what it was made from."""

    month: MonthOfValues
    blocks: Sequence[EpochBlock]
    windows: int


class ParticipantRun:
    """The months of one participant that need work, in order: each looks back on those before.

    `due` are the days, as ordinals, of the windows that are due, family by family; `stale` counts those to
    be made of readings, `unchanged` those left alone. `overtaken`: another run has reduced a night meanwhile,
    and a month that rests on it was left out.
    """

    def __init__(
        self,
        plan: Plan,
        person: Person,
        compared: Mapping[str, Compared],
        sources: Sources,
        weights: Weights,
    ) -> None:
        self.participant = person.code
        self._plan = plan
        self._home = person.home
        # By what a fingerprint tells: two beds alike must not change places when one of them is moved later.
        self._stays = sorted(person.stays, key=lambda stay: (stay.device.device, stay.start))
        self._sources = sources
        self._known = person.known
        nights = sources.windows["night"].all
        self._weights = NightlyWeights(nights[0].day if nights else date.min, len(nights), weights)
        self._nights = self._nights_made_from = np.empty(0, np.int64)
        self._nights_of: dict[date, slice] = {}
        self._fresh: dict[tuple[str, int], EpochBlock] = {}
        self._read: dict[str, list[StayReadings]] = {}
        self._stored: Mapping[str, Sequence[EpochBlock]] = {}
        self._raw: dict[str, Readings] = {}
        self._months: dict[date, _Month] = {}
        self._derived: set[date] | None = None
        self.due: list[Int64] = []
        self.stale = 0
        self.unchanged = 0
        self.overtaken = False
        for name, found in compared.items():
            self._plan_for(name, found)

    def _plan_for(self, name: str, found: Compared) -> None:
        family = FAMILIES[name]
        windows = self._sources.windows_of(family)
        for first, part in windows.by_month(found.stale).items():
            month = self._month(first)
            month.stale[name] = [windows.all[index] for index in found.stale[part].tolist()]
            month.prints[name] = found.made_from[part].tolist()
        if len(found.due):
            self.due.append(windows.all[0].day.toordinal() + found.due)
        self.stale += len(found.stale)
        self.unchanged += len(found.due) - len(found.stale)
        for index in found.purged.tolist():
            self._month(windows.all[index].day).note(name, windows.all[index].day, SEALED)
        for index in found.unmade.tolist():
            day = windows.all[index].day
            self._month(day).values += [self._value(day, absent(each, PURGED)) for each in family.metrics]
        for index in found.no_more.tolist():
            day = windows.all[index].day
            self._take_back(name, family.metrics, day)
            if name == BED:
                self._weights.note(day, None)
                self._take_back(WEIGHTS, WEIGHT_METRICS, day)
        if name == BED and len(found.due):
            self._nights = windows.all[0].day.toordinal() + found.due
            self._nights_made_from = found.weights_made_from
            self._nights_of = windows.by_month(found.due)

    def _take_back(self, family: str, metrics: Sequence[str], day: date) -> None:
        month = self._month(day)
        month.note(family, day, None)
        month.gone += [(metric, day) for metric in metrics]

    def _month(self, day: date) -> _Month:
        first = month_of(day)
        if first not in self._months:
            known = self._known.get(first, {})
            self._months[first] = _Month({family: list(prints) for family, prints in known.items()})
        return self._months[first]

    def units(self, store: TimeSeriesStore) -> Iterator[Unit | Finished]:
        """Month by month what is to be computed, or written as it is; ask for the next when the one before
        has been finished, or has failed: later months then look back on what stood of it."""
        for first in sorted({*self._months, *self._nights_of}):
            touched = first in self._months
            if (touched and self._months[first].stale) or first in self._with_new_weights():
                try:
                    unit = self._unit(store, first, self._month(first))
                except _Overtaken:
                    self.overtaken = True
                else:
                    yield unit
            elif touched:
                yield self._finished(first, self._months[first])
            # A year of windows is not to be held for every participant.
            self._months.pop(first, None)
            self._nights_of.pop(first, None)
        self._read, self._stored, self._raw, self._fresh = {}, {}, {}, {}

    def finish(self, unit: Unit, made: Made) -> Finished:
        """The unit's month, as it is to be written."""
        month = self._months[unit.month]
        for name, windows in unit.windows.items():
            for window, made_from in zip(windows, month.prints[name], strict=True):
                month.note(name, window.day, made_from)
        for window, kg in zip(unit.windows.get(BED, ()), made.weights_kg, strict=True):
            self._weights.note(window.day, kg)
            self._derived = None
        for night, made_from in zip(unit.weights.nights.tolist(), made.weights_made_from, strict=True):
            month.note(WEIGHTS, date.fromordinal(night), made_from)
        for block in made.blocks:
            self._fresh[block.device, block.start] = block
        month.gone += made.gone
        count = sum(len(each) for each in unit.windows.values())
        return self._finished(unit.month, month, made.values, count, made.blocks)

    def _finished(
        self,
        first: date,
        month: _Month,
        values: DailyColumns = _NO_VALUES,
        windows: int = 0,
        blocks: Sequence[EpochBlock] = (),
    ) -> Finished:
        if month.values:
            values = values.updated(DailyColumns.of_values(month.values))
        before = self._known.get(first, {})
        written = MonthOfValues(self.participant, first, values, month.gone, month.inputs, before)
        return Finished(written, blocks, windows)

    def _value(self, day: date, figure: Measured) -> DailyValue:
        metric, value, n, coverage, reason, low, high = figure
        return DailyValue(self.participant, day, metric, value, low, high, n, coverage, reason)

    def _with_new_weights(self) -> set[date]:
        """The months with a night before which weights stand that its trend was not made from."""
        if self._derived is None:
            known = self._known_weights(
                slice(min((each.start for each in self._nights_of.values()), default=0), None)
            )
            now = weights_made_from(known.day, known.kg, known.nights)
            new = known.nights[now != known.made_from].tolist()
            self._derived = {month_of(date.fromordinal(night)) for night in new}
        return self._derived

    def _known_weights(self, part: slice) -> KnownWeights:
        """What this part of the nights looks back on."""
        nights = self._nights[part]
        return KnownWeights(*self._weights.behind(nights), nights, self._nights_made_from[part])

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
            self._known_weights(self._nights_of.get(first, slice(0, 0))),
        )

    @property
    def days(self) -> tuple[date, date] | None:
        """The first day and the last that are to be made of readings."""
        days = [
            window.day for month in self._months.values() for made in month.stale.values() for window in made
        ]
        return (min(days), max(days)) if days else None

    def needed(self, stream: str) -> list[Stay]:
        """The stays, as far as the months reach, of which the stream's readings are needed."""
        spans = [span for month in self._months.values() if (span := month.spans.get(stream))]
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
            anew = np.flatnonzero(within & self._sources.reduced.blocks(stay.device.device).stale)
            if len(anew):
                start, end = self._around(nights.all[anew[0]], nights.all[anew[-1]])
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
            for stream, (start, end) in month.spans.items()
            if stream != EPOCHS
        }

    def _beds(self, store: TimeSeriesStore, month: _Month) -> tuple[list[RawBed], list[BedStay]]:
        span = month.spans.get(EPOCHS)
        raw: list[RawBed] = []
        reduced: set[tuple[str, int]] = set()
        beds: list[BedStay] = []
        for stay in self._stays if span is not None else ():
            part = stay.within(*span) if span is not None else None
            if part is None or not self._sources.counts(EPOCHS, stay):
                continue
            device = stay.device
            nights = self._sources.windows[EPOCHS]
            blocks = self._sources.reduced.blocks(device.device)
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
            if not self._sources.reduced.knows(device.device, stored):
                raise _Overtaken
            beds.append(BedStay(device.device, device.interval_s, part.start, part.end, [*stored, *fresh]))
        return raw, beds

    def _raw_bed(
        self, store: TimeSeriesStore, stay: Stay, nights: Sequence[Window], prints: Sequence[int]
    ) -> RawBed:
        device = stay.device
        readings = self._raw.get(device.device) or store.read(
            EPOCHS, device.device, *self._around(nights[0], nights[-1]), BED_COLUMNS
        )
        listed = [(night.start, night.end, print_) for night, print_ in zip(nights, prints, strict=True)]
        sent = {name: values for name, values in readings.columns.items() if not np.isnan(values).all()}
        return RawBed(device.device, device.interval_s, readings.time, readings.received, sent, listed)

    def _around(self, first: Window, last: Window) -> tuple[int, int]:
        """From when to when a bed's readings bear on the nights from the first to the last."""
        return first.start - BED_MARGIN_US, min(last.end + BED_MARGIN_US, self._sources.beds_until)


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
