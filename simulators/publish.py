"""Publishing over MQTT as devices do, never far ahead of what ingest has committed."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from simulators.errors import BrokerUnreachable, IngestStalled
from simulators.messages import Message
from simulators.window import MOST_MESSAGES, Window

CONNECT_PATIENCE_S = 10.0
STALL_PATIENCE_S = 60.0
"""A store that folds or a broker that restarts takes seconds; a minute without a commit is a fault."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 0.1
"""Half a window lasts longer: asking more often only takes time from the service that is asked."""


class BrokerAddress(Protocol):
    """Where the broker is and who publishes; with `tls`, `tls_context` says whom to trust."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str | None: ...
    @property
    def password(self) -> str | None: ...
    @property
    def tls(self) -> bool: ...
    def tls_context(self) -> ssl.SSLContext: ...


class Publisher:
    """A context in which messages of one pilot go out at QoS 1.

    `committed` says how many messages ingest has committed since its service started. Raises
    `BrokerUnreachable` when the broker cannot be reached or refuses, `IngestStalled` when nothing is
    committed for `patience_s` while messages wait.
    """

    def __init__(
        self,
        address: BrokerAddress,
        pilot: str,
        committed: Callable[[], int],
        *,
        window: Window | None = None,
        patience_s: float = STALL_PATIENCE_S,
    ) -> None:
        self._address = address
        self._pilot = pilot
        self._committed = committed
        self._window = window or Window(committed())
        self._patience_s = patience_s
        self._sent = 0
        self._acknowledged = 0
        self._answered = threading.Event()
        self._refusal: str | None = None
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311, clean_session=True)
        # Everything in the window may be in flight: paho's own queue behind 20 messages would be slower.
        self._client.max_inflight_messages_set(MOST_MESSAGES)
        self._client.max_queued_messages_set(0)
        if address.user is not None:
            self._client.username_pw_set(address.user, address.password)
        if address.tls:
            self._client.tls_set_context(address.tls_context())
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish

    def __enter__(self) -> "Publisher":
        at = f"{self._address.host}:{self._address.port}"
        try:
            self._client.connect(self._address.host, self._address.port, keepalive=60)
        except OSError as error:
            raise BrokerUnreachable(f"no MQTT broker answers at {at} ({error}): is it running?") from error
        self._client.loop_start()
        answered = self._answered.wait(CONNECT_PATIENCE_S)
        if not answered or self._refusal is not None:
            self._client.loop_stop()
            why = self._refusal or f"no answer within {CONNECT_PATIENCE_S:.0f} s"
            user = self._address.user or "no user"
            raise BrokerUnreachable(f"the broker at {at} did not let {user} in ({why}): check the password")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, messages: Iterable[Message]) -> None:
        """Send messages in their order, waiting wherever the window is full."""
        for message in messages:
            size = len(message.payload)
            if not self._window.has_room(size):
                self._wait(lambda: self._window.half_empty)
            self._client.publish(
                f"pilotbed/{self._pilot}/{message.device}/{message.stream}", message.payload, qos=1
            )
            self._window.published(size)
            self._sent += 1

    def finish(self) -> None:
        """Wait until the broker has acknowledged and ingest has committed everything that was sent."""
        self._wait(lambda: self._window.messages_ahead == 0 and self._acknowledged >= self._sent)

    def _wait(self, enough: Callable[[], bool]) -> None:
        pause, last_progress, acknowledged = FIRST_WAIT_S, time.monotonic(), self._acknowledged
        while True:
            moved = self._window.committed(self._committed())
            if enough():
                return
            if moved or self._acknowledged > acknowledged:
                pause, last_progress, acknowledged = FIRST_WAIT_S, time.monotonic(), self._acknowledged
            elif time.monotonic() - last_progress > self._patience_s:
                raise self._stalled()
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT_S)

    def _stalled(self) -> BrokerUnreachable | IngestStalled:
        waited = f"{self._patience_s:g} s"
        if not self._client.is_connected():
            return BrokerUnreachable(
                f"the connection to {self._address.host}:{self._address.port} was lost and did not come back "
                f"within {waited}; {self._sent - self._acknowledged} messages were not acknowledged"
            )
        return IngestStalled(
            f"ingest has committed nothing for {waited} while {self._window.messages_ahead} messages of "
            f'pilot "{self._pilot}" wait: see its log, and `pilotbed doctor` for store and disk'
        )

    def _on_connect(
        self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        self._answered.set()

    def _on_disconnect(
        self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        # Some brokers close the connection on a wrong password without a word.
        if not self._answered.is_set():
            self._refusal = "it closed the connection"
            self._answered.set()

    def _on_publish(self, client: paho.Client, userdata: Any, mid: int, reason: Any, properties: Any) -> None:
        self._acknowledged += 1
