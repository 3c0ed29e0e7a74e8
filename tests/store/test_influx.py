"""What is InfluxDB's own: how points are laid out, faults of the server, and several writers at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import DeadLetter, IntakeCounts, StoreError, StoreUnavailable, TimeSeriesStore, open_store
from tests.influx import Influx
from tests.store.readings import HOUR, NOON, batch, bed

ALWAYS = (0, 2**62)

OpenBucket = Callable[[], TimeSeriesStore]


@pytest.fixture
def open_bucket(influx: Influx) -> Iterator[OpenBucket]:
    """Opens a bucket of the test's own, again and again the same, as several processes would."""
    address = influx.bucket()
    opened: list[TimeSeriesStore] = []

    def open_again() -> TimeSeriesStore:
        opened.append(open_store(address, influx.token))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_bucket: OpenBucket) -> TimeSeriesStore:
    return open_bucket()


@pytest.fixture
def own_influx(tmp_path: Path) -> Iterator[Influx]:
    """A server that the test may stop."""
    server = Influx(tmp_path)
    server.start()
    yield server
    server.kill()


def letter(**changes: Any) -> DeadLetter:
    told: dict[str, Any] = {
        "received": NOON,
        "topic": "pilotbed/natt/b/bed",
        "reason": "not JSON",
        "code": "not_json",
        "size": 3,
        "sha256": "0" * 64,
        "payload": b"{",
    }
    return DeadLetter(**told | changes)


def test_processes_that_start_together_share_a_bucket_that_was_not_there(influx: Influx) -> None:
    for _ in range(5):
        address = influx.bucket()
        together = threading.Barrier(4)

        def opened(address: str = address, together: threading.Barrier = together) -> TimeSeriesStore:
            together.wait()
            return open_store(address, influx.token)

        with ThreadPoolExecutor(4) as processes:
            for opening in [processes.submit(opened) for _ in range(4)]:
                opening.result().close()


# -- points ----------------------------------------------------------------------------------------


def test_fields_of_an_earlier_row_do_not_shine_through(store: TimeSeriesStore) -> None:
    row = {"device": "d", "time": NOON}
    store.commit([batch("status", [row | {"online": True, "battery_pct": 50.0, "firmware": "1.2"}])])
    store.commit([batch("status", [row | {"rssi_dbm": -70.0}])])
    columns = store.read("status", "d", *ALWAYS).columns
    assert columns["rssi_dbm"].tolist() == [-70.0]
    assert columns["firmware"].tolist() == [None]
    assert np.isnan([columns["online"], columns["battery_pct"]]).all()
    assert store.latest("status", ["d"])["d"]["firmware"] is None


def test_readings_of_one_microsecond_live_by_their_sequence_numbers(store: TimeSeriesStore) -> None:
    numbers = [0, 998, 999, 1000, 2**62]
    rows = [{"device": "b", "time": NOON, "seq": seq, "load_kg": k} for k, seq in enumerate(numbers)]
    store.commit([batch("bed", rows), batch("bed", [{"device": "b", "time": NOON, "load_kg": 9}])])
    readings = store.read("bed", "b", NOON, NOON + 1)
    assert readings.time.tolist() == [NOON] * 6
    assert readings.columns["seq"].tolist() == [-1, *numbers]
    assert readings.columns["load_kg"].tolist() == [9, 0, 1, 2, 3, 4]


def test_sequence_numbers_make_few_series(store: TimeSeriesStore, influx: Influx) -> None:
    rows = [{"device": "b", "time": NOON + 10 * seq, "seq": seq, "load_kg": 1} for seq in range(5000)]
    store.commit([batch("bed", rows)])
    assert store.count("bed", "b", *ALWAYS) == 5000
    series = store._connection.query(['SHOW SERIES FROM "bed"'])  # type: ignore[attr-defined]
    assert 1 < series.count(b"device=b") <= 10


def test_text_of_any_language_is_a_place(store: TimeSeriesStore) -> None:
    zones = ["hem", "Åsa väg 3", "a.b:+/-c"]
    rows = [{"device": "g", "time": NOON, "lat": 59.0, "lon": 18.0, "zone": zone} for zone in zones]
    store.commit([batch("gps", rows)])
    assert store.read("gps", "g", *ALWAYS).columns["zone"].tolist() == sorted(zones)
    assert store.commit([batch("gps", rows)]).repeated == 3


def test_readings_of_many_years_ago_are_taken(store: TimeSeriesStore) -> None:
    year_2000 = 946_684_800_000_000
    store.commit([bed("b", [NOON], [70])])
    store.commit([bed("b", [year_2000, NOON + HOUR], [60, 71])])
    assert store.read("bed", "b", *ALWAYS).time.tolist() == [year_2000, NOON, NOON + HOUR]
    assert store.hours("bed", "b", *ALWAYS).readings.tolist() == [1, 1, 1]


def test_a_delete_is_exact_where_sequence_numbers_share_a_microsecond(store: TimeSeriesStore) -> None:
    rows = [
        {"device": "b", "time": NOON + k, "seq": seq, "load_kg": k} for k in range(3) for seq in (0, 998, 999)
    ]
    store.commit([batch("bed", rows)])
    assert store.delete("b", NOON + 1, NOON + 2) == 3
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [0, 0, 0, 2, 2, 2]


def test_a_delete_leaves_other_devices_and_streams_alone(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON], [1]), bed("b-2", [NOON], [2])])
    store.commit([batch("status", [{"device": "b", "time": NOON, "online": True}])])
    assert store.delete("b", *ALWAYS, stream="bed") == 1
    assert store.count("bed", "b-2", *ALWAYS) == store.count("status", "b", *ALWAYS) == 1
    before = store.hours("bed", "b", *ALWAYS).revision.tolist()
    assert store.delete("b", *ALWAYS, stream="bed") == 0
    assert store.hours("bed", "b", *ALWAYS).revision.tolist() == before, "an empty hour is not touched again"


def test_after_a_delete_the_newest_reading_is_the_one_before(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON, NOON + HOUR, NOON + HOUR + 1], [1, 2, 3])])
    store.delete("b", NOON + HOUR + 1, 2**62)
    assert store.latest("bed", ["b"])["b"]["load_kg"] == 2
    store.delete("b", NOON + HOUR, 2**62)
    assert store.latest("bed", ["b"])["b"]["load_kg"] == 1
    store.delete("b", *ALWAYS)
    assert store.latest("bed", ["b"]) == {}


def test_of_several_newest_readings_the_last_by_key_is_the_latest(store: TimeSeriesStore) -> None:
    rows = [{"device": "b", "time": NOON, "seq": seq, "load_kg": seq} for seq in (1000, 2, 1)]
    store.commit([batch("bed", rows), bed("a", [NOON], [5])])
    latest = store.latest("bed", ["b", "a"])
    assert latest["b"]["seq"] == 1000
    assert latest["a"]["load_kg"] == 5


def test_a_reading_that_is_being_written_does_not_hide_the_one_before(store: TimeSeriesStore) -> None:
    store.commit([bed("b", [NOON], [70])])
    store._connection.write([f"bed,device=b columns=2i {(NOON + 1) * 1000}"])  # type: ignore[attr-defined]
    assert store.latest("bed", ["b"])["b"]["load_kg"] == 70
    assert store.read("bed", "b", *ALWAYS).time.tolist() == [NOON]


def test_a_delete_cut_short_before_it_marked_its_hours_is_made_up_for_by_the_next(
    store: TimeSeriesStore,
) -> None:
    store.commit([bed("b", [NOON, NOON + HOUR], [1, 2])])
    before = store.hours("bed", "b", *ALWAYS).revision
    store._connection.delete("bed", (NOON + HOUR) * 1000, (NOON + 2 * HOUR) * 1000, "b")  # type: ignore[attr-defined]
    assert store.latest("bed", ["b"])["b"]["load_kg"] == 1, "the mark alone is no reading"
    assert store.delete("b", NOON + HOUR, 2**62) == 0
    after = store.hours("bed", "b", *ALWAYS)
    assert after.readings.tolist() == [1, 0]
    assert (after.revision != before).tolist() == [False, True]


def test_an_hour_that_another_process_fills_while_it_is_deleted_is_not_marked_as_empty(
    open_bucket: OpenBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As late data while the other process purges: the mark would hide the reading from `latest`, and the
    next delete would not change the hour's revision."""
    deleting, writing = open_bucket(), open_bucket()
    writing.commit([bed("b", [NOON, NOON + HOUR, NOON + 2 * HOUR], [1, 2, 3])])
    connection = deleting._connection  # type: ignore[attr-defined]
    delete = connection.delete

    def delete_and_be_overtaken(*given: Any) -> None:
        delete(*given)
        writing.commit([bed("b", [NOON + HOUR], [4])])

    monkeypatch.setattr(connection, "delete", delete_and_be_overtaken)
    assert deleting.delete("b", NOON, NOON + 3 * HOUR) == 3
    monkeypatch.undo()
    assert deleting.latest("bed", ["b"])["b"]["load_kg"] == 4
    before = deleting.hours("bed", "b", *ALWAYS)
    assert before.readings.tolist() == [0, 1, 0]
    assert deleting.delete("b", NOON, NOON + 3 * HOUR) == 1
    after = deleting.hours("bed", "b", *ALWAYS)
    assert after.readings.tolist() == [0, 0, 0]
    assert (after.revision != before.revision).tolist() == [False, True, False]


# -- counts and dead letters -----------------------------------------------------------------------


def test_fields_of_any_name_are_counted(store: TimeSeriesStore) -> None:
    names = ["färg", "a,b=c d", "line\nbreak", "back\\", "x" * 100_000]
    store.commit([], counts=IntakeCounts(unknown_fields={("b", name): 2 for name in names}))
    store.commit([], counts=IntakeCounts(unknown_fields={("b", "färg"): 1}, qos0_messages={"b": 4}))
    expected = {name[:200]: 2 for name in names} | {"färg": 3}
    assert store.unknown_fields(["b", "c"]) == {"b": expected}
    assert store.qos0_messages(["b", "c"]) == {"b": 4}


def test_a_dead_letter_of_any_content_comes_back(store: TimeSeriesStore) -> None:
    letters = [
        letter(payload=bytes(range(256)) * 1200),
        letter(payload=b""),
        letter(payload=None, pilot="natt", device="a\r\n\r\nname,tags,time,device"),
        letter(topic='natt/"x"/å,\\', reason="line\nbreak\\", fields=("a\0b", "ö")),
    ]
    store.commit([], letters)
    assert [stored.letter for stored in store.dead_letters()] == letters
    assert store.dead_letter_counts([letters[2].device or "", "b"]) == {letters[2].device: 1}
    for stored in store.dead_letters():
        assert store.dead_letter(stored.id) == stored
    assert store.dead_letter(0) is store.dead_letter(2**60) is None


# -- several processes -----------------------------------------------------------------------------


def test_two_processes_write_at_once_and_lose_nothing(open_bucket: OpenBucket) -> None:
    writers = [open_bucket(), open_bucket()]

    def write(number: int) -> None:
        for step in range(20):
            times = [NOON + step * HOUR + number * 1000 + k for k in range(50)]
            counts = IntakeCounts(qos0_messages={"b": 1})
            writers[number].commit(
                [bed("b", times, [number] * 50)], [letter(reason=f"{number} {step}")], counts
            )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = open_bucket()
    assert reader.count("bed", "b", *ALWAYS) == 2000
    assert reader.hours("bed", "b", *ALWAYS).readings.tolist() == [100] * 20
    assert reader.qos0_messages(["b"]) == {"b": 40}
    assert {stored.letter.reason for stored in reader.dead_letters()} == {
        f"{number} {step}" for number in range(2) for step in range(20)
    }
    assert len({stored.id for stored in reader.dead_letters()}) == 40


def test_another_process_sees_a_commit_and_its_hour_counted_anew(open_bucket: OpenBucket) -> None:
    writer, reader = open_bucket(), open_bucket()
    writer.commit([bed("b", [NOON], [1])])
    before = reader.hours("bed", "b", *ALWAYS)
    writer.commit([bed("b", [NOON + 1], [1])])
    after = reader.hours("bed", "b", *ALWAYS)
    assert (before.readings.tolist(), after.readings.tolist()) == ([1], [2])
    assert after.revision[0] != before.revision[0]
    assert after.revision[0] < 2**53
    assert reader.commit([bed("b", [NOON], [1])]).repeated == 1
    assert writer.duplicates(["b"]) == {"b": 1}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    commits=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("ab"),
                st.sampled_from([0, 1, HOUR, 3 * HOUR]),
                st.sampled_from([0, 1, 999, -1]),
            ),
            max_size=8,
        ),
        max_size=6,
    ),
    reopen=st.booleans(),
)
def test_any_order_of_arrival_reads_as_the_last_commit_of_each_key(
    influx: Influx, commits: list[list[tuple[str, int, int]]], reopen: bool
) -> None:
    address = influx.bucket()
    store = open_store(address, influx.token)
    expected: dict[tuple[str, int, int], float] = {}
    value, repeated = 0.0, 0
    for rows in commits:
        readings = []
        for device, later, seq in rows:
            value += 1
            repeated += (device, NOON + later, seq) in expected
            expected[(device, NOON + later, seq)] = value
            readings.append(
                {"device": device, "time": NOON + later, "seq": None if seq < 0 else seq, "load_kg": value}
            )
        if readings:
            store.commit([batch("bed", readings)])
        if reopen:
            store.close()
            store = open_store(address, influx.token)
    for device in "ab":
        back = store.read("bed", device, *ALWAYS, columns=["load_kg", "seq"])
        found = list(
            zip(
                [device] * len(back),
                back.time.tolist(),
                back.columns["seq"].tolist(),
                back.columns["load_kg"].tolist(),
                strict=True,
            )
        )
        assert found == [(*key, load) for key, load in sorted(expected.items()) if key[0] == device]
        assert store.hours("bed", device, *ALWAYS).readings.sum() == len(found)
    assert sum(store.duplicates(["a", "b"]).values()) == repeated
    store.close()


# -- faults ----------------------------------------------------------------------------------------


def test_a_server_that_is_gone_is_unavailable_and_its_return_needs_nothing(own_influx: Influx) -> None:
    store = open_store(own_influx.bucket(), own_influx.token)
    message, counts = bed("b", [NOON, NOON + 1], [1, 2]), IntakeCounts(qos0_messages={"b": 2})
    store.commit([bed("b", [NOON], [1])])
    own_influx.kill()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="cannot be reached: Failed to establish"):
            store.commit([message], [letter()], counts)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        store.read("bed", "b", *ALWAYS)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        open_store(own_influx.bucket(), own_influx.token)
    own_influx.start()
    assert store.count("bed", "b", *ALWAYS) == 1, "what was committed survived the kill"
    assert store.commit([message], [letter()], counts).repeated == 1
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [1, 2]
    assert store.duplicates(["b"]) == {"b": 1}
    assert store.qos0_messages(["b"]) == {"b": 2}
    assert len(store.dead_letters()) == 1
    store.close()


def test_a_wrong_token_is_named_but_not_shown(influx: Influx) -> None:
    with pytest.raises(StoreUnavailable, match="PILOTBED_STORE_TOKEN") as refused:
        open_store(influx.bucket(), "a-wrong-token")
    assert "a-wrong-token" not in str(refused.value)


def test_a_bucket_is_made_only_by_a_token_that_may(influx: Influx) -> None:
    org = influx.ask("GET", "/api/v2/orgs")["orgs"][0]["id"]
    ours = influx.ask("POST", "/api/v2/buckets", {"orgID": org, "name": "made-by-hand", "retentionRules": []})
    resource = {"type": "buckets", "id": ours["id"], "orgID": org}
    permissions = [{"action": action, "resource": resource} for action in ("read", "write")]
    narrow = influx.ask("POST", "/api/v2/authorizations", {"orgID": org, "permissions": permissions})["token"]

    store = open_store(influx.bucket("made-by-hand"), narrow)
    store.commit([bed("b", [NOON], [1])])
    assert store.count("bed", "b", *ALWAYS) == store.delete("b", *ALWAYS) == 1
    store.close()
    with pytest.raises(StoreUnavailable, match="influx bucket create --name another"):
        open_store(influx.bucket("another"), narrow)


def test_a_bucket_that_goes_away_is_no_empty_bucket(influx: Influx) -> None:
    store = open_store(influx.bucket("goes-away"), influx.token)
    store.commit([bed("b", [NOON], [1])])
    bucket = influx.ask("GET", f"/api/v2/buckets?name=goes-away&org={quote(influx.org)}")["buckets"][0]["id"]
    influx.ask("DELETE", f"/api/v2/buckets/{bucket}")
    with pytest.raises(StoreUnavailable, match="not found"):
        store.read("bed", "b", *ALWAYS)
    with pytest.raises(StoreUnavailable, match="not found"):
        store.commit([bed("b", [NOON], [1])])
    store.close()


def test_a_bucket_made_anew_under_the_running_service_is_used(influx: Influx) -> None:
    """As the refusal tells to do: ingest then goes on by itself, though the bucket's mark is gone."""
    store = open_store(influx.bucket("made-anew"), influx.token)
    bucket = influx.ask("GET", f"/api/v2/buckets?name=made-anew&org={quote(influx.org)}")["buckets"][0]
    influx.ask("DELETE", f"/api/v2/buckets/{bucket['id']}")
    with pytest.raises(StoreUnavailable, match="influx bucket create --name made-anew"):
        store.commit([bed("b", [NOON], [1])])
    influx.ask(
        "POST", "/api/v2/buckets", {"orgID": bucket["orgID"], "name": "made-anew", "retentionRules": []}
    )
    with suppress(StoreUnavailable):  # the first try may be what finds out
        store.commit([bed("b", [NOON], [1])])
    store.commit([bed("b", [NOON], [1])])
    assert store.count("bed", "b", *ALWAYS) == 1
    store.close()


def test_a_bucket_with_a_retention_limit_is_refused(influx: Influx) -> None:
    org = influx.ask("GET", "/api/v2/orgs")["orgs"][0]["id"]
    limit = [{"type": "expire", "everySeconds": 30 * 86400}]
    influx.ask("POST", "/api/v2/buckets", {"orgID": org, "name": "a-month", "retentionRules": limit})
    with pytest.raises(StoreError, match="after 30 days"):
        open_store(influx.bucket("a-month"), influx.token)


def test_rows_that_cannot_be_written_are_refused_not_tried_for_ever(store: TimeSeriesStore) -> None:
    with pytest.raises(StoreError) as refused:
        store.commit([bed("b", [NOON], [float("inf")])])
    assert not isinstance(refused.value, StoreUnavailable)
    store.commit([bed("b", [NOON], [1])])


@pytest.mark.parametrize(
    ("address", "token", "missing"),
    [
        ("influxdb+http://localhost:8086/bucket", "t", "org"),
        ("influxdb+http://localhost:8086/?org=o", "t", "bucket"),
        ("influxdb+https:///bucket?org=o", "t", "host"),
        ("influxdb+http://localhost:8086/bucket?org=o", "", "PILOTBED_STORE_TOKEN"),
        ("influxdb:bucket", "secret", "duckdb:PATH"),
        ("influxdb+http://owner:secret@localhost:8086/bucket?org=o", "t", "PILOTBED_STORE_TOKEN"),
        ("influxdb+http://owner:secret@localhost:8086/bucket", "t", "PILOTBED_STORE_TOKEN"),
    ],
)
def test_an_address_says_what_it_lacks(address: str, token: str, missing: str) -> None:
    with pytest.raises(StoreError, match=missing) as refused:
        open_store(address, token)
    assert "secret" not in str(refused.value)
