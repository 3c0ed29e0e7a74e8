"""Devices as a decoder sees them: the model of each registered address, and a refusal of any other."""

from collections.abc import Mapping

from ingest.decoders.foreign import ModelOf
from ingest.decoders.models.model import Model
from ingest.decoders.models.shelf import built_in
from ingest.refusal import Refused


def devices(models: Mapping[str, str]) -> ModelOf:
    """`models` says the built-in model of each address."""

    def model_of(address: str) -> Model:
        if address not in models:
            raise Refused("unknown_device", "no such device")
        return built_in()[models[address]]

    return model_of
