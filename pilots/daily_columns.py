"""A participant's daily values of one calendar month as columns: as they are kept, and handed on."""

import re
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite, isnan, nan
from typing import NamedTuple, Self

import msgspec

from pilots.errors import InvalidDailyValue
from pilots.records import DailyValue, Inputs

PLACES = 31
"""Every metric has one for each day that a month can have."""

ABSENT = 255
"""The `reason` of a place where no value stands; 0 is that of a value without a reason."""

_LARGEST_N = 2**31 - 1


class DailyColumns(msgspec.Struct, frozen=True, array_like=True):
    """Of m `metrics`, in alphabetical order, `PLACES` places each: every column has (m × 31), little-endian.

    `value` and `coverage` are float64, NaN where there is none; `n` is int32; `reason` is a byte: 0 for none,
    k for the k-th of `reasons`, `ABSENT` for no value at all. `ci_low` and `ci_high` have only the metrics
    `with_limits`. The same values make the same bytes, in whichever order they came.
    """

    metrics: tuple[str, ...] = ()
    with_limits: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    value: bytes = b""
    coverage: bytes = b""
    n: bytes = b""
    reason: bytes = b""
    ci_low: bytes = b""
    ci_high: bytes = b""

    @classmethod
    def of(
        cls,
        metric: Sequence[str],
        day: Sequence[int],
        value: Sequence[float | None],
        ci_low: Sequence[float | None],
        ci_high: Sequence[float | None],
        n: Sequence[int],
        coverage: Sequence[float | None],
        reason: Sequence[str | None],
    ) -> Self:
        """Of daily values in any order, each metric of a `day` of the month (1-31) once.

        Raises `InvalidDailyValue` for NaN, infinity, and a count that 32 bits do not hold.
        """
        wrong = _refused(value, ci_low, ci_high, n, coverage)
        if wrong is not None:
            at, why = wrong
            raise InvalidDailyValue(f"{metric[at]} on day {day[at]} of a month: {why}")
        return cls._made(metric, day, value, ci_low, ci_high, n, coverage, reason)

    @classmethod
    def of_values(cls, values: Sequence[DailyValue]) -> Self:
        """Of one participant's daily values of one month, as `of`."""
        if not values:
            return cls()
        _, dates, metric, value, low, high, n, coverage, reason = zip(*values, strict=True)
        wrong = _refused(value, low, high, n, coverage)
        if wrong is not None:
            at, why = wrong
            raise InvalidDailyValue(f"{metric[at]} of {values[at].participant} on {dates[at]}: {why}")
        days = [day.day for day in dates]
        return cls._made(metric, days, value, low, high, n, coverage, reason)

    @classmethod
    def _made(
        cls,
        metric: Sequence[str],
        day: Sequence[int],
        value: Sequence[float | None],
        ci_low: Sequence[float | None],
        ci_high: Sequence[float | None],
        n: Sequence[int],
        coverage: Sequence[float | None],
        reason: Sequence[str | None],
    ) -> Self:
        metrics = tuple(sorted(set(metric)))
        opens = _opens(metrics)
        places = [opens[name] + number for name, number in zip(metric, day, strict=True)]
        size = PLACES * len(metrics)
        reasons = tuple(sorted({word for word in reason if word is not None}))
        _require_room(reasons)
        codes: dict[str | None, int] = {word: code for code, word in enumerate(reasons, 1)} | {None: 0}
        said, counts = bytearray([ABSENT]) * size, [0] * size
        for place, word, count in zip(places, reason, n, strict=True):
            said[place] = codes[word]
            counts[place] = count
        limited = [
            (name, number, low, high)
            for name, number, low, high in zip(metric, day, ci_low, ci_high, strict=True)
            if low is not None or high is not None
        ]
        with_limits = tuple(sorted({name for name, _, _, _ in limited}))
        opens = _opens(with_limits)
        at_limits = [opens[name] + number for name, number, _, _ in limited]
        of_limits = PLACES * len(with_limits)
        return cls(
            metrics,
            with_limits,
            reasons,
            _floats(size, places, value),
            _floats(size, places, coverage),
            struct.pack(f"<{size}i", *counts),
            bytes(said),
            _floats(of_limits, at_limits, [low for _, _, low, _ in limited]),
            _floats(of_limits, at_limits, [high for _, _, _, high in limited]),
        )

    def __len__(self) -> int:
        """How many daily values there are."""
        return len(self.reason) - self.reason.count(ABSENT)

    def values(
        self, participant: str, month: date, metrics: Collection[str] | None = None
    ) -> Iterator[DailyValue]:
        """The daily values, of the month with that first day, by metric and day."""
        numbers = {name: number for number, name in enumerate(self.with_limits)}
        for number, metric in enumerate(self.metrics):
            if metrics is not None and metric not in metrics:
                continue
            row = self._row(number, numbers.get(metric))
            value, coverage, low, high = (
                struct.unpack(f"<{PLACES}d", each) for each in (row.value, row.coverage, row.low, row.high)
            )
            n = struct.unpack(f"<{PLACES}i", row.n)
            for place, code in enumerate(row.reason):
                if code != ABSENT:
                    yield DailyValue(
                        participant,
                        month.replace(day=place + 1),
                        metric,
                        _told(value[place]),
                        _told(low[place]),
                        _told(high[place]),
                        n[place],
                        _told(coverage[place]),
                        self.reasons[code - 1] if code else None,
                    )

    def counting(self, metric: str) -> list[tuple[int, float]]:
        """The (day of the month, value) of those values of the metric that stand without a reason."""
        if metric not in self.metrics:
            return []
        row = self._row(self.metrics.index(metric), None)
        values = struct.unpack(f"<{PLACES}d", row.value)
        return [
            (place + 1, values[place])
            for place, code in enumerate(row.reason)
            if code == 0 and not isnan(values[place])
        ]

    @property
    def last_day(self) -> int:
        """The last day of the month that has a daily value, also one that is absent with a reason."""
        return max(place % PLACES + 1 for place, code in enumerate(self.reason) if code != ABSENT)

    def days_with_values(self) -> set[int]:
        """The days of the month on which any metric has a value that is a number."""
        values = struct.unpack(f"<{len(self.value) // 8}d", self.value)
        return {place % PLACES + 1 for place, value in enumerate(values) if not isnan(value)}

    def updated(self, newer: "DailyColumns", gone: Iterable[tuple[str, int]] = ()) -> "DailyColumns":
        """With what is `gone` (metric, day of the month) left out, and then the `newer` values in place.

        Raises `InvalidDailyValue` for more reasons in both than there is room for.
        """
        if not self.metrics:
            return newer
        words = tuple(sorted({*self.reasons, *newer.reasons}))
        _require_room(words)
        metrics = tuple(sorted({*self.metrics, *newer.metrics}))
        with_limits = tuple(sorted({*self.with_limits, *newer.with_limits}))
        limited = [metrics.index(metric) for metric in with_limits]
        opens = _opens(metrics)
        lost = bytearray(_NO_ROW.reason * len(metrics))
        for metric, day in gone:
            if metric in opens:
                lost[opens[metric] + day] = 0
        mine, none, theirs = (
            each._laid_out(metrics, with_limits, words) for each in (self, DailyColumns(), newer)
        )
        _replace(mine, none, lost, limited)
        _replace(mine, theirs, theirs["reason"], limited)
        return _packed(mine, metrics, with_limits, words)

    def _laid_out(
        self, metrics: Sequence[str], with_limits: Sequence[str], words: Sequence[str]
    ) -> dict[str, bytearray]:
        """The columns with a row for each of these metrics, and reasons by their place among the `words`."""
        code = bytearray(range(256))
        for old, word in enumerate(self.reasons, 1):
            code[old] = words.index(word) + 1
        told = msgspec.structs.replace(self, reason=self.reason.translate(code))
        columns = {}
        for name, empty in _EMPTY.items():
            column: bytes = getattr(told, name)
            rows, wanted = (self.with_limits, with_limits) if name in _LIMITS else (self.metrics, metrics)
            if rows != wanted:
                width = len(empty)
                own = {row: column[width * at : width * (at + 1)] for at, row in enumerate(rows)}
                column = b"".join(own.get(row, empty) for row in wanted)
            columns[name] = bytearray(column)
        return columns

    def _row(self, number: int, of_limits: int | None) -> "_Row":
        floats = slice(8 * PLACES * number, 8 * PLACES * (number + 1))
        limits = None if of_limits is None else slice(8 * PLACES * of_limits, 8 * PLACES * (of_limits + 1))
        return _Row(
            self.value[floats],
            self.coverage[floats],
            _NO_ROW.low if limits is None else self.ci_low[limits],
            _NO_ROW.high if limits is None else self.ci_high[limits],
            self.n[4 * PLACES * number : 4 * PLACES * (number + 1)],
            self.reason[PLACES * number : PLACES * (number + 1)],
        )


@dataclass(frozen=True, slots=True)
class MonthOfValues:
    """What one computation made of one participant's calendar month, to be written together.

    `values` are new, `gone` (metric, day) no longer exist, and `inputs` say what the month's values, these
    and those before, were made from; `before` said so when the computation began. `month` is its first day.
    """

    participant: str
    month: date
    values: DailyColumns
    gone: Sequence[tuple[str, date]]
    inputs: Inputs
    before: Inputs


class _Row(NamedTuple):
    """One metric's month."""

    value: bytes
    coverage: bytes
    low: bytes
    high: bytes
    n: bytes
    reason: bytes


_NO_FLOATS = struct.pack("<d", nan) * PLACES
_NO_ROW = _Row(_NO_FLOATS, _NO_FLOATS, _NO_FLOATS, _NO_FLOATS, bytes(4 * PLACES), bytes([ABSENT]) * PLACES)


_EMPTY = {
    "value": _NO_ROW.value,
    "coverage": _NO_ROW.coverage,
    "n": _NO_ROW.n,
    "reason": _NO_ROW.reason,
    "ci_low": _NO_ROW.low,
    "ci_high": _NO_ROW.high,
}
"""A row without values, by column."""

_LIMITS = ("ci_low", "ci_high")

_STANDS = re.compile(rb"[^\xff]+", re.DOTALL)
"""Places in a column of reasons that have a value."""


def _replace(
    mine: Mapping[str, bytearray],
    theirs: Mapping[str, bytearray],
    stands: bytearray,
    limited: Sequence[int],
) -> None:
    """Take what stands at the places that `stands` in a column of reasons from columns with the same rows;
    `limited` are the places of the metrics with limits among all."""
    whole = [found.span() for found in _STANDS.finditer(stands)]
    in_limits = [
        (found.start() + PLACES * (number - row), found.end() + PLACES * (number - row))
        for number, row in enumerate(limited)
        for found in _STANDS.finditer(stands, PLACES * row, PLACES * (row + 1))
    ]
    for name, column in mine.items():
        width = len(_EMPTY[name]) // PLACES
        for first, past in in_limits if name in _LIMITS else whole:
            column[width * first : width * past] = theirs[name][width * first : width * past]


def _packed(
    columns: Mapping[str, bytearray], metrics: Sequence[str], with_limits: Sequence[str], words: Sequence[str]
) -> DailyColumns:
    """Without the rows that are empty, and without the words that are no reason any more."""
    stand = _rows_beside(columns, metrics, ("reason",))
    limited = _rows_beside(columns, with_limits, _LIMITS)
    kept = {
        name: _joined(column, len(_EMPTY[name]), limited if name in _LIMITS else stand)
        for name, column in columns.items()
    }
    used = sorted(set(kept["reason"]) - {0, ABSENT})
    code = bytearray(range(256))
    for new, old in enumerate(used, 1):
        code[old] = new
    return DailyColumns(
        tuple(metrics[row] for row in stand),
        tuple(with_limits[row] for row in limited),
        tuple(words[old - 1] for old in used),
        kept["value"],
        kept["coverage"],
        kept["n"],
        kept["reason"].translate(code),
        kept["ci_low"],
        kept["ci_high"],
    )


def _rows_beside(columns: Mapping[str, bytearray], rows: Sequence[str], told_by: Sequence[str]) -> list[int]:
    """The rows that are not empty in one of the columns."""
    return [
        row
        for row in range(len(rows))
        if any(not columns[name].startswith(_EMPTY[name], len(_EMPTY[name]) * row) for name in told_by)
    ]


def _joined(column: bytearray, width: int, rows: Sequence[int]) -> bytes:
    if width * len(rows) == len(column):
        return bytes(column)
    return b"".join(column[width * row : width * (row + 1)] for row in rows)


def _opens(metrics: Sequence[str]) -> dict[str, int]:
    """By metric the place of the day before the first."""
    return {metric: PLACES * number - 1 for number, metric in enumerate(metrics)}


def _floats(size: int, places: Sequence[int], column: Sequence[float | None]) -> bytes:
    filled = [nan] * size
    for place, number in zip(places, column, strict=True):
        if number is not None:
            filled[place] = number
    return struct.pack(f"<{size}d", *filled)


def _require_room(reasons: Sequence[str]) -> None:
    if len(reasons) >= ABSENT:
        raise InvalidDailyValue(f"{len(reasons)} reasons in one month: there is room for {ABSENT - 1}")


def _told(number: float) -> float | None:
    return None if isnan(number) else number


def _refused(
    value: Sequence[float | None],
    ci_low: Sequence[float | None],
    ci_high: Sequence[float | None],
    n: Sequence[int],
    coverage: Sequence[float | None],
) -> tuple[int, str] | None:
    """The place of the first that cannot be kept, and why not."""
    named = ("value", value), ("ci_low", ci_low), ("ci_high", ci_high), ("coverage", coverage)
    for name, column in named:
        if not all(number is None or isfinite(number) for number in column):
            at, number = next((at, x) for at, x in enumerate(column) if x is not None and not isfinite(x))
            return at, f"{name} is {number}; what is absent is None, with a reason"
    if n and not -_LARGEST_N <= min(n) <= max(n) <= _LARGEST_N:
        at, count = next((at, count) for at, count in enumerate(n) if abs(count) > _LARGEST_N)
        return at, f"n is {count}, which 32 bits do not hold"
    return None
