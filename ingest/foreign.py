"""Messages of foreign formats on their way to the batch: whose they are, and what was heard already.

Decoders know one message and no registry. Here stands what needs more than that: the device of an address,
one uplink that several gateways deliver, events that end when nobody is there to end them, and the alarm that
an answer belongs to.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from ingest import counters
from ingest.decoders.foreign import Format
from ingest.decoders.homeassistant import proposals
from ingest.decoders.models.model import Model
from ingest.decoders.native import Row, admit
from ingest.decoders.told import Heard, SetAsideReason
from ingest.directory import Directory
from ingest.gathering import Gathering
from ingest.received import Received
from ingest.refusal import Refused
from pilots.errors import RegistryUnavailable
from pilots.records import Device, Proposal
from store import KINDS, STREAMS, StoreError, StoreUnavailable, Stream, TimeSeriesStore

KNOWN_KEYS = 20_000
"""Gateways deliver an uplink again within seconds; so many messages are remembered."""

WRONG_CLOCK = frozenset({"too_old", "future"})
"""An alarm of a device whose clock is wrong stands at the time of receipt."""

REPEATED_WITHIN_US = 3_600_000_000
"""Some devices count from 1 again: what comes later than this is another message."""

PROPOSE_AGAIN_S = 60.0

OPEN_FOR_US = 24 * 3_600_000_000
"""An event that is older when its camera goes offline has lost its end long ago."""

ANSWERED_WITHIN_US = 7 * OPEN_FOR_US
"""An answer to an alarm that is older finds no alarm."""


log = structlog.get_logger(__name__)


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
        self._known: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._new: dict[tuple[str, str], int] = {}
        self._announced: dict[str, list[Proposal]] = {}
        self._propose_at = 0.0

    def begin(self) -> None:
        """A batch starts; what the one before left unwritten is forgotten."""
        self._new.clear()

    def propose(self) -> None:
        """Write down what devices announced of themselves, where the registry can be written."""
        if not self._announced or time.monotonic() < self._propose_at:
            return
        try:
            self._directory.propose(self._announced)
        except RegistryUnavailable as error:
            # Readings do not wait for that.
            log.warning("proposals are kept for later", reason=str(error))
            self._propose_at = time.monotonic() + PROPOSE_AGAIN_S
        else:
            self._announced.clear()

    def committed(self) -> None:
        """The batch is written."""
        self._known.update(self._new)
        self._new.clear()
        while len(self._known) > KNOWN_KEYS:
            self._known.popitem(last=False)

    def take(self, family: Format, message: Received, gathering: Gathering) -> None:
        """Add what the message tells to `gathering`, all of it or nothing. Raises `Refused`, or what the
        store raises where it must be asked."""
        if not family.kinds:
            self._announced[message.topic] = proposals(message.topic, message.payload)
            return
        named: list[Device] = []
        try:
            self._take(family, message, gathering, named)
        except Refused as refused:
            # One that the topic names, where the message did not come so far as to name its device.
            for device in named[-1:] or self._devices_in(family, message.topic):
                refused.device = (device.pilot, device.device)
            raise

    def _take(self, family: Format, message: Received, gathering: Gathering, named: list[Device]) -> None:
        def model_of(address: str) -> Model:
            named.append(self._registered(family, address, message.topic))
            return self._directory.model_of(named[-1])

        told = family.decode(message.topic, message.payload, model_of)
        aside = [(each.address, each.reason) for each in told.set_aside]
        if told.key is not None and self._is_known((family.name, told.key), message.received):
            heard = {each.address for each in told.readings} | {each.address for each in told.set_aside}
            self._set_aside(family, [(address, "repeat") for address in heard], gathering)
            return
        readings: list[_Reading] = []
        # What a device tells beside an alarm must not cost the alarm.
        alarming = any(each.stream == "alarm" and each.address is not None for each in told.readings)
        for each in told.readings:
            device = self._device(family, each, message, gathering)
            if device is None:
                aside.append((None, "not_a_reading"))
                continue
            named.append(device)
            values = self._of_open_alarm(family, device, each, message, gathering)
            stream = STREAMS[each.stream]
            received = message.received - each.age
            try:
                row = admit(stream, values, each.time, received)
            except Refused as refused:
                if stream.name == "alarm" and refused.code in WRONG_CLOCK:
                    row = admit(stream, values, None, received)
                elif alarming and stream.name != "alarm":
                    aside.append((each.address, "no_fix" if stream.name == "gps" else "not_a_reading"))
                    continue
                else:
                    raise
            readings.append(_Reading(device, stream, row))
        if told.online is not None:
            readings += self._availability(family, told.online, message, gathering)
        if told.key is not None:
            self._new[(family.name, told.key)] = message.received
        for reading in readings:
            if reading.stream.name in KINDS[reading.device.kind]:
                gathering.add_row(reading.stream, reading.device.device, message.received, reading.row)
            else:
                aside.append((reading.device.address, "not_a_reading"))
        if message.qos == 0:
            for name in {reading.device.device for reading in readings}:
                gathering.count_qos0(name)
        self._set_aside(family, aside, gathering)

    def _registered(self, family: Format, address: str, topic: str) -> Device:
        device = self._directory.found(family.name, address)
        if device is None:
            # Words of a payload are not repeated: a camera may be called by somebody's name.
            said = repr(address) if address in topic else "that the message names"
            raise Refused(
                "unknown_device",
                f"no device of format {family.name} has the address {said} ({family.address}); register it "
                f"with: pilotbed device add PILOT DEVICE --kind KIND --adapter {family.name} "
                "--address ADDRESS",
            )
        return device

    def _devices_in(self, family: Format, topic: str) -> list[Device]:
        return [
            device
            for device in self._directory.devices_of(family.name)
            if f"/{device.address}/" in f"/{topic}/"
        ][:1]

    def _is_known(self, key: tuple[str, str], received: int) -> bool:
        before = self._new.get(key, self._known.get(key))
        return before is not None and abs(received - before) < REPEATED_WITHIN_US

    def _set_aside(
        self, family: Format, aside: Iterable[tuple[str | None, SetAsideReason]], gathering: Gathering
    ) -> None:
        for address, reason in aside:
            counters.set_aside.labels(reason).inc()
            device = None if address is None else self._directory.found(family.name, address)
            if device is not None:
                gathering.set_aside(device.device, reason)

    def _device(self, family: Format, heard: Heard, message: Received, gathering: Gathering) -> Device | None:
        """Whose reading this is; None for an answer to what was no alarm, such as a sign of life."""
        if heard.address is not None:
            return self._registered(family, heard.address, message.topic)
        raised = [
            (at, device)
            for device in self._directory.devices_of(family.name)
            for alarm, stage, at in self._stages(device, message, gathering)
            if alarm == heard.values["alarm"] and stage == "raised"
        ]
        return max(raised, key=lambda each: each[0])[1] if raised else None

    def _of_open_alarm(
        self, family: Format, device: Device, heard: Heard, message: Received, gathering: Gathering
    ) -> dict[str, Any]:
        """The reading's values; a stage with a number of its own belongs to the device's last open alarm."""
        if not family.stages_have_own_numbers or heard.stream != "alarm" or heard.values["stage"] == "raised":
            return heard.values
        stages = self._stages(device, message, gathering)
        if any(alarm == heard.values["alarm"] for alarm, _, _ in stages):
            return heard.values
        over = {alarm for alarm, stage, _ in stages if stage in ("closed", "cancelled")}
        is_open = [alarm for alarm, stage, _ in stages if stage == "raised" and alarm not in over]
        return heard.values | {"alarm": is_open[-1]} if is_open else heard.values

    def _stages(self, device: Device, message: Received, gathering: Gathering) -> list[tuple[str, str, int]]:
        """(alarm, stage, time) of the device's last days, in order of time."""
        if "alarm" not in KINDS[device.kind]:
            return []
        # What waits in this batch must be found, too.
        self._commit_what_waits(gathering)
        since = message.received - ANSWERED_WITHIN_US
        found = self._store.read("alarm", device.device, since, message.received + 1, ["alarm", "stage"])
        return list(zip(found.columns["alarm"], found.columns["stage"], found.time.tolist(), strict=True))

    def _commit_what_waits(self, gathering: Gathering) -> None:
        try:
            self._store.commit(gathering.take_batches())
        except StoreError:
            raise
        except Exception as error:
            # Not this message's fault: the whole batch is to come again.
            raise StoreUnavailable(f"the store failed: {type(error).__name__}") from error

    def _availability(
        self, family: Format, online: bool, message: Received, gathering: Gathering
    ) -> list[_Reading]:
        """The status of every device of the format; where they went offline, also the ends of open events."""
        devices, status = self._directory.devices_of(family.name), STREAMS["status"]
        readings = [
            _Reading(device, status, admit(status, {"online": online}, None, message.received))
            for device in devices
        ]
        if online:
            return readings
        self._commit_what_waits(gathering)
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
