"""How ingest introduces itself to a broker."""

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.address import BrokerAddress


def mqtt_client(address: BrokerAddress, client_id: str, *, clean_session: bool) -> Client:
    """A client, not yet connected, that acknowledges only what it is told to.

    MQTT 3.1.1: for every MQTT 5 message paho rebuilds property tables, at a third of the rate.
    """
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set_context(address.tls_context())
    return client
