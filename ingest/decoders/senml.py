"""SenML in JSON: RFC 8428, with the units of its registry and of RFC 8798, and the versions of RFC 9100.

A record's whole name is that of its device, `/` or `:`, and that of a quantity: a column of ours or one of
few synonyms. Where the name does not say it, a unit that only one quantity has does. A name without a device
means the topic's last level. Records of one device and one time are one reading.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ingest.clock import SECOND_US, microseconds
from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import read_json
from ingest.decoders.told import Heard, SetAside, Told, nothing
from ingest.refusal import Refused
from store import KINDS, STREAMS, Column
from store.streams import FUTURE_TOLERANCE_S

RELATIVE_BELOW_S = 2**28
"""Smaller times are no instants but seconds from now (RFC 8428, section 4.5.3)."""

VERSIONS = (*range(1, 11), 26)
"""Those of RFC 8428 and its drafts, and with the secondary units of RFC 8798 (RFC 9100)."""

_ABSENT = msgspec.Raw()


class _Record(msgspec.Struct, gc=False):
    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bver: float | None = None
    n: str | None = None
    u: str | None = None
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: msgspec.Raw = _ABSENT
    s: float | None = None
    t: float | None = None

    @property
    def values(self) -> int:
        """How many values it has; there should be one."""
        return sum(each is not None for each in (self.v, self.vs, self.vb)) + (bytes(self.vd) != b"")


_RECORDS = msgspec.json.Decoder(list[_Record])
_FIELDS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])

_SYNONYMS = {
    "weight": "weight_kg",
    "load": "load_kg",
    **{f"load{leg}": f"load{leg}_kg" for leg in (1, 2, 3, 4)},
    "occupancy": "occupied",
    "presence": "occupied",
    "vibration": "movement_raw",
    "latitude": "lat",
    "longitude": "lon",
    "accuracy": "accuracy_m",
    "speed": "speed_mps",
    "battery": "battery_pct",
    "rssi": "rssi_dbm",
}
_BY_UNIT = {"lat": "lat", "lon": "lon", "%EL": "battery_pct"}
_STREAMS_OF = {
    name: tuple(stream for stream in STREAMS.values() if name in stream.column_names)
    for each in STREAMS.values()
    for name in each.column_names
}


def _ratio(value: float) -> float:
    # "%" is no percentage in SenML but the ratio itself; who says 97 all the same means per cent.
    return value if value <= 1 else value / 100


_CONVERSIONS: dict[str, dict[str | None, Callable[[float], float]]] = {
    "kg": {None: float, "kg": float, "g": lambda value: value / 1000},
    "deg": {None: float, "deg": float, "lat": float, "lon": float},
    "m": {
        None: float,
        "m": float,
        "mm": lambda value: value / 1000,
        "cm": lambda value: value / 100,
        "km": lambda value: value * 1000,
    },
    "m/s": {None: float, "m/s": float, "km/h": lambda value: value / 3.6},
    "%": {
        None: float,
        "%EL": float,
        "/100": float,
        "/": lambda value: value * 100,
        "%": lambda value: _ratio(value) * 100,
    },
    "1": {None: float, "/": float, "%": _ratio, "/100": lambda value: value / 100},
    "dBm": {None: float, "dBm": float, "dBW": lambda value: value + 30},
    "device units": {None: float, "/": float, "count": float},
}
"""By our unit, from SenML's; a quantity in another one has no column."""

_COUNTS = (None, "/", "%", "count")
"""Units of a switch, which is 0 or 1, and of a running number."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """What a record holds, its base values added; at most one of the three is not None."""

    number: float | None
    word: str | None
    switch: bool | None
    unit: str | None


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a pack of records tells. Raises `Refused`."""
    records = read_json(_RECORDS, payload)
    if not records:
        raise Refused("empty", "the payload is an empty array")
    _check_mandatory(payload)
    readings: dict[tuple[str, int | None, int], dict[str, _Measured]] = {}
    aside: dict[str, None] = {}
    base = _Record(bn="", bt=0.0, bv=0.0)
    for number, record in enumerate(records):
        _check(number, record)
        base = _Record(
            bn=base.bn if record.bn is None else record.bn,
            bt=base.bt if record.bt is None else record.bt,
            bu=base.bu if record.bu is None else record.bu,
            bv=base.bv if record.bv is None else record.bv,
        )
        if not record.values and record.s is None:
            continue  # it only says what the ones behind it have in common
        unit = base.bu if record.u is None else record.u
        device, quantity = _named(base.bn or "", record.n or "", unit)
        device = device or topic.rpartition("/")[2]
        if quantity is None:
            aside[device] = None
            continue
        time, age = _time(number, (base.bt or 0.0) + (record.t or 0.0))
        measured = _Measured(
            None if record.v is None else record.v + (base.bv or 0.0), record.vs, record.vb, unit or None
        )
        readings.setdefault((device, time, age), {})[quantity] = measured
    heard = []
    for (device, time, age), quantities in readings.items():
        found, complete = _by_stream(quantities)
        heard += [Heard(device, stream, time, values, age) for stream, values in found.items()]
        if not complete:
            aside[device] = None
    if not heard and not aside:
        return nothing(None, "not_a_reading")
    return Told(heard, [SetAside(device, "not_a_reading") for device in aside])


def _check_mandatory(payload: bytes) -> None:
    """A field that ends in _ must be understood, and none is."""
    if b'_"' not in payload and b"\\" not in payload:
        return
    records = read_json(_FIELDS, payload)
    for number, record in enumerate(records):
        if any(name.endswith("_") for name in record):
            raise Refused(
                "wrong_type",
                f"record {number} has a field ending in _ that is not known: a reader must know such fields "
                "(RFC 8428, section 4.4)",
            )


def _check(number: int, record: _Record) -> None:
    if record.bver is not None and record.bver not in VERSIONS:
        raise Refused(
            "out_of_range",
            f"record {number} has version {record.bver:g} of SenML: up to 10 is read, and 26",
        )
    if record.values > 1:
        raise Refused("wrong_type", f"record {number} has more than one of v, vs, vb and vd")


def _named(base: str, name: str, unit: str | None) -> tuple[str, str | None]:
    """The device of a name, "" where it names none; and the column of ours that it means, None if none is."""
    if base and name and base[-1] not in "/:" and name[0] not in "/:":
        device, last = base, name
    else:
        whole = base + name
        end = max(whole.rfind("/"), whole.rfind(":"))
        device, last = whole[: max(end, 0)], whole[end + 1 :]
    word = last.lower()
    column = _SYNONYMS.get(word, word)
    if column in _STREAMS_OF:
        return device.rstrip("/:"), column
    # A base name alone is the device's, and only the unit says what is measured.
    return (device if name else base).rstrip("/:"), _BY_UNIT.get(unit or "")


def _time(number: int, seconds: float) -> tuple[int | None, int]:
    """(µs UTC, 0), or (None, age in µs) of a time that is relative to now."""
    if seconds >= RELATIVE_BELOW_S:
        return microseconds(seconds), 0
    if seconds < -RELATIVE_BELOW_S:
        raise Refused("time", f"record {number}: time {seconds:g} is before any that SenML can say")
    if seconds > FUTURE_TOLERANCE_S:
        raise Refused("future", f"record {number}: time {seconds:g} is so many seconds ahead of now")
    return None, -round(seconds * SECOND_US)


def _by_stream(quantities: Mapping[str, _Measured]) -> tuple[dict[str, dict[str, Any]], bool]:
    """Values by stream and column; and whether all quantities are among them."""
    # A zone or a role is of several streams: of those that another quantity here belongs to.
    sure = {
        stream.name: stream
        for name in quantities
        for stream in _STREAMS_OF[name]
        if len(_STREAMS_OF[name]) == 1
    }
    found: dict[str, dict[str, Any]] = {}
    told: set[str] = set()
    for stream in sure.values():
        values = {}
        for name, measured in quantities.items():
            if stream in _STREAMS_OF[name]:
                value = _value(stream.column(name), measured)
                if value is not None:
                    values[name] = value
        # Event, state and type are words of many meanings: alone they are no event of a camera.
        if values and all(name in values for name in stream.required):
            found[stream.name] = values
            told |= values.keys()
    return found, told == quantities.keys()


def _value(column: Column, measured: _Measured) -> Any:
    """In our unit; None where the column cannot hold it."""
    number = measured.number
    match column.kind:
        case "bool":
            if number in (0, 1) and measured.unit in _COUNTS:
                return bool(number)
            return measured.switch
        case "text":
            return measured.word if measured.word is not None and _fits(column, measured.word) else None
        case "integer":
            whole = number is not None and number.is_integer() and measured.unit in _COUNTS
            return int(number) if number is not None and whole else None
    convert = _CONVERSIONS[column.unit].get(measured.unit)
    return None if number is None or convert is None else convert(number) + 0.0


def _fits(column: Column, word: str) -> bool:
    return word in column.choices if column.choices else bool(re.fullmatch(column.pattern, word))


FORMAT = Format(
    name="senml",
    title="SenML in JSON (RFC 8428)",
    topics=("senml/+",),
    kinds=tuple(KINDS),
    quality="decodes",
    decode=decode,
    address="the device's part of the names: bed-06 of bed-06/weight",
)
