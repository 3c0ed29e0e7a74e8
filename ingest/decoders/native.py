"""Our own payload: one reading, an array of readings, or one object of columns, as UTF-8 JSON.

The message type of each stream is made from `store.streams`, so that msgspec decodes and checks types,
words and physical ranges in one pass.
"""

import json
import re
import struct
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from ingest.clock import check_plausible, microseconds
from ingest.refusal import Refused
from store import STREAMS, TIME_FROM_DEVICE, TIME_FROM_RECEIPT, Column, Stream
from store.streams import ABSENT_SEQUENCE, CAMERA_ZONE, EVENT_TYPE, IDENTITY, TOKEN, ZONE

MAX_PAYLOAD = 256 * 1024
MIN_INTERVAL_S, MAX_INTERVAL_S = 1e-6, 86_400.0

WANTED = {
    TOKEN: "a word of at most 64 letters, digits and _ . : + / -",
    EVENT_TYPE: "a lower-case word of at most 32 letters, digits and _",
    ZONE: "a place of at most 32 characters in at most three words of letters, digits and _ . : + / -",
    CAMERA_ZONE: "a place in one word of at most 32 letters, digits and _ . : + / -",
}
"""What a text column's pattern takes, as a refusal says it."""

MAX_UNKNOWN_FIELDS = 20
LONGEST_FIELD = 64
"""A message's unknown fields are told of by so many names, cut to that many characters."""

Moment = Annotated[datetime, Meta(tz=True)] | float


class Row(msgspec.Struct, frozen=True, gc=False):
    """One reading: `values` has an attribute for each column of the stream, None where absent."""

    time: int
    time_source: int
    values: Any


class Block(msgspec.Struct, frozen=True, gc=False):
    """Readings of one device in columns, (n,) each, as `store.Batch` wants them."""

    time: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What a message holds: rows, or one block; and the names of fields that no column takes."""

    rows: Sequence[Row] = ()
    block: Block | None = None
    unknown_fields: tuple[str, ...] = ()


def decode(stream: Stream, payload: bytes, received: int) -> Decoded:
    """The readings in a native payload that reached us at `received` (µs UTC). Raises `Refused`."""
    if not payload:
        raise Refused("empty", "the payload is empty")
    if len(payload) > MAX_PAYLOAD:
        raise Refused(
            "too_large", f"the payload has {len(payload)} bytes; at most {MAX_PAYLOAD} are accepted"
        )
    strict, tolerant = _decoders(stream.name)
    unknown: tuple[str, ...] = ()
    try:
        try:
            message = strict.decode(payload)
        except msgspec.ValidationError as error:
            if "unknown field" not in str(error):
                raise
            # A new firmware may add fields: the bed must not fall silent, so decode again without them.
            message = tolerant.decode(payload)
            unknown = _unknown_fields(stream, payload)
    except msgspec.ValidationError as error:
        raise _explained(error, stream, payload) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(error) from error
    except RecursionError as error:
        raise _too_deep() from error
    if type(message) is not list:
        if _is_columns(message):
            return Decoded(block=_block(message, stream, received), unknown_fields=unknown)
        return Decoded(rows=(_row(message, stream, received),), unknown_fields=unknown)
    if not message:
        raise Refused("empty", "the payload is an empty array")
    for number, element in enumerate(message):
        if _is_columns(element):
            raise Refused(
                "wrong_type",
                f"element {number} of the array holds columns; an array holds single readings, "
                "columns are one object by themselves",
            )
    return Decoded(rows=[_row(element, stream, received) for element in message], unknown_fields=unknown)


# -- the message type of a stream --------------------------------------------------------------------------


def _value_type(column: Column) -> Any:
    match column.kind:
        case "bool":
            return bool
        case "text":
            # Not Meta(pattern=…): letting go of one, as at exit, msgspec crashes the interpreter.
            return Literal[column.choices] if column.choices else str
        case "integer":
            return Annotated[int, Meta(ge=int(column.low or 0), le=int(column.high or 2**62))]
        case _:
            return Annotated[float, Meta(ge=column.low, le=column.high)]


def _message_type(stream: Stream, *, strict: bool) -> type[msgspec.Struct]:
    fields: list[Any] = [
        ("time", Moment | list[Moment] | None, None),
        ("start", Moment | None, None),
        ("interval_s", Annotated[float, Meta(ge=MIN_INTERVAL_S, le=MAX_INTERVAL_S)] | None, None),
    ]
    for column in stream.columns:
        value = _value_type(column)
        fields.append((column.name, value | list[value | None] | None, None))  # type: ignore[valid-type] # made here
    return msgspec.defstruct(stream.name, fields, forbid_unknown_fields=strict, gc=False)


@cache
def _message_types(stream_name: str) -> tuple[type[msgspec.Struct], type[msgspec.Struct]]:
    stream = STREAMS[stream_name]
    return _message_type(stream, strict=True), _message_type(stream, strict=False)


@cache
def _decoders(stream_name: str) -> tuple[msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    strict, tolerant = _message_types(stream_name)
    return (
        msgspec.json.Decoder(strict | list[strict]),  # type: ignore[valid-type] # a type made at run time
        msgspec.json.Decoder(tolerant | list[tolerant]),  # type: ignore[valid-type] # likewise
    )


# -- single readings ---------------------------------------------------------------------------------------


def _is_columns(message: Any) -> bool:
    if message.start is not None or message.interval_s is not None:
        return True
    return list in map(type, msgspec.structs.astuple(message))


def admit(stream: Stream, values: Mapping[str, Any], time: int | None, received: int) -> Row:
    """One reading of a foreign format, `values` by column, as a row: checked as our own readings are.

    `time` and `received` are µs UTC; without `time` that of receipt stands. Raises `Refused`.
    """
    strict, _ = _message_types(stream.name)
    try:
        message = msgspec.convert(values, strict)
    except msgspec.ValidationError as error:
        raise _explained(error, stream, json.dumps(values).encode()) from error
    _check(message, stream)
    if time is None:
        return Row(received, TIME_FROM_RECEIPT, message)
    check_plausible(time, time, received)
    return Row(time, TIME_FROM_DEVICE, message)


def _row(message: Any, stream: Stream, received: int) -> Row:
    _check(message, stream)
    sent = message.time
    if sent is None:
        return Row(received, TIME_FROM_RECEIPT, message)
    time = microseconds(sent)
    check_plausible(time, time, received)
    return Row(time, TIME_FROM_DEVICE, message)


def _check(message: Any, stream: Stream) -> None:
    """What the message's type cannot say: which values must be there, and which words there are."""
    required, measured = _needed(stream.name)
    for name, pattern in _words(stream.name):
        _check_word(stream, name, pattern, getattr(message, name))
    if required:
        for name in required:
            if getattr(message, name) is None:
                raise Refused("missing", f"{name} is missing: a reading of stream {stream.name!r} needs it")
    else:
        for name in measured:
            if getattr(message, name) is not None:
                break
        else:
            raise Refused("missing", f"the reading has no value: it needs one of {', '.join(measured)}")
    if stream.name == "gps" and (message.lat is None) != (message.lon is None):
        raise Refused("missing", "lat and lon come together: one of them is missing")


@cache
def _needed(stream_name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that a reading must have; and those of which it must have one: all but a sequence number."""
    stream = STREAMS[stream_name]
    return stream.required, tuple(column.name for column in stream.columns if column.kind != "integer")


@cache
def _words(stream_name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Text columns that take any word of a pattern."""
    return tuple(
        (column.name, re.compile(column.pattern))
        for column in STREAMS[stream_name].columns
        if column.kind == "text" and not column.choices
    )


def _check_word(stream: Stream, name: str, pattern: re.Pattern[str], word: str | None) -> None:
    if word is not None and not pattern.fullmatch(word):
        shown = "" if stream.name in IDENTITY else _shortened(word) + " "
        raise Refused("out_of_range", f"{name} {shown}must be {WANTED[pattern.pattern]}, no free text")


# -- columns -----------------------------------------------------------------------------------------------


def _block(message: Any, stream: Stream, received: int) -> Block:
    columns = {}
    for name in stream.column_names:
        values = getattr(message, name)
        if values is None:
            continue
        if type(values) is not list:
            raise Refused("wrong_type", f"{name} is one value among columns; columns are all arrays")
        columns[name] = values
    if not columns:
        raise Refused("missing", f"there are no columns: send one of {', '.join(stream.column_names)}")
    lengths = set(map(len, columns.values()))
    if type(message.time) is list:
        lengths.add(len(message.time))
    if len(lengths) > 1:
        raise _unequal(message, columns)
    rows = lengths.pop()
    if rows == 0:
        raise Refused("empty", "the columns are empty")
    for name in stream.required:
        if name not in columns or None in columns[name]:
            raise Refused("missing", f"{name} is missing: a reading of stream {stream.name!r} needs it")
    for name, pattern in _words(stream.name):
        for word in columns.get(name, ()):
            _check_word(stream, name, pattern, word)
    time = _block_times(message, rows)
    if type(message.time) is list:
        check_plausible(int(time.min()), int(time.max()), received)
    else:
        check_plausible(int(time[0]), int(time[-1]), received)
    arrays = {name: as_array(stream.column(name), values) for name, values in columns.items()}
    if stream.name == "gps":
        _check_positions(arrays)
    return Block(time, arrays) if stream.required else _rows_with_values(stream, time, arrays)


def _rows_with_values(stream: Stream, time: NDArray[np.int64], columns: dict[str, NDArray[Any]]) -> Block:
    """Without the rows that hold no value, a sequence number aside. Raises `Refused` where none holds one."""
    _, measured = _needed(stream.name)
    values = [columns[name] for name in measured if name in columns]
    # What `_floats` packed holds no None: then no row is empty, and nothing need be looked at.
    if any(column.base is not None for column in values):
        return Block(time, columns)
    filled = np.zeros(len(time), dtype=bool)
    for column in values:
        filled |= [value is not None for value in column] if column.dtype == object else ~np.isnan(column)
    if not filled.any():
        raise Refused(
            "missing", f"no row of the columns has a value: each needs one of {', '.join(measured)}"
        )
    return Block(time[filled], {name: column[filled] for name, column in columns.items()})


def _unequal(message: Any, columns: dict[str, list[Any]]) -> Refused:
    lengths = {name: len(values) for name, values in columns.items()}
    if type(message.time) is list:
        lengths = {"time": len(message.time)} | lengths
    said = ", ".join(f"{name} {length}" for name, length in lengths.items())
    return Refused("unequal_columns", f"the columns have unequal lengths: {said}")


def _check_positions(columns: dict[str, NDArray[Any]]) -> None:
    lat, lon = columns.get("lat"), columns.get("lon")
    if (lat is None) != (lon is None) or (
        lat is not None and lon is not None and (np.isnan(lat) != np.isnan(lon)).any()
    ):
        raise Refused("missing", "lat and lon come together: one of them is missing")


def _block_times(message: Any, rows: int) -> NDArray[np.int64]:
    sent = message.time
    if type(sent) is list:
        if message.start is not None or message.interval_s is not None:
            raise Refused("time", "the columns have both time and start or interval_s: send one of them")
        return _moments(sent)
    if sent is not None:
        raise Refused("time", "time is one value among columns: send an array, or start and interval_s")
    if message.start is None or message.interval_s is None:
        raise Refused("time", "columns need their times: send an array time, or start and interval_s")
    return _steps(rows, message.interval_s) + microseconds(message.start)


@lru_cache(64)
def _steps(rows: int, interval_s: float) -> NDArray[np.int64]:
    """Microseconds since the start; a device sends the same ones with every message."""
    steps: NDArray[np.int64] = np.rint(np.arange(rows) * (interval_s * 1e6)).astype(np.int64)
    steps.setflags(write=False)
    return steps


def _moments(sent: list[datetime | float]) -> NDArray[np.int64]:
    """Unix seconds are turned into microseconds all at once; dates one by one."""
    try:
        seconds = np.frombuffer(array("d", sent))  # type: ignore[type-var] # dates raise the error
    except TypeError:
        return np.array([microseconds(moment) for moment in sent], dtype=np.int64)
    microseconds(float(np.abs(seconds).max()))
    return np.rint(seconds * 1e6).astype(np.int64)


def as_array(column: Column, values: Sequence[Any]) -> NDArray[Any]:
    """Decoded values of a column as the array `store.Batch` wants, absent as NaN, None or -1."""
    match column.kind:
        case "text":
            return np.array(values, dtype=object)
        case "integer":
            return np.array([ABSENT_SEQUENCE if value is None else value for value in values], dtype=np.int64)
        case "float64":
            return _floats(values, "d")
        case _:
            return _floats(values, "f")


def _floats(values: Sequence[Any], code: Literal["d", "f"]) -> NDArray[Any]:
    try:
        # Twice as fast as NumPy from a list; only NumPy takes None, for NaN.
        return np.frombuffer(struct.pack(f"{len(values)}{code}", *values), dtype=code)
    except struct.error:
        return np.array(values, dtype=code)


# -- reasons -----------------------------------------------------------------------------------------------

_PATH = re.compile(r" - at `\$(?:\[(?P<element>\d+)\])?(?:\.(?P<field>\w+))?(?:\[(?P<row>\d+|\.\.\.)\])?`$")


def _explained(error: msgspec.ValidationError, stream: Stream, payload: bytes) -> Refused:
    """msgspec's reason with the value that caused it and the range that the column has."""
    try:
        # The standard library also reads what msgspec refuses, such as 1e999.
        sent = json.loads(payload)
    except ValueError as malformed:
        return _not_json(malformed)
    except RecursionError:
        return _too_deep()
    text = str(error)
    path = _PATH.search(text)
    said = text[: path.start()] if path else text
    if path is None or path["field"] is None:
        return Refused(
            "wrong_type", f"the payload is neither a reading, an array of readings nor columns: {said}"
        )
    field = path["field"]
    # A refused word of a camera may be a name: the reason then names the field alone.
    shown = "" if stream.name in IDENTITY else _value_at(sent, path) + " "
    if field in ("time", "start"):
        return Refused(
            "time", f"{field} {shown}is no time: send RFC 3339 with offset, or Unix seconds ({said})"
        )
    if field == "interval_s":
        return Refused(
            "time", f"interval_s {shown}must be between {MIN_INTERVAL_S:f} and {MAX_INTERVAL_S:.0f} seconds"
        )
    column = stream.column(field)
    match column.kind:
        case "bool":
            return Refused("wrong_type", f"{field} {shown}must be true or false")
        case "text" if column.choices:
            return Refused("out_of_range", f"{field} {shown}must be one of {', '.join(column.choices)}")
        case "text":
            return Refused("wrong_type", f"{field} {shown}must be text")
    limits = f"between {column.low:g} and {column.high:g} {column.unit.removeprefix('1')}".rstrip()
    code: Literal["wrong_type", "out_of_range"] = (
        "out_of_range" if ">=" in said or "<=" in said or "out of range" in said else "wrong_type"
    )
    return Refused(code, f"{field} {shown}must be a number {limits}")


def _not_json(error: Exception) -> Refused:
    return Refused("not_json", f"the payload is not JSON in UTF-8: {error}")


def _too_deep() -> Refused:
    return Refused("not_json", "the payload is nested too deeply to be a reading")


def _value_at(value: Any, path: re.Match[str]) -> str:
    """The refused value, as the device sent it."""
    if path["element"] is not None:
        value = value[int(path["element"])]
    value = value[path["field"]]
    if path["row"] is not None and path["row"] != "...":
        value = value[int(path["row"])]
    return _shortened(value)


def _shortened(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def _unknown_fields(stream: Stream, payload: bytes) -> tuple[str, ...]:
    known = {"time", "start", "interval_s", *stream.column_names}
    message = msgspec.json.decode(payload)
    elements = message if isinstance(message, list) else [message]
    unknown = {name[:LONGEST_FIELD] for element in elements for name in element.keys() - known}
    return tuple(sorted(unknown)[:MAX_UNKNOWN_FIELDS])
