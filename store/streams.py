"""The one definition of every stream: its columns, units, ranges and keys.

The decoder, the store, the simulators, the API and the documentation read this table; nothing about a
column is written anywhere else.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

ColumnKind = Literal["float32", "float64", "bool", "integer", "text"]
"""How a column is held: numbers and booleans as float arrays with NaN for absent, text as str or None."""

TOKEN = r"^[A-Za-z0-9_.:+/-]{1,64}$"  # noqa: S105 - a pattern, not a secret
"""Identifiers, types and versions: no spaces, so that free text and names do not fit."""

ZONE = r"^(?=.{1,32}$)[\w.:+/-]+( [\w.:+/-]+){0,2}$"
"""A place has a short name in the local language: at most three words, no sentence."""

CAMERA_ZONE = r"^[\w.:+/-]{1,32}$"
"""What a camera sees is named in one word: two could be somebody's name."""

EVENT_TYPE = r"^[a-z][a-z0-9_]{0,31}$"
"""A kind of event is a lower-case word of the vendor's list; names have capitals."""

DEVICE = r"^[A-Za-z0-9_.-]{1,64}$"
"""A device's name, unique in the installation; also the allowed part of a topic."""

ABSENT_SEQUENCE = -1
"""Stands in a key where the device sends no sequence number: a key cannot be null."""

EARLIEST_S = 946_684_800
"""2000-01-01: no welfare sensor measured before that; an earlier clock is a broken clock."""

FUTURE_TOLERANCE_S = 300
"""A device clock may be this far ahead of ours before its readings are refused."""


@dataclass(frozen=True, slots=True)
class Column:
    """One quantity of a stream: its unit, its physical range, and what it means.

    `low` and `high` are inclusive; outside them a message is refused. `choices` lists the only
    allowed words; text without choices must match `pattern`.
    """

    name: str
    kind: ColumnKind
    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = TOKEN
    required: bool = False


@dataclass(frozen=True)
class Stream:
    """A kind of reading: what it carries, and what beside device and time tells two readings apart."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` names the stream and the column it does not have."""
        column = self._by_name.get(name)
        if column is None:
            raise KeyError(f"stream {self.name!r} has no column {name!r}")
        return column

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


def _load(name: str, where: str) -> Column:
    return Column(name, "float32", "kg", f"gross load {where}, frame and bedding included", -50.0, 1000.0)


_SEQUENCE = Column(
    "seq", "integer", "", "the device's running number of the reading, where it has one", 0, 2**62
)

ROLE = Column("role", "text", "", "who acted: a role, never a name")

STREAMS: dict[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream(
            "bed",
            "load and movement in a bed",
            (
                Column("weight_kg", "float32", "kg", "net weight as the device reports it", -50.0, 500.0),
                _load("load_kg", "of the whole bed"),
                *(_load(f"load{leg}_kg", f"on leg {leg}") for leg in (1, 2, 3, 4)),
                Column("movement", "float32", "1", "share of the interval with movement", 0.0, 1.0),
                Column(
                    "movement_raw", "float32", "device units", "movement as the device reports it", -1e9, 1e9
                ),
                Column("occupied", "bool", "", "somebody is in the bed, as the device reports it"),
                _SEQUENCE,
            ),
            ("seq",),
        ),
        Stream(
            "gps",
            "positions of a personal alarm or tracker",
            (
                Column("lat", "float64", "deg", "latitude, WGS 84", -90.0, 90.0),
                Column("lon", "float64", "deg", "longitude, WGS 84", -180.0, 180.0),
                Column("accuracy_m", "float32", "m", "reported radius of uncertainty", 0.0, 1e6),
                Column("speed_mps", "float32", "m/s", "speed over ground", 0.0, 500.0),
                Column("zone", "text", "", "the zone of an enter or leave event", pattern=ZONE),
                Column("zone_event", "text", "", "entered or left a zone", choices=("enter", "leave")),
                _SEQUENCE,
            ),
            ("zone", "zone_event", "seq"),
        ),
        Stream(
            "camera",
            "events of a night-supervision camera or radar; never images, sound, faces, names or free text",
            (
                Column("event", "text", "", "the event's identifier", required=True),
                Column(
                    "type",
                    "text",
                    "",
                    "what happened: bed_exit, fall_suspected, view_blocked …",
                    pattern=EVENT_TYPE,
                ),
                Column(
                    "state",
                    "text",
                    "",
                    "start, update or end",
                    choices=("start", "update", "end"),
                    required=True,
                ),
                Column("zone", "text", "", "the zone in view", pattern=CAMERA_ZONE),
                Column("confidence", "float32", "1", "the detector's own confidence", 0.0, 1.0),
            ),
            ("event", "state"),
        ),
        Stream(
            "visit",
            "visits of night supervision, by person or by camera, from the room's visit log",
            (
                Column("visit", "text", "", "the visit's identifier", required=True),
                Column(
                    "mode",
                    "text",
                    "",
                    "camera, physical, or shift_closed: the log of that shift is complete",
                    choices=("camera", "physical", "shift_closed"),
                    required=True,
                ),
                Column("planned", "bool", "", "the visit stood in the plan"),
                Column(
                    "outcome", "text", "", "how it went", choices=("calm", "helped", "escalated", "failed")
                ),
                ROLE,
            ),
            ("visit",),
        ),
        Stream(
            "alarm",
            "the chain of an alarm, one reading a stage",
            (
                Column("alarm", "text", "", "the alarm's identifier", required=True),
                Column(
                    "stage",
                    "text",
                    "",
                    "where in the chain",
                    choices=(
                        "raised",
                        "received",
                        "acknowledged",
                        "dispatched",
                        "arrived",
                        "closed",
                        "cancelled",
                    ),
                    required=True,
                ),
                Column(
                    "cause",
                    "text",
                    "",
                    "why it was raised",
                    choices=(
                        "button",
                        "fall",
                        "geofence",
                        "bed_exit",
                        "camera",
                        "low_battery",
                        "technical",
                        "test",
                    ),
                ),
                Column(
                    "outcome",
                    "text",
                    "",
                    "what it turned out to be",
                    choices=("real", "nuisance", "false", "test"),
                ),
                ROLE,
            ),
            ("alarm", "stage"),
        ),
        Stream(
            "status",
            "the device's own condition",
            (
                Column("online", "bool", "", "connected to its broker or gateway"),
                Column("battery_pct", "float32", "%", "charge left", 0.0, 100.0),
                Column("rssi_dbm", "float32", "dBm", "received signal strength", -200.0, 50.0),
                Column("firmware", "text", "", "firmware version"),
                _SEQUENCE,
            ),
            ("seq",),
        ),
    )
}

KINDS: dict[str, tuple[str, ...]] = {
    "bed": ("bed", "camera", "alarm", "status"),  # a bed with a radar reports radar events as camera events
    "gps": ("gps", "alarm", "status"),
    "camera": ("camera", "alarm", "status"),
    "alarm": ("alarm", "status"),
    "visits": ("visit", "status"),
}
"""The streams that each kind of device may publish."""

RETAINED = frozenset({"status"})
"""Streams whose retained messages say something about now; any other retained message is old news."""

IDENTITY = frozenset({"camera"})
"""Streams whose refused payloads may carry identity: a dead letter keeps no payload."""
