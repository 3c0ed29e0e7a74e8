"""What the servers of LoRaWAN networks have in common: names of devices, and places that were worked out."""

from collections.abc import Sequence

from ingest.decoders.foreign import ModelOf
from ingest.decoders.told import Heard, Told, nothing
from ingest.refusal import Refused


def registered(names: Sequence[str], model_of: ModelOf) -> str:
    """The name under which the device is registered, of all those it has; the first where it is not.

    A LoRaWAN device has an EUI, which some write in capitals, and often a name of its own.
    """
    for name in names:
        try:
            model_of(name)
        except Refused as refused:
            if refused.code == "unknown_device":
                continue
        return name
    return names[0]


def place(
    address: str,
    time: int | None,
    position: tuple[float, float],
    accuracy_m: float,
    *,
    fixed: bool,
    key: str | None = None,
) -> Told:
    """A device's place as the network tells it; `fixed` by satellites, else guessed from what is around.

    An accuracy of 0 is not known; both coordinates at 0 are a message that leaves out what is empty.
    """
    if not fixed:
        return nothing(address, "network_position", key)
    if position == (0.0, 0.0):
        return nothing(address, "no_fix", key)
    values = {"lat": position[0] + 0.0, "lon": position[1] + 0.0}
    if accuracy_m:
        values["accuracy_m"] = accuracy_m
    return Told((Heard(address, "gps", time, values),), key=key)
