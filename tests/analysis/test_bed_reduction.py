"""A night reduced tells what its readings told."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.bed_reduction import LEG_X_CM, LEG_Y_CM, bed_epochs
from analysis.epochs import NOT_KNOWN, BedEpochs
from analysis.loadcell import (
    nightly_weight,
    occupancy_as_reported,
    occupancy_from_load,
    static_windows,
    with_objects_placed,
)
from analysis.movement import (
    bed_exits,
    exits_within,
    restlessness,
    restlessness_from_load,
    time_in_bed_h,
)
from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy
from analysis.pipeline.bed_nights import bed_night
from analysis.pipeline.service_days import service_day
from analysis.series import MINUTE_US, blocks, coverage
from pilots.civil_time import noon
from tests.analysis.beds import FRAME_KG, HOUR, SECOND, Bed, bed, stays_of

ZONE = ZoneInfo("Europe/Stockholm")
WINTER, SPRING, AUTUMN = date(2026, 1, 14), date(2026, 3, 28), date(2026, 10, 24)
HOURS = {WINTER: 24, SPRING: 23, AUTUMN: 25}
MARGIN = 6 * HOUR

few = settings(max_examples=15, deadline=None)


@dataclass(frozen=True)
class Night:
    """One night, noon to noon, with the readings of six hours around it."""

    start: int
    end: int
    readings: Bed

    @classmethod
    def of(cls, day: date, seed: int = 1, *, offset_us: int = 0, exits: int = 3) -> "Night":
        """In bed from nine hours after noon to five before the next, `offset_us` later than on the hour."""
        start, end = noon(day, ZONE), noon(day + timedelta(days=1), ZONE)
        into, out_of = start + 9 * HOUR + offset_us, end - 5 * HOUR + offset_us
        stays = stays_of(np.random.default_rng(seed), into, out_of, exits)
        return cls(start, end, bed(seed, start - MARGIN, end + MARGIN, stays))

    def without(self, *gaps: tuple[float, float]) -> "Night":
        """The same night with nothing heard from one to another hour after its noon."""
        hour = (self.readings.time - self.start) / HOUR
        heard = ~np.any([(hour >= since) & (hour < until) for since, until in gaps], axis=0)
        made = self.readings
        left = Bed(made.time[heard], made.load_kg[heard], made.movement[heard], made.weight_kg, made.exits)
        return Night(self.start, self.end, left)

    @property
    def time(self) -> NDArray[np.int64]:
        return self.readings.time

    def reduced(self, **columns: NDArray[np.floating] | None) -> BedEpochs:
        given = {name: values for name, values in columns.items() if values is not None}
        return bed_epochs(self.time, given, interval_s=10, start=self.start, end=self.end)

    def grid(self, signal: NDArray[np.floating]):  # type: ignore[no-untyped-def]
        opens = self.start - -(-(self.start - int(self.time[0])) // (10 * SECOND)) * 10 * SECOND
        return blocks(self.time, signal, opens, int(self.time[-1]) + 1, 10 * SECOND)


def told(night: BedEpochs) -> dict[str, float | None]:
    return {figure.metric: figure.value for figure in bed_night([night], night.start, night.end)}


def from_raw(night: Night, occupancy: Occupancy) -> tuple[int, float]:
    exits = bed_exits(occupancy.start, occupancy.state, end=occupancy.end)
    return len(exits_within(exits, night.start, night.end)), time_in_bed_h(occupancy, night.start, night.end)


@pytest.mark.parametrize("day", [WINTER, SPRING, AUTUMN], ids=["24 h", "23 h", "25 h"])
@pytest.mark.parametrize("offset_us", [0, 23_456_789], ids=["on the minute", "in mid-minute"])
@pytest.mark.parametrize("gaps", [(), ((13.0, 13.4), (15.0, 15.5))], ids=["whole", "with gaps"])
def test_a_night_from_the_load_tells_what_its_readings_tell(
    day: date, offset_us: int, gaps: tuple[tuple[float, float], ...]
) -> None:
    night = Night.of(day, offset_us=offset_us)
    if gaps:
        night = night.without(*gaps)
    assert night.end - night.start == HOURS[day] * HOUR
    load, movement = night.readings.load_kg, night.readings.movement
    epochs = night.reduced(load_kg=load, movement=movement)
    occupancy, track = occupancy_from_load(night.grid(load), interval_s=10)
    still = static_windows(night.time, load, occupancy, interval_s=10, noise=track.spread_kg)
    own = with_objects_placed(track, still)
    weight = nightly_weight(still.within(night.start, night.end), own)
    exits, in_bed = from_raw(night, occupancy)
    found = told(epochs)
    assert found["bed_exits_per_night"] == exits
    assert found["time_in_bed_h"] == pytest.approx(in_bed, abs=1e-9)
    assert found["restlessness_percent"] == pytest.approx(
        restlessness(night.time, movement, occupancy, night.start, night.end).percent, abs=1e-9
    )
    assert found["weight_kg"] == pytest.approx(weight.kg, abs=1e-5)  # kept as float32
    seen = (epochs.seen[:, 1] - epochs.seen[:, 0]).sum() / (night.end - night.start)
    assert seen == pytest.approx(coverage(night.time, night.start, night.end, 10), abs=1e-12)


@few
@given(st.integers(0, 10_000), st.integers(0, 60_000_000), st.integers(0, 5))
def test_a_night_tells_the_exits_and_hours_that_there_were(seed: int, offset_us: int, exits: int) -> None:
    night = Night.of(WINTER, seed, offset_us=offset_us, exits=exits)
    found = told(night.reduced(load_kg=night.readings.load_kg, movement=night.readings.movement))
    true_h = 10 - sum(back - left for left, back in night.readings.exits) / HOUR
    assert found["bed_exits_per_night"] == exits
    assert found["time_in_bed_h"] == pytest.approx(true_h, abs=0.05)
    assert found["weight_kg"] == pytest.approx(night.readings.weight_kg, abs=0.3)


def test_without_a_movement_signal_the_load_tells_restlessness() -> None:
    night = Night.of(WINTER)
    load = night.readings.load_kg
    occupancy, _ = occupancy_from_load(night.grid(load), interval_s=10)
    expected = restlessness_from_load(
        night.time, load, occupancy, night.start, night.end, interval_s=10
    ).percent
    assert told(night.reduced(load_kg=load))["restlessness_percent"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("day", [WINTER, SPRING, AUTUMN], ids=["24 h", "23 h", "25 h"])
def test_a_bed_that_only_says_occupied_tells_exits_and_hours_and_neither_weight_nor_movement(
    day: date,
) -> None:
    night = Night.of(day, offset_us=5 * SECOND)
    occupied = (night.readings.load_kg > FRAME_KG + 20).astype(np.float32)
    epochs = night.reduced(occupied=occupied)
    exits, in_bed = from_raw(night, occupancy_as_reported(night.grid(occupied), interval_s=10))
    found = told(epochs)
    assert (found["bed_exits_per_night"], found["weight_kg"]) == (exits, None)
    assert found["time_in_bed_h"] == pytest.approx(in_bed, abs=1e-9)
    assert found["restlessness_percent"] is None
    assert (epochs.moving == NOT_KNOWN).all()
    assert len(epochs.still_at) == 0


def test_a_bed_that_only_sends_movement_is_heard_and_says_nothing_of_who_is_in_it() -> None:
    night = Night.of(WINTER)
    epochs = night.reduced(movement=night.readings.movement)
    [service] = service_day([epochs], [10.0], (), (), night.start, night.end)[:1]
    assert (service.metric, service.value) == ("device_uptime_percent", pytest.approx(100))
    assert epochs.samples.sum() == len(night.time[(night.time >= night.start) & (night.time < night.end)])
    assert (epochs.state == UNKNOWN).all()
    assert set(told(epochs).values()) == {None}


def test_a_bed_that_weighs_net_is_believed_its_weight() -> None:
    night = Night.of(WINTER)
    in_bed = night.readings.load_kg > FRAME_KG + 20
    found = told(night.reduced(weight_kg=np.where(in_bed, 68.5, 0).astype(np.float32)))
    assert found["weight_kg"] == 68.5
    assert found["bed_exits_per_night"] == 3


def test_the_load_is_believed_before_what_the_bed_says_itself() -> None:
    night = Night.of(WINTER)
    load, never = night.readings.load_kg, np.zeros(len(night.time), np.float32)
    assert told(night.reduced(load_kg=load, occupied=never)) == told(night.reduced(load_kg=load))


def test_where_the_load_never_tells_what_the_bed_says_itself_counts() -> None:
    night = Night.of(WINTER)
    occupied = (night.readings.load_kg > FRAME_KG + 20).astype(np.float32)
    stuck = np.full(len(night.time), 40.0, np.float32)
    assert told(night.reduced(load_kg=stuck, occupied=occupied))["bed_exits_per_night"] == 3


def _on_legs(night: Night, places: list[tuple[float, tuple[float, float]]]) -> dict[str, NDArray[np.float32]]:
    """The load over four legs, bearing at the place (cm across, cm along) that holds from each hour on."""
    hour = (night.time - night.start) / HOUR
    bearing = np.array([place for _, place in places])
    across, along = bearing[np.searchsorted([since for since, _ in places], hour, side="right") - 1].T
    body = np.where(night.readings.load_kg > FRAME_KG + 20, 70.0, 0.0)
    right, foot = across / LEG_X_CM.max(), along / LEG_Y_CM.max()
    shares = [(1 - right) * (1 - foot), right * (1 - foot), (1 - right) * foot, right * foot]
    return {
        f"load{leg}_kg": (FRAME_KG / 4 + body * share).astype(np.float32)
        for leg, share in enumerate(shares, start=1)
    }


def test_a_bed_on_four_legs_tells_turns_at_the_time_they_came() -> None:
    night = Night.of(WINTER, exits=0)
    turned = (12.0, 14.5, 16.0)
    places = [
        (-10.0, (45.0, 100.0)),
        *zip(turned, [(35.0, 100.0), (55.0, 100.0), (45.0, 100.0)], strict=True),
    ]
    epochs = night.reduced(**_on_legs(night, places))
    assert epochs.turns_known
    assert ((epochs.turned_at - night.start) / HOUR).tolist() == pytest.approx(turned, abs=0.02)


@pytest.mark.parametrize("legs", [0, 2, 3])
def test_a_bed_with_fewer_legs_cannot_tell_turns(legs: int) -> None:
    night = Night.of(WINTER, exits=0)
    on_legs = dict(list(_on_legs(night, [(-10.0, (45.0, 100.0))]).items())[:legs])
    epochs = night.reduced(**on_legs) if legs else night.reduced(load_kg=night.readings.load_kg)
    assert not epochs.turns_known


def test_legs_that_fell_silent_while_the_load_went_on_cannot_tell_turns() -> None:
    night = Night.of(WINTER, exits=0)
    legs = _on_legs(night, [(-10.0, (45.0, 100.0))])
    silent = night.time >= night.start + 11 * HOUR
    heard = {name: np.where(silent, np.nan, values).astype(np.float32) for name, values in legs.items()}
    epochs = night.reduced(load_kg=night.readings.load_kg, **heard)
    assert not epochs.turns_known
    assert told(epochs)["time_in_bed_h"] == pytest.approx(10, abs=0.01)


def test_nothing_heard_is_nothing_known() -> None:
    night = Night.of(WINTER)
    silent = bed_epochs(np.empty(0, np.int64), {}, interval_s=10, start=night.start, end=night.end)
    assert (silent.state.tolist(), silent.since.tolist()) == ([UNKNOWN], [night.start])
    assert len(silent.seen) == len(silent.still_at) == 0
    assert np.isnan(silent.in_bed).all()
    figures = bed_night([silent], night.start, night.end)
    assert {(figure.value, figure.reason, figure.coverage) for figure in figures} == {(None, "no_data", 0.0)}


def test_a_bed_that_was_never_seen_empty_has_no_hours_of_zero() -> None:
    start, end = noon(WINTER, ZONE), noon(WINTER + timedelta(days=1), ZONE)
    never_up = Night(
        start, end, bed(3, start - MARGIN, end + MARGIN, [(start - 2 * MARGIN, end + 2 * MARGIN)])
    )
    epochs = never_up.reduced(load_kg=never_up.readings.load_kg)
    assert (epochs.state == UNKNOWN).all()
    figures = bed_night([epochs], start, end)
    assert {(figure.value, figure.reason) for figure in figures} == {(None, "low_coverage")}


def test_an_hour_without_readings_is_neither_in_bed_nor_out_of_it() -> None:
    night = Night.of(WINTER, exits=0).without((12.0, 13.0))
    epochs = night.reduced(load_kg=night.readings.load_kg, movement=night.readings.movement)
    gap = slice(12 * 60 + 1, 13 * 60 - 1)
    assert np.isnan(epochs.in_bed[gap]).all()
    assert (epochs.moving[gap] == NOT_KNOWN).all()
    assert epochs.samples[gap].sum() == 0
    assert epochs.state.tolist() == [OUT, IN_BED, UNKNOWN, IN_BED, OUT]


def test_a_stuck_bed_is_neither_seen_nor_resting() -> None:
    night = Night.of(WINTER, exits=0)
    hour = (night.time - night.start) / HOUR
    held = (hour >= 12) & (hour < 18)
    load = night.readings.load_kg.copy()
    load[held] = load[np.argmax(held)]
    epochs = night.reduced(load_kg=load, movement=night.readings.movement)
    seen_h = (epochs.seen[:, 1] - epochs.seen[:, 0]).sum() / HOUR
    assert seen_h == pytest.approx(18, abs=0.01)
    assert epochs.state.tolist() == [OUT, IN_BED, UNKNOWN, IN_BED, OUT]
    assert (epochs.moving[12 * 60 : 18 * 60] == NOT_KNOWN).all()
    assert epochs.samples[12 * 60 : 18 * 60].sum() == 0
    assert not (
        (epochs.still_at > night.start + 12 * HOUR) & (epochs.still_at < night.start + 18 * HOUR)
    ).any()


def test_whole_kilograms_are_no_stuck_bed() -> None:
    night = Night.of(WINTER)
    load, movement = night.readings.load_kg, night.readings.movement
    shown, fine = (told(night.reduced(load_kg=kg, movement=movement)) for kg in (np.rint(load), load))
    for metric in ("bed_exits_per_night", "restlessness_percent", "time_in_bed_h"):
        assert shown[metric] == pytest.approx(fine[metric], abs=0.1)
    assert shown["weight_kg"] == pytest.approx(night.readings.weight_kg, abs=1.0)


def _reasons(night: Night, load: NDArray[np.floating]) -> dict[str, str | None]:
    epochs = night.reduced(load_kg=load, movement=night.readings.movement)
    return {figure.metric: figure.reason for figure in bed_night([epochs], night.start, night.end)}


def test_where_the_empty_bed_hides_below_zero_only_the_weight_is_absent() -> None:
    night = Night.of(WINTER)
    reasons = _reasons(night, np.maximum(night.readings.load_kg - FRAME_KG - 2, 0))
    assert reasons.pop("weight_kg") == "low_coverage"
    assert set(reasons.values()) == {None}


def test_where_two_lie_in_the_bed_for_half_the_night_only_the_weight_is_absent() -> None:
    night = Night.of(WINTER, exits=0)
    hour = (night.time - night.start) / HOUR
    reasons = _reasons(night, night.readings.load_kg + 60 * ((hour >= 10) & (hour < 15)))
    assert reasons.pop("weight_kg") == "low_coverage"
    assert set(reasons.values()) == {None}


@pytest.mark.parametrize("day", [WINTER, SPRING, AUTUMN], ids=["24 h", "23 h", "25 h"])
def test_a_night_has_as_many_minutes_as_it_lasted(day: date) -> None:
    night = Night.of(day)
    epochs = night.reduced(load_kg=night.readings.load_kg)
    assert len(epochs.minute) == len(epochs.in_bed) == len(epochs.moving) == len(epochs.samples)
    assert len(epochs.minute) == HOURS[day] * 60
    assert (epochs.samples == 6).all()
    lying_h = np.nansum(epochs.in_bed) / 60
    assert lying_h == pytest.approx(
        (epochs.until - epochs.since)[epochs.state == IN_BED].sum() / HOUR, abs=1e-4
    )
    assert epochs.minute[0] == night.start
    assert epochs.minute[-1] + MINUTE_US == night.end


def test_lateness_and_clock_are_of_the_night_itself() -> None:
    night = Night.of(WINTER)
    delay = np.where(night.time < night.start, 3000, 4) * SECOND
    epochs = bed_epochs(
        night.time,
        {"load_kg": night.readings.load_kg},
        interval_s=10,
        start=night.start,
        end=night.end,
        received=night.time + delay,
    )
    assert (epochs.late_s, epochs.clock_s) == (4.0, 4.0)
