from datetime import UTC, date, datetime

import msgspec
import pytest

from pilots.plan import Plan
from simulators.story import Story
from simulators.timing import SECOND
from simulators.true_figures import TRUE_FIGURES
from simulators.truth import AlarmTruth, Truth


def at(hour: int) -> int:
    """An hour of 24 March 2025 in Stockholm, µs UTC."""
    return round(datetime(2025, 3, 24, hour - 1, tzinfo=UTC).timestamp()) * SECOND


def alarm(hour: int, outcome: str | None, cause: str = "button") -> AlarmTruth:
    return AlarmTruth(f"{hour}", date(2025, 3, 24), cause, at(hour), None, None, None, outcome)


@pytest.fixture
def truth(plan: Plan) -> Truth:
    """Ten days of one participant's alarms."""
    told = Story(plan, 1).truth
    alarms = (alarm(6, "real"), alarm(7, "false"), alarm(20, "nuisance"), alarm(21, None))
    tested = alarm(12, "test", cause="test")
    person = msgspec.structs.replace(told.participants[0], group="intervention", alarms=(*alarms, tested))
    return msgspec.structs.replace(told, participants=(person,))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("false_alarms_percent", 100 / 3),
        ("nuisance_alarms_percent", 100 / 3),
        ("night_alarms_percent", 50.0),
        ("alarms_per_shift", 4 / 30),
    ],
)
def test_a_figure_counts_the_alarms_of_the_phase_without_tests(
    metric: str, expected: float, truth: Truth
) -> None:
    assert TRUE_FIGURES[metric](truth, truth.phases[0], "intervention") == pytest.approx(expected)


def test_a_phase_without_alarms_has_no_shares(truth: Truth) -> None:
    shares = ("false_alarms_percent", "nuisance_alarms_percent", "night_alarms_percent", "time_to_arrive_s")
    assert [TRUE_FIGURES[metric](truth, truth.phases[1], "intervention") for metric in shares] == [None] * 4
