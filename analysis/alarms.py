"""The chain of an alarm: from the readings of its stages to times and rates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import poisson_rate_ci

Int64 = NDArray[np.int64]
Text = NDArray[np.object_]

STAGES = ("raised", "received", "acknowledged", "dispatched", "arrived", "closed", "cancelled")
"""The stages in the order of the chain."""

NEVER = int(np.iinfo(np.int64).max)
"""Stands where a stage was not seen."""

CENSORED, REACHED, COMPETING = 0, 1, 2

Closed = Literal["competing", "censored"]


@dataclass(frozen=True, slots=True)
class AlarmTable:
    """One row an alarm, ascending by identifier.

    `at` holds for each stage an (n,) int64 array of its first time in microseconds UTC, `NEVER` where it
    was not seen. `cause` (n,) is the cause given with the raise, else the first given; `outcome` (n,) the
    last given; None where absent. `test` (n,) bool marks alarms that any reading calls a test.
    """

    alarm: Text
    at: Mapping[str, Int64]
    cause: Text
    outcome: Text
    test: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.alarm)

    @property
    def ended(self) -> Int64:
        """When the alarm was closed or cancelled, whichever came first; `NEVER` while it is open."""
        return np.minimum(self.at["closed"], self.at["cancelled"])


@dataclass(frozen=True, slots=True)
class ResponseIntervals:
    """Seconds from raised to a stage, one row an alarm of those that were raised.

    `seconds` (n,) float64; `code` (n,) int8 is `REACHED`, `COMPETING` (ended without the stage) or
    `CENSORED` (open when the data end). `row` (n,) int64 points into the `AlarmTable`. `early` counts
    stages timed before the raise: they stand as 0 s, since somebody was there when it was raised.
    """

    seconds: NDArray[np.float64]
    code: NDArray[np.int8]
    row: Int64
    early: int


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """Alarms per device-day with the exact Poisson interval; right for one device, too narrow when pooled."""

    value: float
    ci_low: float
    ci_high: float
    n: int


def alarm_table(time: Int64, alarm: Text, stage: Text, cause: Text, outcome: Text) -> AlarmTable:
    """Gather one device's alarm readings into one row an alarm.

    Readings (n,) as in the `alarm` stream, in any order: stages may come, and be timed, in any order. A
    stage seen twice stands at its first time.
    """
    if len(time) == 0:
        none = np.empty(0, dtype=np.object_)
        empty = np.empty(0, dtype=np.int64)
        return AlarmTable(none, dict.fromkeys(STAGES, empty), none, none, np.empty(0, dtype=np.bool_))
    # One by one: of the few readings of a day, arrays would take several times as long.
    named, stages, causes, outcomes = (column.tolist() for column in (alarm, stage, cause, outcome))
    names = sorted(set(named))
    place = {name: number for number, name in enumerate(names)}
    row = [place[name] for name in named]
    at = {name: [NEVER] * len(names) for name in STAGES}
    test = [False] * len(names)
    for number, when, name, why, what in zip(row, time.tolist(), stages, causes, outcomes, strict=True):
        if name in at:
            at[name][number] = min(at[name][number], when)
        if "test" in (why, what):
            test[number] = True
    by_time = np.argsort(time, kind="stable").tolist()
    # The raise speaks first about the cause; writing backwards lets the first word stand.
    raise_first = sorted(by_time, key=lambda reading: stages[reading] != "raised")
    return AlarmTable(
        np.array(names, np.object_),
        {name: np.array(times, np.int64) for name, times in at.items()},
        _last_said(causes, row, reversed(raise_first), len(names)),
        _last_said(outcomes, row, by_time, len(names)),
        np.array(test),
    )


def _last_said(words: Sequence[str | None], row: Sequence[int], order: Iterable[int], n: int) -> Text:
    said = np.full(n, None, dtype=np.object_)
    for reading in order:
        if words[reading] is not None:
            said[row[reading]] = words[reading]
    return said


def response_intervals(
    table: AlarmTable, stage: str, *, end: int, closed: Closed = "competing"
) -> ResponseIntervals:
    """Time from raised to `stage` for every raised alarm of the table.

    An alarm closed or cancelled without the stage is a competing event at its end, or, with
    `closed="censored"`, censored there (the reading that 1 - Kaplan-Meier needs). An alarm still open is
    censored at `end` (integer microseconds UTC), the end of the data. Alarms never raised are left out.
    """
    if stage not in STAGES:
        raise ValueError(f"no stage {stage!r} in the chain of an alarm: take one of {', '.join(STAGES)}")
    row = (table.at["raised"] != NEVER).nonzero()[0]
    raised, reached, ended = table.at["raised"][row], table.at[stage][row], table.ended[row]
    got_there = reached != NEVER
    over = ended != NEVER
    code = np.where(got_there, REACHED, np.where(over & (closed == "competing"), COMPETING, CENSORED)).astype(
        np.int8
    )
    until = np.where(got_there, reached, np.where(over, ended, max(end, 0)))
    elapsed = until - raised
    early = int(np.count_nonzero(got_there & (elapsed < 0)))
    return ResponseIntervals(np.maximum(elapsed, 0) / 1e6, code, row, early)


def alarm_rate(alarms: int, device_days: float) -> AlarmRate:
    """Alarms per device-day with the exact (Garwood 1936) interval; NaN when `device_days` is not above 0.

    ValueError: fewer than no alarms.
    """
    if alarms < 0:
        raise ValueError(f"alarms is {alarms}: give how many there were, from 0 up")
    if not device_days > 0:
        return AlarmRate(float("nan"), float("nan"), float("nan"), alarms)
    low, high = poisson_rate_ci(alarms, device_days)
    return AlarmRate(alarms / device_days, low, high, alarms)
