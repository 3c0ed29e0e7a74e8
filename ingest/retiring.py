"""A worker that leaves for good: it takes what the broker keeps for it, then ends its session.

Without this the broker goes on queueing for a client id that never comes back; Mosquitto gives an absent
member its turns of a shared subscription, too.
"""

import time
from collections.abc import Callable

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.address import BrokerAddress
from ingest.intake import Intake
from ingest.received import Received
from ingest.session import mqtt_client

ANSWER_S = 30.0
"""How long the broker may take to answer before we give up; it then keeps everything."""


class NotRetired(Exception):
    """The session stands as before, with everything that was not taken."""


def retire(address: BrokerAddress, intake: Intake, *, client_id: str, share: str | None) -> int:
    """Subscribe to nothing more, commit and acknowledge all that waits, and let the broker forget the id.

    Returns how many messages waited. Raises `NotRetired` when the broker cannot be reached, refuses or is
    lost, and `StoreUnavailable`; it may then be called again.
    """
    leaving = _Session(address, client_id, clean=False)
    filters = [*intake.filters, *(f"$share/{share}/{each}" for each in intake.filters if share)]
    taken = 0
    while True:
        # A broker answers in order: what waits comes before the answer. An answer without anything before
        # it, after everything was acknowledged, says that nothing waits any more.
        waiting = leaving.unsubscribe(filters)
        if not waiting:
            break
        intake.commit([received for received, _ in waiting])
        leaving.acknowledge([number for received, number in waiting if received.qos])
        taken += len(waiting)
    leaving.close()
    _Session(address, client_id, clean=True).close()
    return taken


class _Session:
    """A connection of the client id; messages wait for our acknowledgement."""

    def __init__(self, address: BrokerAddress, client_id: str, *, clean: bool) -> None:
        self._address = address
        self._came: list[tuple[Received, int]] = []
        self._answered: set[int] = set()
        self._code: ReasonCode | None = None
        self._client = mqtt_client(address, client_id, clean_session=clean)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_unsubscribe = lambda _, __, number, *___: self._answered.add(number)
        try:
            self._client.connect(address.host, address.port)
        except OSError as error:
            raise NotRetired(f"the broker {address} cannot be reached: {error}") from error
        self._turn_until(lambda: self._code is not None)
        if self._code is not None and self._code.is_failure:
            raise NotRetired(f"the broker {address} refused the connection: {self._code}")

    def unsubscribe(self, filters: list[str]) -> list[tuple[Received, int]]:
        """What came before the broker's answer, with the message ids to acknowledge."""
        _, number = self._client.unsubscribe(filters)
        self._turn_until(lambda: number in self._answered)
        came, self._came = self._came, []
        return came

    def acknowledge(self, numbers: list[int]) -> None:
        for number in numbers:
            self._client.ack(number, qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_write()

    def _turn_until(self, answered: Callable[[], bool]) -> None:
        deadline = time.monotonic() + ANSWER_S
        while not answered():
            code = self._client.loop(0.2)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or time.monotonic() > deadline:
                raise NotRetired(
                    f"the broker {self._address} was lost before its session was empty; it keeps the rest: "
                    "stop the worker of this client id, then retire it again"
                )

    def _on_connect(
        self, _: Client, __: object, ___: ConnectFlags, code: ReasonCode, ____: Properties | None
    ) -> None:
        self._code = code

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        received = Received(
            message.topic, bytes(message.payload), message.qos, message.retain, time.time_ns() // 1000
        )
        self._came.append((received, message.mid))
