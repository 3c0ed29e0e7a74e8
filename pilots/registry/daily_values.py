"""Daily values: what analysis makes of a participant's day or night."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection, Text, bindparam, cast, delete, select

from pilots import tables
from pilots.daily_columns import DailyColumns, MonthOfValues
from pilots.records import DailyValue, Inputs
from pilots.registry.database import upsert
from pilots.registry.month_values import read_months, read_summed_months, stored
from pilots.registry.participants import ParticipantRecords, require_codes
from pilots.registry.pilots import require_pilot
from pilots.registry.revisions import DEVICES, FIGURES, count_revision, revision_of

_values = tables.month_values
_inputs = tables.month_inputs

_Key = tuple[str, date]
"""A participant's month."""


class _Change(NamedTuple):
    """Daily values that are new in a month, and (metric, day) of those that are gone."""

    values: DailyColumns
    gone: Sequence[tuple[str, date]]


class DailyValueRecords(ParticipantRecords):
    """Daily values by metric, participant and day."""

    def put_daily_values(self, pilot: str, values: Iterable[DailyValue]) -> None:
        """Write daily values, in place of those of the same participant, day and metric; all or none.

        Raises `UnknownParticipant`, or `InvalidDailyValue` for NaN and infinity.
        """
        by_month: dict[_Key, dict[tuple[date, str], DailyValue]] = {}
        for value in values:
            month = by_month.setdefault((value.participant, value.day.replace(day=1)), {})
            month[value.day, value.metric] = value
        changes = {key: _Change(DailyColumns.of_values([*put.values()]), ()) for key, put in by_month.items()}
        with self._writing() as connection:
            require_codes(connection, pilot, {code for code, _ in changes})
            _change(connection, pilot, changes)

    def put_months(self, pilot: str, months: Sequence[MonthOfValues]) -> list[MonthOfValues]:
        """Write what was computed of these months, with what it was made from; all or none, except those that
        are returned: another computation has written them since `before` was read. Of their values some would
        be of one and some of the other, and nobody could tell from what they were made.

        Raises `UnknownParticipant`.
        """
        with self._writing() as connection:
            require_codes(connection, pilot, {month.participant for month in months})
            known = _known_inputs(connection, pilot, {_key(month) for month in months})
            overtaken = [month for month in months if month.before != known.get(_key(month), {})]
            left = {_key(month) for month in overtaken}
            written = {_key(month): month for month in months if _key(month) not in left}
            _change(
                connection, pilot, {key: _Change(month.values, month.gone) for key, month in written.items()}
            )
            rows = [
                _row(pilot, key) | {"fingerprints": _listed(month.inputs)} for key, month in written.items()
            ]
            if rows:
                connection.execute(upsert(connection, _inputs), rows)
        return overtaken

    def month_sums(self, pilot: str) -> dict[tuple[str, date], int]:
        """{(participant, first day of the month): a number that changes when one of its values does}, of the
        months that have any values; the same for the same values, whoever wrote them and in which order."""
        query = select(_values.c.participant, _values.c.month, _values.c.values_hash)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            ordered = query.where(_values.c.pilot == pilot).order_by(_values.c.participant, _values.c.month)
            return {(code, month): hashed for code, month, hashed in connection.execute(ordered)}

    def month_inputs(self, pilot: str, start: date | None = None) -> dict[tuple[str, date], Inputs]:
        """{(participant, first day of the month): what its values were made from}, of every month from that
        of `start` on."""
        query = select(_inputs.c.participant, _inputs.c.month, _inputs.c.fingerprints)
        if start is not None:
            query = query.where(_inputs.c.month >= start.replace(day=1))
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(query.where(_inputs.c.pilot == pilot))
            return {(code, month): fingerprints for code, month, fingerprints in rows}

    def month_input_hashes(self, pilot: str) -> dict[tuple[str, date], bytes]:
        """{(participant, first day of the month): `hash_of_inputs` of what its values were made from}."""
        query = select(_inputs.c.participant, _inputs.c.month, cast(_inputs.c.fingerprints, Text))
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(query.where(_inputs.c.pilot == pilot))
            return {(code, month): _hash(kept) for code, month, kept in rows}

    def counting_values(
        self, pilot: str, metric: str, start: date | None = None
    ) -> dict[tuple[str, date], list[tuple[int, float]]]:
        """{(participant, first day of the month): (day of the month, value) ascending} of the metric's values
        that stand without a reason, of every month, from that of `start` on, that has any values."""
        with self._reading() as connection:
            require_pilot(connection, pilot)
            return {
                (code, month): values.counting(metric)
                for code, month, values in read_months(connection, pilot, start=start)
            }

    def figures_revision(self) -> tuple[int, int]:
        """Changes whenever a daily value, a participant, a device or an assignment does, in any pilot."""
        with self._reading() as connection:
            return revision_of(connection, FIGURES), revision_of(connection, DEVICES)

    def daily_columns(self, pilot: str) -> list[tuple[str, date, DailyColumns]]:
        """Participant, first day and values of every month that has any, by participant and month."""
        with self._reading() as connection:
            require_pilot(connection, pilot)
            return list(read_months(connection, pilot))

    def summed_columns(
        self, pilot: str
    ) -> tuple[dict[tuple[str, date], int], list[tuple[str, date, DailyColumns]]]:
        """`month_sums` and `daily_columns` of the same moment."""
        with self._reading() as connection:
            require_pilot(connection, pilot)
            found = list(read_summed_months(connection, pilot))
        return {month[:2]: hashed for hashed, month in found}, [month for _, month in found]

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
        wanted = None if metric is None else {metric}
        found: dict[str, list[DailyValue]] = {}
        with self._reading() as connection:
            require_pilot(connection, pilot)
            codes = None if participant is None else {participant}
            for code, month, columns in read_months(connection, pilot, codes=codes, start=start, end=end):
                for value in columns.values(code, month, wanted):
                    if (start is None or value.day >= start) and (end is None or value.day < end):
                        found.setdefault(value.metric, []).append(value)
        return [value for name in sorted(found) for value in found[name]]


def hash_of_inputs(inputs: Inputs) -> bytes:
    """16 bytes for what a month's values were made from, which itself takes five hundred times as much
    memory. Written by others in another order the same can have another."""
    return _hash(json.dumps(_listed(inputs)))


def _hash(kept: str) -> bytes:
    return blake2b(kept.encode(), digest_size=16).digest()


def _listed(inputs: Inputs) -> dict[str, list[int | None]]:
    return {family: [*prints] for family, prints in inputs.items()}


_REMOVE = delete(_values).where(
    _values.c.pilot == bindparam("of_pilot"),
    _values.c.participant == bindparam("of_participant"),
    _values.c.month == bindparam("of_month"),
)


def _key(month: MonthOfValues) -> _Key:
    return month.participant, month.month


def _row(pilot: str, key: _Key) -> dict[str, object]:
    return {"pilot": pilot, "participant": key[0], "month": key[1]}


def _known_inputs(connection: Connection, pilot: str, keys: Collection[_Key]) -> dict[_Key, Inputs]:
    """What the values of these months were made from, and of some others."""
    query = select(_inputs.c.participant, _inputs.c.month, _inputs.c.fingerprints).where(
        _inputs.c.pilot == pilot,
        _inputs.c.participant.in_({code for code, _ in keys}),
        _inputs.c.month.in_({month for _, month in keys}),
    )
    return {(code, month): fingerprints for code, month, fingerprints in connection.execute(query)}


def _change(connection: Connection, pilot: str, changes: Mapping[_Key, _Change]) -> None:
    """Bring months to their new values. Writers go one at a time: nobody changes them now."""
    changes = {key: change for key, change in changes.items() if len(change.values) or change.gone}
    if not changes:
        return
    codes, months = {code for code, _ in changes}, {month for _, month in changes}
    stood = {
        (code, month): values
        for code, month, values in read_months(connection, pilot, codes=codes, months=months)
    }
    rows, emptied = [], []
    for key, (newer, gone) in changes.items():
        before = stood.get(key, DailyColumns())
        values = before.updated(newer, [(metric, day.day) for metric, day in gone])
        if values.metrics:
            rows.append(_row(pilot, key) | stored(values))
        elif key in stood:
            emptied.append({f"of_{name}": part for name, part in _row(pilot, key).items()})
    if rows:
        connection.execute(upsert(connection, _values), rows)
    if emptied:
        connection.execute(_REMOVE, emptied)
    count_revision(connection, FIGURES)
