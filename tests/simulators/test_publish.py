"""Publishing through a real broker; a counting subscriber stands where ingest will stand."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from ingest.broker import EmbeddedBroker
from pilots.plan import Plan
from pilots.registry import Registry
from simulators.errors import BrokerUnreachable, IngestStalled, ReadingsMissing
from simulators.messages import Message
from simulators.publish import Publisher
from simulators.run import simulate
from simulators.truth import Truth
from simulators.window import Window
from tests.brokers import Broker, Mosquitto, free_port

MESSAGES = [
    Message("sim-test.bed-01", "bed", b'{"time":%d,"load_kg":35.2}' % number, 1) for number in range(500)
]


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerAddress]:
    started: Broker = EmbeddedBroker(tmp_path) if request.param == "embedded" else Mosquitto(tmp_path)
    started.start()
    yield started.address
    started.stop()


@dataclass
class Counting:
    """What a subscriber has received: messages in order, and readings by device and stream."""

    messages: int = 0
    readings: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def received(broker: BrokerAddress) -> Iterator[Counting]:
    counting, subscribed = Counting(), threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)

    def count(_client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        _, _, device, stream = message.topic.split("/")
        content = msgspec.json.decode(message.payload)
        columns = content if isinstance(content, dict) else {}
        size = (
            len(content)
            if isinstance(content, list)
            else max((len(column) for column in columns.values() if isinstance(column, list)), default=1)
        )
        with counting.lock:
            counting.messages += 1
            counting.readings[device, stream] += size

    client.on_message = count
    client.on_subscribe = lambda *_: subscribed.set()
    if broker.user is not None:
        client.username_pw_set(broker.user, broker.password)
    client.connect(broker.host, broker.port)
    client.subscribe("pilotbed/#", qos=1)
    client.loop_start()
    assert subscribed.wait(5)
    yield counting
    client.disconnect()
    client.loop_stop()


def test_everything_published_arrives_at_qos_1(broker: BrokerAddress, received: Counting) -> None:
    with Publisher(broker, "sim-test", lambda: received.messages) as publisher:
        publisher.publish(MESSAGES)
        publisher.finish()
    assert received.messages == len(MESSAGES)


def test_a_publisher_is_never_further_ahead_than_its_window(
    broker: BrokerAddress, received: Counting
) -> None:
    ahead: list[int] = []
    told = 0

    def slow_ingest() -> int:
        nonlocal told
        ahead.append(received.messages - told)
        told = min(told + 7, received.messages)
        return told

    window = Window(0, most_messages=20)
    with Publisher(broker, "sim-test", slow_ingest, window=window) as publisher:
        publisher.publish(MESSAGES)
        publisher.finish()
    assert received.messages == len(MESSAGES)
    assert max(ahead) <= 20


def test_an_ingest_that_commits_nothing_is_named_after_a_while(
    broker: BrokerAddress, received: Counting
) -> None:
    window = Window(0, most_messages=20)
    with (
        pytest.raises(
            IngestStalled, match=r'committed nothing for 0\.3 s while 20 messages of pilot "sim-test"'
        ),
        Publisher(broker, "sim-test", lambda: 0, window=window, patience_s=0.3) as publisher,
    ):
        publisher.publish(MESSAGES)
    assert received.messages <= 20


def test_a_broker_that_is_not_there_is_named_with_its_address() -> None:
    port = free_port()
    with (
        pytest.raises(BrokerUnreachable, match=f"no MQTT broker answers at 127.0.0.1:{port}"),
        Publisher(BrokerAddress("127.0.0.1", port), "sim-test", lambda: 0),
    ):
        pass


def test_a_broker_that_refuses_is_named_with_the_user(tmp_path: Path) -> None:
    embedded = EmbeddedBroker(tmp_path)
    embedded.start()
    try:
        with (
            pytest.raises(BrokerUnreachable, match="did not let pilotbed in"),
            Publisher(replace(embedded.address, password="wrong"), "sim-test", lambda: 0),
        ):
            pass
    finally:
        embedded.stop()


def test_a_simulation_arrives_whole_and_leaves_its_truth(
    broker: BrokerAddress, received: Counting, plan: Plan, plan_text: str, tmp_path: Path
) -> None:
    registry = Registry.open(f"sqlite:{tmp_path / 'registry.sqlite'}")
    registry.add_pilot(plan, plan_text)
    steps: list[tuple[int, int]] = []
    published = simulate(
        plan,
        registry,
        broker,
        seed=1,
        days=2,
        committed=lambda: received.messages,
        stored=lambda device, stream: received.readings[device, stream],
        truth_path=tmp_path / "truth.json",
        progress=lambda done, of: steps.append((done, of)),
    )
    registry.close()
    assert steps == [(1, 2), (2, 2)]
    assert published.messages == received.messages
    assert published.readings == received.readings.total()
    assert published.by_stream["bed"].readings == 6 * 2 * 8640
    assert sum(count.bytes for count in published.by_stream.values()) == published.bytes
    assert Truth.read(tmp_path / "truth.json").seed == 1


def test_readings_that_are_not_stored_are_named(
    broker: BrokerAddress, received: Counting, plan: Plan, plan_text: str, tmp_path: Path
) -> None:
    registry = Registry.open(f"sqlite:{tmp_path / 'registry.sqlite'}")
    registry.add_pilot(plan, plan_text)

    def one_short(device: str, stream: str) -> int:
        lost = (device, stream) == ("sim-test.bed-03", "bed")
        return received.readings[device, stream] - lost

    with pytest.raises(ReadingsMissing, match=r"sim-test\.bed-03 bed: 8,640 published, 8,639 stored"):
        simulate(
            plan, registry, broker, seed=1, days=1, committed=lambda: received.messages, stored=one_short
        )
    registry.close()
