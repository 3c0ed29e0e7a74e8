"""Emfit QS and its like, through a bridge that republishes the answers of an HTTP interface on MQTT.

`emfit/DEVICE/ANYTHING` holds one answer as a JSON object; the device's model says which of its fields are
readings. Nightly summaries hold none: their sums of hours are no measurements of a moment.
"""

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import read_object
from ingest.decoders.told import Told
from ingest.refusal import Refused


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What an answer of the interface tells. Raises `Refused`."""
    levels = topic.split("/")
    if len(levels) < 2 or not levels[-2]:
        raise Refused("topic", "the topic names no device: publish on emfit/DEVICE/status")
    return model_of(levels[-2]).readings(levels[-2], read_object(payload), None)


FORMAT = Format(
    name="emfit",
    title="Emfit QS through an HTTP bridge",
    topics=("emfit/+/+",),
    kinds=("bed",),
    quality="handles silence and repeats",
    decode=decode,
    address="the device's number in the topic: 131 of emfit/131/status",
    model="emfit-qs",
)
