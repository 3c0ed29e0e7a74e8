"""From a device's PUBLISH to a durable reading, through a real broker."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from ingest.subscriber import Subscriber
from pilots.plan import read_plan
from pilots.registry import Registry
from store import Commit, TimeSeriesStore
from tests.brokers import Broker, Mosquitto
from tests.ingest.conftest import PLAN
from tests.ingest.interrupted import Interrupted
from tests.ingest.publishing import publish
from tests.waiting import wait_for

ALWAYS = (0, 2**62)
START = 1_736_769_600


@contextmanager
def ingesting(broker: Broker, registry: Registry, store: TimeSeriesStore) -> Iterator[Subscriber]:
    subscriber = Subscriber(broker.address, Intake(store, Directory(registry)), client_id="ingest")
    subscriber.start()
    wait_for(lambda: subscriber.trouble() is None, "the subscription")
    try:
        yield subscriber
    finally:
        subscriber.stop()


def readings(device: str, count: int, first: int = 0) -> list[tuple[str, object]]:
    return [
        (f"pilotbed/natt/{device}/bed", {"time": START + 10 * k, "weight_kg": k % 300})
        for k in range(first, first + count)
    ]


def test_a_published_reading_is_stored(broker: Broker, registry: Registry, store: TimeSeriesStore) -> None:
    with ingesting(broker, registry, store):
        publish(broker.address, [("pilotbed/natt/bed-1/bed", {"time": START, "weight_kg": 71.5})])
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 1, "the reading")
    assert store.read("bed", "bed-1", *ALWAYS).columns["weight_kg"].tolist() == [71.5]


def test_what_cannot_be_decoded_is_a_dead_letter_and_intake_goes_on(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    bad: list[tuple[str, object]] = [
        ("pilotbed/natt/bed-1/bed", b""),
        ("pilotbed/natt/bed-1/bed", b"{"),
        ("pilotbed/natt/bed-1/bed", b" " * 2 * 1024 * 1024),
        ("pilotbed/natt/bed-1/gps", {"lat": 59, "lon": 18}),
        ("pilotbed/natt/bed-9/bed", {"weight_kg": 70}),
        ("pilotbed/other/bed-1/bed", {"weight_kg": 70}),
        ("pilotbed/natt/bed 1/bed", {"weight_kg": 70}),
        ("pilotbed/natt/bed-1", {"weight_kg": 70}),
    ]
    with ingesting(broker, registry, store):
        publish(broker.address, [*bad, *readings("bed-1", 1)])
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 1, "the reading behind the bad ones")
        wait_for(lambda: len(store.dead_letters()) == len(bad), "the dead letters")
    assert [stored.letter.code for stored in store.dead_letters()] == [
        "empty",
        "not_json",
        "too_large",
        "wrong_stream",
        "unknown_device",
        "unknown_pilot",
        "topic",
        "topic",
    ]
    assert store.dead_letters()[1].letter.payload == b"{"


def test_a_dead_letter_from_a_camera_keeps_no_payload(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    body = {"event": "e1", "state": "start", "sub_label": "Anna", "confidence": 7}
    with ingesting(broker, registry, store):
        publish(broker.address, [("pilotbed/natt/cam-1/camera", body)])
        wait_for(store.dead_letters, "the dead letter")
    letter = store.dead_letters()[0].letter
    assert letter.payload is None
    assert letter.fields == ("confidence", "event", "state", "sub_label")
    assert "Anna" not in repr(letter)


def test_a_device_may_publish_the_moment_it_is_registered(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    with ingesting(broker, registry, store):
        registry.add_device("natt", "bed-new", "bed")
        publish(broker.address, readings("bed-new", 1))
        wait_for(lambda: store.count("bed", "bed-new", *ALWAYS) == 1, "the new device's reading")


def test_what_arrives_while_ingest_is_offline_waits_at_the_broker(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    with ingesting(broker, registry, store):
        pass
    publish(broker.address, readings("bed-1", 2_000))
    with ingesting(broker, registry, store):
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 2_000, "all that waited")
    assert store.duplicates(["bed-1"]) == {}


def test_the_same_message_a_hundred_times_is_one_reading(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    with ingesting(broker, registry, store):
        publish(broker.address, readings("bed-1", 1) * 100)
        wait_for(lambda: store.duplicates(["bed-1"]) == {"bed-1": 99}, "the repeats")
    assert store.count("bed", "bed-1", *ALWAYS) == 1


def test_a_retained_reading_is_old_news_but_a_retained_status_is_not(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    publish(
        broker.address,
        [
            ("pilotbed/natt/bed-1/bed", {"time": START, "weight_kg": 70}),
            ("pilotbed/natt/bed-1/status", {"time": START, "online": True}),
        ],
        retain=True,
    )
    with ingesting(broker, registry, store):
        wait_for(lambda: store.count("status", "bed-1", *ALWAYS) == 1, "the retained status")
        publish(broker.address, readings("bed-2", 1))
        wait_for(lambda: store.count("bed", "bed-2", *ALWAYS) == 1, "a live reading")
    assert store.count("bed", "bed-1", *ALWAYS) == 0
    assert store.dead_letters() == []


def test_qos_0_is_accepted_and_marked(broker: Broker, registry: Registry, store: TimeSeriesStore) -> None:
    with ingesting(broker, registry, store):
        publish(broker.address, readings("bed-1", 1), qos=0)
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 1, "the reading")
    # The embedded broker hands QoS 0 messages on as QoS 1: they cannot be told apart there.
    assert store.qos0_messages(["bed-1"]) == ({"bed-1": 1} if isinstance(broker, Mosquitto) else {})


def test_while_the_store_is_down_nothing_is_acknowledged_and_nothing_is_lost(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    interrupted = Interrupted(store)
    interrupted.full.set()
    with ingesting(broker, registry, interrupted) as subscriber:  # type: ignore[arg-type] # only commit is used
        publish(broker.address, readings("bed-1", 500))
        wait_for(interrupted.refused.is_set, "the store's refusal")
        assert "no space left" in (subscriber.trouble() or "")
        interrupted.full.clear()
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 500, "everything after the outage")
        wait_for(lambda: subscriber.trouble() is None, "the all-clear")


def test_stopped_while_the_store_is_down_the_broker_keeps_the_messages(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    interrupted = Interrupted(store)
    interrupted.full.set()
    with ingesting(broker, registry, interrupted):  # type: ignore[arg-type] # only commit is used
        publish(broker.address, readings("bed-1", 50))
        wait_for(interrupted.refused.is_set, "the store's refusal")
    assert store.count("bed", "bed-1", *ALWAYS) == 0
    with ingesting(broker, registry, store):
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 50, "the messages the broker kept")


def test_a_message_that_the_store_refuses_does_not_hold_up_its_neighbours(
    registry: Registry, store: TimeSeriesStore
) -> None:
    poison = Received(
        "pilotbed/natt/alarm-1/alarm", b'{"alarm": "\\ud800", "stage": "raised"}', 1, False, START * 10**6
    )
    good = Received("pilotbed/natt/bed-1/bed", b'{"weight_kg": 70}', 1, False, START * 10**6)
    Intake(store, Directory(registry)).commit([poison, good])
    assert store.count("bed", "bed-1", *ALWAYS) == 1
    assert len(store.dead_letters()) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_rows_and_columns_of_one_batch_keep_their_order_of_arrival(
    order: Sequence[int], registry: Registry, store: TimeSeriesStore
) -> None:
    bodies = [
        b'{"time": 1736769600, "weight_kg": 1}',
        b'{"start": 1736769600, "interval_s": 10, "weight_kg": [2, 2], "movement": [0.5, 0.5]}',
        b'[{"time": 1736769600, "weight_kg": 3, "occupied": true}]',
    ]
    messages = [
        Received("pilotbed/natt/bed-1/bed", bodies[k], 1, False, START * 10**6 + 10**7) for k in order
    ]
    Intake(store, Directory(registry)).commit(messages)
    columns = store.read("bed", "bed-1", *ALWAYS).columns
    assert columns["weight_kg"][0] == order[-1] + 1


class Faulty:
    """A real store whose driver has a bug that shows once."""

    def __init__(self, store: TimeSeriesStore) -> None:
        self._store = store
        self.failed = threading.Event()

    def commit(self, *given: object) -> Commit:
        if not self.failed.is_set():
            self.failed.set()
            raise ZeroDivisionError("a bug")
        commit: Callable[..., Commit] = self._store.commit
        return commit(*given)


def test_after_a_mistake_of_ours_the_broker_delivers_again(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    faulty = Faulty(store)
    with ingesting(broker, registry, faulty):  # type: ignore[arg-type] # only commit is used
        publish(broker.address, readings("bed-1", 50))
        wait_for(faulty.failed.is_set, "the mistake")
        wait_for(lambda: store.count("bed", "bed-1", *ALWAYS) == 50, "all readings, delivered again")


def test_a_pilot_added_while_ingest_runs_is_known_at_once(registry: Registry, store: TimeSeriesStore) -> None:
    intake = Intake(store, Directory(registry))
    other = PLAN.replace("pilot: natt", "pilot: dag")
    registry.add_pilot(read_plan(other), other)
    intake.commit([Received("pilotbed/dag/bed-9/bed", b"{}", 1, False, START * 10**6)])
    assert [stored.letter.code for stored in store.dead_letters()] == ["unknown_device"]


def test_deep_nesting_is_refused_with_a_reason(registry: Registry, store: TimeSeriesStore) -> None:
    intake = Intake(store, Directory(registry))
    intake.commit([Received("pilotbed/natt/bed-1/bed", b"[" * 100_000, 1, False, START * 10**6)])
    assert "nested too deeply" in store.dead_letters()[0].letter.reason
