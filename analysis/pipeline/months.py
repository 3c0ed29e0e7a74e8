"""The unit of work: one participant's calendar month, which needs nothing but itself to be computed."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.bed_reduction import bed_epochs
from analysis.epoch_bytes import packed, unpacked
from analysis.epochs import BedEpochs, joined
from analysis.pipeline.families import EPOCHS, FAMILIES, Family, Given, Need
from analysis.pipeline.fingerprints import trailing_prints
from analysis.pipeline.measured import Figures, Measured
from analysis.pipeline.rhythm_days import LocalDay
from analysis.pipeline.stays import StayReadings
from analysis.pipeline.weights import REACH_NIGHTS, note_weight, weight_night
from analysis.pipeline.windows import Window
from analysis.series import HOUR_US
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
    `nights` (w,) whose trend and change were made from the input `made_from` (w,), None where not made."""

    day: NDArray[np.int64]
    kg: NDArray[np.float64]
    nights: Sequence[date]
    made_from: Sequence[int | None]


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
    """What was made of a unit: by family the figures of each of its windows; epochs; and what `weights`
    of each night rest on now, with the figures of those nights, the `weighed`, for which that has changed."""

    figures: Mapping[str, Figures]
    blocks: Sequence[EpochBlock]
    weighed: Sequence[date]
    weights: Figures
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
    weights, made_from = _weights(unit, figures)
    columns = {name: Figures.of(made) for name, made in figures.items()}
    return Made(columns, blocks, list(weights), Figures.of(weights.values()), made_from)


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


def _weights(
    unit: Unit, figures: Mapping[str, Sequence[Sequence[Measured]]]
) -> tuple[dict[date, list[Measured]], list[int]]:
    known = dict(zip(unit.weights.day.tolist(), unit.weights.kg.tolist(), strict=True))
    for window, made in zip(unit.windows.get("bed", ()), figures.get("bed", ()), strict=True):
        note_weight(known, window.day, made)
    day = np.array(sorted(known), np.int64)
    kg = np.array([known[each] for each in day.tolist()], np.float64)
    nights = unit.weights.nights
    made_from = weights_made_from(day, kg, nights)
    return {
        night: weight_night(night, day, kg)
        for night, now, before in zip(nights, made_from, unit.weights.made_from, strict=True)
        if now != before
    }, made_from


def weights_made_from(day: NDArray[np.int64], kg: NDArray[np.float64], nights: Sequence[date]) -> list[int]:
    """The fingerprint of the weights that trend and change of each night look back on."""
    until = np.array([night.toordinal() for night in nights], np.int64)
    return [int(each) for each in trailing_prints(day, kg, until, REACH_NIGHTS)]
