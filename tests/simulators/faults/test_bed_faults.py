from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from pilots.civil_time import midnight
from pilots.plan import Plan
from simulators.beds import STEP, BedFrame, BedSamples, sample_bed
from simulators.draws import Purpose, draws
from simulators.faults.bed import BedScene, bed_with
from simulators.faults.names import Fault
from simulators.faults.scale import LOWEST_KG, power_losses, stuck_stretches
from simulators.story import Story
from simulators.timing import HOUR

SEED = 6


@pytest.fixture(scope="module")
def story(plan: Plan) -> Story:
    return Story(plan, SEED)


def scene(story: Story, resident: int) -> BedScene:
    zone = story.plan.zone
    frame = BedFrame.drawn(SEED, resident, story.first, len(story.days), zone)
    return BedScene(SEED, resident, story.first, zone, frame, story.lives[resident].nights)


def sampled(bed: BedScene, day: date) -> BedSamples:
    nights = (bed.nights[day - timedelta(days=1)], bed.nights[day])
    start, end = midnight(day, bed.zone), midnight(day + timedelta(days=1), bed.zone)
    return sample_bed(draws(SEED, Purpose.BED_SAMPLES, bed.resident, day), bed.frame, nights, start, end)


def times(samples: BedSamples) -> NDArray[np.int64]:
    return samples.start + np.arange(len(samples.load_kg)) * STEP


def days(story: Story) -> list[tuple[BedScene, date]]:
    return [(scene(story, resident), day) for resident in range(6) for day in story.days]


@pytest.mark.parametrize(
    "fault", [Fault.DUVET_ADDED, Fault.BAG_ON_BED, Fault.CARER_ON_BED, Fault.LINEN_CHANGE, Fault.TWO_PEOPLE]
)
def test_a_thing_on_the_bed_adds_its_weight_while_it_lies_there(fault: Fault, story: Story) -> None:
    seen = 0
    for bed, day in days(story):
        things = bed.things(frozenset({fault}), midnight(day, bed.zone))
        without = sampled(bed, day)
        added = bed_with(frozenset({fault}), bed, without).load_kg - without.load_kg
        expected = np.zeros(len(added))
        for thing in things:
            expected[(times(without) >= thing.start) & (times(without) < thing.end)] += thing.kg
            seen += 1
        # Whoever moves shifts their weight for a moment: only the level is looked at.
        assert np.median(np.abs(added - expected)) < 0.01
    assert seen > 10


def test_a_duvet_is_laid_on_somebody_in_bed_and_taken_off_an_empty_bed(story: Story) -> None:
    laid = 0
    for bed, day in days(story):
        for thing in bed.things(frozenset({Fault.DUVET_ADDED}), midnight(day, bed.zone)):
            (night,) = [
                each for each in bed.nights.values() if each.in_bed[0, 0] < thing.start < each.in_bed[-1, 1]
            ]
            assert not any(
                into <= thing.end < out_of
                for each in bed.nights.values()
                for into, out_of in each.in_bed.tolist()
            )
            assert 1.0 <= thing.kg <= 2.5
            laid += night.day == day
    assert laid == pytest.approx(0.3 * len(days(story)), rel=0.3)


def test_linen_changes_every_seventh_day_and_its_step_stays(story: Story) -> None:
    bed, last = scene(story, 0), story.last
    faults = frozenset({Fault.LINEN_CHANGE})
    lying = [
        thing for thing in bed.things(faults, midnight(last, bed.zone)) if thing.end > 2 * last.toordinal()
    ]
    steps = [thing for thing in lying if thing.kg != -12.0]
    assert len(steps) == sum(day.toordinal() % 7 == 0 for day in bed.nights)
    now = np.array([midnight(last, bed.zone)])
    came_before = [thing.kg for thing in steps if thing.start <= now[0]]
    assert bed.added_kg(faults, now).item() == pytest.approx(sum(came_before))


def test_a_pet_and_a_second_person_move_the_bed(story: Story) -> None:
    for fault in (Fault.PET, Fault.TWO_PEOPLE):
        more = 0
        for bed, day in days(story)[:48]:
            without = sampled(bed, day)
            moved = bed_with(frozenset({fault}), bed, without).movement
            assert np.all((moved == without.movement) | (moved >= 0.25))
            more += int(np.count_nonzero(moved > without.movement))
        assert more > 100


def test_tare_drifts_by_less_than_a_kilogram_a_day_and_creeps(story: Story) -> None:
    bed, faults = scene(story, 2), frozenset({Fault.TARE_DRIFT})
    first, last = (
        bed.added_kg(faults, midnight(day, bed.zone) + np.arange(0, 24 * HOUR, HOUR)).mean()
        for day in (story.first, story.days[-10])
    )
    assert last - first == pytest.approx(0.04 * (len(story.days) - 10), abs=0.05)
    day = bed.added_kg(faults, bed.frame.start + np.arange(0, 24 * HOUR, HOUR))
    assert 0.5 < np.ptp(day) < 1.7


def test_a_scale_without_power_is_silent_and_then_takes_what_lies_there_for_zero(story: Story) -> None:
    faults = frozenset({Fault.RE_TARE})
    lost = 0
    for bed, day in days(story):
        losses = power_losses(SEED, bed.resident, bed.first, day, bed.zone)
        samples = bed_with(faults, bed, sampled(bed, day))
        time, load = times(samples), samples.load_kg
        for gone, back in losses:
            dark = (time >= gone) & (time < back)
            assert np.isnan(load[dark]).all()
            just_back = (time >= back) & (time < back + HOUR / 60)
            if just_back.any() and midnight(day, bed.zone) < back:
                lost += 1
                assert np.nanmedian(np.abs(load[just_back])) < 15.0
        assert np.nanmin(load) >= LOWEST_KG
        if not losses:
            np.testing.assert_array_equal(load, sampled(bed, day).load_kg)
    assert lost > 5


def test_a_clamped_scale_never_shows_less_than_nothing_and_too_little_for_the_rest(story: Story) -> None:
    for bed, day in days(story)[::17]:
        without = sampled(bed, day)
        load = bed_with(frozenset({Fault.NEGATIVE_CLAMP}), bed, without).load_kg
        assert load.min() >= 0.0
        zero = (without.load_kg - load)[load > 1.0]
        assert np.ptp(zero) < 0.01


def test_a_coarse_scale_shows_whole_kilograms(story: Story) -> None:
    bed, day = scene(story, 0), story.first
    without = sampled(bed, day)
    load = bed_with(frozenset({Fault.RESOLUTION_1KG}), bed, without).load_kg
    np.testing.assert_array_equal(load, np.rint(without.load_kg))


def test_a_stuck_scale_repeats_one_value_across_midnight_and_nothing_else_changes(story: Story) -> None:
    faults = frozenset({Fault.STUCK_VALUE})
    values: dict[tuple[int, int], set[tuple[float, float]]] = {}
    for bed, day in days(story):
        without = sampled(bed, day)
        samples, time = bed_with(faults, bed, without), times(without)
        untouched = np.ones(len(time), dtype=np.bool_)
        stretches = [(start, end) for start, end, _ in stuck_stretches(SEED, bed.resident, day, bed.zone)]
        for start, end in stretches:
            untouched &= (time < start) | (time >= end)
        if len(stretches) == 1:
            stuck = ~untouched
            shown = zip(samples.load_kg[stuck].tolist(), samples.movement[stuck].tolist(), strict=True)
            values.setdefault((bed.resident, stretches[0][0]), set()).update(shown)
        np.testing.assert_array_equal(samples.load_kg[untouched], without.load_kg[untouched])
        np.testing.assert_array_equal(samples.movement[untouched], without.movement[untouched])
    assert len(values) > 10
    assert all(len(shown) <= 1 for shown in values.values())
