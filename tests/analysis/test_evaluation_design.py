import pytest

from analysis.pipeline import evaluation_design
from analysis.pipeline.evaluation_design import Allowed, choose_design

PLENTY = Allowed(24, 12, (8, 14))


@pytest.mark.parametrize(
    ("planned", "allowed", "design", "reason"),
    [
        (None, PLENTY, "comparison_group", "comparison_group_large_enough"),
        (None, Allowed(6, 6, (8, 14)), "comparison_group", "comparison_group_large_enough"),
        (None, Allowed(24, 5, (8, 14)), "before_after", "comparison_group_too_small"),
        (None, Allowed(5, 12, (8, 14)), "before_after", "comparison_group_too_small"),
        (None, Allowed(24, None, (8, 14)), "before_after", "no_comparison_group"),
        ("before_after", PLENTY, "before_after", "as_planned"),
        ("comparison_group", PLENTY, "comparison_group", "as_planned"),
        ("comparison_group", Allowed(24, 5, None), "before_after", "comparison_group_too_small"),
        ("comparison_group", Allowed(24, None, None), "before_after", "no_comparison_group"),
        ("interrupted_series", PLENTY, "interrupted_series", "as_planned"),
        ("interrupted_series", Allowed(24, 12, (7, 14)), "before_after", "too_few_weeks"),
        ("interrupted_series", Allowed(24, 12, None), "before_after", "no_daily_values"),
        ("repeated_measures", Allowed(24, 12, None), "before_after", "no_daily_values"),
    ],
)
def test_the_plans_design_or_what_the_data_allow(planned, allowed, design, reason):
    found = choose_design(planned, allowed)
    assert (found.design, found.reason) == (design, reason)


@pytest.mark.parametrize(
    ("spec", "design", "reason"),
    [(object(), "repeated_measures", "as_planned"), (None, "before_after", "statsmodels_missing")],
)
def test_repeated_measures_need_statsmodels(monkeypatch, spec, design, reason):
    monkeypatch.setattr(evaluation_design, "find_spec", lambda name: spec)
    found = choose_design("repeated_measures", PLENTY)
    assert (found.design, found.reason) == (design, reason)
