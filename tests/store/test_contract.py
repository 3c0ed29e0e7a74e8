"""What every engine promises, by behaviour."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import (
    DeadLetter,
    EpochBlock,
    IntakeCounts,
    StoredDeadLetter,
    StoreError,
    StoreUnavailable,
    TimeSeriesStore,
)
from store.duckdb_engine import DuckDBStore
from store.losses import Loss, loss_letter, losses
from tests.store.conftest import OpenEngine
from tests.store.readings import HOUR, NOON, batch, bed

ALWAYS = (0, 2**62)
DAY = 24 * HOUR


def test_a_committed_reading_comes_back_unchanged(store: TimeSeriesStore) -> None:
    row = {
        "device": "gps-1",
        "time": NOON + 123_457,
        "received": NOON + 2_000_001,
        "lat": 59.329312345678,
        "lon": 18.068612345678,
        "accuracy_m": 7.5,
        "zone": "hem",
        "zone_event": "enter",
        "seq": 4,
    }
    store.commit([batch("gps", [row])])
    readings = store.read("gps", "gps-1", *ALWAYS)
    assert readings.time.tolist() == [NOON + 123_457]
    assert readings.received.tolist() == [NOON + 2_000_001]
    assert readings.columns["lat"].tolist() == [59.329312345678]
    assert readings.columns["accuracy_m"].dtype == np.float32
    assert readings.columns["zone"].tolist() == ["hem"]
    assert readings.columns["seq"].tolist() == [4]


def test_absent_is_nan_or_none_never_zero(store: TimeSeriesStore) -> None:
    store.commit([batch("status", [{"device": "d", "time": NOON, "online": True}])])
    columns = store.read("status", "d", *ALWAYS).columns
    assert columns["online"].tolist() == [1.0]
    assert np.isnan(columns["battery_pct"]).all()
    assert columns["firmware"].tolist() == [None]


def test_absent_text_in_a_key_reads_as_none(store: TimeSeriesStore) -> None:
    store.commit([batch("gps", [{"device": "d", "time": NOON, "lat": 59.0, "lon": 18.0}])])
    assert store.read("gps", "d", *ALWAYS).columns["zone"].tolist() == [None]


def test_start_is_inclusive_and_end_exclusive(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON, NOON + 1, NOON + 2], [1, 2, 3])])
    assert store.read("bed", "b", NOON, NOON + 2).columns["load_kg"].tolist() == [1, 2]
    assert store.count("bed", "b", NOON, NOON + 2) == 2


def test_the_same_message_again_is_one_reading_and_counts_as_a_duplicate(store: TimeSeriesStore) -> None:
    message = bed("b", [NOON, NOON + 10], [70, 71])
    assert store.commit([message]).repeated == 0
    assert store.commit([message]).repeated == 2
    assert store.commit([message, message]).repeated == 4
    assert store.count("bed", "b", *ALWAYS) == 2
    assert store.duplicates(["b", "unheard"]) == {"b": 6}


def test_of_two_rows_with_one_key_in_one_batch_the_last_stands(store: TimeSeriesStore) -> None:
    assert store.commit([bed("b", [NOON, NOON], [70, 75])]).repeated == 1
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [75]


def test_the_last_commit_wins_with_its_whole_row(store: TimeSeriesStore) -> None:
    store.commit([batch("bed", [{"device": "b", "time": NOON, "load_kg": 70, "movement": 0.5}])])
    store.commit([batch("bed", [{"device": "b", "time": NOON, "load_kg": 71, "received": NOON + 5}])])
    readings = store.read("bed", "b", *ALWAYS)
    assert readings.columns["load_kg"].tolist() == [71]
    assert np.isnan(readings.columns["movement"]).all()
    assert readings.received.tolist() == [NOON + 5]


def test_the_last_of_many_commits_wins_with_its_whole_row(store: TimeSeriesStore) -> None:
    for row in ({"load_kg": 70}, {"load_kg": 71, "occupied": True}, {"movement": 0.5}):
        store.commit([batch("bed", [{"device": "b", "time": NOON} | row])])
    columns = store.read("bed", "b", *ALWAYS).columns
    assert columns["movement"].tolist() == [0.5]
    assert np.isnan([columns["load_kg"], columns["occupied"]]).all()


def test_two_events_in_one_instant_are_two_readings(store: TimeSeriesStore) -> None:
    stages = [{"device": "a", "time": NOON, "alarm": "1", "stage": s} for s in ("raised", "received")]
    store.commit([batch("alarm", stages)])
    store.commit([batch("alarm", [{"device": "a", "time": NOON, "alarm": "2", "stage": "raised"}])])
    assert store.count("alarm", "a", *ALWAYS) == 3


def test_late_readings_stand_in_time_order(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON + 20, NOON + 40], [2, 4])])
    store.commit([bed("b", [NOON + 10, NOON + 30, NOON + 50], [1, 3, 5])])
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [1, 2, 3, 4, 5]


def test_devices_do_not_mix(store: TimeSeriesStore) -> None:
    store.commit(
        [batch("bed", [{"device": d, "time": NOON, "load_kg": w} for d, w in (("a", 1.0), ("b", 2.0))])]
    )
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [2]
    assert len(store.read("bed", "unheard", *ALWAYS)) == 0


def test_many_devices_are_read_at_once_as_one_by_one(store: TimeSeriesStore) -> None:
    rows = [
        {"device": device, "time": NOON + minute * 60_000_000, "load_kg": 10.0 * minute, "occupied": True}
        for minute in range(5)
        for device in ("c", "a", "b")
    ]
    store.commit([batch("bed", rows[6:])])
    store.commit([batch("bed", rows[:6] + rows[-1:])])
    start, end = NOON + 60_000_000, NOON + 240_000_000
    found = store.read_of("bed", ["b", "unheard", "a"], start, end, ["load_kg", "occupied"])
    assert sorted(found) == ["a", "b"]
    for device, readings in found.items():
        alone = store.read("bed", device, start, end, ["load_kg", "occupied"])
        assert readings.device == device
        assert readings.time.tolist() == alone.time.tolist() == [NOON + n * 60_000_000 for n in (1, 2, 3)]
        assert readings.received.tolist() == alone.received.tolist()
        assert readings.columns["load_kg"].tolist() == alone.columns["load_kg"].tolist() == [10, 20, 30]
    assert store.read_of("bed", [], *ALWAYS) == {}


def test_events_of_one_instant_stand_alike_read_at_once_and_alone(store: TimeSeriesStore) -> None:
    stages = [
        {"device": device, "time": NOON, "alarm": alarm, "stage": "raised", "cause": "fall"}
        for alarm in ("2", "1")
        for device in ("b", "a")
    ]
    store.commit([batch("alarm", stages)])
    found = store.read_of("alarm", ["a", "b"], *ALWAYS, columns=["alarm", "outcome"])
    for device in ("a", "b"):
        assert found[device].columns["alarm"].tolist() == ["1", "2"]
        assert found[device].columns["outcome"].tolist() == [None, None]
        assert store.read("alarm", device, *ALWAYS).columns["alarm"].tolist() == ["1", "2"]


def test_latest_is_newest_by_event_time_and_late_data_do_not_move_it(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON + 5 * HOUR], [80])])
    store.commit([bed("b", [NOON], [70])])
    latest = store.latest("bed", ["b", "unheard"])
    assert set(latest) == {"b"}
    assert latest["b"]["time"] == NOON + 5 * HOUR
    assert latest["b"]["load_kg"] == 80
    assert latest["b"]["movement"] is None


def test_latest_is_asked_for_again_after_a_replacement_a_newer_reading_and_a_delete(
    store: TimeSeriesStore,
) -> None:
    def latest() -> dict[str, tuple[int, float]]:
        found = store.latest("bed", ["a", "b", "unheard"])
        return {name: (each["time"], each["load_kg"]) for name, each in found.items()}

    store.commit([bed("a", [NOON, NOON + 60_000_000], [70, 71]), bed("b", [NOON], [80])])
    assert latest() == {"a": (NOON + 60_000_000, 71), "b": (NOON, 80)}
    store.commit([bed("b", [NOON], [81])])
    assert latest() == {"a": (NOON + 60_000_000, 71), "b": (NOON, 81)}
    store.commit([bed("b", [NOON + HOUR], [82])])
    store.delete("a", NOON + 1, NOON + HOUR)
    assert latest() == {"a": (NOON, 70), "b": (NOON + HOUR, 82)}
    store.delete("b", NOON + HOUR, NOON + 2 * HOUR)
    store.delete("a", *ALWAYS)
    assert latest() == {"b": (NOON, 81)}


def test_hours_count_distinct_readings_and_a_touched_hour_gets_a_new_revision(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON, NOON + 1, NOON + HOUR], [1, 2, 3])])
    before = store.hours("bed", "b", NOON, NOON + 2 * HOUR)
    assert before.hour.tolist() == [NOON // HOUR, NOON // HOUR + 1]
    assert before.readings.tolist() == [2, 1]
    store.commit([bed("b", [NOON + 1, NOON + 2], [2, 9])])
    after = store.hours("bed", "b", NOON, NOON + 2 * HOUR)
    assert after.readings.tolist() == [3, 1]
    assert after.revision[0] > before.revision[0]
    assert after.revision[1] == before.revision[1]


def test_changes_tell_the_first_hour_that_commits_and_deletes_have_touched_since(
    store: TimeSeriesStore,
) -> None:
    if store.changes_since(0) is None:
        pytest.skip("commits of several processes can appear in another order than that of their numbers")

    def since(revision: int) -> tuple[int, int | None]:
        changes = store.changes_since(revision)
        assert changes is not None
        return changes.revision, changes.first_hour

    hour = NOON // HOUR
    assert since(0) == (0, None)
    store.commit([bed("b", [NOON, NOON + 3 * HOUR], [1, 2])])
    first, touched = since(0)
    assert touched == hour
    assert since(first) == (first, None)
    store.commit([bed("c", [NOON + 2 * HOUR], [1])])
    second, touched = since(first)
    assert (second > first, touched) == (True, hour + 2)
    assert store.delete("b", NOON + 3 * HOUR, NOON + 4 * HOUR) == 1
    third, touched = since(second)
    assert (third > second, touched) == (True, hour + 3)
    assert since(first)[1] == hour + 2


def test_a_delete_takes_the_interval_and_nothing_else(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON + k * HOUR // 2 for k in range(6)], range(6))])
    store.commit([bed("b", [NOON + 1], [9])])
    before = store.hours("bed", "b", *ALWAYS).revision
    assert store.delete("b", NOON + 1, NOON + 2 * HOUR) == 4
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [0, 4, 5]
    hours = store.hours("bed", "b", *ALWAYS)
    assert hours.readings.tolist() == [1, 0, 2]
    assert (hours.revision[:2] > before[:2]).all()
    assert hours.revision[2] == before[2]


def test_deleted_readings_may_come_again(store: TimeSeriesStore) -> None:
    message = bed("b", [NOON, NOON + 10], [70, 71])
    store.commit([message])
    store.delete("b", NOON, NOON + 5)
    store.commit([message])
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [70, 71]


def test_everything_is_there_after_reopening(open_engine: OpenEngine, tmp_path: Path) -> None:
    first = open_engine(tmp_path)
    first.commit([bed("b", [NOON + 10], [1])], counts=IntakeCounts(unknown_fields={("b", "colour"): 2}))
    first.commit([bed("b", [NOON], [0])], [letter("not JSON")])
    first.close()
    again = open_engine(tmp_path)
    assert again.commit([bed("b", [NOON + 10, NOON + 20], [1, 2])]).repeated == 1
    assert again.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [0, 1, 2]
    assert again.unknown_fields(["b"]) == {"b": {"colour": 2}}
    assert len(again.dead_letters()) == 1
    again.close()


def test_what_was_set_aside_is_counted_by_device_and_reason(open_engine: OpenEngine, tmp_path: Path) -> None:
    first = open_engine(tmp_path)
    first.commit([], counts=IntakeCounts(set_aside={("b", "no_fix"): 2, ("c", "stale"): 1}))
    unknown = {("b", "no_fix"): 7}
    first.commit([bed("b", [NOON], [1])], counts=IntakeCounts(unknown, set_aside={("b", "no_fix"): 1}))
    first.commit([], counts=IntakeCounts(set_aside={("b", "repeat"): 4}))
    first.delete("b", *ALWAYS)
    first.close()
    again = open_engine(tmp_path)
    assert again.set_aside(["b", "unheard"]) == {"b": {"no_fix": 3, "repeat": 4}}
    assert again.set_aside(["c", "b"])["c"] == {"stale": 1}
    assert again.set_aside([]) == {}
    assert again.unknown_fields(["b"]) == {"b": {"no_fix": 7}}
    again.close()


def test_a_closed_store_says_so(store: TimeSeriesStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.commit([bed("b", [NOON], [1])])
    with pytest.raises(StoreUnavailable, match="closed"):
        store.read("bed", "b", *ALWAYS)


def test_an_unknown_stream_is_named(store: TimeSeriesStore) -> None:
    with pytest.raises(StoreError, match="'beds'"):
        store.read("beds", "b", *ALWAYS)


def letter(reason: str, pilot: str | None = "natt", device: str | None = "b") -> DeadLetter:
    return DeadLetter(
        received=NOON,
        topic="pilotbed/natt/b/bed",
        reason=reason,
        code="not_json",
        size=3,
        sha256="0" * 64,
        payload=b"\x00{\xff",
        fields=("load",),
        pilot=pilot,
        device=device,
    )


def test_dead_letters_are_listed_counted_and_dropped(store: TimeSeriesStore) -> None:
    store.commit([], [letter("one"), letter("two", pilot=None, device=None), letter("three")])
    listed = store.dead_letters()
    assert [stored.letter.reason for stored in listed] == ["one", "two", "three"]
    assert listed[0].letter == letter("one")
    assert [stored.letter.reason for stored in store.dead_letters(pilot="natt")] == ["one", "three"]
    assert [stored.letter.reason for stored in store.dead_letters(limit=1, after=listed[0].id)] == ["two"]
    assert store.dead_letter_counts(["b", "c"]) == {"b": 2}
    assert store.drop_dead_letter(listed[0].id)
    assert not store.drop_dead_letter(listed[0].id)
    assert store.dead_letter(listed[0].id) is None


def test_dead_letters_are_listed_by_id_page_after_page_whenever_they_came(store: TimeSeriesStore) -> None:
    for first in range(0, 3000, 1500):
        late = [replace(letter(str(k)), received=NOON - k) for k in range(first, first + 1500)]
        store.commit([], late)
    listed: list[StoredDeadLetter] = []
    while page := store.dead_letters(limit=700, after=listed[-1].id if listed else 0):
        listed += page
    ids = [stored.id for stored in listed]
    assert ids == sorted(set(ids))
    assert [stored.letter.reason for stored in listed] == [str(k) for k in range(3000)]


def test_losses_are_found_among_dead_letters_by_the_time_in_which_they_happened(
    store: TimeSeriesStore,
) -> None:
    first, second = Loss(NOON + 1, NOON + HOUR), Loss(NOON + 5 * HOUR, NOON + 6 * HOUR + 123_456)
    store.commit([], [letter("one"), loss_letter(first, NOON + HOUR), loss_letter(second, NOON + 7 * HOUR)])
    assert losses(store, *ALWAYS) == [first, second]
    assert losses(store, NOON + HOUR, NOON + 6 * HOUR) == [second]
    assert losses(store, NOON + HOUR, NOON + 5 * HOUR) == []


def test_quality_tells_lateness_and_the_clock_apart(store: TimeSeriesStore) -> None:
    rows = [
        {
            "device": "b",
            "time": NOON + k * 10_000_000,
            "received": NOON + k * 10_000_000 + 2_000_000,
            "load_kg": 1,
        }
        for k in range(100)
    ]
    rows += [
        {"device": "b", "time": NOON - HOUR + k, "received": NOON + 3 * HOUR, "load_kg": 1} for k in range(20)
    ]
    store.commit([batch("bed", rows)])
    (quality,) = store.quality(["b"], *ALWAYS)
    assert (quality.stream, quality.readings) == ("bed", 120)
    assert (quality.first, quality.last) == (NOON - HOUR, NOON + 990_000_000)
    assert quality.clock_offset_s == pytest.approx(2.0, rel=0.02)
    assert quality.lateness_p95_s > 3600


def test_what_was_brought_in_afterwards_says_nothing_of_lateness(store: TimeSeriesStore) -> None:
    month = 30 * 24 * HOUR
    rows = [
        {
            "device": "b",
            "time": NOON + k,
            "received": NOON + k + (2_000_000 if k < 10 else month),
            "load_kg": 1,
        }
        for k in range(100)
    ]
    rows += [{"device": "old", "time": NOON, "received": NOON + month, "load_kg": 1}]
    store.commit([batch("bed", rows)])
    sent, brought_in = sorted(store.quality(["b", "old"], *ALWAYS), key=lambda each: each.device)
    assert sent.lateness_p95_s == pytest.approx(2.0, rel=0.02)
    assert np.isnan(brought_in.lateness_p95_s)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    commits=st.lists(
        st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 12), st.integers(0, 2)), max_size=8),
        max_size=6,
    ),
    fold_rows=st.sampled_from([1, 4, 1000]),
    reopen=st.booleans(),
)
def test_any_order_of_arrival_reads_as_the_last_commit_of_each_key(
    tmp_path_factory: pytest.TempPathFactory,
    commits: list[list[tuple[str, int, int]]],
    fold_rows: int,
    reopen: bool,
) -> None:
    path = tmp_path_factory.mktemp("store") / "readings.duckdb"
    store = DuckDBStore(path, fold_rows=fold_rows)
    expected: dict[tuple[str, int, int], float] = {}
    value = 0.0
    for rows in commits:
        readings = []
        for device, minute, seq in rows:
            value += 1
            expected[(device, NOON + minute, seq)] = value
            readings.append({"device": device, "time": NOON + minute, "seq": seq, "load_kg": value})
        if readings:
            store.commit([batch("bed", readings)])
        if reopen:
            store.close()
            store = DuckDBStore(path, fold_rows=fold_rows)
    for device in "ab":
        readings_back = store.read("bed", device, *ALWAYS, columns=["load_kg", "seq"])
        found = [
            (device, int(time), int(seq), float(load))
            for time, seq, load in zip(
                readings_back.time,
                readings_back.columns["seq"],
                readings_back.columns["load_kg"],
                strict=True,
            )
        ]
        assert found == [(*key, load) for key, load in sorted(expected.items()) if key[0] == device]
        assert store.hours("bed", device, *ALWAYS).readings.sum() == len(found)
    store.close()


def test_a_streams_revision_grows_when_it_is_touched_and_only_then(store: TimeSeriesStore) -> None:
    assert store.revision("alarm") == 0
    store.commit([batch("alarm", [{"device": "a", "time": NOON, "alarm": "1", "stage": "raised"}])])
    first = store.revision("alarm")
    store.commit([bed("b", [NOON], [1])])
    assert store.revision("alarm") == first > 0
    store.delete("a", *ALWAYS)
    assert store.revision("alarm") > first


def block(device: str, start: int, fingerprint: int, content: bytes = b"minutes") -> EpochBlock:
    return EpochBlock(device, start, start + DAY, fingerprint, content)


def test_epochs_come_back_as_they_were_given(store: TimeSeriesStore) -> None:
    content = bytes(range(256)) * 400
    store.put_epochs([block("bed-1", DAY, -1, b"\x00"), block("bed-1", 2 * DAY, 7, content)])
    assert store.epochs("bed-1", 0, 9 * DAY) == [
        block("bed-1", DAY, -1, b"\x00"),
        block("bed-1", 2 * DAY, 7, content),
    ]
    assert store.epochs("bed-2", 0, 9 * DAY) == []


def test_epochs_that_reach_into_the_interval_are_found(store: TimeSeriesStore) -> None:
    store.put_epochs([block("bed-1", day * DAY, day) for day in (1, 2, 3)])
    assert [each.fingerprint for each in store.epochs("bed-1", 2 * DAY - 1, 3 * DAY)] == [1, 2]


def test_epochs_of_many_devices_are_found_at_once(store: TimeSeriesStore) -> None:
    store.put_epochs([block("bed-1", day * DAY, day) for day in (1, 2, 3)] + [block("bed-2", DAY, 9)])
    found = store.epochs_of(["bed-2", "bed-1", "bed-3"], 2 * DAY - 1, 3 * DAY)
    assert found == {device: store.epochs(device, 2 * DAY - 1, 3 * DAY) for device in ("bed-1", "bed-2")}
    assert [each.fingerprint for each in found["bed-1"]] == [1, 2]
    assert store.epochs_of([], 0, 9 * DAY) == {}


def test_epochs_take_the_place_of_those_with_the_same_start(store: TimeSeriesStore) -> None:
    store.put_epochs([block("bed-1", DAY, 1, b"x" * 100_000), block("bed-1", 2 * DAY, 2)])
    store.put_epochs([block("bed-1", DAY, 3, b"short")])
    assert store.epochs("bed-1", DAY, 2 * DAY) == [block("bed-1", DAY, 3, b"short")]
    index = store.epoch_index(["bed-1", "bed-2"], 0, 9 * DAY)
    assert index.keys() == {"bed-1"}
    assert index["bed-1"].start.tolist() == [DAY, 2 * DAY]
    assert index["bed-1"].fingerprint.tolist() == [3, 2]


def test_epochs_go_with_the_readings_they_were_made_from(store: TimeSeriesStore) -> None:
    store.put_epochs([block("bed-1", day * DAY, day) for day in (1, 2, 3)] + [block("bed-2", DAY, 9)])
    store.delete("bed-1", DAY, 2 * DAY, "gps")
    assert len(store.epochs("bed-1", 0, 9 * DAY)) == 3
    store.delete("bed-1", DAY, 2 * DAY, "bed")
    assert [each.fingerprint for each in store.epochs("bed-1", 0, 9 * DAY)] == [2, 3]
    assert len(store.epochs("bed-2", 0, 9 * DAY)) == 1


def test_the_hours_of_many_devices_are_those_of_each(store: TimeSeriesStore) -> None:
    store.commit([batch("bed", [{"device": "bed-1", "time": NOON, "weight_kg": 70.0}])])
    store.commit([batch("bed", [{"device": "bed-2", "time": NOON, "weight_kg": 70.0}])])
    many = store.hours_of("bed", ["bed-1", "bed-2", "bed-3"], 0, NOON + 1)
    assert many.keys() == {"bed-1", "bed-2"}
    for device, hours in many.items():
        one = store.hours("bed", device, 0, NOON + 1)
        assert hours.hour.tolist() == one.hour.tolist()
        assert hours.readings.tolist() == one.readings.tolist()
        assert hours.revision.tolist() == one.revision.tolist()
