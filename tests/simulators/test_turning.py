from dataclasses import replace

import numpy as np
import pytest

from pilots.plan import Plan
from simulators.messages import bed_messages
from simulators.story import Story
from simulators.timing import HOUR
from simulators.turning import Positions, on_legs, positions_of


def test_positions_fill_the_time_in_bed_and_follow_each_other(plan: Plan) -> None:
    story = Story(plan, 1)
    for night in story.lives[0].nights.values():
        lain = positions_of(1, 0, night)
        assert (lain.until > lain.since).all()
        assert (lain.until - lain.since).sum() == np.diff(night.in_bed).sum()
        assert (~(lain.turned | lain.stirred)).sum() == len(night.in_bed)


def test_a_stir_keeps_the_side_and_a_turn_or_an_exit_ends_it() -> None:
    hours = np.array([0, 1, 2, 5])
    lain = Positions(
        hours * HOUR,
        np.array([1, 2, 4, 8]) * HOUR,
        np.array([False, False, True, False]),
        np.array([False, True, False, False]),
        np.zeros(4),
        np.zeros(4),
    )
    assert (lain.kept // HOUR).tolist() == [2, 2, 3]
    assert (lain.turns, lain.longest_h) == (1, 3.0)
    assert lain.compliance_percent == pytest.approx(200 / 3)
    stays = replace(lain, until=np.array([1, 2, 4, 7]) * HOUR)
    assert stays.compliance_percent == 100


def test_the_legs_bear_the_load_and_the_body_where_it_lies() -> None:
    rng, n = np.random.default_rng(1), 10_000
    load, body = np.full(n, 110.0), np.full(n, 70.0)
    legs = on_legs(rng, load, body, np.full(n, 11.0), np.full(n, -5.0))
    assert legs.sum(axis=0) == pytest.approx(load)
    head_left, head_right, foot_left, foot_right = legs.mean(axis=1) - 10.0
    assert (head_right + foot_right - head_left - foot_left) * 45 / 70 == pytest.approx(11, abs=0.1)
    assert (foot_left + foot_right - head_left - head_right) * 100 / 70 == pytest.approx(-5, abs=0.2)


def test_a_bed_with_four_legs_sends_them_and_not_their_sum(plan: Plan) -> None:
    story = Story(plan, 1, 3, four_legs=True)
    [first, *_] = story.messages(story.days[1], ("bed",))
    assert b'"load4_kg":[' in first.payload
    assert b'"load_kg"' not in first.payload
    whole = Story(plan, 1, 3).lives[0]
    start = story.start + 24 * HOUR
    legs = story.bed_samples(whole, story.days[1], start, start + 24 * HOUR)
    assert legs.legs_kg is not None
    assert legs.legs_kg.sum(axis=0) == pytest.approx(legs.load_kg, abs=0.001)
    assert len(list(bed_messages("bed", legs))) == 24


def test_turns_are_known_of_four_legs_only(plan: Plan) -> None:
    assert all(night.turns is None for each in Story(plan, 1, 3).truth.participants for night in each.nights)
    told = Story(plan, 1, 3, four_legs=True).truth.participants[0].nights[0].turns
    assert told is not None
    assert told.turns > 0
