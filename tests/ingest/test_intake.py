"""What a batch of messages becomes in the store, whatever devices may send."""

import json
import time

from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilots.registry import Registry
from store import TimeSeriesStore

BED = "pilotbed/natt/bed-1/bed"
NOW_US = time.time_ns() // 1000


def message(body: object, topic: str = BED) -> Received:
    return Received(topic, json.dumps(body, separators=(",", ":")).encode(), 1, False, NOW_US)


def test_late_columns_of_millions_of_readings_are_committed_within_the_stores_memory(
    registry: Registry, store: TimeSeriesStore
) -> None:
    """As a gateway sends them that was away; too many for the keyed table in one commit."""
    intake = Intake(store, Directory(registry))
    intake.commit([message({"weight_kg": 70, "time": NOW_US / 1e6})])
    rows, messages = 120_000, 18
    first_s = NOW_US // 1_000_000 - 30 * 86_400
    late = [
        message({"movement": [0] * rows, "start": first_s + number * rows, "interval_s": 1})
        for number in range(messages)
    ]
    assert intake.commit(late) == rows * messages
    assert store.count("bed", "bed-1", 0, NOW_US) == rows * messages


def test_a_device_that_makes_up_fields_is_told_of_by_a_hundred_short_names(
    registry: Registry, store: TimeSeriesStore
) -> None:
    """Each name is a row or a series of the store: 20,000 in one message held up every device."""
    intake = Intake(store, Directory(registry))
    for number in range(50):
        made_up = {f"{number:03}-{name:03}" + "x" * 100: 0 for name in range(200)}
        intake.commit([message({"weight_kg": 70, "time": NOW_US / 1e6 - number, **made_up})])
    fields = store.unknown_fields(["bed-1"])["bed-1"]
    assert len(fields) == 100
    assert max(map(len, fields)) == 64
    assert store.count("bed", "bed-1", 0, NOW_US + 1) == 50
