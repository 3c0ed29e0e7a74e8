"""How long a reading takes from the broker's acknowledgement to an answer of the API."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from pilotbed.bench.figures import CannotRun
from pilotbed.bench.mosquitto import mosquitto
from pilotbed.bench.traffic import PILOT, device, prepare, topic
from pilotbed.demonstration import own_service
from pilotbed.installation import ServiceClient
from pilotbed.settings import settings
from pilots.civil_time import now, to_rfc3339
from simulators.timing import HOUR, SECOND

GIVE_UP_S = 30.0
_BETWEEN_S = 0.05
_POLL_S = 0.005


def ack_to_answer_s(readings: int) -> list[float]:
    """Seconds from PUBACK to the answer that holds the reading, for single readings one after the other."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        chosen = settings(data=Path(folder) / "data", registry="", store="", analyse_every_s=0)
        prepare(chosen.data)
        with (
            mosquitto(Path(folder) / "broker") as broker,
            own_service(chosen.model_copy(update={"mqtt": str(broker)})) as service,
        ):
            client = Client(CallbackAPIVersion.VERSION2)
            client.connect(broker.host, broker.port)
            client.loop_start()
            # Each a time of its own: a repeated one would be in the answer already.
            yesterday = now() // SECOND * SECOND - 24 * HOUR
            waited = [_one(client, service, yesterday + k * SECOND) for k in range(readings)]
            client.disconnect()
            client.loop_stop()
            service.close()
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
