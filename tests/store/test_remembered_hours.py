"""What a DuckDB store remembers of hours is what its file says of them."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import Changes, TimeSeriesStore, duckdb_hours
from store.day_delays import KeptDay
from store.duckdb_engine import DuckDBStore
from tests.store.readings import HOUR, NOON, bed

DEVICES = ("a", "b", "c")


def hours(store: TimeSeriesStore, device: str, first: int, past: int) -> list[tuple[int, ...]]:
    counts = store.hours("bed", device, NOON + first * HOUR, NOON + past * HOUR)
    return list(zip(counts.hour.tolist(), counts.readings.tolist(), counts.revision.tolist(), strict=True))


def assert_remembered(store: DuckDBStore, first: int, past: int) -> None:
    found = store.hours_of("bed", DEVICES, NOON + first * HOUR, NOON + past * HOUR)
    assert {
        name: list(zip(each.hour.tolist(), each.readings.tolist(), each.revision.tolist(), strict=True))
        for name, each in found.items()
    } == {name: listed for name in DEVICES if (listed := hours(store, name, first, past))}
    with store._reader() as cursor:
        days = store._days(cursor, bed("a", [NOON], [1]).stream)
        known = [name for name in DEVICES if name in store._device_ids]
        first_day, past_day = (NOON + first * HOUR) // (24 * HOUR), (NOON + past * HOUR) // (24 * HOUR)
        prints = days.fingerprints(known, first_day, past_day) if known else None
    listed: dict[tuple[str, int], tuple[int, int]] = {}
    for name in DEVICES:
        for hour, readings, revision in hours(store, name, -2000, 2000):
            if readings and first_day <= hour // 24 < past_day:
                before = listed.get((name, hour // 24), (0, 0))
                listed[name, hour // 24] = before[0] + revision, before[1] + readings
    assert listed == (
        {}
        if prints is None
        else {
            (known[device], day): (fingerprint, readings)
            for device, day, fingerprint, readings in zip(
                *(each.tolist() for each in (prints.device, prints.day, prints.fingerprint, prints.readings)),
                strict=True,
            )
        }
    )


@pytest.mark.parametrize("most", [0, duckdb_hours.MOST_HOURS])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("commit"), st.sampled_from(DEVICES), st.integers(-60, 60), st.integers(1, 30)),
            st.tuples(st.just("delete"), st.sampled_from(DEVICES), st.integers(-60, 60), st.integers(1, 30)),
            st.tuples(st.just("ask"), st.integers(-70, 70), st.integers(1, 90)),
            st.tuples(st.just("reopen")),
        ),
        max_size=14,
    )
)
def test_hours_and_days_are_those_of_the_file_after_any_commits_deletes_and_questions(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, most: int, steps: list[tuple]
) -> None:
    monkeypatch.setattr(duckdb_hours, "MOST_HOURS", most)
    path = tmp_path_factory.mktemp("store") / "readings.duckdb"
    store = DuckDBStore.open(path)
    for what, *of in steps:
        if what == "commit":
            device, first, count = of
            times = [NOON + first * HOUR + place * 40 * 60_000_000 for place in range(count)]
            store.commit([bed(device, times, [70.0] * count)])
        elif what == "delete":
            device, first, count = of
            store.delete(device, NOON + first * HOUR, NOON + (first + count) * HOUR - HOUR // 3)
        elif what == "ask":
            first, count = of
            assert_remembered(store, first, first + count)
        else:
            store.close()
            store = DuckDBStore.open(path)
    assert_remembered(store, -200, 200)
    store.close()
    with duckdb.connect(str(path), read_only=True) as file:
        revision = file.execute("SELECT coalesce(max(revision), 0) FROM hours").fetchone()
    store = DuckDBStore.open(path)
    assert (store.revision("bed"),) == revision
    store.close()


def test_what_nothing_has_touched_is_not_asked_of_the_file_again(tmp_path: Path) -> None:
    store = DuckDBStore.open(tmp_path / "readings.duckdb")
    store.commit([bed("a", [NOON, NOON + HOUR], [70.0, 70.0])])
    before = store.hours_of("bed", ["a"], NOON, NOON + 9 * HOUR)["a"]
    store._writer.execute("UPDATE hours SET readings = 99")
    store.commit([], [])
    store.delete("a", NOON + 5 * HOUR, NOON + 6 * HOUR)
    assert store.hours_of("bed", ["a"], NOON, NOON + 9 * HOUR)["a"].readings.tolist() == [1, 1]
    store.delete("a", NOON, NOON + HOUR)
    assert store.hours_of("bed", ["a"], NOON, NOON + 9 * HOUR)["a"].readings.tolist() == [0, 1]
    assert before.readings.tolist() == [1, 1], "what was handed out stays as it was"
    store.close()


def test_no_change_is_told_of_before_the_hours_show_it(tmp_path: Path) -> None:
    store = DuckDBStore.open(tmp_path / "readings.duckdb")
    store.commit([bed("a", [NOON], [70.0])])
    assert store.hours_of("bed", ["a"], NOON, NOON + HOUR)["a"].revision.tolist() == [1]
    store._writer.execute("UPDATE hours SET revision = 2")  # as a commit whose call has not returned
    changes = store.changes_since(1)
    assert store.hours_of("bed", ["a"], NOON, NOON + HOUR)["a"].revision.tolist() == [1]
    assert changes == Changes(1, NOON // HOUR), "and so it is told of again"
    store.close()


def test_days_read_before_a_delete_are_not_kept_after_it(tmp_path: Path) -> None:
    store = DuckDBStore.open(tmp_path / "readings.duckdb")
    sent = bed("a", [NOON, NOON + HOUR], [70.0, 70.0])
    store.commit([sent])
    with store._reader() as cursor:
        days = store._days(cursor, sent.stream)
        day = KeptDay(0, NOON // (24 * HOUR), 2, NOON, NOON + HOUR, b"", b"")
        days.keep(["a"], [day])
        assert len(days.totals(["a"], 0, 2**20, with_cells=False).day) == 1
        store.delete("a", NOON, NOON + HOUR)
        days.keep(["a"], [day])
        assert len(days.totals(["a"], 0, 2**20, with_cells=False).day) == 0
    store.close()
