"""Daily values: what analysis makes of a participant's day or night."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isfinite
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from pilots import tables
from pilots.errors import InvalidDailyValue
from pilots.records import DailyValue, Inputs, MonthOfValues
from pilots.registry.database import upsert
from pilots.registry.participants import ParticipantRecords, require_codes
from pilots.registry.pilots import require_pilot
from pilots.registry.revisions import DEVICES, FIGURES, count_revision, revision_of
from pilots.registry.value_sums import as_stored, sum_of

_values = tables.daily_values
_inputs = tables.month_inputs
_CHUNK = 10_000


class DailyValueRecords(ParticipantRecords):
    """Daily values by metric, participant and day."""

    def put_daily_values(self, pilot: str, values: Iterable[DailyValue]) -> None:
        """Write daily values, in place of those of the same participant, day and metric; all or none.

        Raises `UnknownParticipant`, or `InvalidDailyValue` for NaN and infinity.
        """
        put = {(value.participant, value.day, value.metric): value for value in _checked(list(values))}
        by_month: dict[_Key, list[DailyValue]] = {}
        for value in put.values():
            by_month.setdefault((value.participant, value.day.replace(day=1)), []).append(value)
        with self._writing() as connection:
            require_codes(connection, pilot, {code for code, _ in by_month})
            present = _present(connection, pilot, by_month)
            inputs = {key: present[key].fingerprints if key in present else {} for key in by_month}
            months = [MonthOfValues(*key, by_month[key], (), of, of) for key, of in inputs.items()]
            _write(connection, pilot, months, present)

    def put_months(self, pilot: str, months: Sequence[MonthOfValues]) -> list[MonthOfValues]:
        """Write what was computed of these months, with what it was made from; all or none, except those that
        are returned: another computation has written them since `before` was read. Of their values some would
        be of one and some of the other, and nobody could tell from what they were made.

        Raises `UnknownParticipant`, or `InvalidDailyValue` for NaN and infinity.
        """
        checked = [replace(month, values=_checked(month.values)) for month in months]
        with self._writing() as connection:
            require_codes(connection, pilot, {month.participant for month in months})
            present = _present(connection, pilot, {_key(month) for month in months})
            overtaken = {
                _key(month)
                for month in checked
                if month.before != (known.fingerprints if (known := present.get(_key(month))) else {})
            }
            _write(connection, pilot, [each for each in checked if _key(each) not in overtaken], present)
        return [month for month in checked if _key(month) in overtaken]

    def month_sums(self, pilot: str) -> dict[tuple[str, date], int]:
        """{(participant, first day of the month): a number that changes when one of its values does}, of the
        months that have any values; the same for the same values, whoever wrote them and in which order."""
        query = select(_inputs.c.participant, _inputs.c.month, _inputs.c.values_sum).where(
            _inputs.c.pilot == pilot, _inputs.c.values_sum != 0
        )
        with self._reading() as connection:
            require_pilot(connection, pilot)
            ordered = query.order_by(_inputs.c.participant, _inputs.c.month)
            return {(code, month): total for code, month, total in connection.execute(ordered)}

    def month_inputs(self, pilot: str) -> dict[tuple[str, date], Inputs]:
        """{(participant, first day of the month): what its values were made from}."""
        query = select(_inputs.c.participant, _inputs.c.month, _inputs.c.fingerprints)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(query.where(_inputs.c.pilot == pilot))
            return {(code, month): fingerprints for code, month, fingerprints in rows}

    def counting_values(self, pilot: str, metric: str) -> dict[str, list[tuple[date, float]]]:
        """{participant: (day, value) ascending} of the metric's values that stand without a reason."""
        query = select(_values.c.participant, _values.c.day, _values.c.value).where(
            _values.c.pilot == pilot,
            _values.c.metric == metric,
            _values.c.value.is_not(None),
            _values.c.reason.is_(None),
        )
        found: dict[str, list[tuple[date, float]]] = {}
        with self._reading() as connection:
            require_pilot(connection, pilot)
            for code, day, value in connection.execute(query.order_by(_values.c.participant, _values.c.day)):
                found.setdefault(code, []).append((day, value))
        return found

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
        query = select(*(_values.c[name] for name in DailyValue._fields))
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
            # Drivers make every row's texts and date anew: shared, they take half the memory.
            same: dict[Any, Any] = {}
            shared = same.setdefault
            return [
                DailyValue(
                    shared(code, code),
                    shared(day, day),
                    shared(name, name),
                    value,
                    low,
                    high,
                    n,
                    coverage,
                    shared(reason, reason),
                )
                for code, day, name, value, low, high, n, coverage, reason in connection.execute(query)
            ]


_REMOVE = delete(_values).where(
    _values.c.pilot == bindparam("of_pilot"),
    _values.c.metric == bindparam("of_metric"),
    _values.c.participant == bindparam("of_participant"),
    _values.c.day == bindparam("of_day"),
)


_Key = tuple[str, date]
"""A participant's month."""


def _key(month: MonthOfValues) -> _Key:
    return month.participant, month.month


class _Present(NamedTuple):
    """What stands of a month: what its values were made from, and their sum."""

    fingerprints: Inputs
    values_sum: int


def _present(connection: Connection, pilot: str, keys: Collection[_Key]) -> dict[_Key, _Present]:
    """What stands of these months, and of some others. Writers go one at a time: nobody changes it now."""
    columns = _inputs.c.participant, _inputs.c.month, _inputs.c.fingerprints, _inputs.c.values_sum
    query = select(*columns).where(
        _inputs.c.pilot == pilot,
        _inputs.c.participant.in_({code for code, _ in keys}),
        _inputs.c.month.in_({month for _, month in keys}),
    )
    return {(code, month): _Present(*stands) for code, month, *stands in connection.execute(query)}


def _write(
    connection: Connection, pilot: str, months: Sequence[MonthOfValues], present: Mapping[_Key, _Present]
) -> None:
    """The values of months, what they were made from, and their sums; of values that were checked."""
    before = _stood(connection, pilot, [month for month in months if _key(month) in present])
    gone: list[dict[str, object]] = []
    inputs: list[dict[str, object]] = []
    for month in months:
        known = present.get(_key(month))
        total = known.values_sum if known else 0
        total += sum_of(month.values) - sum_of(before.get(_key(month), ()))
        row = {"pilot": pilot, "participant": month.participant, "month": month.month}
        prints = {family: list(prints) for family, prints in month.inputs.items()}
        inputs.append(row | {"fingerprints": prints, "values_sum": as_stored(total)})
        of_month = {"of_pilot": pilot, "of_participant": month.participant}
        gone += [of_month | {"of_metric": metric, "of_day": day} for metric, day in month.gone]
    if gone:
        connection.execute(_REMOVE, gone)
        count_revision(connection, FIGURES)
    _put(connection, pilot, [value for month in months for value in month.values])
    if inputs:
        connection.execute(upsert(connection, _inputs), inputs)


def _stood(
    connection: Connection, pilot: str, months: Sequence[MonthOfValues]
) -> dict[_Key, list[DailyValue]]:
    """The values that these months are to replace or to take away."""
    touched: dict[date, set[tuple[str, str, date]]] = {}
    for month in months:
        keys = touched.setdefault(month.month, set())
        keys |= {(value.metric, value.participant, value.day) for value in month.values}
        keys |= {(metric, month.participant, day) for metric, day in month.gone}
    found: dict[_Key, list[DailyValue]] = {}
    for first, keys in touched.items():
        days = {day for _, _, day in keys} or {first}
        query = select(*(_values.c[name] for name in DailyValue._fields)).where(
            _values.c.pilot == pilot,
            _values.c.metric.in_({metric for metric, _, _ in keys}),
            _values.c.participant.in_({code for _, code, _ in keys}),
            _values.c.day.between(min(days), max(days)),
        )
        for row in connection.execute(query):
            value = DailyValue(*row)
            if (value.metric, value.participant, value.day) in keys:
                found.setdefault((value.participant, first), []).append(value)
    return found


def _put(connection: Connection, pilot: str, values: Sequence[DailyValue]) -> None:
    statement = upsert(connection, _values)
    compiled = statement.compile(dialect=connection.dialect)
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK]
        if compiled.positional:
            # SQLite's own driver takes a year of a large pilot, millions of rows, in a fraction of the time.
            columns = dict(zip(DailyValue._fields, zip(*chunk, strict=True), strict=True))
            texts = {day: day.isoformat() for day in set(columns["day"])}
            columns["day"] = tuple(map(texts.__getitem__, columns["day"]))
            columns["pilot"] = (pilot,) * len(chunk)
            rows = zip(*(columns[name] for name in compiled.positiontup or ()), strict=True)
            connection.exec_driver_sql(str(compiled), list(rows))
        else:
            named = [dict(zip(_ROW, (pilot, *value), strict=True)) for value in chunk]
            connection.execute(statement, named)
    if values:
        count_revision(connection, FIGURES)


_ROW = ("pilot", *DailyValue._fields)


_NUMBERS = ("value", "ci_low", "ci_high", "coverage")


def _checked(values: Sequence[DailyValue]) -> Sequence[DailyValue]:
    """With Python's own numbers, which are the ones that drivers know; none of them NaN or infinite."""
    plain = all(type(value.n) is int for value in values)
    for name in _NUMBERS:
        of_it = attrgetter(name)
        numbers = [number for number in map(of_it, values) if number is not None]
        if not all(map(isfinite, numbers)):
            wrong = next(v for v in values if of_it(v) is not None and not isfinite(of_it(v)))
            raise InvalidDailyValue(
                f"{wrong.metric} of {wrong.participant} on {wrong.day}: {name} is {of_it(wrong)}; "
                "what is absent is None, with a reason"
            )
        plain &= set(map(type, numbers)) <= {float}
    return values if plain else [_plain(value) for value in values]


def _plain(value: DailyValue) -> DailyValue:
    numbers = value.value, value.ci_low, value.ci_high, value.coverage
    plain, low, high, coverage = (None if number is None else float(number) for number in numbers)
    return value._replace(value=plain, ci_low=low, ci_high=high, n=int(value.n), coverage=coverage)
