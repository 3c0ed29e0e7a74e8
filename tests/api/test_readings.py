import io
import json

import numpy as np
import pyarrow.parquet
import pytest

from tests.api.installation import ALARM, BED, OURS, Installation, commit_bed

BEDS = f"/api/v1/pilots/{OURS}/readings/bed"


def test_readings_come_as_columns_with_units_and_times_in_utc(filled: Installation) -> None:
    body = filled.get(f"{BEDS}?device={BED}&limit=2").json()
    assert body["stream"] == "bed"
    assert body["units"]["weight_kg"] == "kg"
    assert body["columns"]["device"] == [BED, BED]
    assert body["columns"]["time"] == ["2026-01-12T20:00:00Z", "2026-01-12T20:00:10Z"]
    assert body["columns"]["time_source"] == ["device", "device"]
    assert body["downsampled"] is None


def test_a_number_reads_as_it_was_written_and_what_is_absent_is_null(filled: Installation) -> None:
    columns = filled.get(f"{BEDS}?limit=1").json()["columns"]
    assert columns["weight_kg"] == [71.2]
    assert columns["movement"] == columns["occupied"] == columns["seq"] == [None]


def test_start_is_inclusive_and_end_exclusive(filled: Installation) -> None:
    times = filled.get(f"{BEDS}?start=2026-01-12T20:00:10Z&end=2026-01-12T20:00:30Z").json()["columns"][
        "time"
    ]
    assert times == ["2026-01-12T20:00:10Z", "2026-01-12T20:00:20Z"]


@pytest.mark.parametrize("limit", [1, 7, 89, 90, 91])
def test_pages_give_every_reading_once(filled: Installation, limit: int) -> None:
    times: list[str] = []
    following = f"limit={limit}"
    while following:
        body = filled.get(f"{BEDS}?{following}").json()
        times += body["columns"]["time"]
        following = f"limit={limit}&cursor={body['next']}" if body["next"] else ""
    assert len(times) == 90
    assert times == sorted(set(times))


def test_max_points_thins_out_and_keeps_the_spike(empty: Installation) -> None:
    commit_bed(empty, np.arange(5000) * 10, 70.0)
    commit_bed(empty, [23456], 140.0)
    body = empty.get(f"{BEDS}?max_points=100").json()
    assert body["downsampled"] == "minmax"
    assert len(body["columns"]["time"]) <= 100
    assert max(body["columns"]["weight_kg"]) == 140.0
    assert body["columns"]["time"] == sorted(body["columns"]["time"])


def test_fewer_readings_than_max_points_stay_as_they_are(filled: Installation) -> None:
    body = filled.get(f"{BEDS}?max_points=90").json()
    assert body["downsampled"] is None
    assert len(body["columns"]["time"]) == 90


def test_readings_as_csv(filled: Installation) -> None:
    answer = filled.get(f"{BEDS}?limit=1", Accept="text/csv")
    header, row = answer.text.splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert header.startswith("device,time,received,time_source,weight_kg")
    assert row.startswith(f"{BED},2026-01-12T20:00:00Z,2026-01-12T20:00:01Z,device,71.2,")
    assert 'rel="next"' in answer.headers["link"]


def test_readings_as_parquet_keep_their_types(filled: Installation) -> None:
    answer = filled.get(BEDS, Accept="application/vnd.apache.parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 90
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("weight_kg").type) == "float"
    assert table["movement"].null_count == 90


def test_text_streams_come_the_same_way(filled: Installation) -> None:
    body = filled.get(f"/api/v1/pilots/{OURS}/readings/alarm?device={ALARM}&limit=1").json()
    assert body["columns"]["stage"] == ["raised"]
    assert body["columns"]["outcome"] == [None]


def test_no_readings_are_empty_columns(filled: Installation) -> None:
    body = filled.get(f"/api/v1/pilots/{OURS}/readings/gps").json()
    assert body["columns"]["lat"] == []
    assert body["next"] is None


def test_an_unknown_stream_is_named_with_those_there_are(filled: Installation) -> None:
    answer = filled.get(f"/api/v1/pilots/{OURS}/readings/pulse")
    assert answer.status_code == 404
    assert "bed, gps, camera" in answer.json()["detail"]


def test_nothing_is_ever_nan(filled: Installation) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(filled.get(BEDS).text, parse_constant=refuse)
