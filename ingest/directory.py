"""Which devices may publish what: the registry's devices, held in memory for every message's look-up."""

import re
from dataclasses import dataclass

from ingest.refusal import Refused
from pilots.registry import Registry
from store import KINDS, STREAMS, Stream
from store.streams import DEVICE

ROOT = "pilotbed"

_PART = re.compile(DEVICE)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads: a registered device of a pilot, and the stream it may publish."""

    pilot: str
    device: str
    stream: Stream


class Directory:
    """Looks topics up among the registered devices.

    The registry says by a revision number whether devices have changed. It is asked at the start of every
    batch, so that a device may publish the moment it is registered.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._revision = -1
        self._routes: dict[str, Route] = {}
        self._kinds: dict[str, tuple[str, str]] = {}
        self._pilots: frozenset[str] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Read the registry again where it has changed."""
        revision = self._registry.revision()
        if revision == self._revision:
            return
        devices = self._registry.devices()
        self._kinds = {device.device: (device.pilot, device.kind) for device in devices}
        self._routes = {
            f"{ROOT}/{device.pilot}/{device.device}/{stream}": Route(
                device.pilot, device.device, STREAMS[stream]
            )
            for device in devices
            for stream in KINDS[device.kind]
        }
        self._pilots = frozenset(pilot.pilot for pilot in self._registry.pilots())
        self._revision = revision

    def route(self, topic: str) -> Route:
        """The device and stream of a topic. Raises `Refused` with what is wrong and what to do."""
        found = self._routes.get(topic)
        if found is None:
            raise self._why_not(topic)
        return found

    def _why_not(self, topic: str) -> Refused:
        parts = topic.split("/")
        if len(parts) != 4 or parts[0] != ROOT:
            return Refused("topic", f"topic {topic!r} is not {ROOT}/PILOT/DEVICE/STREAM")
        _, pilot, device, stream = parts
        for part in (pilot, device, stream):
            if not _PART.fullmatch(part):
                return Refused(
                    "topic", f"topic part {part!r} may hold only letters, digits, _ . - (1 to 64 of them)"
                )
        if pilot not in self._pilots:
            return Refused(
                "unknown_pilot", f"there is no pilot {pilot!r}; add it with: pilotbed pilot add PLAN.yaml"
            )
        owner, kind = self._kinds.get(device, (None, ""))
        if owner != pilot:
            return Refused(
                "unknown_device",
                f"pilot {pilot!r} has no device {device!r}; register it with: "
                f"pilotbed device add {pilot} {device} --kind bed|gps|camera|alarm|visits",
            )
        if stream not in STREAMS:
            return Refused("wrong_stream", f"there is no stream {stream!r}; streams are {', '.join(STREAMS)}")
        return Refused(
            "wrong_stream",
            f"device {device!r} is of kind {kind!r}: it may publish {', '.join(KINDS[kind])}, not {stream!r}",
        )
