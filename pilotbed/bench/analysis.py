"""How true and how fast the analysis is: on a whole pilot with its known truth, and part by part."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.bed_reduction import bed_epochs
from analysis.epoch_bytes import unpacked
from analysis.epochs import BedEpochs
from analysis.pipeline import recompute
from analysis.pipeline.bed_nights import bed_night
from analysis.pipeline.months import BED_COLUMNS, BED_MARGIN_US
from analysis.pipeline.stays import Stay, stays_by_participant
from analysis.pipeline.windows import Window, nights
from pilotbed.bench import core
from pilotbed.bench.figures import Figure, at_least, at_most
from pilotbed.bench.repeats import median_s
from pilotbed.bench.simulated_pilot import simulated_pilot
from pilotbed.demonstration import plan_text
from pilots.civil_time import now
from pilots.registry import Registry
from simulators.exit_matching import match_exits
from simulators.story import Story
from simulators.timing import MINUTE
from simulators.truth import ParticipantTruth
from store import TimeSeriesStore

WHOLE_DAYS, QUICK_DAYS = 84, 4
WORKERS = 2
COUNTED_FROM_US = MINUTE
"""Exits of a minute and more are asked for: shorter ones may be a turn in bed."""


def measure(*, quick: bool = False, seed: int = 1) -> list[Figure]:
    """The demo's pilot, its readings put into the store without a broker, computed by the pipeline."""
    with simulated_pilot(plan_text(QUICK_DAYS if quick else WHOLE_DAYS), seed) as pilot:
        plan, story, registry, store = pilot.plan, pilot.story, pilot.registry, pilot.store
        began = time.perf_counter()
        computed = recompute(registry, store, plan.pilot, workers=WORKERS)
        taken = time.perf_counter() - began
        began = time.perf_counter()
        recompute(registry, store, plan.pilot, workers=WORKERS)
        nothing_new = time.perf_counter() - began
        figures = [
            *_weights(story, registry),
            *_exits(story, registry, store),
            _one_night(story, registry, store),
            Figure(
                "recompute_s",
                f"recomputing the pilot: {len(story.participants)} residents, {len(story.days)} days, "
                f"{computed.values:,} daily values, {WORKERS} processes",
                taken,
                "s",
            ),
            Figure("recompute_unchanged_s", "  again, with nothing new", nothing_new, "s"),
        ]
    return figures + core.measure(quick=quick)


# -- accuracy ----------------------------------------------------------------------------------------------


def _weights(story: Story, registry: Registry) -> list[Figure]:
    found = {
        (value.participant, value.day): value.value
        for value in registry.daily_values(story.plan.pilot, metric="weight_kg")
        if value.value is not None and value.reason is None
    }
    true: dict[tuple[str, date], float] = {
        (person.code, night.night): night.weight_kg
        for person in story.truth.participants
        for night in person.nights
    }
    errors = [abs(found[key] - kg) for key, kg in true.items() if key in found]
    return [
        Figure(
            "weight_mean_absolute_error_kg",
            "nightly weight against the truth: mean absolute error",
            float(np.mean(errors)),
            "kg",
            at_most(0.05),
        ),
        Figure("weight_worst_night_kg", "  worst night", max(errors), "kg", at_most(0.20)),
        Figure(
            "weight_nights_percent",
            f"  nights with a weight, of {len(true):,}",
            100.0 * len(errors) / len(true),
            "%",
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Bed:
    """One participant's bed and its whole nights."""

    person: ParticipantTruth
    stay: Stay
    windows: tuple[Window, ...]


def _beds(story: Story, registry: Registry) -> Iterator[_Bed]:
    stays = stays_by_participant(registry, story.plan.pilot)
    for person in story.truth.participants:
        whole = {night.night for night in person.nights}
        windows = tuple(window for window in nights(story.plan, now()) if window.day in whole)
        (stay,) = [stay for stay in stays[person.code] if stay.device.kind == "bed"]
        yield _Bed(person, stay, windows)


def _exits(story: Story, registry: Registry, store: TimeSeriesStore) -> list[Figure]:
    """Long exits must be found, and long ones that were found must have taken place: each is matched
    against all of the other, since one of a minute may be measured a little shorter."""
    true_long = found_of_true = found_long = true_of_found = 0
    for bed in _beds(story, registry):
        true = {night.night: np.array(night.exits, np.int64).reshape(-1, 2) for night in bed.person.nights}
        nights_of = {window.start: window.day for window in bed.windows}
        device = bed.stay.device.device
        for block in store.epochs(device, bed.windows[0].start, bed.windows[-1].end):
            if block.start not in nights_of:
                continue
            found, night = _found_exits(unpacked(block.content)), true[nights_of[block.start]]
            recalled, confirmed = match_exits(found, _long(night)), match_exits(_long(found), night)
            true_long += recalled.true
            found_of_true += recalled.matched
            found_long += confirmed.found
            true_of_found += confirmed.matched
    return [
        Figure(
            "exit_recall",
            f"bed exits of 60 s and more within ±30 s: found, of {true_long:,} that took place",
            found_of_true / true_long,
            "",
            at_least(0.98),
        ),
        Figure(
            "exit_precision",
            f"  took place, of {found_long:,} found",
            true_of_found / found_long,
            "",
            at_least(0.98),
        ),
    ]


def _found_exits(night: BedEpochs) -> NDArray[np.int64]:
    return night.away


def _long(exits: NDArray[np.int64]) -> NDArray[np.int64]:
    return exits[exits[:, 1] - exits[:, 0] >= COUNTED_FROM_US]


# -- speed -------------------------------------------------------------------------------------------------


def _one_night(story: Story, registry: Registry, store: TimeSeriesStore) -> Figure:
    bed = next(_beds(story, registry))
    night = bed.windows[len(bed.windows) // 2]
    around = bed.stay.within(night.start - BED_MARGIN_US, night.end + BED_MARGIN_US) or bed.stay
    readings = store.read("bed", around.device.device, around.start, around.end, BED_COLUMNS)

    def figures() -> None:
        epochs = bed_epochs(
            readings.time,
            readings.columns,
            interval_s=around.device.interval_s,
            start=night.start,
            end=night.end,
        )
        bed_night([epochs], night.start, night.end)

    return Figure(
        "night_ms",
        "one night in bed: weight, exits, restlessness, time",
        median_s(figures, 31) * 1e3,
        "ms",
    )
