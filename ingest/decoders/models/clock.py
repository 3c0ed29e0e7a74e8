"""The time of a reading, from the fields that hold the device's own."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ingest.clock import SECOND_US, microseconds
from ingest.decoders.models.fields import Fields, Path, at, number, shown, text
from ingest.refusal import Refused
from pilots.civil_time import parse_time
from pilots.errors import UnreadableTime

TimeUnit = Literal["s", "ms", "unix", "s_ago", "rfc3339", "local"]
"""`s` and `ms` are Unix time; `unix` is either, told apart by its size. `s_ago` counts back from when the
network heard the device. `local` is a local time that a zone makes an instant."""

_SECONDS_OR_MILLISECONDS = 1e11
"""Unix seconds until the year 5138, Unix milliseconds from 1973 on."""

_FIRST_S, _END_S = -62_135_596_800, 253_402_300_800
"""From the year 1 to the year 9999, all that a calendar has."""

_LOCAL = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:[.,]\d{1,9})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the device's own time stands; the texts of several fields are read as one, a space between."""

    fields: tuple[Path, ...]
    unit: TimeUnit
    zone: ZoneInfo | None = None

    def stands_in(self, fields: Fields) -> bool:
        """Whether these fields hold a time at all."""
        return all(at(fields, path) is not None for path in self.fields)

    def of(self, fields: Fields, network_time: int | None) -> int | None:
        """The time in µs UTC; `network_time` where the device has none, or its clock is not set and says 0.

        So it is, too, with a local time without a zone, and within the hour that a clock change takes away
        or gives twice. Raises `Refused` for a time that is none.
        """
        sent = [at(fields, path) for path in self.fields]
        unset = ("",) if self.unit == "s_ago" else ("", "0")
        if any(each is None or text(each) in unset for each in sent):
            return network_time
        time = self._read(sent, network_time)
        if time is not None and not _FIRST_S * SECOND_US <= time < _END_S * SECOND_US:
            raise self._beyond()
        return time

    def _read(self, sent: list[Any], network_time: int | None) -> int | None:
        match self.unit:
            case "rfc3339":
                return self._instant(sent)
            case "local":
                return self._local(sent, network_time)
        value = number(sent[0], self.fields[0])
        match self.unit:
            case "s":
                return microseconds(value)
            case "ms":
                return microseconds(value / 1000)
            case "unix":
                return microseconds(value if abs(value) < _SECONDS_OR_MILLISECONDS else value / 1000)
        if value < 0:
            raise Refused(
                "time", f"field {shown(self.fields[0])} {value:g} lies ahead: it counts seconds back"
            )
        if value > _END_S - _FIRST_S:
            raise self._beyond()
        return None if network_time is None else network_time - round(value * SECOND_US)

    def _instant(self, sent: list[Any]) -> int:
        try:
            return parse_time(" ".join(map(str, sent)))
        except UnreadableTime:
            raise Refused(
                "time", f"{self._named()} no time with its offset, such as 2026-03-09T21:00:00+01:00"
            ) from None

    def _local(self, sent: list[Any], network_time: int | None) -> int | None:
        parts = _LOCAL.fullmatch(" ".join(map(str, sent)).strip())
        if parts is None:
            raise Refused("time", f"{self._named()} no local time, such as 2026-03-09T21:00:00")
        if self.zone is None:
            return network_time
        year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups())
        try:
            written = datetime(year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001 - local
        except ValueError:
            raise Refused("time", f"{self._named()} a local time that no calendar has") from None
        try:
            return parse_time(written, self.zone)
        except UnreadableTime:
            return network_time

    def _beyond(self) -> Refused:
        return Refused("time", f"{self._named()} a time that no calendar has")

    def _named(self) -> str:
        return f"field {' and '.join(map(shown, self.fields))} hold{'s' if len(self.fields) == 1 else ''}"
