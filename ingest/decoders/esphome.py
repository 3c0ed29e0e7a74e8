"""ESPHome: one topic for each entity of a node, `PREFIX/sensor/ID/state` and `PREFIX/binary_sensor/ID/state`.

The payload is a bare number, or ON and OFF; ESPHome's own documentation of its MQTT client has it so. The
entity's ID is the field that the model of the device knows it by.
"""

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import STALE, as_number, read_online, read_word
from ingest.decoders.told import Heard, Told, nothing
from ingest.refusal import Refused

_SWITCH = {"ON": True, "OFF": False}


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of a node tells. Raises `Refused`."""
    if topic.endswith("/status"):
        address = topic.removesuffix("/status")
        model_of(address)
        return Told((Heard(address, "status", None, {"online": read_online(read_word(payload))}),))
    address, component, entity = _entity(topic)
    model = model_of(address)
    word = read_word(payload)
    if word.lower() in STALE:
        return nothing(address, "stale")
    value = _SWITCH.get(word.upper()) if component == "binary_sensor" else as_number(word)
    if value is None:
        wanted = "ON or OFF" if component == "binary_sensor" else "a number"
        raise Refused("wrong_type", f"the state of a {component} must be {wanted}")
    return model.readings(address, {entity: value}, None)


def _entity(topic: str) -> tuple[str, str, str]:
    """Prefix, component and ID of an entity; the prefix may have levels of its own."""
    match topic.rsplit("/", 3):
        case [prefix, "sensor" | "binary_sensor" as component, entity, "state"]:
            return prefix, component, entity
    raise Refused("topic", "a topic of ESPHome that is read is PREFIX/sensor/ID/state, or of a binary_sensor")


FORMAT = Format(
    name="esphome",
    title="ESPHome over MQTT",
    topics=("{address}/sensor/+/state", "{address}/binary_sensor/+/state", "{address}/status"),
    retained=("{address}/status",),
    denied=("{address}/debug", "{address}/text_sensor/#"),
    kinds=("bed",),
    quality="handles silence and repeats",
    decode=decode,
    address="the topic_prefix of the node: bed-04 of bed-04/sensor/bed_weight/state",
    model="esphome-bed",
)
