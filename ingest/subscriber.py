"""The MQTT client of ingest: receives, hands batches to the intake, acknowledges what is committed.

One thread does all of it in turn: it reads what the broker has sent, decodes and commits it, and only then
acknowledges. Meanwhile the broker's window of unacknowledged messages and TCP hold the rest back: nothing
queues here, so nothing grows. A network thread of paho's own beside it would cost more than it could win:
both need the interpreter, and each message would wake it twice.
"""

import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest import counters
from ingest.address import BrokerAddress
from ingest.heartbeat import Beat, Heartbeats
from ingest.intake import Intake
from ingest.received import Received
from ingest.session import mqtt_client
from ingest.topics import ROOT
from store import StoreUnavailable

KEEPALIVE_S = 60
MAX_BATCH = 5_000
"""Messages a commit takes at most: enough that its cost is spread thin, few enough to acknowledge soon."""

MAX_BATCH_BYTES = 32 * 1024 * 1024
"""Payloads a commit takes at most: readings in columns are many times larger than single ones."""

IDLE_S = 0.2
"""How long the thread waits for messages before it looks whether it should stop."""

LOOK_S = 1.0
"""How long until the broker is told of a newly registered device's topic."""

HANG_UP_S = 2.0
"""How long a broker may be silent before it is taken for gone."""

CHUNK = 65_536

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
RECONNECT_S = (1.0, 2.0, 4.0, 8.0, 10.0)

SETTLED_S = 10.0
"""A connection that has lasted this long is not being taken away by another process."""

THROWN_OUT = 3
"""So many unsettled connections in a row are no accident."""

log = structlog.get_logger(__name__)


class Subscriber:
    """Subscribes with a persistent session; a message is acknowledged only after its commit.

    `client_id` must be the same at every start: the broker keeps what was not acknowledged under it.
    With `share`, several workers split the messages by an MQTT shared subscription of that name.
    `heartbeats` follows the beats of an embedded broker: they are no messages, and not counted as such.
    """

    def __init__(
        self,
        address: BrokerAddress,
        intake: Intake,
        *,
        client_id: str,
        share: str | None = None,
        heartbeats: Heartbeats | None = None,
    ) -> None:
        self._address = address
        self._intake = intake
        self._heartbeats = heartbeats
        self._client_id = client_id
        self._share = share
        self._filters: tuple[str, ...] = ()
        self._asked: dict[int, tuple[str, ...]] = {}
        self._refused: set[str] = set()
        self._batch = _Batch()
        self._committing = _Batch()
        self._stopping = threading.Event()
        self._connection = 0
        self._subscribed = False
        self._has_session = False
        self._failed_connects = 0
        self._away: str | None = None
        self._connected_at = 0.0
        self._looked_at = 0.0
        self._unsettled = 0
        self._store_error: str | None = None
        self._client = mqtt_client(address, client_id, clean_session=False)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        # With a writer registered, paho queues packets until loop_write: else each PUBACK is a call of it.
        self._client.on_socket_register_write = lambda *_: None
        self._client.connect_async(address.host, address.port, KEEPALIVE_S)
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        """Connect in the background, now and again after every loss."""
        counters.connected.set_function(lambda: self._subscribed)
        counters.store_available.set_function(lambda: self._store_error is None)
        counters.waiting_messages.set_function(
            lambda: len(self._committing.messages) + len(self._batch.messages)
        )
        counters.lag_seconds.set_function(self._lag_s)
        self._thread.start()

    def stop(self) -> None:
        """Commit and acknowledge what has come, then disconnect; the broker keeps the rest."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def trouble(self) -> str | None:
        """Why messages do not come in now, or None when they do."""
        if not self._thread.is_alive():
            return "ingest is not running: see the log"
        if self._store_error is not None:
            return self._store_error
        if self._unsettled >= THROWN_OUT and not self._has_settled:
            return (
                f"the broker {self._address} has ended {self._unsettled} connections within seconds: another "
                f"process uses the client id {self._client_id!r}, or the network is cut again and again"
            )
        if not self._subscribed:
            return f"not subscribed at the broker {self._address}"
        if refused := sorted(self._refused):
            return f"the broker {self._address} does not let ingest read {', '.join(refused)}"
        return None

    def _lag_s(self) -> float:
        for batch in (self._committing, self._batch):
            for message in batch.messages[:1]:
                return max(0.0, time.time() - message.received / 1e6)
        return 0.0

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._client.socket() is None:
                    self._connect()
                else:
                    self._take_turn()
            except Exception:
                # A mistake of ours must not silence every device: on a new connection the broker delivers
                # again whatever was not acknowledged.
                log.exception("ingest failed; connecting anew")
                self._batch, self._committing = _Batch(), _Batch()
                self._hang_up()
        self._hang_up()

    def _take_turn(self) -> None:
        """Receive what there is, commit it, acknowledge it."""
        self._receive(IDLE_S)
        self._follow_registry()
        if not self._batch.messages and not self._batch.beats:
            return
        batch, self._batch = self._batch, _Batch()
        self._committing = batch
        counters.received_messages.inc(len(batch.messages))
        counters.received_bytes.inc(batch.size)
        if self._commit(batch):
            self._acknowledge(batch)
        self._committing = _Batch()

    def _hang_up(self) -> None:
        connection = self._client.socket()
        if connection is None:
            return
        # A connection closed with messages unread in it is reset, and the broker then never sees the last
        # acknowledgements: so a second handle reads on until the broker closes it.
        with socket.socket(fileno=os.dup(connection.fileno())) as rest, suppress(OSError):
            self._client.disconnect()
            self._client.loop_write()
            rest.settimeout(HANG_UP_S)
            while rest.recv(CHUNK):
                pass

    # -- the connection --------------------------------------------------------------------------------

    def _connect(self) -> None:
        if self._failed_connects:
            delay = RECONNECT_S[min(self._failed_connects, len(RECONNECT_S)) - 1]
            if self._stopping.wait(delay):
                return
        # Counted as failed until the broker says otherwise: it may also refuse after the connect.
        self._failed_connects += 1
        try:
            self._client.reconnect()
        except OSError as error:
            self._note_away("the broker cannot be reached", str(error))

    def _note_away(self, event: str, reason: str) -> None:
        """One line for each way of being away, not one for each attempt."""
        if self._away != event:
            self._away = event
            log.warning(event, broker=str(self._address), reason=reason)

    @property
    def _has_settled(self) -> bool:
        return self._subscribed and time.monotonic() - self._connected_at > SETTLED_S

    def _receive(self, within_s: float) -> None:
        """Wait for messages, then read what is there, up to a batch; write what waits to be written."""
        client, batch = self._client, self._batch
        if client.want_write():
            client.loop_write()
        connection = client.socket()
        if connection is None:
            return
        # Over TLS, bytes that are read but not yet taken do not show in select.
        buffered = isinstance(connection, ssl.SSLSocket) and connection.pending()
        select.select(
            [connection], [connection] if client.want_write() else [], [], 0 if buffered else within_s
        )
        messages, beats = batch.messages, batch.beats
        while not batch.is_full:
            before = len(messages) + len(beats)
            # It reads one packet, or as much of it as there is.
            client.loop_read()
            if len(messages) + len(beats) == before:
                break
        client.loop_misc()

    def _on_connect(
        self, client: Client, _: object, flags: ConnectFlags, code: ReasonCode, __: Properties | None
    ) -> None:
        if code.is_failure:
            self._note_away("the broker refused the connection", str(code))
            return
        self._failed_connects = 0
        self._away = None
        self._connected_at = time.monotonic()
        log.info("connected to the broker", broker=str(self._address), session=flags.session_present)
        if self._has_session and not flags.session_present:
            counters.sessions_lost.inc()
            log.error(
                "the broker has lost our session, and with it what it queued", broker=str(self._address)
            )
        self._filters = self._intake.filters
        self._asked.clear()
        self._refused.clear()
        if self._share:
            # A session that has subscribed alone before would go on receiving everything beside its share.
            client.unsubscribe(list(self._filters))
        self._subscribe(self._filters)

    def _subscribe(self, filters: Sequence[str]) -> None:
        _, number = self._client.subscribe([(self._named(each), 1) for each in filters])
        if number is not None:
            self._asked[number] = tuple(filters)

    def _named(self, topic_filter: str) -> str:
        return f"$share/{self._share}/{topic_filter}" if self._share else topic_filter

    def _follow_registry(self) -> None:
        """Subscribe to what newly registered devices publish, and no longer to what nobody does."""
        if not self._subscribed or time.monotonic() - self._looked_at < LOOK_S:
            return
        self._looked_at = time.monotonic()
        try:
            self._intake.refresh()
        except StoreUnavailable:
            return  # The registry cannot be asked now; the next commit says so.
        wanted = self._intake.filters
        if wanted == self._filters:
            return
        if gone := [each for each in self._filters if each not in wanted]:
            self._client.unsubscribe([self._named(each) for each in gone])
            self._refused.difference_update(gone)
        if new := [each for each in wanted if each not in self._filters]:
            self._subscribe(new)
        log.info("the devices' topics have changed", new=len(new), gone=len(gone))
        self._filters = wanted

    def _on_subscribe(
        self, _: Client, __: object, number: int, codes: list[ReasonCode], ____: Properties | None
    ) -> None:
        for topic_filter, code in zip(self._asked.pop(number, ()), codes, strict=False):
            self._refused.discard(topic_filter)
            if code.is_failure:
                self._refused.add(topic_filter)
                log.error("the broker refused a subscription", shared=bool(self._share), reason=str(code))
        self._subscribed = f"{ROOT}/#" not in self._refused
        if self._subscribed:
            # Not the filter: whoever knows a share's name can take messages from it.
            log.info("subscribed", shared=bool(self._share))
            self._has_session = True

    def _on_disconnect(
        self, _: Client, __: object, ___: DisconnectFlags, code: ReasonCode, ____: Properties | None
    ) -> None:
        if self._subscribed:
            self._unsettled = 0 if self._has_settled else self._unsettled + 1
        self._subscribed = False
        self._failed_connects = max(self._failed_connects, 1)
        # Message ids belong to a connection: what waits from this one is committed, but the broker delivers
        # it again and the acknowledgement belongs to that delivery.
        self._connection += 1
        if not self._stopping.is_set():
            if self._away is None:
                self._note_away("lost the broker; reconnecting", str(code))
            if self._unsettled == THROWN_OUT:
                log.error("the broker ends every connection", reason=self.trouble())

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        batch, topic = self._batch, _topic(message)
        # paho's message is let go at once: thousands of them, a dozen objects each, would keep the
        # garbage collector busy.
        payload = bytes(message.payload)
        beat = None
        if self._heartbeats is not None and topic == self._heartbeats.topic:
            beat = Heartbeats.read(payload, message.retain)
        if beat is not None:
            batch.beats.append(beat)
        else:
            batch.messages.append(
                Received(topic, payload, message.qos, message.retain, time.time_ns() // 1000)
            )
            batch.size += len(payload)
        if message.qos:
            batch.ids.append((self._connection, message.mid, beat is None))

    # -- the commit ------------------------------------------------------------------------------------

    def _commit(self, batch: "_Batch") -> bool:
        """Commit, however long the store is down; False when stopping before it could be written."""
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                if self._heartbeats is not None:
                    self._heartbeats.commit(batch.beats)
                if batch.messages:
                    self._intake.commit(batch.messages)
            except StoreUnavailable as error:
                if self._store_error is None:
                    log.error("the store is not available; nothing is acknowledged", reason=str(error))
                self._store_error = str(error)
                delay = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                attempt += 1
                self._stay_connected(delay)
                if self._stopping.is_set():
                    return False
            else:
                if self._store_error is not None:
                    log.info("the store is available again")
                self._store_error = None
                if batch.messages:
                    counters.batch_messages.observe(len(batch.messages))
                    counters.commit_seconds.observe(time.monotonic() - began)
                return True

    def _stay_connected(self, for_s: float) -> None:
        """Answer the broker's pings meanwhile; what else it sends gathers for the next batch."""
        until = time.monotonic() + for_s
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            if self._client.socket() is None or self._batch.is_full:
                self._stopping.wait(left)
            else:
                self._receive(min(left, IDLE_S))

    def _acknowledge(self, batch: "_Batch") -> None:
        acknowledged = 0
        for connection, number, is_message in batch.ids:
            if connection == self._connection:
                self._client.ack(number, qos=1)
                acknowledged += is_message
        self._client.loop_write()
        counters.acked_messages.inc(acknowledged)


@dataclass(slots=True)
class _Batch:
    """What has come since the last commit: messages, their payloads' bytes in all, beats, and for what wants
    an acknowledgement the number of the connection, the message's id on it, and whether it is a message."""

    messages: list[Received] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    ids: list[tuple[int, int, bool]] = field(default_factory=list)
    size: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.messages) >= MAX_BATCH or self.size >= MAX_BATCH_BYTES


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        # Kept as a topic that names itself wrong: it becomes a dead letter.
        return bytes(message._topic).decode(errors="replace")
