"""Daily values: what analysis makes of a participant's day or night."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from pilots import tables
from pilots.errors import InvalidDailyValue, UnknownParticipant
from pilots.records import DailyValue
from pilots.registry.database import upsert
from pilots.registry.participants import ParticipantRecords, codes_in
from pilots.registry.pilots import require_pilot
from pilots.registry.revisions import DEVICES, FIGURES, count_revision, revision_of

_values = tables.daily_values
_CHUNK = 10_000
_NUMBERS = ("value", "ci_low", "ci_high", "coverage")


class DailyValueRecords(ParticipantRecords):
    """Daily values by metric, participant and day."""

    def put_daily_values(self, pilot: str, values: Iterable[DailyValue]) -> None:
        """Write daily values, in place of those of the same participant, day and metric; all or none.

        Raises `UnknownParticipant`, or `InvalidDailyValue` for NaN and infinity.
        """
        rows = [_row(pilot, value) for value in values]
        with self._writing() as connection:
            require_pilot(connection, pilot)
            strangers = {row["participant"] for row in rows} - codes_in(connection, pilot)
            if strangers:
                raise UnknownParticipant(f'pilot "{pilot}" has no participant {", ".join(sorted(strangers))}')
            statement = upsert(connection, _values)
            for start in range(0, len(rows), _CHUNK):
                connection.execute(statement, rows[start : start + _CHUNK])
            if rows:
                count_revision(connection, FIGURES)

    def figures_revision(self) -> tuple[int, int]:
        """Changes whenever a daily value, a participant, a device or an assignment does, in any pilot."""
        with self._reading() as connection:
            return revision_of(connection, FIGURES), revision_of(connection, DEVICES)

    def daily_values(
        self,
        pilot: str,
        *,
        metric: str | None = None,
        participant: str | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> list[DailyValue]:
        """Daily values ordered by metric, participant and day, with `start` <= day < `end`."""
        query = select(*(_values.c[name] for name in DailyValue.__dataclass_fields__))
        query = query.where(_values.c.pilot == pilot)
        if metric is not None:
            query = query.where(_values.c.metric == metric)
        if participant is not None:
            query = query.where(_values.c.participant == participant)
        if start is not None:
            query = query.where(_values.c.day >= start)
        if end is not None:
            query = query.where(_values.c.day < end)
        query = query.order_by(_values.c.metric, _values.c.participant, _values.c.day)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            return [DailyValue(*row) for row in connection.execute(query)]

    def daily_fingerprints(self, pilot: str) -> dict[tuple[str, date, str], str]:
        """{(participant, day, metric): fingerprint of the input the stored value was made from}."""
        key = (_values.c.participant, _values.c.day, _values.c.metric)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(select(*key, _values.c.fingerprint).where(_values.c.pilot == pilot))
            return {(code, day, metric): fingerprint for code, day, metric, fingerprint in rows}


def _row(pilot: str, value: DailyValue) -> dict[str, Any]:
    row = {
        "pilot": pilot,
        "participant": value.participant,
        "day": value.day,
        "metric": value.metric,
        "n": int(value.n),
        "reason": value.reason,
        "fingerprint": value.fingerprint,
    }
    for name in _NUMBERS:
        number = getattr(value, name)
        if number is not None and not math.isfinite(number):
            raise InvalidDailyValue(
                f"{value.metric} of {value.participant} on {value.day}: {name} is {number}; "
                "what is absent is None, with a reason"
            )
        # Drivers know Python's numbers, not NumPy's.
        row[name] = None if number is None else float(number)
    return row
