"""Messages that say more than anybody here may know, at least one of every foreign format; all made up."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Identifying:
    """A message, an object or a text, of a device as it is registered.

    `names` are fields whose word may stay: what the device, the event or the place is called.
    """

    adapter: str
    address: str
    kind: str
    topic: str
    message: Any
    names: frozenset[str] = frozenset()
    model: str | None = None


IMAGE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDA=" * 3
)

_TRACKED = {
    "id": "1771200000.25-ab12cd",
    "camera": "rum_3",
    "frame_time": 1771200012.5,
    "snapshot": {"frame_time": 1771200012.5, "box": [1, 2, 3, 4], "score": 0.8, "attributes": ["face"]},
    "label": "person",
    "sub_label": ["Anna Andersson", 0.79],
    "top_score": 0.96,
    "false_positive": False,
    "start_time": 1771200000.25,
    "end_time": None,
    "score": 0.87,
    "current_zones": ["door"],
    "entered_zones": ["bed", "door"],
    "thumbnail": IMAGE,
    "motionless_count": 0,
    "attributes": {"face": 0.64},
    "current_attributes": [{"label": "face", "box": [1, 2, 3, 4], "score": 0.86}],
    "recognized_license_plate": "ABC123",
    "description": "An old woman gets out of bed.",
    "path_data": [[[0.5, 0.5], 1771200000.25]],
}
_REVIEW = {
    "id": "1771200000.25-xy98zw",
    "camera": "rum_3",
    "start_time": 1771200000.25,
    "end_time": 1771200060.5,
    "severity": "alert",
    "thumb_path": "/media/frigate/clips/review/thumb-rum_3.webp",
    "data": {
        "detections": ["1771200000.25-ab12cd"],
        "objects": ["person-verified"],
        "sub_labels": ["Anna"],
        "zones": ["bed"],
        "audio": ["speech"],
        "metadata": {"title": "Anna gets up", "scene": "Anna sits on her bed."},
    },
}
_CAMERA = ("frigate", "rum_3", "camera")
_CALLED = frozenset({"camera", "current_zones", "zones"})

_PHONE = ("owntracks", "anna/phone", "gps")
_TRACCAR = ("traccar", "864893031234567", "gps")
_TRACKER = {
    "id": 3,
    "name": "Annas larm",
    "uniqueId": "864893031234567",
    "phone": "+46701234567",
    "contact": "Bo Andersson",
    "attributes": {"notes": "Dottern Eva har nyckel"},
}

IDENTIFYING = (
    Identifying(
        *_CAMERA, "frigate/events", {"type": "update", "before": _TRACKED, "after": _TRACKED}, _CALLED
    ),
    Identifying(*_CAMERA, "frigate/reviews", {"type": "end", "before": _REVIEW, "after": _REVIEW}, _CALLED),
    Identifying(*_CAMERA, "frigate/available", "offline"),
    Identifying(
        *_PHONE,
        "owntracks/anna/phone",
        {
            "_type": "location",
            "lat": 59.33,
            "lon": 18.05,
            "tst": 1771200000,
            "batt": 46,
            "acc": 15,
            "SSID": "Familjen Andersson",
            "BSSID": "c0:ff:ee:00:11:22",
            "tid": "AA",
            "inregions": ["Hemma hos Anna"],
            "poi": "Kyrkogården",
            "tag": "besök",
            "image": IMAGE,
            "imagename": "anna.jpg",
            "topic": "owntracks/anna/phone",
            "t": "u",
        },
    ),
    Identifying(
        *_PHONE,
        "owntracks/anna/phone/event",
        {"_type": "transition", "event": "leave", "desc": "home", "tst": 1771200100, "tid": "AA", "t": "c"},
        frozenset({"desc"}),
    ),
    Identifying(
        *_PHONE,
        "owntracks/anna/phone",
        {"_type": "card", "name": "Anna Andersson", "face": IMAGE, "tid": "AA"},
    ),
    Identifying(
        *_PHONE,
        "owntracks/anna/phone/waypoint",
        {
            "_type": "waypoint",
            "desc": "Hemma hos Anna",
            "lat": 59.3,
            "lon": 18.1,
            "rad": 50,
            "tst": 1771200000,
        },
    ),
    Identifying(
        *_TRACCAR,
        "positions",
        {
            "position": {
                "id": 9912,
                "attributes": {
                    "batteryLevel": 41.0,
                    "driverUniqueId": "Anna",
                    "image": IMAGE,
                    "result": "Anna ringde",
                    "alarm": "sos",
                },
                "deviceId": 3,
                "protocol": "minifinder2",
                "serverTime": "2026-02-16T00:00:51.120+00:00",
                "deviceTime": "2026-02-16T00:00:45.000+00:00",
                "fixTime": "2026-02-16T00:00:30.000+00:00",
                "valid": True,
                "latitude": 59.33611,
                "longitude": 18.07278,
                "speed": 1.9,
                "accuracy": 9.0,
                "address": "Storgatan 1, Exempelby",
                "network": {"wifiAccessPoints": [{"macAddress": "c0:ff:ee:00:11:22", "signalStrength": -50}]},
            },
            "device": _TRACKER,
        },
        frozenset({"uniqueId"}),
    ),
    Identifying(
        *_TRACCAR,
        "events",
        {
            "event": {
                "id": 771,
                "attributes": {"alarm": "sos", "message": "Anna har ramlat"},
                "deviceId": 3,
                "type": "alarm",
                "eventTime": "2026-02-16T00:00:45.000+00:00",
                "positionId": 9912,
                "geofenceId": 4,
            },
            "geofence": {"name": "Hemma hos Anna", "description": "Storgatan 1"},
            "device": _TRACKER,
        },
        frozenset({"uniqueId"}),
    ),
    Identifying(
        "chirpstack",
        "0101010101010101",
        "gps",
        "application/17c82e96/device/0101010101010101/event/up",
        {
            "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
            "time": "2026-02-16T00:00:15.775023242+00:00",
            "deviceInfo": {
                "tenantName": "Exempelby",
                "applicationName": "Trygghetslarm",
                "deviceName": "Annas larm",
                "devEui": "0101010101010101",
                "tags": {"resident": "Anna Andersson", "room": "17"},
            },
            "object": {
                "latitude": 59.3,
                "longitude": 18.1,
                "battery": 87,
                "note": "Anna",
                "wifi": [{"mac": "c0:ff:ee:00:11:22", "ssid": "Familjen Andersson"}],
            },
            "rxInfo": [{"gatewayId": "0016c001f153a14c", "metadata": {"region_name": "Annas tak"}}],
        },
        frozenset({"devEui"}),
        model="milesight-at101",
    ),
    Identifying(
        "chirpstack",
        "0101010101010101",
        "gps",
        "application/17c82e96/device/0101010101010101/event/log",
        {
            "time": "2026-02-16T00:00:15.775023242+00:00",
            "deviceInfo": {"deviceName": "Annas larm", "devEui": "0101010101010101"},
            "level": "ERROR",
            "code": "UPLINK_CODEC",
            "description": "Anna",
        },
        frozenset({"devEui"}),
        model="milesight-at101",
    ),
    Identifying(
        "tts",
        "dev1",
        "gps",
        "v3/app1@tenant/devices/dev1/up",
        {
            "end_device_ids": {"device_id": "dev1", "application_ids": {"application_id": "app1"}},
            "received_at": "2026-02-16T00:00:15.775023242Z",
            "uplink_message": {
                "f_cnt": 7,
                "received_at": "2026-02-16T00:00:15.5Z",
                "decoded_payload": {"latitude": 59.3, "longitude": 18.1, "battery": 87, "note": "Anna"},
                "rx_metadata": [
                    {
                        "gateway_ids": {"gateway_id": "annas-tak"},
                        "location": {"latitude": 59.3, "longitude": 18.1},
                    }
                ],
                "locations": {"user": {"latitude": 59.3, "source": "SOURCE_REGISTRY"}},
                "version_ids": {"brand_id": "milesight", "model_id": "at101"},
            },
        },
        frozenset({"device_id"}),
        model="milesight-at101",
    ),
    Identifying(
        "emfit",
        "131",
        "bed",
        "emfit/131/status",
        {
            "DeviceIndex": 131,
            "description": "present",
            "from": 1771200000,
            "name": "Annas säng",
            "email": "a@b.se",
        },
    ),
    Identifying("esphome", "bed-04", "bed", "bed-04/sensor/bed_weight/state", "72.4"),
    Identifying("esphome", "bed-04", "bed", "bed-04/status", "offline"),
    Identifying(
        "tasmota",
        "bed-03",
        "bed",
        "tele/bed-03/SENSOR",
        {"Time": "2026-02-16T02:13:45", "HX711": {"Weight": 72.4, "Name": "Anna"}, "Person": "Anna"},
    ),
    Identifying(
        "tasmota",
        "bed-03",
        "bed",
        "tele/bed-03/STATE",
        {
            "Time": "2026-02-16T02:13:45",
            "Wifi": {"SSId": "Familjen Andersson", "BSSId": "C0:FF:EE:00:11:22", "Signal": -60},
        },
    ),
    Identifying("tasmota", "bed-03", "bed", "tele/bed-03/LWT", "Offline"),
    Identifying("mqtt-bed", "home/bedroom/bed", "bed", "home/bedroom/bed", "72.4"),
    Identifying(
        "mqtt-bed",
        "home/bedroom/bed",
        "bed",
        "home/bedroom/bed",
        {"value": 72.4, "state": "on", "who": "Anna Andersson"},
    ),
    Identifying(
        "zigbee2mqtt",
        "bedframe-05",
        "bed",
        "zigbee2mqtt/bedframe-05",
        {
            "battery": 97,
            "action": "vibration",
            "strength": 12,
            "linkquality": 81,
            "last_seen": "2026-02-16T00:00:45+00:00",
            "device": {"friendlyName": "Annas säng", "ieeeAddr": "0x00158d0001234567"},
            "description": "Anna",
        },
    ),
    Identifying(
        "zigbee2mqtt", "bedframe-05", "bed", "zigbee2mqtt/bedframe-05/availability", {"state": "online"}
    ),
    Identifying(
        "homeassistant",
        "",
        "",
        "homeassistant/sensor/bed-04/weight/config",
        {
            "name": "Annas säng",
            "unique_id": "anna-1",
            "device_class": "weight",
            "unit_of_measurement": "kg",
            "state_topic": "bed-04/sensor/bed_weight/state",
            "device": {"name": "Annas säng", "suggested_area": "Annas rum", "identifiers": ["anna"]},
        },
    ),
    Identifying(
        "senml",
        "bed-06",
        "bed",
        "senml/bed-06",
        [
            {"bn": "bed-06/", "bt": 1771200000, "n": "weight", "u": "kg", "v": 71.2},
            {"n": "resident", "vs": "Anna Andersson"},
            {"n": "picture", "vd": IMAGE},
        ],
        frozenset({"bn", "n"}),
    ),
    Identifying(
        "scaip",
        "BED00017",
        "bed",
        "scaip/in",
        "<mrq><ref>a1b2c3</ref><ver>01.00</ver><mty>ME</mty><cid>4670123456</cid><dty>0012</dty>"
        "<did>BED00017</did><dte>Annas säng</dte><crd>sip:anna@example.org</crd><stc>0009</stc>"
        "<stt>Anna är uppe</stt><pri>5</pri><lco>012</lco><lte>Annas sovrum</lte>"
        "<lge><geo>59.3,18.1</geo><tim>2026-02-16T01:13:45+01</tim></lge><ite>Ring dottern Eva</ite></mrq>",
        frozenset({"ref", "did", "cid"}),
    ),
    Identifying(
        "scaip",
        "BED00017",
        "bed",
        "scaip/out",
        "<mrs><ref>a1b2c3</ref><snu>0</snu><ste>Anna mår bra</ste><tnu>tel:+46701234567</tnu></mrs>",
        frozenset({"ref"}),
    ),
)
