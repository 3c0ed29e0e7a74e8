"""One participant's months, one after the other: what is stale, read, handed out, and taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from analysis.pipeline.due import Due, Sources, month_of
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
from analysis.pipeline.stays import Stay, StayReadings, read_stay
from analysis.pipeline.weights import REACH_NIGHTS, WEIGHT_METRICS, note_weight
from analysis.pipeline.windows import Window
from pilots.plan import Plan
from pilots.records import DailyValue, Device, Home, Inputs, MonthOfValues
from store import EpochBlock, TimeSeriesStore

DAYS_OF_A_MONTH = 31
WEIGHTS = "weights"
"""The family of what is derived from nightly weights."""

SEALED = 1
"""What a day was made from once some of that has been purged: what comes later cannot make it anew."""

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
        return self.inputs.get(family, [None] * DAYS_OF_A_MONTH)[day.day - 1]

    def note(self, family: str, day: date, made_from: int | None) -> None:
        self.inputs.setdefault(family, [None] * DAYS_OF_A_MONTH)[day.day - 1] = made_from
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
        self._read_once: dict[str, list[StayReadings]] = {}
        self._months = {
            month: _Month({family: list(prints) for family, prints in inputs.items()})
            for month, inputs in known.items()
        }
        self.stale = 0
        self.unchanged = 0
        self.overtaken = False
        for family in FAMILIES.values():
            self._compare(family.name, sources.due(family, stays, home, plan))

    def _compare(self, name: str, due: Due) -> None:
        family = FAMILIES[name]
        windows = self._sources.windows_of(family).all
        listed = zip(due.index.tolist(), due.made_from.tolist(), due.purged.tolist(), strict=True)
        days_due: set[date] = set()
        for index, made_from, purged in listed:
            window = windows[index]
            days_due.add(window.day)
            month = self._month(window.day)
            if name == BED:
                month.nights.append(window.day)
            before = month.made_from(name, window.day)
            if before == SEALED or (before == made_from and not purged):
                self.unchanged += 1
            elif purged:
                self.unchanged += 1
                month.note(name, window.day, SEALED)
                if before is None:
                    month.values += [self._value(window.day, absent(each, PURGED)) for each in family.metrics]
            else:
                self.stale += 1
                month.stale.setdefault(name, []).append(window)
                month.prints.setdefault(name, []).append(made_from)
        covered = {window.day for window in windows}
        for first, month in self._months.items():
            for number, before in enumerate(month.inputs.get(name, ())):
                if before is None:
                    continue
                day = first.replace(day=number + 1)
                if day in covered and day not in days_due:
                    self._take_back(month, name, family.metrics, day)
                    if name == BED:
                        self._weights.pop(day.toordinal(), None)
                        self._take_back(month, WEIGHTS, WEIGHT_METRICS, day)

    def _take_back(self, month: _Month, family: str, metrics: Sequence[str], day: date) -> None:
        month.note(family, day, None)
        month.gone += [(metric, day) for metric in metrics]

    def _month(self, day: date) -> _Month:
        return self._months.setdefault(month_of(day), _Month({}))

    def units(self, store: TimeSeriesStore) -> Iterator[Unit | Finished]:
        """Month by month what is to be computed, or written as it is; ask for the next when the one before
        has been finished, or has failed: later months then look back on what stood of it."""
        for first in sorted(self._months):
            month = self._months[first]
            known = self._known_weights(month)
            derived = weights_made_from(known.day, known.kg, known.nights) != list(known.made_from)
            if month.stale or derived:
                try:
                    unit = self._unit(store, first, month, known)
                except _Overtaken:
                    self.overtaken = True
                else:
                    yield unit
            elif month.changed:
                yield self._finished(first, month, 0, ())
            self._months[first] = _Month({})  # a year of windows is not to be held for every participant
        self._read_once, self._fresh = {}, {}

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
        for night, figures in made.weights.items():
            self._take(month, night, figures, ())
        for night, made_from in zip(unit.weights.nights, made.weights_made_from, strict=True):
            month.note(WEIGHTS, night, made_from)
        for block in made.blocks:
            self._fresh[block.device, block.start] = block
        count = sum(len(each) for each in unit.windows.values())
        return self._finished(unit.month, month, count, made.blocks)

    def _take(self, month: _Month, day: date, figures: Sequence[Measured], before: Sequence[str]) -> None:
        month.values += [self._value(day, figure) for figure in figures]
        made = {figure.metric for figure in figures}
        month.gone += [(metric, day) for metric in before if metric not in made]

    def _finished(self, first: date, month: _Month, windows: int, blocks: Sequence[EpochBlock]) -> Finished:
        before = self._known.get(first, {})
        written = MonthOfValues(self.participant, first, month.values, month.gone, month.inputs, before)
        return Finished(written, blocks, windows)

    def _value(self, day: date, figure: Measured) -> DailyValue:
        return DailyValue(
            self.participant,
            day,
            figure.metric,
            figure.value,
            figure.ci_low,
            figure.ci_high,
            figure.n,
            figure.coverage,
            figure.reason,
        )

    def _known_weights(self, month: _Month) -> KnownWeights:
        nights = sorted(month.nights)
        if not nights:
            return KnownWeights(np.empty(0, np.int64), np.empty(0), (), ())
        first, last = nights[0].toordinal() - REACH_NIGHTS + 1, nights[-1].toordinal()
        day = [each for each in sorted(self._weights) if first <= each <= last]
        return KnownWeights(
            np.array(day, np.int64),
            np.array([self._weights[each] for each in day], np.float64),
            nights,
            [month.made_from(WEIGHTS, night) for night in nights],
        )

    # -- reading ---------------------------------------------------------------------------------------

    def _unit(self, store: TimeSeriesStore, first: date, month: _Month, weights: KnownWeights) -> Unit:
        raw, beds = self._beds(store, month)
        readings = self._readings(store, month)
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
            weights,
        )

    def _readings(self, store: TimeSeriesStore, month: _Month) -> dict[str, list[StayReadings]]:
        """Of each stream what the month's windows reach over."""
        found: dict[str, list[StayReadings]] = {}
        for stream, (start, end) in self._spans(month).items():
            if stream != EPOCHS:
                found[stream] = [
                    each.within(start, end)
                    for each in self._read(store, stream)
                    if each.start < end and each.end > start
                ]
        return found

    def _read(self, store: TimeSeriesStore, stream: str) -> list[StayReadings]:
        """What is needed of a stream, read once: a year of anything but a bed is read as fast as a day."""
        if stream not in self._read_once:
            spans = [span for month in self._months.values() if (span := self._spans(month).get(stream))]
            start, end = min(first for first, _ in spans), max(last for _, last in spans)
            columns = sorted(
                {
                    column
                    for family in FAMILIES.values()
                    for need in family.needs
                    if need.stream == stream
                    for column in need.columns
                }
            )
            self._read_once[stream] = [
                read_stay(store, stream, part, columns)
                for stay in self._stays
                if self._sources.counts(stream, stay) and (part := stay.within(start, end)) is not None
            ]
        return self._read_once[stream]

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
                self._raw(store, stay, [nights.all[each] for each in run], blocks.wanted[run].tolist())
                for run in _neighbours(first_time)
            ]
            stored = store.epochs(device.device, part.start, part.end) if len(within) > len(anew) else []
            made_here = {int(nights.start[index]) for index in anew} | {block.start for block in fresh}
            self._require_known(device, [block for block in stored if block.start not in made_here])
            beds.append(BedStay(device.device, device.interval_s, part.start, part.end, [*stored, *fresh]))
        return raw, beds

    def _require_known(self, bed: Device, stored: Sequence[EpochBlock]) -> None:
        """Raises `_Overtaken` where a block is not the one that the month was judged by."""
        known = self._sources.known_blocks(bed)
        if any(block.fingerprint not in known.get(block.start, ()) for block in stored):
            raise _Overtaken

    def _raw(
        self, store: TimeSeriesStore, stay: Stay, nights: Sequence[Window], prints: Sequence[int]
    ) -> RawBed:
        device = stay.device
        readings = store.read(
            EPOCHS,
            device.device,
            nights[0].start - BED_MARGIN_US,
            nights[-1].end + BED_MARGIN_US,
            BED_COLUMNS,
        )
        listed = [(night.start, night.end, print_) for night, print_ in zip(nights, prints, strict=True)]
        return RawBed(
            device.device, device.interval_s, readings.time, readings.received, readings.columns, listed
        )


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
