"""Messages of foreign formats on their way to the batch: whose they are, and what was heard already.

Decoders know one message and no registry. Here stands what needs more than that: the device of an address,
one uplink that several gateways deliver, events that end when nobody is there to end them, and the alarm that
an answer belongs to.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest import counters
from ingest.decoders.foreign import Format, Heard, Told
from ingest.decoders.homeassistant import proposals
from ingest.decoders.models.model import Model
from ingest.decoders.native import Row, admit
from ingest.directory import Directory
from ingest.gathering import Gathering
from ingest.refusal import Refused
from pilots.records import Device, Proposal
from store import KINDS, STREAMS, Stream, TimeSeriesStore

if TYPE_CHECKING:
    from ingest.intake import Received

KNOWN_KEYS = 20_000
"""Gateways deliver an uplink again within seconds; so many messages are remembered."""

OPEN_FOR_US = 24 * 3_600_000_000
"""An event that is older when its camera goes offline has lost its end long ago."""

ANSWERED_WITHIN_US = 7 * OPEN_FOR_US
"""An answer to an alarm that is older finds no alarm."""


@dataclass(frozen=True, slots=True)
class _Reading:
    device: Device
    stream: Stream
    row: Row


class Foreign:
    """Takes foreign messages into a batch.

    What is remembered of a batch counts only when `committed` says so: a batch that could not be written
    comes again.
    """

    def __init__(self, store: TimeSeriesStore, directory: Directory) -> None:
        self._store = store
        self._directory = directory
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._new: dict[tuple[str, str], None] = {}
        self._announced: dict[str, list[Proposal]] = {}

    def begin(self) -> None:
        """A batch starts; what the one before left unwritten is forgotten."""
        self._new.clear()
        self._announced.clear()

    def propose(self) -> None:
        """Write down what devices announced of themselves. Raises `RegistryUnavailable`."""
        if self._announced:
            self._directory.propose(self._announced)

    def committed(self) -> None:
        """The batch is written."""
        self._known.update(self._new)
        self._new.clear()
        while len(self._known) > KNOWN_KEYS:
            self._known.popitem(last=False)

    def take(self, family: Format, message: "Received", gathering: Gathering) -> None:
        """Add what the message tells to `gathering`, all of it or nothing. Raises `Refused`, or what the
        store raises where it must be asked."""
        if not family.kinds:
            self._announced[message.topic] = proposals(message.topic, message.payload)
            return
        named: list[Device] = []
        try:
            self._take(family, message, gathering, named)
        except Refused as refused:
            if named:
                refused.device = (named[-1].pilot, named[-1].device)
            raise

    def _take(self, family: Format, message: "Received", gathering: Gathering, named: list[Device]) -> None:
        def model_of(address: str) -> Model:
            named.append(self._directory.device_at(family.name, address))
            return self._directory.model_at(family.name, address)

        told = family.decode(message.topic, message.payload, model_of)
        if told.key is not None:
            key = (family.name, told.key)
            if key in self._known or key in self._new:
                self._set_aside_repeat(family, told, gathering)
                return
        readings = list(self._admitted(family, told.readings, message, gathering, named))
        aside = [
            (self._directory.device_at(family.name, each.address).device, each.reason)
            for each in told.set_aside
            if each.address is not None
        ]
        if told.online is not None:
            readings += self._availability(family, told.online, message, gathering)
        if told.key is not None:
            self._new[(family.name, told.key)] = None
        for reading in readings:
            if reading.stream.name in KINDS[reading.device.kind]:
                gathering.add_row(reading.stream, reading.device.device, message.received, reading.row)
            else:
                aside.append((reading.device.device, "not_a_reading"))
        if message.qos == 0:
            for name in {reading.device.device for reading in readings}:
                gathering.count_qos0(name)
        for name, reason in aside:
            _set_aside(gathering, name, reason)

    def _admitted(
        self,
        family: Format,
        heard: Iterable[Heard],
        message: "Received",
        gathering: Gathering,
        named: list[Device],
    ) -> Iterable[_Reading]:
        for each in heard:
            if each.address is None:
                device = self._raiser(family, each, message, gathering)
            else:
                device = self._directory.device_at(family.name, each.address)
            named.append(device)
            stream = STREAMS[each.stream]
            yield _Reading(device, stream, admit(stream, each.values, each.time, message.received - each.age))

    def _set_aside_repeat(self, family: Format, told: Told, gathering: Gathering) -> None:
        heard = {each.address for each in told.readings} | {each.address for each in told.set_aside}
        for address in heard:
            if address is not None:
                _set_aside(gathering, self._directory.device_at(family.name, address).device, "repeat")

    def _raiser(self, family: Format, heard: Heard, message: "Received", gathering: Gathering) -> Device:
        """The device whose alarm this stage belongs to."""
        alarm = heard.values["alarm"]
        # What waits in this batch must be found, too.
        self._store.commit(gathering.take_batches())
        since = message.received - ANSWERED_WITHIN_US
        for device in self._directory.devices_of(family.name):
            readings = self._store.read("alarm", device.device, since, message.received + 1, ["alarm"])
            if alarm in readings.columns["alarm"]:
                return device
        raise Refused(
            "unknown_device",
            f"no device of format {family.name} has raised the alarm that is {heard.values.get('stage')} "
            "here, within seven days",
        )

    def _availability(
        self, family: Format, online: bool, message: "Received", gathering: Gathering
    ) -> list[_Reading]:
        """The status of every device of the format; where they went offline, also the ends of open events."""
        devices = self._directory.devices_of(family.name)
        readings = [
            _Reading(device, STREAMS[stream], admit(STREAMS[stream], values, None, message.received))
            for device in devices
            for stream, values in [("status", {"online": online})]
        ]
        if online:
            return readings
        self._store.commit(gathering.take_batches())
        for device in devices:
            for values in self._open_events(device, message.received):
                row = admit(STREAMS["camera"], values, None, message.received)
                readings.append(_Reading(device, STREAMS["camera"], row))
        return readings

    def _open_events(self, device: Device, now: int) -> list[dict[str, object]]:
        if "camera" not in KINDS[device.kind]:
            return []
        found = self._store.read("camera", device.device, now - OPEN_FOR_US, now + 1)
        ended = {
            event
            for event, state in zip(found.columns["event"], found.columns["state"], strict=True)
            if state == "end"
        }
        # Of several readings of an event the last one says where it is.
        last = {event: row for row, event in enumerate(found.columns["event"]) if event not in ended}
        return [
            {
                "event": event,
                "state": "end",
                "type": found.columns["type"][row],
                "zone": found.columns["zone"][row],
            }
            for event, row in last.items()
        ]


def _set_aside(gathering: Gathering, device: str, reason: str) -> None:
    gathering.set_aside(device, reason)
    counters.set_aside.labels(reason).inc()
