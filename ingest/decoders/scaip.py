"""SCAIP, the Social Care Alarm Internet Protocol: alarms of personal triggers, detectors and trackers.

A controller sends a request (`mrq`) by SIP, the alarm receiver answers it (`mrs`), both in XML; a gateway
publishes them here as they are. The format is that of SS 91100:2014, which CLC/TS 50134-9 took over; its code
tables stand here as public gateways have them. Makers differ: codes come with and without leading zeros, the
message type may be left out, and a controller calls itself device 00. So only what is needed is read, by its
tag and wherever it stands; texts are not read at all.

A code that nobody knows loses no alarm: what a device sends as a message is raised, without a cause where
neither status nor device says one. It is not called technical, for technical alarms are those that people do
not run for.
"""

import re
from collections.abc import Mapping
from typing import Literal
from xml.parsers import expat

from ingest.clock import SECOND_US
from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import as_instant, check_size
from ingest.decoders.told import Heard, SetAside, Told, nothing
from ingest.refusal import Refused
from store.streams import EARLIEST_S, TOKEN

Cause = Literal["button", "fall", "geofence", "bed_exit", "low_battery", "technical", "test"]
Stage = Literal["acknowledged", "arrived", "closed", "cancelled"]

STAGES: Mapping[int, Stage] = {
    2: "cancelled",  # abort
    4: "acknowledged",  # accepted
    5: "acknowledged",
    15: "closed",  # battery ok
    19: "cancelled",
    20: "closed",  # charged
    86: "closed",  # power restored
    88: "arrived",  # presence after alarm
    91: "closed",  # re-established
    92: "closed",  # automatic reset
    93: "closed",  # manual reset
    94: "closed",  # restoral
    111: "closed",  # intervention complete
    112: "closed",  # IP connection re-established
    113: "closed",  # mobile network re-established
    114: "closed",  # telephone line re-established
    115: "closed",  # primary link re-established
    116: "closed",  # redundant link re-established
    124: "closed",  # radio test re-established
}
"""Status codes (`stc`) of what happens to an alarm that was raised."""

_AUTOMATIC = 9

CALLS = frozenset({_AUTOMATIC, 10, 11, 110})
"""Status codes of a call for help: automatic alarm, manual alarm, alert, assistance."""

STATUS_CAUSES: Mapping[int, Cause] = {
    10: "button",  # manual alarm
    14: "low_battery",  # battery failure
    16: "low_battery",
    102: "test",  # over the primary channel
    103: "test",  # over the redundant channel
    106: "geofence",  # trespass
    **dict.fromkeys(
        (
            *range(23, 28),  # connections and links that fail
            31,  # disconnected
            *range(32, 41),  # error codes
            *range(42, 46),  # failure, frequency drifted
            51,  # interrupted
            52,  # jammed
            63,  # loss
            65,  # maintenance needed
            66,  # urgent maintenance needed
            67,  # malfunction
            68,  # memory full
            73,  # offline
            78,  # out of service
            79,  # overflow
            85,  # power failure
            95,  # interference
            105,  # trouble
            122,  # radio interference
            123,  # radio test missing
            125,  # tampering
        ),
        "technical",
    ),
}
"""Why an alarm is raised, where the status says it, whatever the device."""

BUTTONS = frozenset({2, 3, 4, 6, 7, 48})
"""Types of devices (`dty`) whose alarms are presses of a button, unless the status says automatic: local unit
and controller, personal, fixed and attack trigger, panic button, local unit."""

DEVICE_CAUSES: Mapping[int, Cause] = {
    5: "fall",  # fall detector
    12: "bed_exit",  # bed monitor
    15: "geofence",  # wandering sensor
    29: "geofence",  # boundary detector
    30: "fall",  # man-down detector
    31: "technical",  # system monitor
    32: "technical",  # communication link monitor
    36: "geofence",  # perimeter
    38: "technical",  # tampering
    40: "technical",  # router
    41: "technical",  # power supply
    50: "technical",  # radio unit
}
"""Why an alarm is raised, where only the type of device says it. Smoke, gas, flood, epilepsy and the like
have no word of ours: such alarms are raised without a cause."""

WELL = frozenset({70, 75})
"""Status codes that say no more than that the device is there: normal state, online."""

NO_ALARM = frozenset({62, 71, 83, 87, 117, 120})
"""Status codes that are no alarm even in a message: log, occupied, pill taken, planned presence, lying in
bed, occupancy."""

_GEO_FENCE = 19
"""The location code (`lco`) of a tracker that left its area."""

_TRACKER = 51

_WANTED = frozenset({"ref", "mty", "cid", "did", "dty", "stc", "lco", "geo", "tim", "snu"})
_IDENTIFIER = re.compile(TOKEN)
_GEO = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,12})?) ?, ?(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)")


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a request or an answer tells. Raises `Refused`."""
    said = _read(payload)
    if "snu" in said:
        return _answer(said)
    address = _address(said)
    message_type, status, device = said.get("mty", "").upper(), _code(said, "stc"), _code(said, "dty")
    readings: list[Heard] = []
    aside: list[SetAside] = []
    if message_type == "PI" or (status in WELL and message_type != "RE"):
        readings.append(Heard(address, "status", None, {"online": True}))
    else:
        stage, cause = _stage(message_type, status, device, _code(said, "lco"))
        if stage is None:
            aside.append(SetAside(address, "not_a_reading"))
        else:
            values = {"alarm": _reference(said), "stage": stage, "cause": cause}
            readings.append(Heard(address, "alarm", None, values))
    if "geo" in said:
        position = _position(address, said)
        if position is None:
            aside.append(SetAside(address, "no_fix"))
        else:
            readings.append(position)
    # SIP sends again what was not answered at once.
    told_apart = (said.get(tag, "") for tag in ("ref", "mty", "stc", "dty", "tim"))
    key = "/".join((address, *told_apart)) if said.get("ref") else None
    return Told(readings, aside, key)


def _answer(said: Mapping[str, str]) -> Told:
    """The alarm receiver took the message, which nobody has acted upon yet; it names no device."""
    if said["snu"].strip("0"):
        return nothing(None, "not_a_reading")
    reference = _reference(said)
    heard = Heard(None, "alarm", None, {"alarm": reference, "stage": "received"})
    return Told((heard,), key=f"mrs/{reference}")


def _stage(
    message_type: str, status: int, device: int, location: int
) -> tuple[Stage | Literal["raised"] | None, Cause | None]:
    """The stage of the alarm's chain with its cause, None where the message is about no alarm."""
    if status in STAGES:
        return STAGES[status], None
    if message_type == "RE":
        return "closed", None
    if status in NO_ALARM:
        return None, None
    # An information is no call for help, unless it says that it is.
    if message_type == "IN" and status not in CALLS and status not in STATUS_CAUSES:
        return None, None
    if status in STATUS_CAUSES:
        return "raised", STATUS_CAUSES[status]
    if device == _TRACKER and location == _GEO_FENCE:
        return "raised", "geofence"
    if device in BUTTONS:
        return "raised", None if status == _AUTOMATIC else "button"
    return "raised", DEVICE_CAUSES.get(device)


def _address(said: Mapping[str, str]) -> str:
    """The device's own name, else its controller's; a controller calls itself 00."""
    for tag in ("did", "cid"):
        found = said.get(tag, "")
        if found.strip("0") and _IDENTIFIER.fullmatch(found):
            return found
    raise Refused("missing", "did and cid are missing, or are no identifiers: nobody knows the device")


def _reference(said: Mapping[str, str]) -> str:
    found = said.get("ref", "")
    if not _IDENTIFIER.fullmatch(found):
        raise Refused("missing", "ref is missing, or is no identifier: the alarm has no name")
    return found


def _code(said: Mapping[str, str], tag: str) -> int:
    """A code by its number, for some makers leave out leading zeros; 0, which is unknown, without one."""
    found = said.get(tag, "")
    return int(found) if found.isascii() and found.isdecimal() and len(found) <= 4 else 0


def _position(address: str, said: Mapping[str, str]) -> Heard | None:
    """The position with the time of its fix; without that, it may be the last known one."""
    found, time = _GEO.fullmatch(said["geo"]), as_instant(said.get("tim"))
    if found is None or time is None:
        return None
    lat, lon = float(found[1]) + 0.0, float(found[2]) + 0.0
    # A position that is refused would take the alarm along; 0, 0 stands for none.
    if abs(lat) > 90 or abs(lon) > 180 or lat == lon == 0 or time < EARLIEST_S * SECOND_US:
        return None
    return Heard(address, "gps", time, {"lat": lat, "lon": lon})


# -- XML ---------------------------------------------------------------------------------------------------


def _read(payload: bytes) -> dict[str, str]:
    """The texts of the tags that are needed."""
    check_size(payload)
    try:
        try:
            return _parsed(payload, None)
        except expat.ExpatError:
            if _is_utf8(payload):
                raise
            # A device that says UTF-8 and sends Latin-1, in a text that we do not read, is understood.
            return _parsed(payload, "iso-8859-1")
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Refused("not_xml", f"the payload is not XML{_place(error)}") from None


def _parsed(payload: bytes, encoding: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    messages = 0
    wanted: str | None = None
    text: list[str] = []

    def start(name: str, _: object) -> None:
        nonlocal wanted, messages
        tag = name.rpartition(":")[2].lower()
        messages += tag in ("mrq", "mrs")
        if messages > 1:
            raise Refused("wrong_type", "the payload holds several messages: publish one at a time")
        wanted = tag if tag in _WANTED else None
        text.clear()

    def end(_: str) -> None:
        nonlocal wanted
        if wanted is not None:
            found.setdefault(wanted, "".join(text).strip())
        wanted = None

    def characters(data: str) -> None:
        if wanted is not None:
            text.append(data)

    def doctype(*_: object) -> None:
        # Without a document type there are no entities that could grow or that lie elsewhere.
        raise Refused("not_xml", "the payload has a document type, which SCAIP has not")

    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(payload.lstrip(), True)
    return {tag: value for tag, value in found.items() if value}


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _place(error: Exception) -> str:
    if not isinstance(error, expat.ExpatError):
        return ": its encoding is not known"
    return f": {expat.ErrorString(error.code)}, line {error.lineno}, column {error.offset}"


FORMAT = Format(
    name="scaip",
    title="SCAIP, from a SIP gateway",
    topics=("scaip/+",),
    kinds=("alarm", "gps", "bed"),
    quality="decodes",
    decode=decode,
    address="did, or cid where there is none or it is only zeros",
    stages_have_own_numbers=True,
)
