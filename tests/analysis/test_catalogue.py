from pathlib import Path

import pytest

from analysis.catalogue import HOURS, METRICS, REST_HOURS
from store.streams import KINDS, STREAMS


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_is_made_from_a_stream_that_its_kind_of_device_sends(metric):
    assert metric.stream in STREAMS
    assert metric.kind is None or metric.stream in KINDS[metric.kind]


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_says_its_title_in_both_languages_and_its_method(metric):
    assert set(metric.title) == {"en", "sv"}
    assert metric.method.endswith(".")
    assert 0 <= metric.coverage_floor <= 1


def test_figures_made_anew_from_the_alarms_are_those_of_waits_and_of_the_group():
    made = {
        kind: [name for name, metric in METRICS.items() if metric.summary == kind]
        for kind in ("response", "pooled")
    }
    assert made == {
        "response": ["time_to_acknowledge_s", "time_to_arrive_s"],
        "pooled": [
            "false_alarms_percent",
            "nuisance_alarms_percent",
            "night_alarms_percent",
            "alarms_per_shift",
            "alarm_floods_per_week",
        ],
    }


def test_of_nothing_exploratory_one_way_is_called_better():
    exploratory = {name: metric for name, metric in METRICS.items() if metric.level == "exploratory"}
    assert len(exploratory) > 5
    assert {metric.direction for metric in exploratory.values()} == {"neutral"}


def test_only_weight_is_screened_and_its_method_says_that_it_is_no_diagnosis():
    screening = [metric for metric in METRICS.values() if metric.level == "screening"]
    assert [metric.name for metric in screening] == [
        "weight_loss_screening_percent",
        "fluid_gain_screening_percent",
    ]
    assert all("no diagnosis" in metric.method for metric in screening)


def test_the_glossary_lists_every_metric_with_its_titles_and_level():
    glossary = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
    for metric in METRICS.values():
        level = "" if metric.level == "measure" else metric.level
        row = f"| `{metric.name}` | {metric.title['en']} | {metric.title['sv']} | {level} |"
        assert row in glossary, f"docs/glossary.md lacks: {row}"


def test_an_interval_is_cut_to_what_is_possible():
    assert METRICS["alarms_per_device_day"].limits(-0.2, 0.9) == (0.0, 0.9)
    assert METRICS["restlessness_percent"].limits(-1.0, 101.0) == (0.0, 100.0)
    assert METRICS["weight_change_percent_30d"].limits(-3.0, 1.0) == (-3.0, 1.0)
    assert METRICS["weight_kg"].limits(None, None) == (None, None)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_what_is_a_percentage_of_something_lies_within_it(metric):
    change = metric.name.startswith("weight_change")
    assert (metric.possible == (0.0, 100.0)) == (metric.unit == "%" and not change)


def test_rest_by_the_hour_stands_beside_the_catalogue_from_nine_in_the_evening_to_seven():
    assert list(REST_HOURS) == [f"rest_percent_h{hour:02}" for hour in HOURS]
    assert list(HOURS) == [21, 22, 23, 0, 1, 2, 3, 4, 5, 6]
    assert not REST_HOURS.keys() & METRICS.keys()
