"""What staff of a story write down: near the truth, and less than all of it."""

from collections import Counter

import pytest

from pilots.civil_time import local_date
from pilots.instruments import INSTRUMENTS
from pilots.plan import Plan
from simulators.observations import logged_events_of, scores_of, weighings_of
from simulators.story import Story
from simulators.timing import HOUR, MINUTE
from simulators.truth import Truth


@pytest.fixture(scope="module")
def truth(plan: Plan) -> Truth:
    larger = plan.model_copy(update={"groups": {"intervention": 12, "comparison": 8}})
    return Story(larger, seed=7).truth


def test_a_scale_shows_a_little_more_or_less_than_a_resident_weighs_after_the_night(
    truth: Truth, plan: Plan
) -> None:
    weights = {(who.code, night.night): night.weight_kg for who in truth.participants for night in who.nights}
    weighings = weighings_of(truth)
    assert len(weighings) >= 20
    errors = [
        each.kg - weights[each.participant, local_date(each.time_us - 12 * HOUR, plan.zone)]
        for each in weighings
    ]
    assert all(abs(error) < 1.5 for error in errors)
    assert len({round(error, 3) for error in errors}) > len(errors) / 2


def test_the_log_holds_part_of_the_real_alarms_and_some_that_no_alarm_told(truth: Truth) -> None:
    log = logged_events_of(truth)
    real = {
        (who.code, alarm.raised)
        for who in truth.participants
        for alarm in who.alarms
        if alarm.outcome == "real" and alarm.cause in ("fall", "bed_exit", "geofence", "camera")
    }
    told = {
        (code, raised)
        for code, raised in real
        for each in log
        if each.participant == code and 0 <= raised - each.time_us < 15 * MINUTE
    }
    assert 0.5 * len(real) < len(told) < len(real)
    assert len(log) > len(told)
    assert Counter(each.kind for each in log).keys() <= {"fall", "bed_exit", "left_home"}
    assert all(each.time_us % (5 * MINUTE) == 0 for each in log)


def test_most_are_assessed_in_both_phases_within_the_range_of_the_instrument(truth: Truth) -> None:
    scores = scores_of(truth)
    times = Counter((each.participant, each.instrument) for each in scores)
    assert {each.instrument for each in scores} == {"mna_sf", "npi_nh"}
    assert sum(count == 2 for count in times.values()) > len(times) / 2
    for each in scores:
        known = INSTRUMENTS[each.instrument]
        assert known.low <= each.value <= known.high
        assert each.value == int(each.value)
        assert any(phase.evaluated_from <= each.day <= phase.end for phase in truth.phases)


def test_a_seed_tells_the_same_observations_again(truth: Truth) -> None:
    for made in (weighings_of, logged_events_of, scores_of):
        assert made(truth) == made(truth)


def test_a_story_that_ends_within_a_phase_has_no_observation_after_its_end(plan: Plan) -> None:
    short = Story(plan, seed=7, days=4).truth
    assert all(each.day <= short.last for each in scores_of(short))
    assert all(local_date(each.time_us, plan.zone) <= short.last for each in weighings_of(short))
