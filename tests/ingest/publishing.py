"""A device's MQTT client, as plain as a device's: QoS 1, and every PUBACK waited for."""

import json
from collections.abc import Iterable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress


def publish(
    address: BrokerAddress, messages: Iterable[tuple[str, Any]], *, qos: int = 1, retain: bool = False
) -> None:
    """Send (topic, payload) pairs; a payload that is not bytes goes as JSON."""
    client = Client(CallbackAPIVersion.VERSION2)
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set_context(address.tls_context())
    client.max_inflight_messages_set(100)
    client.connect(address.host, address.port)
    client.loop_start()
    try:
        sent = [
            client.publish(
                topic, body if isinstance(body, bytes) else json.dumps(body).encode(), qos=qos, retain=retain
            )
            for topic, body in messages
        ]
        for each in sent:
            each.wait_for_publish(60)
            assert each.is_published(), "the broker did not acknowledge"
    finally:
        client.disconnect()
        client.loop_stop()
