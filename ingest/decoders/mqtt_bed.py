"""A bed sensor that publishes on one topic of its own: a bare number, a bare word, or a JSON object.

There is no document to follow: it is what small sensors and home automations do. A number is the field
`value` of the device's model, a word (ON, true) the field `state`, an object has its own fields.
"""

import re

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import STALE, as_number, read_object, read_word
from ingest.decoders.told import Told, nothing
from ingest.refusal import Refused
from store.streams import TOKEN

_WORD = re.compile(TOKEN)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of a sensor tells. Raises `Refused`."""
    model = model_of(topic)
    word = read_word(payload)
    if word.startswith("{"):
        return model.readings(topic, read_object(payload), None)
    if word.lower() in STALE:
        return nothing(topic, "stale")
    number = as_number(word)
    if number is not None:
        return model.readings(topic, {"value": number}, None)
    if not _WORD.fullmatch(word):
        raise Refused("wrong_type", "the payload must be a number, a word, or a JSON object")
    return model.readings(topic, {"state": word}, None)


FORMAT = Format(
    name="mqtt-bed",
    title="a bed sensor on a topic of its own",
    topics=("{address}",),
    kinds=("bed",),
    quality="decodes",
    decode=decode,
    address="the topic itself: home/bedroom/bed",
    model="mqtt-bed",
)
