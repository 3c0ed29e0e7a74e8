"""A loss at the embedded broker shows by the beats that are missing, and nothing else looks like one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.broker import EmbeddedBroker
from ingest.directory import Directory
from ingest.heartbeat import Beat, Heartbeats
from ingest.intake import Intake
from ingest.replay import replay
from ingest.subscriber import Subscriber
from pilotbed.bench.blaster import Blaster, packed
from pilots.registry import Registry
from store import StoreUnavailable, TimeSeriesStore
from store.losses import Loss, losses
from tests.ingest.interrupted import Interrupted
from tests.waiting import wait_for

ALWAYS = (0, 2**62)
START = 1_736_769_600
PAYLOAD_BYTES = 14_000
TOGETHER = 100
MIB = 2**20


def beats(*numbers: int, retained: bool = False) -> list[Beat]:
    """Beats sent a second after the other."""
    return [Beat(number, number * 1_000_000, retained) for number in numbers]


@pytest.fixture
def heartbeats(store: TimeSeriesStore) -> Heartbeats:
    return Heartbeats(store)


@pytest.mark.parametrize("numbers", [(1, 2, 3), (40, 41), (1, 2, 2, 3), (1, 2, 3, 1, 2, 3, 4)])
def test_numbers_in_a_row_are_no_loss_wherever_they_begin_and_however_often_they_come(
    heartbeats: Heartbeats, store: TimeSeriesStore, numbers: tuple[int, ...]
) -> None:
    heartbeats.commit(beats(*numbers))
    assert losses(store, *ALWAYS) == []


def test_a_missing_number_is_a_loss_between_its_neighbours(
    heartbeats: Heartbeats, store: TimeSeriesStore
) -> None:
    heartbeats.commit(beats(1, 2))
    heartbeats.commit(beats(5, 6, 8))
    assert losses(store, *ALWAYS) == [Loss(2_000_000, 5_000_000), Loss(6_000_000, 8_000_000)]


def test_the_retained_beat_says_where_the_numbers_stand_and_nothing_of_those_that_wait(
    heartbeats: Heartbeats, store: TimeSeriesStore
) -> None:
    heartbeats.commit([*beats(7, retained=True), *beats(8, 9)])
    heartbeats.commit([*beats(90, retained=True), *beats(10, 11)])
    assert losses(store, *ALWAYS) == []
    heartbeats.commit(beats(13))
    assert losses(store, *ALWAYS) == [Loss(11_000_000, 13_000_000)]


def test_a_loss_that_could_not_be_written_is_written_with_the_next_try(store: TimeSeriesStore) -> None:
    down = Interrupted(store)
    down.full.set()
    heartbeats = Heartbeats(down)  # type: ignore[arg-type] # a store that commits, which is all it needs
    heartbeats.commit(beats(1))
    with pytest.raises(StoreUnavailable):
        heartbeats.commit(beats(3))
    down.full.clear()
    heartbeats.commit(beats(3))
    heartbeats.commit(beats(3))
    assert losses(store, *ALWAYS) == [Loss(1_000_000, 3_000_000)]


def test_a_loss_names_the_way_out_and_cannot_be_replayed(
    heartbeats: Heartbeats, store: TimeSeriesStore, registry: Registry
) -> None:
    heartbeats.commit(beats(1, 3))
    (stored,) = store.dead_letters()
    assert stored.letter.topic == "pilotbed/#"
    assert "PILOTBED_MQTT" in stored.letter.reason
    assert "between 1970-01-01T00:00:01.000000Z and 1970-01-01T00:00:03.000000Z" in stored.letter.reason
    assert (
        replay(stored, registry, store).reason == "it tells of messages that the broker lost, and holds none"
    )
    assert store.dead_letters() == [stored]


@pytest.mark.parametrize("payload", [b"", b"1", b"0 5", b"1 2 3", b"-1 5", b"one 5", b"1 5\n", b"\xff 1"])
def test_whatever_else_comes_on_its_topic_is_no_beat(payload: bytes) -> None:
    assert Heartbeats.read(payload, False) is None


@pytest.mark.parametrize("published_mib", [60, 110, 132, 160, 300])
def test_published_as_fast_as_can_be_while_ingest_is_away_a_loss_is_seen_and_only_a_loss(
    tmp_path: Path, registry: Registry, store: TimeSeriesStore, published_mib: int
) -> None:
    heartbeats = Heartbeats(store)
    broker = EmbeddedBroker(tmp_path, heartbeat=heartbeats.topic)
    broker.start()
    with ingesting(broker, registry, store, heartbeats):
        pass  # from now on the broker keeps what comes
    published = published_mib * MIB // PAYLOAD_BYTES
    blaster = Blaster(broker.address)
    blaster.publish(packets(published))
    blaster.close()
    with ingesting(broker, registry, store, heartbeats):
        # What was lost is the oldest: the last one comes last.
        last = (START + published - 1) * 1_000_000
        wait_for(lambda: store.count("bed", "bed-1", last, last + 1), "the last reading", 60)
    broker.stop()
    lost = published - store.count("bed", "bed-1", *ALWAYS)
    assert bool(losses(store, *ALWAYS)) == bool(lost), f"{lost} of {published} were lost"
    assert lost or published_mib < 129
    assert len(store.dead_letters()) == len(losses(store, *ALWAYS)), "a beat is no message"


@contextmanager
def ingesting(
    broker: EmbeddedBroker, registry: Registry, store: TimeSeriesStore, heartbeats: Heartbeats
) -> Iterator[None]:
    intake = Intake(store, Directory(registry))
    subscriber = Subscriber(broker.address, intake, client_id="ingest", heartbeats=heartbeats)
    subscriber.start()
    wait_for(lambda: subscriber.trouble() is None, "the subscription")
    yield
    subscriber.stop()


def packets(count: int) -> Iterator[tuple[int, bytes]]:
    """So many readings of one bed a second apart, each in a message as large as an hour of them."""
    for first in range(0, count, TOGETHER):
        times = range(START + first, START + min(first + TOGETHER, count))
        bodies = [json.dumps({"time": time, "weight_kg": 71.5}).encode() for time in times]
        yield from packed([("pilotbed/natt/bed-1/bed", body.ljust(PAYLOAD_BYTES)) for body in bodies])
