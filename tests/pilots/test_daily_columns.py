"""A month's daily values as columns: nothing lost, and the same bytes however they came to be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import decode, encode

from pilots.daily_columns import DailyColumns
from pilots.errors import InvalidDailyValue
from pilots.records import DailyValue

CODE, MONTH = "K7Q-4TD", date(2026, 3, 1)

numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | numbers
keys = st.tuples(st.sampled_from(["weight_kg", "bed_exits_per_night", "rest_onset_min"]), st.integers(1, 31))
told = st.tuples(
    maybe,
    maybe,
    maybe,
    st.integers(0, 2**31 - 1),
    maybe,
    st.none() | st.sampled_from(["no_data", "low_coverage", "purged"]),
)
months = st.dictionaries(keys, told)

Told = tuple[float | None, float | None, float | None, int, float | None, str | None]
Month = dict[tuple[str, int], Told]


def values_of(month: Month) -> list[DailyValue]:
    return [DailyValue(CODE, MONTH.replace(day=day), metric, *said) for (metric, day), said in month.items()]


def columns_of(month: Month) -> DailyColumns:
    return DailyColumns.of_values(values_of(month))


@given(months)
def test_values_come_back_by_metric_and_day(month: Month) -> None:
    columns = decode(encode(columns_of(month)), type=DailyColumns)
    assert list(columns.values(CODE, MONTH)) == values_of(dict(sorted(month.items())))
    assert len(columns) == len(month)


@given(months, st.randoms())
def test_the_order_in_which_values_come_leaves_no_trace(month: Month, random: st.DrawFn) -> None:
    shuffled = list(month.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert encode(columns_of(dict(shuffled))) == encode(columns_of(month))


@given(months, months, st.sets(keys))
def test_a_month_updated_is_the_month_made_at_once(
    before: Month, newer: Month, gone: set[tuple[str, int]]
) -> None:
    left = {key: said for key, said in before.items() if key not in gone}
    updated = columns_of(before).updated(columns_of(newer), gone)
    assert encode(updated) == encode(columns_of(left | newer))


@given(months)
def test_what_counts_is_what_has_a_value_and_no_reason(month: Month) -> None:
    counting = [
        (day, said[0])
        for (metric, day), said in sorted(month.items())
        if metric == "weight_kg" and said[0] is not None and said[5] is None
    ]
    assert columns_of(month).counting("weight_kg") == counting


@given(months.filter(bool))
def test_days_are_told_with_values_and_with_reasons(month: Month) -> None:
    columns = columns_of(month)
    assert columns.last_day == max(day for _, day in month)
    assert columns.days_with_values() == {day for (_, day), said in month.items() if said[0] is not None}


@pytest.mark.parametrize("part", ["value", "ci_low", "ci_high", "coverage"])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused_by_name(part: str, wrong: float) -> None:
    good = DailyValue(CODE, date(2026, 3, 29), "weight_kg", 71.0, None, None, 3, 1.0, None)
    with pytest.raises(InvalidDailyValue, match=f"weight_kg of {CODE} on 2026-03-29: {part} is {wrong}"):
        DailyColumns.of_values([good._replace(metric="a"), good._replace(**{part: wrong})])


def test_a_count_beyond_32_bits_is_refused() -> None:
    value = DailyValue(CODE, date(2026, 3, 29), "weight_kg", 71.0, None, None, 2**31, 1.0, None)
    with pytest.raises(InvalidDailyValue, match="n is 2147483648, which 32 bits do not hold"):
        DailyColumns.of_values([value])


def test_months_with_more_reasons_together_than_there_is_room_for_are_refused() -> None:
    before: Month = {
        (f"metric_{number:03d}", 1): (None, None, None, 0, 0.0, f"reason_{number:03d}")
        for number in range(254)
    }
    newer: Month = {("metric_254", 1): (None, None, None, 0, 0.0, "reason_254")}
    assert len(columns_of(before).updated(DailyColumns())) == 254
    with pytest.raises(InvalidDailyValue, match="255 reasons in one month: there is room for 254"):
        columns_of(before).updated(columns_of(newer))
