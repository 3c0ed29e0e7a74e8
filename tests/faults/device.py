"""A device's MQTT client that lets go of a message only when the broker has acknowledged it."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from tests.faults.ledger import Ledger, Message
from tests.waiting import wait_for

WAITING = 5_000
"""Messages that may wait for their acknowledgement: paho counts them by 16-bit numbers."""

BURST = 20
WITHIN_S = 120


class Device:
    """Publishes with QoS 1; what a lost connection or a broker's restart left open is sent again."""

    def __init__(self, address: BrokerAddress) -> None:
        self._room = threading.Semaphore(WAITING)
        self._sent = 0
        self._acknowledged = 0
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="device", clean_session=False)
        if address.user is not None:
            self._client.username_pw_set(address.user, address.password)
        self._client.max_inflight_messages_set(1_000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect_async(address.host, address.port)
        self._client.loop_start()

    def _on_publish(self, *_: object) -> None:
        self._acknowledged += 1
        self._room.release()

    def send(self, messages: Iterable[Message]) -> None:
        """Hand messages over; waits while too many wait for the broker, and fails when it stays away."""
        for topic, payload in messages:
            if not self._room.acquire(timeout=WITHIN_S):
                raise AssertionError(f"waited {WITHIN_S} s in vain for the broker")
            self._client.publish(topic, payload, qos=1)
            self._sent += 1

    def wait_for_acknowledgements(self) -> None:
        wait_for(lambda: self._acknowledged == self._sent, "the broker's acknowledgements", WITHIN_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def device(address: BrokerAddress) -> Iterator[Device]:
    """A device whose every message is acknowledged at the end."""
    opened = Device(address)
    try:
        yield opened
        opened.wait_for_acknowledgements()
    finally:
        opened.close()


@contextmanager
def publishing(address: BrokerAddress, ledger: Ledger, per_second: int) -> Iterator[None]:
    """The ledger's readings, published meanwhile in a steady stream of messages."""
    with device(address) as opened, ThreadPoolExecutor(1) as thread:
        stopping = threading.Event()

        def publish() -> None:
            while not stopping.wait(BURST / per_second):
                opened.send(ledger.singles(BURST))

        stream = thread.submit(publish)
        try:
            yield
        finally:
            stopping.set()
        # What the device could not send is the test's failure, too.
        stream.result()
