"""A pilot goes through its stages one at a time."""

import itertools
from pathlib import Path

import pytest

from pilots.errors import WrongStage
from pilots.plan import demo_plan_text, read_plan
from pilots.registry import Registry
from pilots.stages import STAGES, check_step


@pytest.mark.parametrize(("stage", "to"), list(itertools.pairwise(STAGES)))
def test_the_next_stage_may_follow(stage: str, to: str) -> None:
    check_step("natt", stage, to)


@pytest.mark.parametrize(
    ("stage", "to", "words"),
    [
        ("planning", "baseline", 'the next stage is "legal_check"'),
        ("pilot", "baseline", 'the next stage is "evaluation"'),
        ("pilot", "pilot", 'the next stage is "evaluation"'),
        ("closed", "planning", "the last stage"),
        ("planning", "done", "stages are planning"),
    ],
)
def test_no_stage_is_skipped_or_gone_back_to(stage: str, to: str, words: str) -> None:
    with pytest.raises(WrongStage, match=words):
        check_step("natt", stage, to)


def test_a_pilot_stands_where_it_was_advanced_to(tmp_path: Path) -> None:
    text = demo_plan_text()
    with Registry.open(f"sqlite:{tmp_path / 'registry.sqlite'}") as registry:
        registry.add_pilot(read_plan(text), text)
        assert registry.advance("demo", "legal_check").stage == "legal_check"
        assert registry.pilot("demo").stage == "legal_check"
        with pytest.raises(WrongStage):
            registry.advance("demo", "decision")
