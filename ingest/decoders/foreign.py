"""A foreign format: which topics it reads, of which devices, and by which decoder.

A decoder only says what a message tells. Whose device it is says the registry (`ingest.directory`); whether
the values are plausible says the one door that all readings pass (`ingest.decoders.native.admit`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.decoders.models.model import Model
from ingest.decoders.told import Quality, Told

ModelOf = Callable[[str], Model]
"""The model mapping of the device with that address. Raises `Refused` where there is no such device."""

Decode = Callable[[str, bytes, ModelOf], Told]
"""(topic, payload, model_of) → what it tells. Raises `Refused` and nothing else."""


@dataclass(frozen=True, slots=True)
class Format:
    """A family of devices: the adapter of `pilotbed device add --adapter NAME`.

    `topics` are MQTT topic filters; `{address}` in one stands for the address of each registered device.
    `retained` are those on which a retained message tells of now; `denied` are filters of the same family
    that nobody should send us. `model` names the mapping of a device registered without one; `needs_model`
    that there must be one. `stages_have_own_numbers` says that a later stage of an alarm need not name it.

    Any foreign message may hold names, places of Wi-Fi, words or pictures: a refused one keeps no payload,
    and its reason quotes nothing but numbers and the names of fields.
    """

    name: str
    title: str
    topics: tuple[str, ...]
    kinds: tuple[str, ...]
    quality: Quality
    decode: Decode
    address: str
    retained: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    model: str | None = None
    needs_model: bool = False
    stages_have_own_numbers: bool = False
