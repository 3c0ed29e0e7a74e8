"""What counts of the readings that came, hour by hour."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.pipeline.delivered import HOUR_US, delivered
from store import HourCounts

MINUTE_US = 60_000_000


def counts(readings: dict[int, int]) -> HourCounts:
    hours = sorted(readings)
    return HourCounts(
        np.array(hours, np.int64),
        np.array([readings[hour] for hour in hours], np.int64),
        np.ones(len(hours), np.int64),
    )


def in_spans(found: HourCounts, interval_s: float, *spans: tuple[int, int]) -> list[float]:
    start, end = np.array(spans, np.int64).T
    return delivered(found, start, end, interval_s).tolist()


def test_an_hour_counts_for_no_more_than_it_asks_for_and_one_to_spare() -> None:
    assert in_spans(counts({5: 3000, 6: 100}), 10, (0, 9 * HOUR_US)) == [461]


def test_of_an_hour_that_a_span_cuts_its_part_is_asked_for() -> None:
    found = counts({5: 360, 6: 360})
    half = HOUR_US // 2
    assert in_spans(found, 10, (5 * HOUR_US + half, 7 * HOUR_US)) == [541]
    assert in_spans(found, 10, (5 * HOUR_US + 10 * MINUTE_US, 5 * HOUR_US + 20 * MINUTE_US)) == [61]


def test_nothing_came_where_there_are_no_hours() -> None:
    assert in_spans(counts({}), 10, (0, HOUR_US)) == [0]
    assert in_spans(counts({5: 9}), 10, (0, HOUR_US), (7 * HOUR_US, 8 * HOUR_US)) == [0, 0]


@given(
    readings=st.dictionaries(st.integers(0, 30), st.integers(0, 900), max_size=25),
    interval_s=st.sampled_from([10.0, 7.0, 13.7, 3601.0]),
    span=st.tuples(st.integers(0, 31 * HOUR_US), st.integers(1, 20 * HOUR_US)),
)
def test_a_span_counts_alone_as_it_does_beside_others(
    readings: dict[int, int], interval_s: float, span: tuple[int, int]
) -> None:
    """To the last bit: one device's coverage must not depend on how often another was moved."""
    found, alone = counts(readings), (span[0], span[0] + span[1])
    beside = in_spans(found, interval_s, alone, (3 * HOUR_US, 5 * HOUR_US))
    assert in_spans(found, interval_s, alone) == beside[:1]
