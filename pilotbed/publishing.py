"""Messages through the broker, each waited for until the broker has it."""

import ssl
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ingest.address import BrokerAddress
from pilotbed.errors import PilotbedError

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.reasoncodes import ReasonCode

QUIET_S = 10.0
"""A broker that acknowledges nothing for so long has stopped listening."""


def publish(
    address: BrokerAddress,
    messages: Sequence[tuple[str, bytes]],
    acknowledged: Callable[[int], None] = lambda _: None,
) -> None:
    """Publish (topic, payload) with QoS 1 and return when the broker has acknowledged all of them.

    `acknowledged` hears how many so far. Raises `PilotbedError`: the broker cannot be reached or trusted, it
    refuses the connection, or falls silent.
    """
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2)
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set_context(address.tls_context())
    heard = threading.Condition()
    count, refusal, handed_over = 0, "", False

    def on_connect(client: "Client", _: object, __: object, code: "ReasonCode", ___: object) -> None:
        nonlocal refusal, handed_over
        if not code.is_failure:
            # After a break paho itself sends what has not been acknowledged.
            for topic, payload in () if handed_over else messages:
                client.publish(topic, payload, qos=1)
            handed_over = True
            return
        with heard:
            refusal = f"refused the connection: {code}"
            heard.notify()

    def on_publish(*_: object) -> None:
        nonlocal count
        with heard:
            count += 1
            heard.notify()

    client.on_connect, client.on_publish = on_connect, on_publish
    try:
        client.connect(address.host, address.port)
    except ssl.SSLError as error:
        raise PilotbedError(
            f"the broker {address} is not trusted: {error}; "
            "PILOTBED_MQTT_CA names the authority of its certificate"
        ) from error
    except OSError as error:
        raise PilotbedError(f"the broker {address} cannot be reached: {error}") from error
    client.loop_start()
    try:
        with heard:
            while count < len(messages) and not refusal:
                if not heard.wait(QUIET_S):
                    refusal = f"acknowledged {count} of {len(messages)} messages and fell silent"
                acknowledged(count)
    finally:
        client.disconnect()
        client.loop_stop()
    if refusal:
        raise PilotbedError(f"the broker {address} {refusal}")
