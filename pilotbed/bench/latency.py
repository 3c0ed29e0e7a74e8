"""How long a reading takes from the broker's acknowledgement to an answer of the API."""

import json
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from pilotbed.bench.figures import CannotRun
from pilotbed.bench.traffic import PILOT, device, topic
from pilotbed.service_client import ServiceClient
from pilots.civil_time import now, to_rfc3339
from simulators.timing import HOUR, SECOND

GIVE_UP_S = 30.0
_BETWEEN_S = 0.05
_POLL_S = 0.005


def ack_to_answer_s(service: ServiceClient, broker: BrokerAddress, readings: int) -> list[float]:
    """Seconds from PUBACK to the answer that holds the reading, for single readings one after the other."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(broker.host, broker.port)
    client.loop_start()
    # Each a time of its own: a repeated one would be in the answer already.
    yesterday = now() // SECOND * SECOND - 24 * HOUR
    waited = [_one(client, service, yesterday + k * SECOND) for k in range(readings)]
    client.disconnect()
    client.loop_stop()
    return waited


def _one(client: Client, service: ServiceClient, sent: int) -> float:
    time.sleep(_BETWEEN_S)
    body = json.dumps({"time": sent / SECOND, "weight_kg": 71.5})
    client.publish(topic(0), body, qos=1).wait_for_publish(GIVE_UP_S)
    acknowledged = time.monotonic()
    while time.monotonic() - acknowledged < GIVE_UP_S:
        found = service.get(
            f"/api/v1/pilots/{PILOT}/readings/bed",
            device=device(0),
            start=to_rfc3339(sent),
            end=to_rfc3339(sent + 1),
        ).json()
        if found["columns"]["time"]:
            return time.monotonic() - acknowledged
        time.sleep(_POLL_S)
    raise CannotRun(f"a reading was not in the API's answer {GIVE_UP_S:.0f} s after its PUBACK")
