"""Rest by night and hour of groups whose hours are known beforehand."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from analysis.catalogue import REST_HOURS
from analysis.pipeline import PilotData, RestHoursRow, metric_rows, rest_hour_rows
from pilots.errors import UnknownGroup
from tests.analysis.pilot_world import BASELINE, PLAN, World, open_world

HOURS = ["h21", "h22", "h23", "h00", "h01", "h02", "h03", "h04", "h05", "h06"]
SPRING, AUTUMN = date(2026, 3, 28), date(2026, 10, 24)
ALL_YEAR = PLAN.replace("end: 2026-03-08", "end: 2026-12-20")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from open_world(tmp_path, ALL_YEAR)


def rows(world: World, by: str = "phase", suppress: bool = False, **chosen: object) -> list[RestHoursRow]:
    data = PilotData(world.registry, world.store, world.pilot)
    return rest_hour_rows(data, by=by, suppress=suppress, **chosen)  # type: ignore[arg-type]


def rested(
    world: World,
    code: str,
    *nights: date,
    percent: float | None = 80.0,
    without: str = "",
    coverage: float = 1.0,
) -> None:
    """Every hour of these nights alike, `without` one."""
    for night in nights or (BASELINE,):
        for name in REST_HOURS:
            if not without or not name.endswith(without):
                reason = None if percent is not None else "no_data"
                world.days(code, night, name, [percent], coverage=coverage, reason=reason)


def test_a_row_has_the_ten_hours_of_a_night_in_its_order(world: World) -> None:
    (code,) = world.people("intervention", 1)
    rested(world, code)
    row = rows(world, group="intervention")[0]
    assert list(row.hours) == HOURS
    assert (row.period, row.phase, row.group, row.n, row.suppressed, row.reason) == (
        "baseline",
        "baseline",
        "intervention",
        1,
        False,
        None,
    )


def test_each_hour_is_what_the_group_s_rows_of_a_metric_would_be(world: World) -> None:
    for code, percent in zip(world.people("intervention", 3), (60.0, 70.0, 95.0), strict=True):
        rested(world, code, BASELINE, BASELINE + timedelta(days=1), percent=percent)
    data = PilotData(world.registry, world.store, world.pilot)
    for by in ("day", "week", "phase"):
        shown = [row.hours["h03"] for row in rows(world, by)]
        assert shown == metric_rows(data, "rest_percent_h03", by=by, suppress=False)
    cell = rows(world, group="intervention")[0].hours["h03"]
    assert (cell.n, cell.value, cell.coverage) == (3, 75.0, 1.0)
    assert cell.ci_low is not None
    assert cell.ci_low < 75 < (cell.ci_high or 0) <= 100


def test_rows_ascend_by_period_and_the_groups_of_one_stand_together(world: World) -> None:
    for group in ("intervention", "comparison"):
        rested(world, *world.people(group, 1), BASELINE, BASELINE + timedelta(days=1))
    assert [(row.period, row.group) for row in rows(world, "day")] == [
        ("2026-01-12", "intervention"),
        ("2026-01-12", "comparison"),
        ("2026-01-13", "intervention"),
        ("2026-01-13", "comparison"),
    ]


def test_n_counts_everybody_who_has_some_hour_and_each_hour_its_own(world: World) -> None:
    early, late, without = world.people("intervention", 3)
    world.days(early, BASELINE, "rest_percent_h21", [50.0])
    world.days(early, BASELINE, "rest_percent_h22", [50.0])
    world.days(late, BASELINE, "rest_percent_h06", [90.0])
    world.days(without, BASELINE, "rest_percent_h06", [90.0], coverage=0.5, reason="low_coverage")
    row = rows(world, "day", group="intervention")[0]
    assert row.n == 2
    assert [row.hours[hour].n for hour in ("h21", "h22", "h23", "h06")] == [1, 1, 0, 1]


def test_the_hour_that_spring_leaves_out_says_so_in_that_night_alone(world: World) -> None:
    for code in world.people("intervention", 5):
        rested(world, code, SPRING - timedelta(days=1))
        rested(world, code, SPRING, without="h02")
    before, spring = rows(world, "day", suppress=True, group="intervention")[-2:]
    assert (before.hours["h02"].value, before.hours["h02"].reason) == (80, None)
    missing = spring.hours["h02"]
    assert (missing.n, missing.value, missing.coverage) == (0, None, None)
    assert (missing.suppressed, missing.reason) == (False, "no_such_hour")
    assert [cell.value for hour, cell in spring.hours.items() if hour != "h02"] == [80] * 9
    assert (spring.n, spring.reason) == (5, None)


def test_the_week_of_a_clock_change_does_not_miss_the_hour_that_was_not(world: World) -> None:
    (code,) = world.people("intervention", 1)
    rested(world, code, *(SPRING - timedelta(days=day) for day in range(1, 6)))
    rested(world, code, SPRING, without="h02")
    rested(world, code, SPRING + timedelta(days=1))
    week = rows(world, "week", group="intervention")[-1]
    assert (week.hours["h02"].value, week.hours["h02"].coverage, week.hours["h02"].reason) == (80, 1.0, None)


def test_the_night_with_a_doubled_hour_has_ten_hours_like_any_other(world: World) -> None:
    (code,) = world.people("intervention", 1)
    rested(world, code, AUTUMN)
    row = rows(world, "day", group="intervention")[-1]
    assert [cell.value for cell in row.hours.values()] == [80] * 10


def test_four_participants_are_hidden_with_every_figure_of_every_hour(world: World) -> None:
    for code in world.people("intervention", 4):
        rested(world, code)
    row = rows(world, suppress=True, group="intervention")[0]
    assert (row.n, row.suppressed, row.reason) == (None, True, "too_few_participants")
    for cell in row.hours.values():
        assert (cell.n, cell.value, cell.ci_low, cell.ci_high, cell.coverage) == (None,) * 5
        assert (cell.suppressed, cell.reason) == (True, "too_few_participants")
    assert rows(world, group="intervention")[0].n == 4


def test_an_hour_of_four_is_hidden_in_a_row_of_six(world: World) -> None:
    codes = world.people("intervention", 6)
    for code in codes:
        rested(world, code, without="h21")
    for code in codes[:4]:
        world.days(code, BASELINE, "rest_percent_h21", [20.0])
    row = rows(world, "day", suppress=True, group="intervention")[0]
    assert (row.n, row.suppressed) == (6, False)
    assert (row.hours["h21"].suppressed, row.hours["h21"].value, row.hours["h21"].n) == (True, None, None)
    assert (row.hours["h22"].suppressed, row.hours["h22"].value, row.hours["h22"].n) == (False, 80, 6)


def test_coverage_of_a_few_whose_nights_did_not_count_is_hidden_too(world: World) -> None:
    for code in world.people("intervention", 3):
        rested(world, code, coverage=0.4, percent=None)
    row = rows(world, suppress=True, group="intervention")[0]
    assert (row.suppressed, row.n) == (True, None)
    assert {cell.coverage for cell in row.hours.values()} == {None}


def test_a_phase_without_any_night_says_why(world: World) -> None:
    world.people("intervention", 6)
    found = rows(world, suppress=True, group="intervention")
    assert [(row.period, row.n, row.suppressed, row.reason) for row in found] == [
        ("baseline", 0, False, "no_data"),
        ("pilot", 0, False, "no_data"),
    ]


def test_a_group_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(UnknownGroup, match="evening"):
        rows(world, group="evening")


def test_rows_are_equal_whoever_else_is_asked_for(world: World) -> None:
    for group in ("intervention", "comparison"):
        rested(world, *world.people(group, 1))
    everybody = [row for row in rows(world) if row.group == "comparison"]
    assert rows(world, group="comparison") == everybody
