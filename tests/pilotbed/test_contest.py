"""A contest tells our time beside that of others, and what of it was asked for."""

from itertools import groupby

import numpy as np
import pytest

from pilotbed.bench.contest import Ceiling, Contest, Peer, alternating_s, figures_of, installed


def _figures(contest: Contest) -> dict[str, float]:
    return {figure.key: figure.value for figure in figures_of(contest, 3)}


def test_a_peer_is_told_as_how_many_times_as_fast_we_are_and_a_ceiling_as_how_many_times_as_long() -> None:
    contest = Contest(
        "sum",
        "a sum",
        lambda: sum(range(20_000)),
        (
            Peer("slow.package", lambda: sum(range(60_000)), 2.0),
            Ceiling("one pass", lambda: sum(range(5_000))),
        ),
    )
    figures = list(figures_of(contest, 3))
    assert [figure.key for figure in figures] == [
        "sum_ms",
        "sum_slow_package_ms",
        "sum_over_slow_package",
        "sum_one_pass_ms",
        "sum_of_one_pass",
    ]
    values = {figure.key: figure.value for figure in figures}
    assert values["sum_over_slow_package"] == pytest.approx(values["sum_slow_package_ms"] / values["sum_ms"])
    assert values["sum_of_one_pass"] == pytest.approx(values["sum_ms"] / values["sum_one_pass_ms"])
    assert [figure.goal is not None for figure in figures] == [False, False, True, False, False]


def test_a_peer_that_is_not_installed_is_left_out() -> None:
    assert installed("a_package_that_nobody_wrote") is None
    assert set(_figures(Contest("sum", "a sum", lambda: None, (None,)))) == {"sum_ms"}


def test_memory_at_its_peak_is_told_where_it_is_limited() -> None:
    contest = Contest("hungry", "ten megabytes", lambda: np.ones(1_250_000), peak_limit_mb=5.0)
    peak = next(figure for figure in figures_of(contest, 1) if figure.key == "hungry_peak_mb")
    assert peak.value == pytest.approx(10.0, rel=0.01)
    assert peak.reached is False


def test_works_take_turns_in_which_a_short_one_is_repeated() -> None:
    order: list[str] = []
    alternating_s([lambda: order.append("a"), lambda: order.append("b")], 2)
    assert [work for work, _ in groupby(order)] == ["a", "b"] * 3
    assert len(order) > 6


def test_a_long_work_is_done_once_a_turn() -> None:
    done: list[int] = []
    alternating_s([lambda: done.append(sum(range(5_000_000)))], 2)
    assert len(done) == 3
