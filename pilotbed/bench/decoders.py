"""What each foreign format costs in the process: one message decoded and its readings admitted."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ingest.decoders import native
from ingest.decoders.formats import FORMATS, NATIVE
from ingest.decoders.models.model import Model
from ingest.decoders.models.shelf import built_in
from pilotbed.bench.figures import Figure
from pilotbed.bench.traffic import frigate_events, owntracks_locations, single_readings
from pilots.civil_time import now
from store import STREAMS

Work = Callable[[], Sequence[native.Row]]


class Example(NamedTuple):
    """A message as it comes in every day; `model` of its device, where the format has none of its own."""

    topic: str
    payload: bytes
    model: str | None = None


_json = msgspec.json.encode

_OURS = single_readings(1, 1)[0][1]

_TRACCAR = _json(
    {
        "position": {
            "id": 50_217,
            "attributes": {"batteryLevel": 64.0, "sat": 9, "distance": 12.4, "motion": True},
            "deviceId": 8,
            "protocol": "gl200",
            "serverTime": "2025-01-13T12:00:04.310+00:00",
            "deviceTime": "2025-01-13T12:00:02.000+00:00",
            "fixTime": "2025-01-13T12:00:00.000+00:00",
            "valid": True,
            "latitude": 59.31744,
            "longitude": 18.06021,
            "altitude": 24.0,
            "speed": 2.1,
            "course": 143.0,
            "address": None,
            "accuracy": 7.0,
            "network": None,
            "geofenceIds": [3],
        },
        "device": {"id": 8, "name": "Pendant 8", "uniqueId": "350000000000008", "status": "online"},
    }
)

_CHIRPSTACK = _json(
    {
        "deduplicationId": "7d0c1b5e-3a41-4a0e-9a55-0d1f6c2be801",
        "time": "2025-01-13T12:00:01.204518377+00:00",
        "deviceInfo": {
            "tenantId": "0b6ad3a2-6a1c-4c0e-8f2b-0d52c9b6a901",
            "tenantName": "Municipality",
            "applicationId": "5e2f7a34-58f1-4d8c-9d0f-6f3a5f1b7c02",
            "applicationName": "Night supervision",
            "deviceProfileId": "c1d8e0b7-2f43-4a55-8a6d-1b9f3e7d6a03",
            "deviceProfileName": "Radar",
            "deviceName": "Room 12",
            "devEui": "24e1247070000012",
            "tags": {},
        },
        "devAddr": "01a2b3c4",
        "adr": True,
        "dr": 5,
        "fCnt": 1_204,
        "fPort": 85,
        "data": "AXYBAAAC",
        "object": {
            "timestamp": 1_736_769_600,
            "detection_status": "in_bed",
            "region_1_type": "bed",
            "region_1_occupancy": "occupied",
            "region_2_type": "door",
            "region_2_occupancy": "vacant",
            "events": [{"alarm_type": "fall", "alarm_id": 31, "alarm_status": "alarm_triggered"}],
        },
        "rxInfo": [
            {"gatewayId": f"0016c001ff10a0{gateway:02}", "rssi": -71 - gateway, "snr": 8.5, "context": "AAEC"}
            for gateway in range(2)
        ],
        "txInfo": {
            "frequency": 868_100_000,
            "modulation": {"lora": {"bandwidth": 125_000, "spreadingFactor": 7, "codeRate": "CR_4_5"}},
        },
    }
)

_TTS = _json(
    {
        "end_device_ids": {
            "device_id": "tracker-12",
            "application_ids": {"application_id": "night"},
            "dev_eui": "24E1247070000013",
            "dev_addr": "01A2B3C5",
        },
        "correlation_ids": ["gs:uplink:01JHFA0Y3A0000000000000001"],
        "received_at": "2025-01-13T12:00:01.611420713Z",
        "uplink_message": {
            "session_key_id": "AZRf0b7Qm1s0000000000A==",
            "f_port": 85,
            "f_cnt": 812,
            "frm_payload": "A2cAAAR1ZA==",
            "decoded_payload": {"latitude": 59.32871, "longitude": 18.07164, "battery": 87},
            "rx_metadata": [
                {
                    "gateway_ids": {"gateway_id": f"roof-{gateway}"},
                    "time": "2025-01-13T12:00:01.380Z",
                    "rssi": -84 - gateway,
                    "snr": 7.25,
                }
                for gateway in range(2)
            ],
            "settings": {"data_rate": {"lora": {"bandwidth": 125_000, "spreading_factor": 7}}},
            "received_at": "2025-01-13T12:00:01.402118905Z",
        },
    }
)

_TASMOTA = _json(
    {"Time": "2025-01-13T13:00:00", "HX711": {"Weight": 71.6, "WeightRaw": 716, "AbsRaw": 902_114}}
)

_SENML = _json(
    [
        {"bn": "bed-06/", "bt": 1_736_769_600, "n": "weight", "u": "kg", "v": 71.6},
        {"n": "movement", "u": "/", "v": 0.12},
        {"n": "battery", "u": "%EL", "v": 87},
    ]
)

_SCAIP = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<mrq><ref>5c01d2e3f4a5b6c7</ref><ver>01.00</ver><mty>ME</mty>'
    b"<cid>4670000012</cid><dty>0003</dty><did>PENDANT12</did><crd>sip:</crd><stc>0010</stc><pri>1</pri>"
    b"<lco>012</lco><lte>Flat 12</lte></mrq>"
)

_ANNOUNCEMENT = _json(
    {
        "name": "Weight",
        "unique_id": "bed_04_weight",
        "state_topic": "bed-04/sensor/bed_weight/state",
        "availability_topic": "bed-04/status",
        "device_class": "weight",
        "state_class": "measurement",
        "unit_of_measurement": "kg",
        "device": {"identifiers": "02005e100004", "name": "bed-04", "manufacturer": "Espressif"},
    }
)

EXAMPLES: Mapping[str, Example] = {
    "owntracks": Example(*owntracks_locations(1, 1)[0]),
    "traccar": Example("positions", _TRACCAR),
    "chirpstack": Example(
        "application/5e2f/device/24e1247070000012/event/up", _CHIRPSTACK, "milesight-vs373"
    ),
    "tts": Example("v3/night@pilot/devices/tracker-12/up", _TTS, "milesight-at101"),
    "frigate": Example(*frigate_events(1, 1)[0]),
    "emfit": Example("emfit/131/status", b'{"DeviceIndex":131,"description":"present","from":1736769600000}'),
    "esphome": Example("bed-04/sensor/bed_weight/state", b"71.6"),
    "tasmota": Example("tele/bed-03/SENSOR", _TASMOTA),
    "mqtt-bed": Example("home/bedroom/bed", b"71.6"),
    "zigbee2mqtt": Example(
        "zigbee2mqtt/bed-05", b'{"action":"vibration","battery":87,"linkquality":96,"strength":12}'
    ),
    "senml": Example("senml/bed-06", _SENML),
    "scaip": Example("scaip/gateway", _SCAIP),
    "homeassistant": Example("homeassistant/sensor/bed_04/weight/config", _ANNOUNCEMENT),
}
"""By the name of the format; Home Assistant's proposes a device and holds no reading."""


def measure(repeats: int, messages: int) -> list[Figure]:
    """The least µs a message of `repeats` runs of so many `messages`, our own format's before the others.

    All formats take turns, so that whatever else the machine does meets all of them alike.
    """
    received = now()
    works = {NATIVE: _native(received)} | {name: admitting(name, received) for name in EXAMPLES}
    least = dict.fromkeys(works, float("inf"))
    for _ in range(repeats):
        for name, work in works.items():
            least[name] = min(least[name], _seconds(work, messages) / messages * 1e6)
    return [
        Figure(f"decode_{name.replace('-', '_')}_us", _title(name), taken, "µs")
        for name, taken in least.items()
    ]


def _title(name: str) -> str:
    if name == NATIVE:
        return f"a message decoded and admitted in the process: a reading of ours ({len(_OURS)} bytes)"
    return f"  {FORMATS[name].title.partition(',')[0]} ({len(EXAMPLES[name].payload)} bytes)"


def _native(received: int) -> Work:
    return lambda: native.decode(STREAMS["bed"], _OURS, received).rows


def admitting(name: str, received: int) -> Work:
    """Decodes the example of a format, received at that time (µs UTC), and admits what it tells."""
    (topic, payload, model), family = EXAMPLES[name], FORMATS[name]

    def model_of(_: str) -> Model:
        return built_in()[model or family.model or ""]

    def work() -> list[native.Row]:
        told = family.decode(topic, payload, model_of)
        return [
            native.admit(STREAMS[each.stream], each.values, each.time, received - each.age)
            for each in told.readings
        ]

    return work


def _seconds(work: Work, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - began
