"""One metric's daily values as columns: millions are read, chosen and summed without an object for each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.periods import Period
from pilots.records import DailyValue

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Days:
    """One metric's daily values (n,) of the participants in `codes`: whose (`place` among them), of which
    `day` (the date's ordinal), and what they say; by place and day, ascending.

    `value`, `ci_low`, `ci_high` and `coverage` are NaN where absent. `reason` is 0 for none, k for the k-th
    of `reasons`.
    """

    metric: str
    codes: Sequence[str]
    place: Int32
    day: Int32
    value: Float64
    ci_low: Float64
    ci_high: Float64
    n: Int32
    coverage: Float64
    reason: NDArray[np.uint8]
    reasons: Sequence[str]
    _of: dict[tuple[str, ...], "Days"] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of_values(cls, metric: str, values: Iterable[DailyValue]) -> Self:
        """From daily values of the metric, in any order."""
        ordered = sorted(values, key=lambda value: (value.participant, value.day))
        codes = {
            code: place for place, code in enumerate(dict.fromkeys(each.participant for each in ordered))
        }
        said = dict.fromkeys(each.reason for each in ordered if each.reason is not None)
        words = {None: 0} | {word: code for code, word in enumerate(said, 1)}
        return cls(
            metric,
            tuple(codes),
            np.array([codes[each.participant] for each in ordered], np.int32),
            np.array([each.day.toordinal() for each in ordered], np.int32),
            np.array([each.value for each in ordered], np.float64),
            np.array([each.ci_low for each in ordered], np.float64),
            np.array([each.ci_high for each in ordered], np.float64),
            np.array([each.n for each in ordered], np.int32),
            np.array([each.coverage for each in ordered], np.float64),
            np.array([words[each.reason] for each in ordered], np.uint8),
            tuple(said),
        )

    def __len__(self) -> int:
        return len(self.day)

    def __getitem__(self, rows: slice | Flags | NDArray[np.integer[Any]]) -> "Days":
        """Some of the values, of the same participants."""
        return Days(
            self.metric,
            self.codes,
            self.place[rows],
            self.day[rows],
            self.value[rows],
            self.ci_low[rows],
            self.ci_high[rows],
            self.n[rows],
            self.coverage[rows],
            self.reason[rows],
            self.reasons,
        )

    def of(self, codes: Sequence[str]) -> "Days":
        """Those participants' values, in that order; of who has none too."""
        key = tuple(codes)
        if key not in self._of:
            parts = [self._part(code) for code in key]
            lengths = [part.stop - part.start for part in parts]
            chosen = self[_rows(parts)]
            place = np.repeat(np.arange(len(key), dtype=np.int32), lengths)
            self._of[key] = replace(chosen, codes=key, place=place, _of={})
        return self._of[key]

    def own(self, code: str, period: Period | None = None) -> "Days":
        """One participant's values, of a period or all of them."""
        part = self._part(code)
        if period is not None:
            days = self.day[part]
            first, end = np.searchsorted(days, (period.first.toordinal(), period.end.toordinal())).tolist()
            part = slice(part.start + first, part.start + end)
        return self[part]

    def _part(self, code: str) -> slice:
        at = self._places.get(code)
        return slice(0, 0) if at is None else slice(int(self._opens[at]), int(self._opens[at + 1]))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

    @cached_property
    def _opens(self) -> NDArray[np.int64]:
        """Where each participant's values begin, and where the last one's end."""
        return np.searchsorted(self.place, np.arange(len(self.codes) + 1))

    def within(self, period: Period) -> Flags:
        """Which lie in the period."""
        return self.between(period.first, period.end)

    def between(self, first: date, end: date) -> Flags:
        """Which are of local days in [first, end)."""
        return np.asarray((self.day >= first.toordinal()) & (self.day < end.toordinal()))

    def counting(self, floor: float) -> Flags:
        """Which may be used: there is a value, and enough of the window was observed."""
        return np.asarray(~np.isnan(self.value) & ~(self.coverage < floor))

    def seen(self) -> Flags:
        """Of which anything at all was observed."""
        return np.asarray((self.coverage > 0) | (self.n != 0))

    def per_participant(self, rows: Flags, of: Float64 | Int32 | None = None) -> Float64:
        """How many of the values each participant has, or their sum of `of` (n,)."""
        weights = None if of is None else of[rows]
        return np.bincount(self.place[rows], weights, len(self.codes)).astype(np.float64)

    def ends(self) -> list[date]:
        """The first and the last day on which anybody has a value; none where nobody has."""
        return [date.fromordinal(int(end)) for end in (self.day.min(), self.day.max())] if len(self) else []

    def values(self) -> Iterator[DailyValue]:
        """One after the other."""
        words = (None, *self.reasons)
        floats = (_or_none(column) for column in (self.value, self.ci_low, self.ci_high))
        return map(
            DailyValue._make,
            zip(
                (self.codes[place] for place in self.place.tolist()),
                map(date.fromordinal, self.day.tolist()),
                (self.metric for _ in range(len(self))),
                *floats,
                self.n.tolist(),
                _or_none(self.coverage),
                (words[code] for code in self.reason.tolist()),
                strict=True,
            ),
        )


def _rows(parts: Sequence[slice]) -> slice | NDArray[np.intp]:
    """The rows of the parts; where these follow each other, without making a copy of what they choose."""
    filled = [part for part in parts if part.start < part.stop]
    if all(before.stop == part.start for before, part in pairwise(filled)):
        return slice(filled[0].start, filled[-1].stop) if filled else slice(0, 0)
    return np.concatenate([np.arange(part.start, part.stop) for part in filled])


def _or_none(column: Float64) -> list[float | None]:
    return [None if number != number else number for number in column.tolist()]
