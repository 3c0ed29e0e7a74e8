"""What quality says of devices is what their readings say, however they came and whatever became of them."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import STREAMS as ALL_STREAMS
from store import Batch, DeviceQuality, TimeSeriesStore, settling
from store.delays import IMPORTED_US, LIVE_US
from store.duckdb_engine import DuckDBStore
from store.duckdb_schema import SCHEMA_VERSION
from tests.store.conftest import OpenEngine
from tests.store.readings import HOUR, NOON, batch

DAY = 24 * HOUR
ALWAYS = (0, 2**60)
STREAMS = ("bed", "status")


def messages(
    device: str, start: int, count: int, delay_s: float, *, step: int = 60_000_000, stream: str = "bed"
) -> Batch:
    value = {"load_kg": 70.0} if stream == "bed" else {"battery_pct": 80.0}
    times = [start + place * step for place in range(count)]
    delay = round(delay_s * 1e6)
    return batch(stream, [{"device": device, "time": at, "received": at + delay, **value} for at in times])


def read_again(
    store: TimeSeriesStore, stream: str, device: str, start: int, end: int
) -> DeviceQuality | None:
    """From every reading, as percentiles are defined."""
    readings = store.read(stream, device, start, end)
    if not len(readings):
        return None
    delay = readings.received - readings.time
    return DeviceQuality(
        device,
        stream,
        len(readings),
        int(readings.time[0]),
        int(readings.time[-1]),
        _percentile_s(delay[delay < IMPORTED_US], 95),
        _percentile_s(delay[delay < LIVE_US], 50),
    )


def _percentile_s(delay: np.ndarray, share: int) -> float:
    if not len(delay):
        return float("nan")
    return float(np.percentile(delay, share, method="inverted_cdf")) / 1e6


def assert_same(
    store: TimeSeriesStore, devices: Sequence[str], start: int = ALWAYS[0], end: int = ALWAYS[1]
) -> None:
    found = {(each.stream, each.device): each for each in store.quality(devices, start, end)}
    for stream in STREAMS:
        for device in devices:
            known, expected = found.pop((stream, device), None), read_again(store, stream, device, start, end)
            if known is None or expected is None:
                assert known == expected
                continue
            assert (known.readings, known.first, known.last) == (
                expected.readings,
                expected.first,
                expected.last,
            )
            for name in ("lateness_p95_s", "clock_offset_s"):
                assert getattr(known, name) == pytest.approx(
                    getattr(expected, name), rel=0.02, abs=1e-3, nan_ok=True
                )
    assert not found


def test_a_quality_of_days_is_that_of_their_readings(store: TimeSeriesStore) -> None:
    for number in range(3):
        store.commit([messages("b", NOON + number * DAY, 100, 0.5 + number)])
        store.commit([messages("b", NOON + number * DAY, 10, 3, stream="status")])
    assert_same(store, ["b", "unheard"])


@pytest.mark.parametrize(
    ("opens", "closes"),
    [(0, 30), (7, 95), (61, 3 * 24 * 60), (-600, 2 * 24 * 60 + 17), (24 * 60, 24 * 60 + 1), (99, 24 * 60)],
)
def test_an_interval_may_begin_and_end_at_any_minute(store: TimeSeriesStore, opens: int, closes: int) -> None:
    for number in range(3):
        store.commit([messages("b", NOON + number * DAY, 100, 1 + number)])
    assert_same(store, ["b"], NOON + opens * 60_000_000, NOON + closes * 60_000_000)


def test_a_replaced_reading_counts_with_its_new_delay(store: TimeSeriesStore) -> None:
    store.commit([messages("b", NOON, 50, 2)])
    assert_same(store, ["b"])
    store.commit([messages("b", NOON, 50, 40)])
    (quality,) = store.quality(["b"], *ALWAYS)
    assert quality.readings == 50
    assert quality.lateness_p95_s == pytest.approx(40, rel=0.02)


def test_late_readings_join_the_hours_they_are_of(store: TimeSeriesStore) -> None:
    store.commit([messages("b", NOON + 2 * DAY, 50, 2)])
    assert_same(store, ["b"])
    store.commit([messages("b", NOON, 50, 2 * 86_400)])
    assert_same(store, ["b"])
    assert_same(store, ["b"], NOON, NOON + DAY)


def test_what_is_deleted_is_told_no_more(store: TimeSeriesStore) -> None:
    store.commit([messages("b", NOON, 3 * 24 * 60, 2)])
    assert_same(store, ["b"])
    store.delete("b", NOON + HOUR + 90_000_000, NOON + DAY + 5)
    assert_same(store, ["b"])
    store.delete("b", *ALWAYS)
    assert store.quality(["b"], *ALWAYS) == []


def test_devices_do_not_mix_before_1970_either(store: TimeSeriesStore) -> None:
    store.commit([messages(device, -5 * DAY, 2, 1) for device in ("a", "b")])
    assert_same(store, ["a", "b"], -10 * DAY, 0)


def test_a_clock_that_is_ahead_has_a_negative_offset(store: TimeSeriesStore) -> None:
    store.commit([messages("b", NOON, 50, -120)])
    (quality,) = store.quality(["b"], *ALWAYS)
    assert quality.clock_offset_s == pytest.approx(-120, rel=0.02)


def test_readings_received_when_they_were_made_are_not_late(store: TimeSeriesStore) -> None:
    store.commit([messages("b", NOON, 50, 0)])
    (quality,) = store.quality(["b"], *ALWAYS)
    assert (quality.lateness_p95_s, quality.clock_offset_s) == (0, 0)


def test_devices_and_streams_do_not_mix(store: TimeSeriesStore) -> None:
    store.commit([messages("a", NOON, 50, 2), messages("b", NOON, 60, 200)])
    store.commit([messages("b", NOON, 5, 7, stream="status")])
    assert_same(store, ["a", "b"])
    assert {each.device for each in store.quality(["b"], *ALWAYS)} == {"b"}


@pytest.mark.parametrize("worth_keeping", [1, settling.WORTH_KEEPING])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(
                st.just("commit"),
                st.sampled_from("ab"),
                st.integers(0, 60),
                st.integers(1, 30),
                st.sampled_from([-60.0, 0.3, 5.0, 5000.0, 9e5]),
            ),
            st.tuples(st.just("delete"), st.sampled_from("ab"), st.integers(0, 60), st.integers(1, 30)),
            st.tuples(st.just("ask")),
            st.tuples(st.just("reopen")),
        ),
        max_size=12,
    ),
)
def test_any_order_of_commits_deletes_and_questions_tells_the_same_as_the_readings(
    open_engine: OpenEngine,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    worth_keeping: int,
    steps: list[tuple],
) -> None:
    monkeypatch.setattr(settling, "WORTH_KEEPING", worth_keeping)
    folder = tmp_path_factory.mktemp("any-order")
    store = open_engine(folder)
    step = 17 * 60_000_000
    for what, *of in steps:
        if what == "commit":
            device, first, count, delay = of
            store.commit([messages(device, NOON + first * step, count, delay, step=step)])
        elif what == "delete":
            device, first, count = of
            store.delete(device, NOON + first * step, NOON + (first + count) * step)
        elif what == "ask":
            assert_same(store, ["a", "b"], NOON + 5 * step, NOON + 40 * step + 1)
        else:
            store.close()
            store = open_engine(folder)
    assert_same(store, ["a", "b"])
    store.close()


def test_sums_from_before_a_delete_are_not_told_of_what_came_after_it(tmp_path: Path) -> None:
    store = DuckDBStore.open(tmp_path / "readings.duckdb")
    opens = NOON - NOON % DAY
    for hour in range(3):
        store.commit([messages("b", opens + hour * HOUR, 10, 1)])
    settle(store)
    assert_same(store, ["b"])
    store.delete("b", opens + HOUR, opens + DAY)
    for _ in range(2):
        # Of one hour with revision 6 now, and of three with 1, 2 and 3 before.
        store.commit([messages("b", opens, 20, 500)])
    settle(store)
    assert_same(store, ["b"])
    store.close()


def settle(store: DuckDBStore) -> None:
    """As a commit does when a day is over."""
    with store._reader() as cursor:
        day = NOON // DAY
        settling.settle(store._days(cursor, ALL_STREAMS["bed"]), ["b"], day, day + 1)


def test_a_file_from_before_delays_were_kept_tells_the_same(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    store = DuckDBStore.open(path)
    for number in range(3):
        store.commit([messages("b", NOON + number * DAY, 100, 1 + number)])
    before = store.quality(["b"], *ALWAYS)
    store.close()
    with duckdb.connect(str(path)) as old:
        old.execute("DROP TABLE day_delays")
        old.execute("UPDATE schema_version SET version = 4")
    store = DuckDBStore.open(path)
    assert store.quality(["b"], *ALWAYS) == before
    assert_same(store, ["b"])
    store.close()
    with duckdb.connect(str(path), read_only=True) as file:
        assert file.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA_VERSION,)]


def test_readings_of_days_that_are_over_are_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    store = DuckDBStore.open(path)
    for number in range(3):
        store.commit([messages("b", NOON + number * DAY, 100, 1)])
    before = store.quality(["b"], *ALWAYS)
    store.close()
    with duckdb.connect(str(path)) as file:
        file.execute(f"DELETE FROM bed_fresh WHERE time < {NOON + 2 * DAY}")
        file.execute(f"DELETE FROM bed_cold WHERE time < {NOON + 2 * DAY}")
    store = DuckDBStore.open(path)
    assert store.quality(["b"], *ALWAYS) == before
    store.close()
