"""The MQTT client of ingest: receives, hands batches to the intake, acknowledges what is committed.

Two threads: paho's network thread only appends messages to a queue; the committing thread takes whatever
has come, decodes and commits it, and only then acknowledges. While a commit runs the next batch gathers,
and the broker's window of unacknowledged messages bounds it: nothing else queues, so nothing grows.
"""

import ssl
import threading
import time
from collections import deque

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest import counters
from ingest.address import BrokerAddress
from ingest.directory import ROOT
from ingest.intake import Intake, Received
from store import StoreUnavailable

KEEPALIVE_S = 60
MAX_BATCH = 5_000
"""Messages a commit takes at most: enough that its cost is spread thin, few enough to acknowledge soon."""

MAX_WAITING = 50_000
"""Messages that may wait for a commit. QoS 1 stays far below, held by the broker's window; QoS 0 has no
window, so past this the network thread stops reading and TCP holds the broker back."""

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)

Waiting = tuple[int, MQTTMessage, int]
"""A message with the number of its connection and the time of its receipt, µs UTC."""

log = structlog.get_logger(__name__)


class Subscriber:
    """Subscribes with a persistent session; a message is acknowledged only after its commit.

    `client_id` must be the same at every start: the broker keeps what was not acknowledged under it.
    With `share`, several workers split the messages by an MQTT shared subscription of that name.
    """

    def __init__(
        self, address: BrokerAddress, intake: Intake, *, client_id: str, share: str | None = None
    ) -> None:
        self._address = address
        self._intake = intake
        self._filter = f"$share/{share}/{ROOT}/#" if share else f"{ROOT}/#"
        # Appending to and taking from a deque needs no lock; the event only wakes an idle committer.
        self._waiting: deque[Waiting] = deque()
        self._arrived = threading.Event()
        self._taken = threading.Event()
        self._stopping = threading.Event()
        self._connection = 0
        self._subscribed = False
        self._store_error: str | None = None
        # MQTT 3.1.1: paho rebuilds property tables for every MQTT 5 message, at two thirds of the rate.
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if address.user is not None:
            self._client.username_pw_set(address.user, address.password)
        if address.tls:
            self._client.tls_set(cert_reqs=ssl.CERT_REQUIRED)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(min_delay=1, max_delay=10)
        self._committer = threading.Thread(target=self._commit_for_ever, name="ingest-commit", daemon=True)

    def start(self) -> None:
        """Connect in the background, now and again after every loss."""
        self._client.connect_async(self._address.host, self._address.port, KEEPALIVE_S)
        self._client.loop_start()
        self._committer.start()

    def stop(self) -> None:
        """Commit and acknowledge what has come, then disconnect; the broker keeps the rest."""
        self._stopping.set()
        self._arrived.set()
        self._taken.set()
        if self._committer.is_alive():
            self._committer.join()
        self._client.disconnect()
        self._client.loop_stop()

    def trouble(self) -> str | None:
        """Why messages do not come in now, or None when they do."""
        if self._store_error is not None:
            return self._store_error
        if not self._subscribed:
            return f"not subscribed at the broker {self._address}"
        return None

    # -- network thread ----------------------------------------------------------------------------------

    def _on_connect(
        self, client: Client, _: object, flags: ConnectFlags, code: ReasonCode, __: Properties | None
    ) -> None:
        if code.is_failure:
            log.error("the broker refused the connection", broker=str(self._address), reason=str(code))
            return
        log.info("connected to the broker", broker=str(self._address), session=flags.session_present)
        client.subscribe(self._filter, qos=1)

    def _on_subscribe(
        self, _: Client, __: object, ___: int, codes: list[ReasonCode], ____: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            log.error("the broker refused the subscription", filter=self._filter, reason=refused[0])
        self._subscribed = not refused

    def _on_disconnect(
        self, _: Client, __: object, ___: DisconnectFlags, code: ReasonCode, ____: Properties | None
    ) -> None:
        self._subscribed = False
        # Message ids belong to a connection: what waits from this one is committed, but the broker delivers
        # it again and the acknowledgement belongs to that delivery.
        self._connection += 1
        if not self._stopping.is_set():
            log.warning("lost the broker; reconnecting", broker=str(self._address), reason=str(code))

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        waiting = self._waiting
        while len(waiting) >= MAX_WAITING and not self._stopping.is_set():
            self._taken.clear()
            self._taken.wait(1.0)
        waiting.append((self._connection, message, time.time_ns() // 1000))
        if not self._arrived.is_set():
            self._arrived.set()

    # -- committing thread -------------------------------------------------------------------------------

    def _commit_for_ever(self) -> None:
        while True:
            batch = self._take()
            if batch:
                counters.received_messages.inc(len(batch))
                if not self._commit(batch):
                    return
                self._acknowledge(batch)
            elif self._stopping.is_set():
                return
            else:
                self._arrived.wait()

    def _take(self) -> list[Waiting]:
        """What has come, up to a batch. The event is cleared first: what comes later sets it again."""
        self._arrived.clear()
        waiting = self._waiting
        batch = [waiting.popleft() for _ in range(min(MAX_BATCH, len(waiting)))]
        self._taken.set()
        return batch

    def _commit(self, batch: list[Waiting]) -> bool:
        """Commit, however long the store is down; False when stopping before it could be written."""
        messages = [
            Received(_topic(message), bytes(message.payload), message.qos, message.retain, received)
            for _, message, received in batch
        ]
        attempt = 0
        while True:
            try:
                self._intake.commit(messages)
            except StoreUnavailable as error:
                self._store_error = str(error)
                delay = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                log.error(
                    "the store is not available; nothing is acknowledged", error=str(error), retry_s=delay
                )
                attempt += 1
                if self._stopping.wait(delay):
                    return False
            else:
                self._store_error = None
                return True

    def _acknowledge(self, batch: list[Waiting]) -> None:
        acknowledged = 0
        for connection, message, _ in batch:
            if message.qos and connection == self._connection:
                self._client.ack(message.mid, message.qos)
                acknowledged += 1
        counters.acked_messages.inc(acknowledged)


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        # Kept as a topic that names itself wrong: it becomes a dead letter.
        return bytes(message._topic).decode(errors="replace")
