import pytest

from analysis.catalogue import METRICS
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


def test_the_first_thirteen_metrics_are_all_there():
    assert len(METRICS) == 13
    assert [name for name, metric in METRICS.items() if metric.summary == "response"] == [
        "time_to_acknowledge_s",
        "time_to_arrive_s",
    ]
