"""Participants' months of daily values side by side: a metric is a slice of few blocks, not of each month."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.metric_days import Days, Flags, Float64, Int32
from pilots.daily_columns import ABSENT, PLACES, DailyColumns

Layout = tuple[tuple[str, ...], tuple[str, ...]]
"""The metrics of a month, and those of them with limits."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The months of one layout: their numbers (k,) among all, ascending, and their columns (k, metrics, 31),
    of limits (k, with_limits, 31)."""

    metrics: tuple[str, ...]
    with_limits: tuple[str, ...]
    number: NDArray[np.int64]
    value: Float64
    coverage: Float64
    n: Int32
    reason: NDArray[np.uint8]
    ci_low: Float64
    ci_high: Float64

    def limits(self, column: Float64, metric: str) -> Float64:
        """Those of a metric (k, 31), NaN where it has none."""
        if metric in self.with_limits:
            return column[:, self.with_limits.index(metric)]
        return np.full((len(self.number), PLACES), np.nan)


class JoinedMonths:
    """Months of daily values, each participant's together and ascending."""

    def __init__(self, months: Iterable[tuple[str, date, DailyColumns]]) -> None:
        codes: dict[str, int] = {}
        words: dict[str, int] = {}
        owner: list[int] = []
        opens: list[int] = []
        alike: dict[Layout, list[tuple[int, DailyColumns]]] = {}
        for number, (code, month, values) in enumerate(months):
            owner.append(codes.setdefault(code, len(codes)))
            opens.append(month.toordinal())
            alike.setdefault((values.metrics, values.with_limits), []).append((number, values))
        self._codes = tuple(codes)
        self._owner = np.array(owner, np.int32)
        self._opens = np.array(opens, np.int32)
        self._blocks = [_block(layout, of_it, words) for layout, of_it in alike.items()]
        self._reasons = tuple(words)

    @property
    def last_day(self) -> date | None:
        """The last day of which any metric says anything; None before any has."""
        newest = int(self._opens.max(initial=0))
        said = np.zeros(PLACES, np.bool_)
        for block in self._blocks:
            said |= (block.reason[self._opens[block.number] == newest] != ABSENT).any(axis=(0, 1))
        return date.fromordinal(newest + int(said.nonzero()[0][-1])) if said.any() else None

    def days(self, metric: str) -> Days:
        """The metric's daily values; `codes` are those who have a month with it."""
        blocks = [(block, block.metrics.index(metric)) for block in self._blocks if metric in block.metrics]
        numbers = np.concatenate([np.zeros(0, np.int64), *(block.number for block, _ in blocks)])
        order = np.argsort(numbers)
        months = numbers[order]

        def column(kind: type, part: Callable[[_Block, int], NDArray[Any]]) -> NDArray[Any]:
            parts = [part(block, at) for block, at in blocks]
            if len(parts) == 1:
                return parts[0].reshape(-1)
            return np.concatenate([np.empty((0, PLACES), kind), *parts])[order].reshape(-1)

        reason = column(np.uint8, lambda block, at: block.reason[:, at])
        stands: Flags = reason != ABSENT
        whose, place = np.unique(self._owner[months], return_inverse=True)
        day: Int32 = self._opens[months][:, np.newaxis] + np.arange(PLACES, dtype=np.int32)
        low = high = np.broadcast_to(np.float64(np.nan), int(np.count_nonzero(stands)))
        if any(metric in block.with_limits for block, _ in blocks):
            low = column(np.float64, lambda block, _: block.limits(block.ci_low, metric))[stands]
            high = column(np.float64, lambda block, _: block.limits(block.ci_high, metric))[stands]
        return Days(
            metric,
            tuple(self._codes[each] for each in whose.tolist()),
            np.repeat(place.astype(np.int32), PLACES)[stands],
            day.reshape(-1)[stands],
            column(np.float64, lambda block, at: block.value[:, at])[stands],
            low,
            high,
            column(np.int32, lambda block, at: block.n[:, at])[stands],
            column(np.float64, lambda block, at: block.coverage[:, at])[stands],
            reason[stands],
            self._reasons,
        )


def _block(layout: Layout, months: Sequence[tuple[int, DailyColumns]], words: dict[str, int]) -> _Block:
    metrics, with_limits = layout
    said_as: dict[tuple[str, ...], bytes] = {}
    for _, values in months:
        if values.reasons not in said_as:
            said_as[values.reasons] = _translation(values.reasons, words)

    def joined(kind: str, rows: int, columns: Iterable[bytes]) -> NDArray[Any]:
        return np.frombuffer(b"".join(columns), kind).reshape(len(months), rows, PLACES)

    return _Block(
        metrics,
        with_limits,
        np.array([number for number, _ in months], np.int64),
        joined("<f8", len(metrics), (values.value for _, values in months)),
        joined("<f8", len(metrics), (values.coverage for _, values in months)),
        joined("<i4", len(metrics), (values.n for _, values in months)),
        joined(
            "u1", len(metrics), (values.reason.translate(said_as[values.reasons]) for _, values in months)
        ),
        joined("<f8", len(with_limits), (values.ci_low for _, values in months)),
        joined("<f8", len(with_limits), (values.ci_high for _, values in months)),
    )


def _translation(reasons: Sequence[str], words: dict[str, int]) -> bytes:
    """From the reasons of a month to those of all, which grow by those that are new."""
    code = bytearray(range(256))
    for old, word in enumerate(reasons, 1):
        code[old] = words.setdefault(word, len(words) + 1)
    return bytes(code)
