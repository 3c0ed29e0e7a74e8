"""A client at the broker, as a device or as somebody who would like to be more."""

from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from tests.waiting import wait_for


class Connected:
    """A context in which a client is connected, or was refused: then `refusal` says why.

    `lost` counts the ends of its connection.
    """

    def __init__(
        self, address: BrokerAddress, client_id: str = "", *, persistent: bool = False, reconnect: bool = True
    ) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.refusal: str | None = None
        self.lost = 0
        self.had_session = False
        self._answered = False
        self._subscribed: set[int] = set()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not persistent,
            reconnect_on_failure=reconnect,
        )
        self._client.username_pw_set(address.user, address.password)
        if address.tls:
            self._client.tls_set_context(address.tls_context())
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda _, __, number, *___: self._subscribed.add(number)
        self._client.connect(address.host, address.port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        wait_for(lambda: self._answered or self.lost, "the broker's answer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def is_connected(self) -> bool:
        return self._client.is_connected()

    @property
    def topics(self) -> list[str]:
        return [topic for topic, _ in self.messages]

    def subscribe(self, topic_filter: str) -> None:
        """Subscribe, and wait until the broker has answered."""
        _, number = self._client.subscribe(topic_filter, qos=1)
        wait_for(lambda: number in self._subscribed, "the subscription")

    def publish(self, topic: str, payload: bytes = b"{}") -> None:
        """Publish with QoS 1, and wait until the broker has acknowledged it."""
        self._client.publish(topic, payload, qos=1).wait_for_publish(30)

    def _on_connect(self, _: Client, __: object, flags: Any, code: Any, ___: object) -> None:
        self.had_session = flags.session_present
        if code.is_failure:
            self.refusal = str(code)
            self._client.disconnect()
        self._answered = True

    def _on_disconnect(self, *_: object) -> None:
        self.lost += 1

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        self.messages.append((message.topic, message.payload))
