from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from pilots.plan import Plan
from simulators.story import Story
from simulators.truth import Truth


def test_truth_written_and_read_back_is_the_same(plan: Plan, tmp_path: Path) -> None:
    truth = Story(plan, 1).truth
    truth.write(tmp_path / "truth.json")
    assert Truth.read(tmp_path / "truth.json") == truth


def test_truth_covers_whole_nights_and_all_days(plan: Plan) -> None:
    story = Story(plan, 1)
    for participant in story.truth.participants:
        assert [night.night for night in participant.nights] == story.days[:-1]
        assert [day.day for day in participant.days] == story.days


def test_truth_names_the_days_that_are_evaluated(plan: Plan) -> None:
    baseline, pilot = Story(plan, 1).truth.phases
    assert baseline.evaluated_from == baseline.start
    assert pilot.evaluated_from == pilot.start + timedelta(days=3)


def test_a_file_that_is_no_truth_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"pilot": "x"}')
    with pytest.raises(msgspec.ValidationError, match="plan"):
        Truth.read(tmp_path / "other.json")
