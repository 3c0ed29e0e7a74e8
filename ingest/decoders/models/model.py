"""What the fields of one model of device tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.decoders.foreign import Quality, Told, nothing


@dataclass(frozen=True, slots=True)
class Model:
    """A model of device: `formats` are the adapters it is for, `source` the document it follows."""

    name: str
    title: str
    formats: tuple[str, ...]
    quality: Quality
    source: str

    def readings(self, address: str, fields: Mapping[str, Any], network_time: int | None) -> Told:
        """What decoded `fields` of the device tell; `Told.key` is left to the format.

        `network_time` (µs UTC) is when the network heard the device: the time of a reading of a model
        whose fields hold none. Raises `Refused` where a field has not the type the model says.
        """
        return nothing(address, "not_a_reading")
