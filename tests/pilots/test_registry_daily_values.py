"""Daily values: written over, read in order, all or none."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from pilots.daily_columns import DailyColumns, MonthOfValues
from pilots.errors import InvalidDailyValue, UnknownParticipant, UnknownPilot
from pilots.records import DailyValue, Inputs
from pilots.registry import Registry
from pilots.registry.daily_values import hash_of_inputs

FIRST = date(2026, 1, 12)


@pytest.fixture
def codes(registry: Registry) -> list[str]:
    return sorted(registry.add_participants("natt", "intervention", 3, ["bed"]))


def value(code: str, night: int = 0, metric: str = "weight_kg", kg: float | None = 71.25) -> DailyValue:
    reason = "low_coverage" if kg is None else None
    day = FIRST + timedelta(days=night)
    return DailyValue(code, day, metric, kg, None, None, 12, 0.875, reason)


def test_values_come_back_as_they_were_put(registry: Registry, codes: list[str]) -> None:
    put = [
        value(codes[0]),
        value(codes[0], 1, kg=None),
        value(codes[0], 2)._replace(ci_low=70.5, ci_high=72.5),
    ]
    registry.put_daily_values("natt", put)
    assert registry.daily_values("natt") == put


def test_values_are_ordered_by_metric_participant_and_day(registry: Registry, codes: list[str]) -> None:
    put = [value(code, night, metric) for metric in ("a", "b") for code in codes for night in range(3)]
    registry.put_daily_values("natt", reversed(put))
    assert registry.daily_values("natt") == put


def test_a_value_put_again_takes_the_place_of_the_first(registry: Registry, codes: list[str]) -> None:
    registry.put_daily_values("natt", [value(codes[0]), value(codes[1])])
    registry.put_daily_values("natt", [value(codes[0], kg=None)])
    assert registry.daily_values("natt") == [value(codes[0], kg=None), value(codes[1])]


def test_values_are_found_by_metric_participant_and_days(registry: Registry, codes: list[str]) -> None:
    registry.put_daily_values(
        "natt", [value(code, night, metric) for metric in ("a", "b") for code in codes for night in range(5)]
    )
    assert {each.metric for each in registry.daily_values("natt", metric="b")} == {"b"}
    assert {each.participant for each in registry.daily_values("natt", participant=codes[1])} == {codes[1]}
    within = registry.daily_values("natt", start=FIRST + timedelta(1), end=FIRST + timedelta(3))
    assert sorted({each.day for each in within}) == [FIRST + timedelta(1), FIRST + timedelta(2)]
    assert registry.daily_values("natt", metric="c") == []


def made_from(print_: int | None) -> Inputs:
    """What a month was made from of which the first night was, or nothing where none was."""
    return {} if print_ is None else {"bed": [None] * 11 + [print_]}


def month(
    code: str,
    values: list[DailyValue],
    gone: list[tuple[str, date]],
    print_: int,
    before: int | None = None,
) -> MonthOfValues:
    of_values = DailyColumns.of_values(values)
    return MonthOfValues(code, FIRST.replace(day=1), of_values, gone, made_from(print_), made_from(before))


def test_a_month_is_written_with_what_it_was_made_from(registry: Registry, codes: list[str]) -> None:
    registry.put_months("natt", [month(codes[0], [value(codes[0])], [], -(2**63))])
    assert registry.daily_values("natt") == [value(codes[0])]
    inputs = {(codes[0], date(2026, 1, 1)): {"bed": [None] * 11 + [-(2**63)]}}
    assert registry.month_inputs("natt") == inputs


def test_what_a_month_no_longer_has_is_gone(registry: Registry, codes: list[str]) -> None:
    registry.put_months(
        "natt",
        [month(codes[0], [value(codes[0]), value(codes[0], metric="a")], [], 1), month(codes[1], [], [], 1)],
    )
    registry.put_daily_values("natt", [value(codes[1])])
    before = registry.figures_revision()
    registry.put_months("natt", [month(codes[0], [], [("weight_kg", FIRST)], 2, before=1)])
    assert registry.daily_values("natt") == [value(codes[0], metric="a"), value(codes[1])]
    assert registry.figures_revision() != before


def test_what_months_were_made_from_is_told_from_a_month_on_and_by_hashes(
    registry: Registry, codes: list[str]
) -> None:
    january = month(codes[0], [value(codes[0])], [], -(2**63))
    february = replace(month(codes[0], [], [], 3), month=date(2026, 2, 1))
    registry.put_months("natt", [january, february])
    assert list(registry.month_inputs("natt", date(2026, 2, 14)).values()) == [february.inputs]
    hashes = registry.month_input_hashes("natt")
    assert hashes == {(codes[0], each.month): hash_of_inputs(each.inputs) for each in (january, february)}
    registry.put_months("natt", [month(codes[0], [], [], 4, before=-(2**63))])
    changed = registry.month_input_hashes("natt")
    assert [key for key in hashes if hashes[key] != changed[key]] == [(codes[0], january.month)]


def test_a_month_that_another_has_written_meanwhile_is_handed_back_and_the_others_are_written(
    registry: Registry, codes: list[str]
) -> None:
    registry.put_months("natt", [month(codes[0], [value(codes[0], kg=70.0)], [], 1)])
    late = month(codes[0], [value(codes[0], kg=80.0)], [], 2)
    again = month(codes[1], [value(codes[1])], [], 2)
    assert registry.put_months("natt", [late, again]) == [late]
    assert registry.daily_values("natt") == [value(codes[0], kg=70.0), value(codes[1])]
    assert {code: inputs for (code, _), inputs in registry.month_inputs("natt").items()} == {
        codes[0]: made_from(1),
        codes[1]: made_from(2),
    }


def test_equal_values_have_equal_sums_however_they_came_to_be(registry: Registry, codes: list[str]) -> None:
    put = [
        value(code, night, metric, kg=70.0 + night)
        for code in codes[:2]
        for metric in ("a", "b")
        for night in (0, 1, 40)
    ]
    registry.put_daily_values("natt", put)
    at_once = registry.month_sums("natt")
    assert sorted(at_once) == [(code, date(2026, month, 1)) for code in codes[:2] for month in (1, 2)]
    assert registry.summed_columns("natt") == (at_once, registry.daily_columns("natt"))
    registry.put_daily_values("natt", [each._replace(value=0.1) for each in put[3:]])
    assert registry.month_sums("natt") != at_once
    for each in reversed(put):
        registry.put_daily_values("natt", [each])
    assert registry.month_sums("natt") == at_once
    with Registry.open(registry.url) as again:
        assert again.month_sums("natt") == at_once


@pytest.mark.parametrize(
    "changed",
    [
        {"value": 71.3},
        {"value": None},
        {"ci_low": 70.0},
        {"ci_high": 72.0},
        {"n": 13},
        {"coverage": None},
        {"reason": "low_coverage"},
        {"day": FIRST + timedelta(1)},
        {"metric": "a"},
    ],
    ids=str,
)
def test_a_sum_changes_with_every_part_of_a_value(
    registry: Registry, codes: list[str], changed: dict[str, Any]
) -> None:
    registry.put_months("natt", [month(codes[0], [value(codes[0])], [], 1)])
    before = registry.month_sums("natt")
    other = month(codes[0], [value(codes[0])._replace(**changed)], [("weight_kg", FIRST)], 1, before=1)
    registry.put_months("natt", [other])
    assert registry.month_sums("natt").keys() == before.keys()
    assert registry.month_sums("natt") != before


def test_a_month_whose_values_are_all_gone_has_no_sum(registry: Registry, codes: list[str]) -> None:
    registry.put_months("natt", [month(codes[0], [value(codes[0])], [], 1)])
    registry.put_months("natt", [month(codes[0], [], [("weight_kg", FIRST)], 2, before=1)])
    assert registry.month_sums("natt") == {}


def test_a_month_with_a_value_that_is_refused_leaves_nothing(registry: Registry, codes: list[str]) -> None:
    bad = value(codes[0], 1)._replace(value=float("nan"))
    with pytest.raises(InvalidDailyValue):
        registry.put_months("natt", [month(codes[0], [value(codes[0]), bad], [], 1)])
    assert registry.daily_values("natt") == []
    assert registry.month_inputs("natt") == {}


def test_values_that_count_are_those_without_a_reason(registry: Registry, codes: list[str]) -> None:
    low = value(codes[0], 1)._replace(reason="low_coverage")
    registry.put_daily_values("natt", [value(codes[0]), low, value(codes[0], 2, kg=None), value(codes[1], 4)])
    month = FIRST.replace(day=1)
    assert registry.counting_values("natt", "weight_kg") == {
        (codes[0], month): [(FIRST.day, 71.25)],
        (codes[1], month): [(FIRST.day + 4, 71.25)],
    }
    assert registry.counting_values("natt", "weight_kg", month + timedelta(31)) == {}


def test_numbers_of_numpy_are_numbers(registry: Registry, codes: list[str]) -> None:
    numpy: dict[str, Any] = {"value": np.float32(71.25), "n": np.int64(12), "coverage": np.float64(0.875)}
    counted = value(codes[0])._replace(**numpy)
    registry.put_daily_values("natt", [counted])
    assert registry.daily_values("natt") == [value(codes[0])]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_nan_is_refused_and_nothing_is_written(registry: Registry, codes: list[str], wrong: float) -> None:
    with pytest.raises(InvalidDailyValue, match=f"weight_kg of {codes[1]} on 2026-01-12: value is {wrong}"):
        registry.put_daily_values("natt", [value(codes[0]), value(codes[1], kg=wrong)])
    assert registry.daily_values("natt") == []


def test_a_value_of_a_stranger_is_refused_and_nothing_is_written(
    registry: Registry, codes: list[str]
) -> None:
    with pytest.raises(UnknownParticipant, match="K7Q-4TD"):
        registry.put_daily_values("natt", [value(codes[0]), value("K7Q-4TD")])
    with pytest.raises(UnknownPilot):
        registry.put_daily_values("dag", [value(codes[0])])
    assert registry.daily_values("natt") == []


def test_nothing_to_put_is_no_error(registry: Registry) -> None:
    registry.put_daily_values("natt", [])
    assert registry.daily_values("natt") == []
