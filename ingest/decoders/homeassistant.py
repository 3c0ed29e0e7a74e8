"""Home Assistant's MQTT discovery: devices that announce themselves are proposed, and never registered by it.

An announcement is a retained object on `homeassistant/COMPONENT/[NODE/]OBJECT/config`: of one entity, or with
`device` as component of a whole device with its entities. Fields and abbreviations are as Home Assistant has
them in its documentation. Decoded are those that say what is measured and on which topic: no names.
"""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import read_json
from ingest.decoders.told import Told, nothing
from pilots.records import Proposal

MAX_ENTITIES = 100
"""A device has a dozen; more would only fill the list of proposals."""


class _Entity(msgspec.Struct, gc=False):
    """Each field has its abbreviation beside it."""

    platform: str | None = None
    p: str | None = None
    state_topic: str | None = None
    stat_t: str | None = None
    json_attributes_topic: str | None = None
    json_attr_t: str | None = None
    device_class: str | None = None
    dev_cla: str | None = None
    unit_of_measurement: str | None = None
    unit_of_meas: str | None = None


class _Announcement(_Entity, gc=False):
    base: str | None = msgspec.field(name="~", default=None)
    components: dict[str, _Entity | None] | None = None
    cmps: dict[str, _Entity | None] | None = None


_ANNOUNCEMENT = msgspec.json.Decoder(_Announcement)

_STREAMS = {
    ("sensor", "weight"): "bed",
    ("sensor", "battery"): "status",
    ("binary_sensor", "occupancy"): "bed",
    ("binary_sensor", "presence"): "bed",
    ("binary_sensor", "motion"): "bed",
    ("binary_sensor", "vibration"): "bed",
}
"""By component and device class; what other classes measure has no column."""

_COMPONENTS = ("sensor", "binary_sensor", "device_tracker", "device")
_READ = {
    "zigbee2mqtt": ("bed", "status"),
    "tasmota": ("bed", "status"),
    "esphome": ("bed", "status"),
    "owntracks": ("gps",),
    "mqtt-bed": ("bed",),
}
"""What each adapter reads without a model that somebody must choose."""

_ADDRESS = re.compile(r"[^+#]{1,256}")


def proposals(topic: str, payload: bytes) -> list[Proposal]:
    """The devices that an announcement proposes, in place of all that it proposed before.

    Empty where nothing announced can be read here, and where the payload is empty: so an announcement is
    taken back. Raises `Refused`.
    """
    component = topic.partition("/")[2].partition("/")[0]
    if not payload or component not in _COMPONENTS:
        return []
    announced = read_json(_ANNOUNCEMENT, payload)
    streams: dict[tuple[str, str], set[str]] = {}
    for kind, entity in _entities(component, announced):
        stream = _stream(kind, entity)
        found = None if stream is None else _reader(_topic(kind, entity, announced))
        if stream is not None and found is not None and stream in _READ[found[0]]:
            streams.setdefault(found, set()).add(stream)
    return [Proposal(adapter, address, tuple(sorted(given))) for (adapter, address), given in streams.items()]


def _entities(component: str, announced: _Announcement) -> Iterator[tuple[str, _Entity]]:
    if component != "device":
        yield component, announced
        return
    for entity in islice((announced.components or announced.cmps or {}).values(), MAX_ENTITIES):
        if entity is not None:
            yield entity.platform or entity.p or "", entity


def _stream(component: str, entity: _Entity) -> str | None:
    """What the entity's values are of; None where no column takes them."""
    if component == "device_tracker":
        return "gps"
    unit = entity.unit_of_measurement or entity.unit_of_meas
    measured = entity.device_class or entity.dev_cla
    if measured is None and unit == "kg":
        measured = "weight"
    if measured == "weight" and unit not in (None, "kg"):
        return None  # adapters take a weight without a model for kilograms
    return _STREAMS.get((component, measured or ""))


def _topic(component: str, entity: _Entity, announced: _Announcement) -> str:
    """The topic of the entity's values, "" where it has none."""
    topic = entity.state_topic or entity.stat_t or announced.state_topic or announced.stat_t or ""
    if component == "device_tracker":
        topic = entity.json_attributes_topic or entity.json_attr_t or topic
    if announced.base is not None:
        if topic.startswith("~"):
            topic = announced.base + topic[1:]
        elif topic.endswith("~"):
            topic = topic[:-1] + announced.base
    return topic


def _reader(topic: str) -> tuple[str, str] | None:
    """The adapter that reads the topic, and the device's address there."""
    match topic.split("/"):
        case ["", *_] | ["pilotbed", *_] | ["zigbee2mqtt"] | ["zigbee2mqtt", "bridge", *_]:
            return None
        case ["zigbee2mqtt", *name]:
            adapter, address = "zigbee2mqtt", "/".join(name)
        case ["tele", address, "SENSOR" | "STATE"]:
            adapter = "tasmota"
        case ["owntracks", user, device]:
            adapter, address = "owntracks", f"{user}/{device}"
        case [first, *levels, "sensor" | "binary_sensor", _, "state"] if first != "homeassistant":
            adapter, address = "esphome", "/".join((first, *levels))
        case _:
            adapter, address = "mqtt-bed", topic
    # It becomes part of a topic filter, and of a command on somebody's terminal.
    if not _ADDRESS.fullmatch(address) or not address.isprintable() or address.startswith("$"):
        return None
    return adapter, address


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """No reading: what an announcement says, `proposals` tells. Raises `Refused`."""
    proposals(topic, payload)
    return nothing(None, "not_a_reading")


FORMAT = Format(
    name="homeassistant",
    title="Home Assistant's MQTT discovery, which proposes devices",
    topics=("homeassistant/+/+/config", "homeassistant/+/+/+/config"),
    retained=("homeassistant/+/+/config", "homeassistant/+/+/+/config"),
    kinds=(),
    quality="decodes",
    decode=decode,
    address="",
)
