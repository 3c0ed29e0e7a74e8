"""Home Assistant's discovery: which announced devices could be read here, and that no name is kept."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders import esphome, mqtt_bed, tasmota, zigbee2mqtt
from ingest.decoders.homeassistant import FORMAT, MAX_ENTITIES, proposals
from ingest.decoders.told import Told
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from ingest.refusal import Refused
from pilots.records import Proposal
from pilots.registry import Registry
from store import TimeSeriesStore
from tests.ingest.decoders.home import RECEIVED_US, aside, broken, by_default

KINDS = {each.FORMAT.name: each.FORMAT.kinds for each in (esphome, mqtt_bed, tasmota, zigbee2mqtt)}
WEIGHT = {
    "name": "Gretas säng",
    "device_class": "weight",
    "unit_of_measurement": "kg",
    "state_topic": "bed-04/sensor/bed_weight/state",
    "availability_topic": "bed-04/status",
    "unique_id": "aabbccddeeff-sensor-12345678",
    "device": {"name": "Gretas rum", "identifiers": ["aabbccddeeff"], "suggested_area": "Gretas rum"},
}
ZIGBEE = {
    "name": "vibration",
    "dev_cla": "vibration",
    "~": "zigbee2mqtt/bedframe-05",
    "stat_t": "~",
    "val_tpl": "{{ value_json.vibration }}",
    "dev": {"ids": ["zigbee2mqtt_0x00158d0001d82999"], "mdl": "DJT11LM"},
}
DEVICE = {
    "dev": {"ids": "ea334450945afc", "name": "Gretas säng"},
    "o": {"name": "bedside", "sw": "2.1"},
    "state_topic": "home/bedroom/bed",
    "cmps": {
        "weight": {
            "p": "sensor",
            "dev_cla": "weight",
            "unit_of_meas": "kg",
            "val_tpl": "{{ value_json.weight }}",
        },
        "inbed": {
            "platform": "binary_sensor",
            "device_class": "occupancy",
            "state_topic": "bed-04/binary_sensor/in_bed/state",
        },
        "charge": {"p": "sensor", "dev_cla": "battery", "stat_t": "bed-04/sensor/battery_level/state"},
        "gone": {"p": "sensor"},
    },
}


def proposed(payload: object, component: str = "sensor") -> list[Proposal]:
    return proposals(f"homeassistant/{component}/node/object/config", json.dumps(payload).encode())


def weight_at(topic: str, **changed: object) -> list[Proposal]:
    return proposed(WEIGHT | {"state_topic": topic} | changed)


@pytest.mark.parametrize(
    ("topic", "adapter", "address"),
    [
        ("bed-04/sensor/bed_weight/state", "esphome", "bed-04"),
        ("hus/rum 3/sensor/weight/state", "esphome", "hus/rum 3"),
        ("tele/bed-03/SENSOR", "tasmota", "bed-03"),
        ("zigbee2mqtt/bedframe-05", "zigbee2mqtt", "bedframe-05"),
        ("zigbee2mqtt/hus/rum 3", "zigbee2mqtt", "hus/rum 3"),
        ("home/bedroom/bed", "mqtt-bed", "home/bedroom/bed"),
        ("homeassistant/sensor/bed/state", "mqtt-bed", "homeassistant/sensor/bed/state"),
    ],
)
def test_the_topic_of_its_values_says_which_adapter_reads_a_device_at_which_address(
    topic: str, adapter: str, address: str
) -> None:
    (proposal,) = weight_at(topic)
    assert proposal == Proposal(adapter, address, ("bed",))
    assert proposal.kind == "bed"
    assert proposal.kind in KINDS[adapter]


@pytest.mark.parametrize("measured", ["occupancy", "presence", "motion", "vibration"])
def test_presence_and_movement_are_of_a_bed(measured: str) -> None:
    announced = ZIGBEE | {"dev_cla": measured}
    assert proposed(announced, "binary_sensor") == [Proposal("zigbee2mqtt", "bedframe-05", ("bed",))]


def test_a_battery_alone_says_nothing_of_the_kind_of_device() -> None:
    (proposal,) = weight_at("zigbee2mqtt/remote", device_class="battery", unit_of_measurement="%")
    assert proposal == Proposal("zigbee2mqtt", "remote", ("status",))
    assert proposal.kind is None
    assert weight_at("home/remote/battery", device_class="battery") == []


def test_a_tracker_is_proposed_where_it_is_one_of_owntracks() -> None:
    announced = {"name": "Gretas telefon", "json_attr_t": "owntracks/brukare-7/larm", "src_type": "gps"}
    assert proposed(announced, "device_tracker") == [Proposal("owntracks", "brukare-7/larm", ("gps",))]
    assert proposed({"state_topic": "home/tracker"}, "device_tracker") == []


def test_a_device_is_proposed_with_all_that_its_entities_give() -> None:
    assert proposed(DEVICE, "device") == [
        Proposal("mqtt-bed", "home/bedroom/bed", ("bed",)),
        Proposal("esphome", "bed-04", ("bed", "status")),
    ]


def test_a_topic_may_be_written_with_its_base_before_or_behind() -> None:
    assert weight_at("~/weight", **{"~": "home/bed"}) == [Proposal("mqtt-bed", "home/bed/weight", ("bed",))]
    assert weight_at("home/~", **{"~": "bed"}) == [Proposal("mqtt-bed", "home/bed", ("bed",))]


@pytest.mark.parametrize("unit", ["kg", None])
def test_a_weight_is_proposed_in_the_unit_that_it_will_be_read_in(unit: str | None) -> None:
    assert weight_at("home/bed", unit_of_measurement=unit) != []
    assert weight_at("home/bed", unit_of_measurement="kg", device_class=None) != []


@pytest.mark.parametrize("unit", ["g", "lb", "st", "µg"])
def test_a_weight_in_another_unit_is_not_proposed_for_it_would_be_read_as_kilograms(unit: str) -> None:
    assert weight_at("home/bed", unit_of_measurement=unit) == []


@pytest.mark.parametrize(
    "announced",
    [
        {},
        {"device_class": "temperature", "state_topic": "home/bed", "unit_of_measurement": "°C"},
        {"device_class": "weight"},
        {"state_topic": "home/bed"},
        {"device_class": "occupancy", "state_topic": "home/bed"},
    ],
)
def test_what_has_no_column_or_no_topic_is_not_proposed(announced: dict[str, object]) -> None:
    assert proposed(announced) == []


@pytest.mark.parametrize("component", ["light", "climate", "camera", "switch", "text"])
def test_other_components_are_not_even_read(component: str) -> None:
    assert proposals(f"homeassistant/{component}/x/config", b"{ no JSON") == []


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "#",
        "home/+/bed",
        "home/bed\n",
        "home/\x1b[2Jbed",
        "home/\u202ebed",
        "$SYS/broker/load",
        "/bed",
        "pilotbed/natt/bed-1/bed",
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt",
        "x" * 257,
    ],
)
def test_a_topic_that_would_do_harm_as_an_address_is_not_proposed(topic: str) -> None:
    assert weight_at(topic) == []


def test_an_empty_message_takes_the_announcement_back() -> None:
    assert proposals("homeassistant/sensor/bed/config", b"") == []


def test_a_device_is_proposed_by_so_many_of_its_entities_at_most() -> None:
    entities = {
        str(number): {"p": "sensor", "dev_cla": "weight", "stat_t": f"home/bed-{number}"}
        for number in range(500)
    }
    assert len(proposed({"cmps": entities}, "device")) == MAX_ENTITIES


def test_no_name_is_among_what_is_proposed() -> None:
    told = [*proposed(WEIGHT), *proposed(ZIGBEE, "binary_sensor"), *proposed(DEVICE, "device")]
    assert "Greta" not in repr(told)


def test_an_announcement_is_no_reading() -> None:
    payload = json.dumps(WEIGHT).encode()
    answer = FORMAT.decode("homeassistant/sensor/bed/config", payload, by_default(FORMAT))
    assert answer == Told(set_aside=tuple(aside(None)))
    assert FORMAT.kinds == ()


def test_an_announcement_that_the_broker_has_kept_waits_for_somebody_and_makes_no_device(
    registry: Registry, store: TimeSeriesStore
) -> None:
    intake = Intake(store, Directory(registry))
    before = registry.devices()

    def announce(payload: bytes) -> list[Proposal]:
        topic = "homeassistant/binary_sensor/0x00158d0001d82999/vibration/config"
        intake.commit([Received(topic, payload, 1, True, RECEIVED_US)])
        return registry.proposals()

    assert announce(json.dumps(ZIGBEE).encode()) == [Proposal("zigbee2mqtt", "bedframe-05", ("bed",))]
    assert announce(b"") == []
    assert registry.devices() == before
    assert list(store.dead_letters()) == []


@pytest.mark.parametrize(
    ("announced", "code"),
    [
        (b"Greta", "not_json"),
        (b"[]", "wrong_type"),
        (b'{"state_topic": ["Greta"]}', "wrong_type"),
        (b'{"cmps": {"Greta": 1}}', "wrong_type"),
        (b'{"x": ' + b"[" * 100_000, "not_json"),
        (b" " * 300_000, "too_large"),
    ],
)
def test_what_is_wrong_is_refused_without_its_words(announced: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        proposals("homeassistant/sensor/bed/config", announced)
    assert refused.value.code == code
    assert "Greta" not in str(refused.value)


@given(
    st.sampled_from(["sensor", "binary_sensor", "device_tracker", "device"]), broken(WEIGHT, ZIGBEE, DEVICE)
)
def test_nothing_but_a_refusal_comes_of_any_payload(component: str, payload: bytes) -> None:
    try:
        found: list[Any] = proposals(f"homeassistant/{component}/x/config", payload)
    except Refused:
        return
    assert all(each.address.isprintable() for each in found)


@given(st.text(max_size=20))
def test_nothing_comes_of_any_topic(topic: str) -> None:
    proposals(topic, b"{}")
