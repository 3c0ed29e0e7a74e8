"""Which devices may publish what: the registry's devices, held in memory for every message's look-up."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from ingest.decoders.foreign import Format
from ingest.decoders.formats import FORMATS
from ingest.decoders.models.model import Model
from ingest.formats import Formats, TopicMap
from ingest.refusal import Refused
from ingest.topics import ROOT
from pilots.records import Device, Proposal
from pilots.registry import Registry
from store import KINDS, STREAMS, Stream
from store.streams import DEVICE, RETAINED

_PART = re.compile(DEVICE)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads: a registered device of a pilot, and the stream it may publish."""

    pilot: str
    device: str
    stream: Stream


class Directory:
    """Looks topics up among the registered devices, and foreign devices by their addresses.

    The registry says by a revision number whether devices have changed. It is asked at the start of every
    batch, so that a device may publish the moment it is registered.
    """

    def __init__(self, registry: Registry, formats: Formats | None = None) -> None:
        self._registry = registry
        self._formats = formats or Formats()
        self._revision = -1
        self._routes: dict[str, Route] = {}
        self._devices: dict[str, Device] = {}
        self._addresses: dict[tuple[str, str], Device] = {}
        self._models: dict[str, Model] = {}
        self._topics = TopicMap({})
        self._pilots: frozenset[str] = frozenset()
        self.filters: tuple[str, ...] = ()
        """The topic filters under which all these devices publish."""
        self.refresh()

    def refresh(self) -> None:
        """Read the registry again where it has changed."""
        revision = self._registry.revision()
        if revision == self._revision:
            return
        devices = self._registry.devices()
        self._devices = {device.device: device for device in devices}
        self._routes = {
            f"{ROOT}/{device.pilot}/{device.device}/{stream}": Route(
                device.pilot, device.device, STREAMS[stream]
            )
            for device in devices
            for stream in KINDS[device.kind]
        }
        self._addresses = {
            (device.adapter, device.address): device for device in devices if device.address is not None
        }
        self._load_models()
        filters = self._formats.filters(devices)
        self._topics = TopicMap(filters)
        self.filters = (f"{ROOT}/#", *filters)
        self._pilots = frozenset(pilot.pilot for pilot in self._registry.pilots())
        self._revision = revision

    def _load_models(self) -> None:
        self._models, wrong = self._formats.good_models()
        for error in wrong:
            # A slip of the pen in one file must not silence the devices of all others.
            log.error("a model cannot be read", reason=str(error))

    def route(self, topic: str) -> Route | Format:
        """The device and stream of a topic of ours, or the format that reads it. Raises `Refused` with what
        is wrong and what to do."""
        found = self._routes.get(topic) or self._topics.of(topic)
        if found is None:
            raise self._why_not(topic)
        return found

    def tells_now(self, topic: str) -> bool:
        """Whether a retained message says something about now; any other retained one is old news."""
        stream = topic.rpartition("/")[2]
        return stream in RETAINED if topic.startswith(f"{ROOT}/") else self._topics.tells_now(topic)

    def found(self, adapter: str, address: str) -> Device | None:
        """The device of a foreign address, None where nobody registered one."""
        return self._addresses.get((adapter, address))

    def propose(self, announced: Mapping[str, Sequence[Proposal]]) -> None:
        """Keep what each topic announces for somebody to register. Raises `RegistryUnavailable`."""
        self._registry.propose(announced)

    def devices_of(self, adapter: str) -> list[Device]:
        """Every registered device of a format."""
        return [device for (name, _), device in self._addresses.items() if name == adapter]

    def model_of(self, device: Device) -> Model:
        """The mapping of a foreign device's fields. Raises `Refused`."""
        name = device.model or FORMATS[device.adapter].model
        if name is None or name not in self._models:
            said = "has no model" if name is None else f"has the model {name}, which there is not"
            raise Refused(
                "no_model", f"device {device.device!r} {said}: see pilotbed device adapters, and --model"
            )
        return self._models[name]

    def _why_not(self, topic: str) -> Refused:
        parts = topic.split("/")
        if len(parts) != 4 or parts[0] != ROOT:
            return Refused(
                "topic",
                f"topic {topic!r} is not {ROOT}/PILOT/DEVICE/STREAM, nor a registered device's",
            )
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
        known = self._devices.get(device)
        if known is None or known.pilot != pilot:
            return Refused(
                "unknown_device",
                f"pilot {pilot!r} has no device {device!r}; register it with: "
                f"pilotbed device add {pilot} {device} --kind bed|gps|camera|alarm|visits",
            )
        if stream not in STREAMS:
            return Refused("wrong_stream", f"there is no stream {stream!r}; streams are {', '.join(STREAMS)}")
        return Refused(
            "wrong_stream",
            f"device {device!r} is of kind {known.kind!r}: it may publish {', '.join(KINDS[known.kind])}, "
            f"not {stream!r}",
        )
