"""Every foreign format there is, by the name of its adapter."""

from ingest.decoders import (
    chirpstack,
    emfit,
    esphome,
    frigate,
    homeassistant,
    mqtt_bed,
    owntracks,
    scaip,
    senml,
    tasmota,
    traccar,
    tts,
    zigbee2mqtt,
)
from ingest.decoders.foreign import Format

NATIVE = "native"
"""The adapter of a device that publishes our own format."""

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        owntracks,
        traccar,
        chirpstack,
        tts,
        frigate,
        emfit,
        esphome,
        tasmota,
        mqtt_bed,
        zigbee2mqtt,
        senml,
        scaip,
        homeassistant,
    )
}
