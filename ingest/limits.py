"""What a Mosquitto keeps for ingest while it is away, by the broker's own configuration.

Mosquitto acknowledges a message to its device and then drops it in silence when the queue of an absent
subscriber is full. Its defaults, where a line is missing, are those of Mosquitto 2.0.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

AROUND_A_MESSAGE = 400
"""Bytes that Mosquitto 2.0 holds around a queued message's payload; 380 to 390 were measured."""

_WORDS = {"true": 1, "false": 0}


class LimitsError(ValueError):
    """The broker's configuration cannot be read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Mosquitto's options by their own names; 0 means no limit, of the autosave that there is none."""

    max_queued_messages: int = 1000
    max_queued_bytes: int = 0
    max_inflight_messages: int = 20
    memory_limit: int = 0
    message_size_limit: int = 0
    queue_qos0_messages: bool = False
    persistence: bool = False
    autosave_interval: int = 1800
    autosave_on_changes: bool = False


_OPTIONS = {field.name for field in fields(Limits)}


def read_limits(file: Path) -> Limits:
    """The limits of a configuration file and of the folders it includes; the last of two values counts.

    Raises `LimitsError` with file and line where an option is not what it must be, or a file is not there.
    """
    found: dict[str, int] = {}
    try:
        _read(file, found)
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else error
        raise LimitsError(f"PILOTBED_MQTT_LIMITS: {reason}") from error
    return Limits(**found)  # type: ignore[arg-type] # 0 and 1 are its booleans


def _read(file: Path, found: dict[str, int]) -> None:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        name, value = (*line.split(maxsplit=1), "", "")[:2]
        value = value.strip()
        if name == "include_dir":
            for included in sorted(each for each in Path(value).iterdir() if each.suffix == ".conf"):
                _read(included, found)
        elif name in _OPTIONS:
            try:
                found[name] = _WORDS[value] if value in _WORDS else int(value)
            except ValueError as error:
                raise LimitsError(f"{file} line {number}: {name} {value!r} is not a number") from error


class Outage(NamedTuple):
    """How long the broker keeps everything, in seconds, and which option ends it (None: only memory)."""

    seconds: float
    ended_by: str | None


def outage(limits: Limits, messages_per_s: float, bytes_per_message: float) -> Outage:
    """How long ingest may be away at this rate before the broker drops; infinite where nothing limits it."""
    ends = {
        "max_queued_messages": limits.max_queued_messages,
        "max_queued_bytes": limits.max_queued_bytes / max(bytes_per_message, 1),
        "memory_limit": limits.memory_limit / (bytes_per_message + AROUND_A_MESSAGE),
    }
    longest = {
        f"{name} {getattr(limits, name)}": messages / messages_per_s if messages_per_s else math.inf
        for name, messages in ends.items()
        if messages
    }
    if not longest:
        return Outage(math.inf, None)
    ended_by = min(longest, key=lambda name: longest[name])
    return Outage(longest[ended_by], ended_by)


def memory_bytes(seconds: float, messages_per_s: float, bytes_per_message: float) -> float:
    """The memory that an outage of that length takes at the broker."""
    return seconds * messages_per_s * (bytes_per_message + AROUND_A_MESSAGE)


def lost_in_a_crash(limits: Limits) -> str:
    """What the broker loses of the queue when it crashes, as a sentence's end."""
    if not limits.persistence:
        return "everything it holds, at a clean stop too (persistence false)"
    if limits.autosave_on_changes and limits.autosave_interval:
        return f"what came since its last save, at most {limits.autosave_interval} changes"
    if limits.autosave_interval:
        return f"what came since its last save, up to {limits.autosave_interval} s"
    return "everything since its start (autosave_interval 0)"
