"""Devices, and who they stood with when."""

import math
import re
from datetime import date, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update

from pilots import tables
from pilots.civil_time import local_date, midnight, to_rfc3339
from pilots.errors import (
    AssignmentOverlap,
    DeviceExists,
    InvalidDevice,
    InvalidInterval,
    InvalidLeaving,
    UnknownDevice,
    UnknownProduct,
)
from pilots.plan import DEVICE_KINDS
from pilots.records import LEFT_BECAUSE, Assignment, Device, Pilot
from pilots.registry.participants import ParticipantRecords, require_participant
from pilots.registry.pilots import find_pilot, require_pilot
from pilots.registry.revisions import DEVICES, FIGURES, count_revision, revision_of

EXPECTED_INTERVAL_S = {"bed": 10.0, "gps": 600.0}
"""Beds and trackers report steadily; the others speak when something happens."""

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
"""What a device may be called; also what a client may be called at the broker."""

_ADAPTER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"[^\x00-\x1f\x7f]{1,256}")

_devices = tables.devices
_assignments = tables.assignments
_people = tables.participants


class DeviceRecords(ParticipantRecords):
    """Devices by name, unique in the installation, and their assignments."""

    def add_device(
        self,
        pilot: str,
        device: str,
        kind: str,
        adapter: str = "native",
        address: str | None = None,
        interval_s: float | None = None,
        model: str | None = None,
        product: str | None = None,
    ) -> Device:
        """Add a device; the same values again give the device that stands.

        `interval_s` is 10 for bed and 600 for gps when not given. Raises `InvalidDevice`, `UnknownProduct`
        when the plan has no such product of that kind, or `DeviceExists` when the name stands with other
        values, or another device has the address.
        """
        interval = EXPECTED_INTERVAL_S.get(kind) if interval_s is None else float(interval_s)
        new = Device(device, pilot, kind, adapter, address, interval, model, product)
        _check(new)
        with self._writing() as connection:
            _require_product(find_pilot(connection, pilot), new)
            row = connection.execute(select(_devices).where(_devices.c.device == device)).one_or_none()
            if row is not None:
                if _device(row) != new:
                    raise DeviceExists(
                        f'device "{device}" is there with other values: {_described(_device(row))}'
                    )
                return new
            _refuse_taken_address(connection, new)
            values = {
                "device": device,
                "pilot": pilot,
                "kind": kind,
                "adapter": adapter,
                "address": address,
                "interval_s": interval,
                "model": model,
                "product": product,
            }
            connection.execute(insert(_devices), values)
            count_revision(connection, DEVICES)
        return new

    def devices(self, pilot: str | None = None) -> list[Device]:
        """Devices by name, of one pilot or of all."""
        query = select(_devices).order_by(_devices.c.device)
        with self._reading() as connection:
            if pilot is not None:
                require_pilot(connection, pilot)
                query = query.where(_devices.c.pilot == pilot)
            return [_device(row) for row in connection.execute(query)]

    def assign(self, pilot: str, device: str, code: str, start_us: int, end_us: int | None = None) -> None:
        """Let the device stand with the participant during [start_us, end_us), or until further notice.

        The same device, participant and start again sets the end, and so ends an open assignment. Raises
        `UnknownDevice`, `UnknownParticipant`, `InvalidInterval` or `AssignmentOverlap`.
        """
        if end_us is not None and end_us <= start_us:
            raise InvalidInterval(
                f"the assignment ends {to_rfc3339(end_us)}, not after it starts {to_rfc3339(start_us)}"
            )
        with self._writing() as connection:
            participant = require_participant(connection, pilot, code)
            require_device(connection, pilot, device)
            same = (_assignments.c.device == device) & (_assignments.c.start_us == start_us)
            own = connection.execute(
                select(_assignments).where(same, _assignments.c.participant == participant)
            ).one_or_none()
            for row in connection.execute(select(_assignments).where(_assignments.c.device == device)):
                if row != own and _overlap(_assignment(row), start_us, end_us):
                    raise AssignmentOverlap(_overlap_message(_assignment(row)))
            if own is None:
                values = {
                    "device": device,
                    "pilot": pilot,
                    "participant": participant,
                    "start_us": start_us,
                    "end_us": end_us,
                }
                connection.execute(insert(_assignments), values)
            elif own.end_us != end_us:
                connection.execute(update(_assignments).where(same).values(end_us=end_us))
            else:
                return
            count_revision(connection, DEVICES)

    def leave(self, pilot: str, code: str, because: str, on: date | None = None) -> None:
        """Let a participant take part no longer: from now, or with `on` as their last local day.

        Their devices stand with them no longer from then; what was measured before is kept. Again with other
        words corrects what was said, but gives no device back. Raises `UnknownParticipant`, or
        `InvalidLeaving` for a reason that is none of `LEFT_BECAUSE`, a day before they joined or one to come.
        """
        if because not in LEFT_BECAUSE:
            raise InvalidLeaving(
                f'"{because}" is no reason for leaving that we count: choose among {", ".join(LEFT_BECAUSE)}'
            )
        with self._writing() as connection:
            participant = require_participant(connection, pilot, code)
            now = self._clock()
            left = now
            zone = find_pilot(connection, pilot).plan.zone
            if on is not None and on != local_date(now, zone):
                left = midnight(on + timedelta(days=1), zone)
            own = (_people.c.pilot == pilot) & (_people.c.participant == participant)
            joined = connection.execute(select(_people.c.joined_us).where(own)).scalar_one()
            if not joined <= left <= now:
                raise InvalidLeaving(
                    f"{participant} cannot have left on {on}: they joined on {local_date(joined, zone)}, and "
                    f"today is {local_date(now, zone)}; give a day from then on"
                )
            connection.execute(update(_people).where(own).values(left_us=left, left_because=because))
            stays = (_assignments.c.pilot == pilot) & (_assignments.c.participant == participant)
            connection.execute(delete(_assignments).where(stays, _assignments.c.start_us >= left))
            later = _assignments.c.end_us.is_(None) | (_assignments.c.end_us > left)
            connection.execute(update(_assignments).where(stays, later).values(end_us=left))
            count_revision(connection, FIGURES)
            count_revision(connection, DEVICES)

    def assignments(self, pilot: str) -> list[Assignment]:
        """The pilot's assignments by device and start."""
        order = (_assignments.c.device, _assignments.c.start_us)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(
                select(_assignments).where(_assignments.c.pilot == pilot).order_by(*order)
            )
            return [_assignment(row) for row in rows]

    def revision(self) -> int:
        """A number that grows whenever a device or an assignment changes; 0 when none ever did."""
        with self._reading() as connection:
            return revision_of(connection, DEVICES)


def _check(device: Device) -> None:
    if not NAME.fullmatch(device.device):
        raise InvalidDevice(
            f'device "{device.device}": a name is 1-64 of A-Z a-z 0-9 _ . - (it is part of a topic)'
        )
    if device.kind not in DEVICE_KINDS:
        raise InvalidDevice(
            f'device "{device.device}": unknown kind "{device.kind}": it is one of {", ".join(DEVICE_KINDS)}'
        )
    if not _ADAPTER.fullmatch(device.adapter):
        raise InvalidDevice(
            f'device "{device.device}": adapter "{device.adapter}" should be of a-z 0-9 - and _'
        )
    if device.address is not None and not _ADDRESS.fullmatch(device.address):
        raise InvalidDevice(f'device "{device.device}": an address is 1-256 printable characters')
    if device.model is not None and not _ADAPTER.fullmatch(device.model):
        raise InvalidDevice(f'device "{device.device}": model "{device.model}" should be of a-z 0-9 - and _')
    if device.interval_s is not None and not (math.isfinite(device.interval_s) and device.interval_s > 0):
        raise InvalidDevice(f'device "{device.device}": interval {device.interval_s} s should be more than 0')


def _refuse_taken_address(connection: Connection, new: Device) -> None:
    if new.address is None:
        return
    taken = connection.execute(
        select(_devices.c.device).where(_devices.c.adapter == new.adapter, _devices.c.address == new.address)
    ).scalar()
    if taken is not None:
        raise DeviceExists(
            f'device "{new.device}": address "{new.address}" of adapter "{new.adapter}" '
            f'belongs to device "{taken}"'
        )


def _described(device: Device) -> str:
    interval = "no interval" if device.interval_s is None else f"every {device.interval_s:g} s"
    address = "" if device.address is None else f', address "{device.address}"'
    model = "" if device.model is None else f", model {device.model}"
    product = "" if device.product is None else f', product "{device.product}"'
    said = f'pilot "{device.pilot}", kind {device.kind}, adapter {device.adapter}'
    return f"{said}{model}{address}, {interval}{product}"


def _require_product(pilot: Pilot, device: Device) -> None:
    of_kind = [each.name for each in pilot.plan.products if each.kind == device.kind]
    if device.product is not None and device.product not in of_kind:
        known = f"its plan has {', '.join(of_kind)}" if of_kind else "its plan has none"
        raise UnknownProduct(
            f'pilot "{pilot.pilot}" has no product "{device.product}" of kind {device.kind}: {known}'
        )


def require_device(connection: Connection, pilot: str, device: str) -> None:
    """Raises `UnknownDevice` with how to add it."""
    if connection.execute(select(_devices.c.pilot).where(_devices.c.device == device)).scalar() != pilot:
        raise UnknownDevice(
            f'pilot "{pilot}" has no device "{device}": add it with '
            f"`pilotbed device add {pilot} {device} --kind {'|'.join(DEVICE_KINDS)}`"
        )


def _overlap(there: Assignment, start_us: int, end_us: int | None) -> bool:
    ends_before = there.end_us is not None and there.end_us <= start_us
    starts_after = end_us is not None and there.start_us >= end_us
    return not (ends_before or starts_after)


def _overlap_message(there: Assignment) -> str:
    since = to_rfc3339(there.start_us)
    until = "until further notice" if there.end_us is None else f"to {to_rfc3339(there.end_us)}"
    return (
        f'device "{there.device}" stands with {there.participant} from {since} {until}: end that first, '
        f"by assigning it again from {since} with an end"
    )


def _device(row: Row[tuple[object, ...]]) -> Device:
    return Device(
        row.device, row.pilot, row.kind, row.adapter, row.address, row.interval_s, row.model, row.product
    )


def _assignment(row: Row[tuple[object, ...]]) -> Assignment:
    return Assignment(row.device, row.participant, row.start_us, row.end_us)
