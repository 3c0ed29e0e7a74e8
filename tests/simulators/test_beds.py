from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from pilots.plan import Plan
from simulators.beds import FRAME_KG, STEP, BedFrame, BedSamples, first_sample, sample_bed
from simulators.draws import Purpose, draws
from simulators.messages import bed_messages
from simulators.story import Story
from simulators.timing import HOUR, MINUTE

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def one_day(plan: Plan, seed: int = 1) -> tuple[Story, BedFrame, BedSamples]:
    story = Story(plan, seed)
    frame = BedFrame.drawn(seed, 0, story.first, len(story.days), plan.zone)
    first, second = story.lives[0].nights[date(2025, 3, 25)], story.lives[0].nights[date(2025, 3, 26)]
    start = story.start + 48 * HOUR
    rng = draws(seed, Purpose.BED_SAMPLES, 0, date(2025, 3, 26))
    return story, frame, sample_bed(rng, frame, (first, second), start, start + 24 * HOUR)


def occupied(story: Story, samples: BedSamples) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    time = samples.start + np.arange(len(samples.load_kg)) * STEP
    return np.any(
        [
            (time >= into) & (time < out)
            for day in (date(2025, 3, 25), date(2025, 3, 26))
            for into, out in story.lives[0].nights[day].in_bed.tolist()
        ],
        axis=0,
    )


def test_load_is_bed_and_resident_with_noise_of_a_tenth_of_a_kilogram(plan: Plan) -> None:
    story, frame, samples = one_day(plan)
    above = samples.load_kg - frame.load_kg(samples.start, len(samples.load_kg))
    inside = occupied(story, samples)
    assert np.std(above[~inside]) == pytest.approx(0.1, abs=0.01)
    assert abs(np.mean(above[~inside])) < 0.01
    still = inside & (samples.movement < 0.1)
    weight = story.lives[0].nights[date(2025, 3, 25)].mean_weight_kg
    assert np.median(above[still]) == pytest.approx(weight, abs=1.5)


def test_movement_is_high_in_restless_minutes_and_nowhere_else(plan: Plan) -> None:
    story, _, samples = one_day(plan)
    nights = story.lives[0].nights
    restless = {
        minute
        for day in (date(2025, 3, 25), date(2025, 3, 26))
        for minute in nights[day].restless_minutes.tolist()
    }
    by_minute = samples.movement.reshape(-1, 6).min(axis=1)
    first = samples.start // MINUTE
    moving = {first + int(minute) for minute in np.flatnonzero(by_minute > 0.1)}
    assert moving == {minute for minute in restless if first <= minute < first + len(by_minute)}
    assert samples.movement[~occupied(story, samples)].max() == 0.0


def test_a_duvet_comes_and_goes_while_the_bed_is_empty(plan: Plan) -> None:
    story = Story(plan, 2)
    changes = 0
    for life in story.lives:
        number = life.participant.number
        frame = BedFrame.drawn(2, number, story.first, len(story.days), plan.zone)
        changes += len(frame.duvet_at)
        assert all((before == 0.0) != (after == 0.0) for before, after in pairwise(frame.duvet_kg.tolist()))
        assert all(1.0 <= kg <= 2.5 for kg in frame.duvet_kg.tolist() if kg)
        for at in frame.duvet_at.tolist():
            in_bed = [stretch for night in life.nights.values() for stretch in night.in_bed.tolist()]
            assert not any(into - HOUR <= at < out + HOUR for into, out in in_bed)
    assert changes > 5


def test_tare_drifts_by_a_fraction_of_a_kilogram_a_day() -> None:
    hourly = np.concatenate(
        [np.diff(BedFrame.drawn(1, who, date(2025, 1, 1), 60, STOCKHOLM).tare_kg) for who in range(8)]
    )
    assert hourly.std() * np.sqrt(24) == pytest.approx(0.15, abs=0.01)
    assert BedFrame.drawn(1, 0, date(2025, 1, 1), 60, STOCKHOLM).tare_kg[0] > FRAME_KG


def test_messages_hold_the_samples_rounded_to_hundredths(plan: Plan) -> None:
    _, _, samples = one_day(plan)
    messages = list(bed_messages("bed", samples))
    assert len(messages) == 24
    for hour, message in enumerate(messages):
        content = msgspec.json.decode(message.payload)
        assert content["start"] * 1_000_000 == samples.start + hour * HOUR
        assert content["interval_s"] == 10
        sent = slice(hour * 360, (hour + 1) * 360)
        np.testing.assert_allclose(content["load_kg"], samples.load_kg[sent], atol=0.0051)
        np.testing.assert_allclose(content["movement"], samples.movement[sent], atol=0.0051)
        assert len(message.payload) < 4500


def test_first_sample_is_the_one_at_or_after_an_instant() -> None:
    assert [
        first_sample(time, 100 * STEP) for time in (99 * STEP, 100 * STEP, 100 * STEP + 1, 101 * STEP)
    ] == [
        0,
        0,
        1,
        1,
    ]
