"""What a process remembers of an InfluxDB store is what the store holds, whoever wrote it."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import (
    DeadLetter,
    StoreError,
    StoreUnavailable,
    TimeSeriesStore,
    influx_remembered,
    open_store,
    settling,
)
from store.influx_connection import InfluxConnection
from store.influx_engine import InfluxStore
from tests.influx import Influx
from tests.store.readings import HOUR, NOON, bed
from tests.waiting import wait_for

ALWAYS = (0, 2**60)
DEVICES = ("a", "b", "c")
LETTER = DeadLetter(NOON, "pilotbed/natt/a/bed", "not JSON", "not_json", 1, "0" * 64, b"{")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server is asked by the test, not by what goes on in the background."""
    asked: list[str] = []
    query = InfluxConnection.query

    def listed(connection: InfluxConnection, statements: Any) -> bytes:
        if threading.current_thread() is threading.main_thread():
            asked.extend(statements)
        return query(connection, statements)

    monkeypatch.setattr(InfluxConnection, "query", listed)
    return asked


@pytest.fixture
def address(influx: Influx) -> str:
    return influx.bucket()


@pytest.fixture
def store(influx: Influx, address: str) -> Iterator[TimeSeriesStore]:
    with closing(open_store(address, influx.token)) as opened:
        yield opened


def hours(store: TimeSeriesStore, start: int, end: int) -> dict[str, list[tuple[int, ...]]]:
    return {
        name: list(zip(each.hour.tolist(), each.readings.tolist(), each.revision.tolist(), strict=True))
        for name, each in store.hours_of("bed", DEVICES, start, end).items()
    }


def assert_same(remembering: TimeSeriesStore, fresh: TimeSeriesStore, start: int, end: int) -> None:
    assert hours(remembering, start, end) == hours(fresh, start, end)
    assert remembering.latest("bed", DEVICES) == fresh.latest("bed", DEVICES)
    assert remembering.quality(DEVICES, start, end) == fresh.quality(DEVICES, start, end)


@pytest.mark.parametrize("most", [0, influx_remembered.MOST_HOURS])
@pytest.mark.parametrize("worth_keeping", [1, settling.WORTH_KEEPING])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("commit"), st.sampled_from(DEVICES), st.integers(-60, 60), st.integers(1, 30)),
            st.tuples(st.just("delete"), st.sampled_from(DEVICES), st.integers(-60, 60), st.integers(1, 30)),
            st.tuples(st.just("ask"), st.integers(-70, 70), st.integers(1, 90)),
        ),
        max_size=12,
    )
)
def test_after_anything_that_other_processes_do_it_is_what_a_new_process_reads(
    influx: Influx, monkeypatch: pytest.MonkeyPatch, most: int, worth_keeping: int, steps: list[tuple]
) -> None:
    monkeypatch.setattr(influx_remembered, "MOST_HOURS", most)
    monkeypatch.setattr(settling, "WORTH_KEEPING", worth_keeping)
    address = influx.bucket()
    with ExitStack() as opened:
        writers = [opened.enter_context(closing(open_store(address, influx.token))) for _ in range(2)]
        remembering = opened.enter_context(closing(open_store(address, influx.token)))
        for number, (what, *of) in enumerate([*steps, ("ask", -70, 140)]):
            writer = writers[number % 2]
            if what == "commit":
                device, first, count = of
                times = [NOON + first * HOUR + place * 40 * 60_000_000 for place in range(count)]
                writer.commit([bed(device, times, [70.0 + number] * count)])
            elif what == "delete":
                device, first, count = of
                writer.delete(device, NOON + first * HOUR, NOON + (first + count) * HOUR - HOUR // 3)
            else:
                first, count = of
                with closing(open_store(address, influx.token)) as fresh:
                    assert_same(remembering, fresh, NOON + first * HOUR, NOON + (first + count) * HOUR)


def test_only_days_that_were_written_to_are_read_again(
    store: TimeSeriesStore, address: str, influx: Influx, statements: list[str]
) -> None:
    with closing(open_store(address, influx.token)) as writer:
        writer.commit([bed(name, [NOON + day * 24 * HOUR for day in range(5)], [70] * 5) for name in DEVICES])
        assert sum(len(found) for found in hours(store, *ALWAYS).values()) == 15
        writer.commit([bed("b", [NOON + 3 * 24 * HOUR + 1], [71])])
        statements.clear()
        assert hours(store, *ALWAYS)["b"][3][1] == 2
    marks, counts = (
        [each for each in statements if f'FROM "{measurement}"' in each]
        for measurement in ("pilotbed_hours", "bed")
    )
    assert len(marks) == len(counts) == 1
    day = (NOON // (24 * HOUR) + 3) * 24 * HOUR
    assert f"time >= {day * 1000} AND time < {(day + 24 * HOUR) * 1000}" in marks[0]
    assert "\"device\" = 'b'" in counts[0]
    statements.clear()
    hours(store, *ALWAYS)
    assert len(statements) == 1, "where nothing has come, the marks of the days say so"


def test_who_sees_that_a_day_has_changed_sees_what_has(
    store: TimeSeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points of one request can be seen one by one."""
    write, requests = InfluxConnection.write, []

    def noted(connection: InfluxConnection, lines: Any) -> None:
        listed = list(lines)
        requests.append({line.partition(",")[0] for line in listed})
        write(connection, listed)

    monkeypatch.setattr(InfluxConnection, "write", noted)
    store.commit([bed("a", [NOON], [70])])
    assert requests[:4] == [{"bed"}, {"pilotbed_hours"}, {"pilotbed_days"}, {"pilotbed_revisions"}]


@contextmanager
def stopping_after(requests: int, writer: TimeSeriesStore) -> Iterator[None]:
    """The server goes away after so many writes."""
    connection = writer._connection  # type: ignore[attr-defined]
    left, write = requests, connection.write

    def cut_short(lines: Any) -> None:
        nonlocal left
        if not left:
            raise StoreUnavailable("the server has gone")
        left -= 1
        write(lines)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection, "write", cut_short)
        with pytest.raises(StoreUnavailable, match="has gone"):
            yield


@pytest.mark.parametrize("written", [0, 1, 2, 3])
def test_a_commit_that_was_cut_short_is_seen_whole_when_it_is_made_again(
    store: TimeSeriesStore, address: str, influx: Influx, written: int
) -> None:
    message = bed("a", [NOON, NOON + HOUR], [71, 72])
    with closing(open_store(address, influx.token)) as writer:
        hours(store, *ALWAYS)
        with stopping_after(written, writer):
            writer.commit([message], [LETTER])
        hours(store, *ALWAYS)
        writer.commit([message], [LETTER])
    assert [readings for _, readings, _ in hours(store, *ALWAYS)["a"]] == [1, 1]
    assert store.latest("bed", ["a"])["a"]["load_kg"] == 72
    assert [each.letter for each in store.dead_letters()] == [LETTER]


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_delete_that_was_cut_short_is_seen_whole_when_it_is_made_again(
    store: TimeSeriesStore, address: str, influx: Influx, written: int
) -> None:
    """Over midnight, from the middle of an hour whose beginning stays."""
    midnight = NOON + 12 * HOUR
    times = [midnight - HOUR, midnight - HOUR // 2, midnight, midnight + HOUR]
    with closing(open_store(address, influx.token)) as writer:
        writer.commit([bed("a", times, [1, 2, 3, 4])])
        assert [readings for _, readings, _ in hours(store, *ALWAYS)["a"]] == [2, 1, 1]
        assert store.latest("bed", ["a"])["a"]["load_kg"] == 4
        with stopping_after(written, writer):
            writer.delete("a", times[1], midnight + 2 * HOUR, stream="bed")
        assert writer.delete("a", times[1], midnight + 2 * HOUR, stream="bed") == 0
    assert [readings for _, readings, _ in hours(store, *ALWAYS)["a"]] == [1, 0, 0]
    assert store.latest("bed", ["a"])["a"]["load_kg"] == 1
    (quality,) = store.quality(["a"], *ALWAYS)
    assert (quality.readings, quality.last) == (1, times[0])


def test_what_cannot_be_kept_is_told_all_the_same(
    store: TimeSeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "WORTH_KEEPING", 1)
    store.commit([bed("a", [NOON], [70])])

    def full(*_: Any) -> None:
        raise StoreUnavailable("no space left")

    monkeypatch.setattr(InfluxConnection, "write", full)
    assert store.quality(["a"], *ALWAYS)[0].readings == 1


def test_days_are_kept_as_readings_come(store: TimeSeriesStore) -> None:
    today = int(time.time() * 1e6)
    store.commit([bed("a", [today], [70])])
    wait_for(lambda: kept(store) == 1, "the day to be kept")
    (quality,) = store.quality(["a"], today - HOUR, today + HOUR)
    assert quality.readings == 1


def test_a_bucket_that_was_made_anew_is_not_remembered(
    store: TimeSeriesStore, address: str, influx: Influx
) -> None:
    store.commit([bed("a", [NOON, NOON + 24 * HOUR], [70, 71])])
    assert len(hours(store, *ALWAYS)["a"]) == 2
    name = address.rpartition("/")[2].partition("?")[0]
    found = influx.ask("GET", f"/api/v2/buckets?name={name}&org={quote(influx.org)}")["buckets"][0]
    influx.ask("DELETE", f"/api/v2/buckets/{found['id']}")
    influx.ask("POST", "/api/v2/buckets", {"orgID": found["orgID"], "name": name, "retentionRules": []})
    with closing(open_store(address, influx.token)) as writer:
        writer.commit([bed("b", [NOON + HOUR], [72])])
    assert hours(store, *ALWAYS).keys() == {"b"}


def test_a_bucket_from_before_days_were_marked_is_read_as_it_is(
    address: str, influx: Influx, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("store.influx_engine.day_lines", lambda *_: [])
        with closing(open_store(address, influx.token)) as old:
            old.commit([bed("a", [NOON, NOON + 24 * HOUR], [70, 71])])
    with closing(open_store(address, influx.token)) as store:
        assert [readings for _, readings, _ in hours(store, *ALWAYS)["a"]] == [1, 1]
        store.commit([bed("a", [NOON + 1, NOON + HOUR], [70, 71])])
        assert [readings for _, readings, _ in hours(store, *ALWAYS)["a"]] == [2, 1, 1]


def test_an_older_version_cannot_use_a_bucket_that_this_one_has_opened(
    address: str, influx: Influx, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(address, influx.token)) as old:
        old._connection.write(["pilotbed_store version=1i 0"])  # type: ignore[attr-defined]
    open_store(address, influx.token).close()
    monkeypatch.setattr("store.influx_connection.SCHEMA_VERSION", 1)
    with pytest.raises(StoreError, match="has schema 2, this version knows 1: install the newer pilotbed"):
        open_store(address, influx.token)


def test_days_that_one_process_has_kept_are_not_read_again_by_another(
    store: TimeSeriesStore,
    address: str,
    influx: Influx,
    monkeypatch: pytest.MonkeyPatch,
    statements: list[str],
) -> None:
    monkeypatch.setattr(settling, "WORTH_KEEPING", 1)
    store.commit([bed("a", [NOON + day * 24 * HOUR for day in range(5)], [70] * 5)])
    told = store.quality(["a"], *ALWAYS)
    with closing(open_store(address, influx.token)) as another:
        statements.clear()
        assert another.quality(["a"], *ALWAYS) == told
        assert not [each for each in statements if '"delay_us"' in each]


def test_a_day_whose_hours_are_longer_than_a_field_may_be_is_read_each_time(
    store: TimeSeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "WORTH_KEEPING", 1)
    monkeypatch.setattr("store.influx_delays._LONGEST", 10)
    store.commit([bed("a", [NOON], [70])])
    assert [store.quality(["a"], *ALWAYS)[0].readings for _ in range(2)] == [1, 1]


def kept(store: TimeSeriesStore) -> int:
    """How many days are kept."""
    assert isinstance(store, InfluxStore)
    return sum(len(table) for table in store._found(['SELECT "total" FROM "pilotbed_day_delays"'], {}))
