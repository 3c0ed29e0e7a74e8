"""The unit of work: one participant's calendar month, which needs nothing but itself to be computed."""

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.bed_reduction import bed_epochs
from analysis.epoch_bytes import packed, unpacked
from analysis.epochs import BedEpochs, joined
from analysis.pipeline.families import EPOCHS, FAMILIES, Family, Given, Need
from analysis.pipeline.measured import Measured
from analysis.pipeline.nightly_weights import weights_made_from
from analysis.pipeline.rhythm_days import LocalDay
from analysis.pipeline.stays import StayReadings
from analysis.pipeline.weights import counting_weight, weight_night
from analysis.pipeline.windows import Window
from analysis.series import HOUR_US
from pilots.daily_columns import DailyColumns
from pilots.plan import Costs
from pilots.records import Home
from store import EpochBlock

BED_COLUMNS = ("weight_kg", "load_kg", "load1_kg", "load2_kg", "load3_kg", "load4_kg", "movement", "occupied")

BED_MARGIN_US = 6 * HOUR_US
"""Read around a night, so that a bed occupied at noon has been seen empty before and after."""


@dataclass(frozen=True, slots=True)
class RawBed:
    """Readings of one bed, and the nights to reduce them to: (start, end) and fingerprint of each."""

    device: str
    interval_s: float | None
    time: NDArray[np.int64]
    received: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    nights: Sequence[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class BedStay:
    """A bed stood with the participant in [start, end) µs UTC; `blocks` are its nights reduced already."""

    device: str
    interval_s: float | None
    start: int
    end: int
    blocks: Sequence[EpochBlock]


@dataclass(frozen=True, slots=True)
class KnownWeights:
    """Valid nightly weights, `day` ordinals (n,) ascending and `kg` (n,), that nights look back on, and the
    ordinals of `nights` (w,) whose trend and change were made from the input `made_from` (w,), 0 where not
    made."""

    day: NDArray[np.int64]
    kg: NDArray[np.float64]
    nights: NDArray[np.int64]
    made_from: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is to be made of one participant and month, and all that it is made from; not who that is."""

    month: date
    zone: ZoneInfo
    costs: Costs
    home: Home | None
    windows: Mapping[str, Sequence[Window]]
    raw: Sequence[RawBed]
    beds: Sequence[BedStay]
    readings: Mapping[str, Sequence[StayReadings]]
    weights: KnownWeights


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a unit: daily values, as they are kept; (metric, day) of those that its windows do not
    have; epochs; the weight in kg of each of its nights in bed, None where none counts; and what trend and
    change of each night rest on now."""

    values: DailyColumns
    gone: Sequence[tuple[str, date]]
    blocks: Sequence[EpochBlock]
    weights_kg: Sequence[float | None]
    weights_made_from: Sequence[int]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a unit cannot be computed, and where, in one line."""

    reason: str


def attempt(unit: Unit) -> Made | Failed:
    """Everything that the unit asks for, or why not: one month that fails must not end the others."""
    try:
        return compute(unit)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        return Failed(f"{said} ({Path(place.filename).name} line {place.lineno})")


def compute(unit: Unit) -> Made:
    """Everything that the unit asks for."""
    blocks = [block for bed in unit.raw for block in _reduced(bed)]
    beds = [_whole_stay(stay, blocks) for stay in unit.beds]
    days: dict[tuple[int, date], LocalDay] = {}
    cut = _Cut(unit, beds)
    figures = {
        name: FAMILIES[name].compute([_given(unit, FAMILIES[name], cut, days, window) for window in windows])
        for name, windows in unit.windows.items()
    }
    weights_kg = [counting_weight(made) for made in figures.get("bed", ())]
    derived, made_from = _derived(unit, weights_kg)
    listed = [
        (window.day, made)
        for name, windows in unit.windows.items()
        for window, made in zip(windows, figures[name], strict=True)
    ]
    return Made(
        _daily_columns([*listed, *derived]), list(_gone(unit, figures)), blocks, weights_kg, made_from
    )


def _daily_columns(listed: Sequence[tuple[date, Sequence[Measured]]]) -> DailyColumns:
    days = [day.day for day, made in listed for _ in made]
    columns = list(zip(*chain.from_iterable(made for _, made in listed), strict=True))
    metric, value, n, coverage, reason, low, high = columns or [()] * len(Measured._fields)
    return DailyColumns.of(metric, days, value, low, high, n, coverage, reason)


def _gone(unit: Unit, figures: Mapping[str, Sequence[Sequence[Measured]]]) -> Iterator[tuple[str, date]]:
    for name, windows in unit.windows.items():
        metrics = FAMILIES[name].metrics
        for window, made in zip(windows, figures[name], strict=True):
            if len(made) < len(metrics):
                there = {figure.metric for figure in made}
                yield from ((metric, window.day) for metric in metrics if metric not in there)


def _reduced(bed: RawBed) -> Iterable[EpochBlock]:
    for start, end, fingerprint in bed.nights:
        part = slice(*np.searchsorted(bed.time, (start - BED_MARGIN_US, end + BED_MARGIN_US)).tolist())
        epochs = bed_epochs(
            bed.time[part],
            {name: values[part] for name, values in bed.columns.items()},
            interval_s=bed.interval_s,
            start=start,
            end=end,
            received=bed.received[part],
        )
        yield EpochBlock(bed.device, start, end, fingerprint, packed(epochs))


def _whole_stay(stay: BedStay, fresh: Iterable[EpochBlock]) -> BedEpochs:
    blocks = {block.start: block for block in stay.blocks}
    blocks |= {block.start: block for block in fresh if block.device == stay.device}
    ascending = [blocks[start] for start in sorted(blocks)]
    return joined([unpacked(block.content) for block in ascending], stay.start, stay.end)


class _Cut:
    """A unit's epochs and readings cut to its windows, each once: several families see the same of them."""

    def __init__(self, unit: Unit, beds: Sequence[BedEpochs]) -> None:
        self.unit = unit
        self.all_beds = beds
        self._beds: dict[tuple[int, int], tuple[list[BedEpochs], list[float | None]]] = {}
        self._readings: dict[tuple[Need, int], list[StayReadings]] = {}

    def beds(self, start: int, end: int) -> tuple[list[BedEpochs], list[float | None]]:
        """The beds that stood there in [start, end), and the interval of each."""
        if (start, end) not in self._beds:
            here = [place for place, bed in enumerate(self.all_beds) if bed.start < end and bed.end > start]
            self._beds[start, end] = (
                [self.all_beds[place].within(start, end) for place in here],
                [self.unit.beds[place].interval_s for place in here],
            )
        return self._beds[start, end]

    def readings(self, need: Need, window: Window) -> list[StayReadings]:
        """What devices sent that stood there in the window, in it and around it."""
        if (need, window.start) not in self._readings:
            self._readings[need, window.start] = [
                each.within(window.start - need.before_us, window.end + need.after_us)
                for each in self.unit.readings.get(need.stream, ())
                if each.start < window.end and each.end > window.start
            ]
        return self._readings[need, window.start]


def _given(
    unit: Unit, family: Family, cut: _Cut, days: dict[tuple[int, date], LocalDay], window: Window
) -> Given:
    readings: dict[str, list[StayReadings]] = {}
    lying: Sequence[BedEpochs] = ()
    intervals_s: Sequence[float | None] = ()
    for need in family.needs:
        if need.stream == EPOCHS and need.uncut:
            lying = cut.all_beds
        elif need.stream == EPOCHS:
            lying, intervals_s = cut.beds(window.start - need.before_us, window.end + need.after_us)
        else:
            readings[need.stream] = cut.readings(need, window)
    return Given(window, unit.zone, unit.costs, unit.home, lying, intervals_s, readings, days)


def _derived(
    unit: Unit, weights_kg: Sequence[float | None]
) -> tuple[list[tuple[date, list[Measured]]], list[int]]:
    """Trend and change of the nights for which what they rest on has changed; and what all rest on."""
    known = dict(zip(unit.weights.day.tolist(), unit.weights.kg.tolist(), strict=True))
    for window, made in zip(unit.windows.get("bed", ()), weights_kg, strict=True):
        known.pop(window.day.toordinal(), None)
        if made is not None:
            known[window.day.toordinal()] = made
    day = np.array(sorted(known), np.int64)
    kg = np.array([known[each] for each in day.tolist()], np.float64)
    made_from = weights_made_from(day, kg, unit.weights.nights)
    changed = unit.weights.nights[made_from != unit.weights.made_from].tolist()
    nights = [date.fromordinal(night) for night in changed]
    return [(night, weight_night(night, day, kg)) for night in nights], made_from.tolist()
