"""What each participant adds to the figures that are pooled over a group's alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.alarm_burden import alarm_floods
from analysis.alarm_shares import FALSE, NUISANCE, REAL
from analysis.alarms import NEVER
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, PURGED, TOO_FEW_NIGHTS
from analysis.pipeline.metric_days import Days
from analysis.pipeline.participant_values import mean_coverage, reason_for_none
from analysis.pipeline.periods import Period
from analysis.pipeline.pilot_alarms import PilotAlarms
from analysis.pooled_change import Kind
from analysis.series import HOUR_US
from pilots.civil_time import local_date, midnight, noon

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]

ALARM_DAYS = "alarms_per_device_day"
"""Its daily values say on which days a device with alarms stood with whom, and how many alarms came."""

FEWEST_ALARMS = 5
"""A share of fewer alarms, or a median wait, says more about one evening than about the phase."""

SHIFTS_A_DAY = 3

BEFORE_MIDNIGHT_US, BEFORE_NOON_US = 3 * HOUR_US, 5 * HOUR_US
"""21:00 and 07:00, counted back from where no clock change lies between."""

OUTCOME_OF = {"false_alarms_percent": FALSE, "nuisance_alarms_percent": NUISANCE}


@dataclass(frozen=True, slots=True)
class Parts:
    """A pooled figure is sum(`numerator`) / sum(`denominator`), of alarms in percent (`share`) or a `rate`.

    Both are (g,), a place for each of `participants`, or (1,) where the figure is the group's alone.
    `behind` counts the alarms of a share, the days of a rate. `coverage` is the share of alarms whose outcome
    is known, or of the expected days that were observed. With a `reason` there is no figure, and
    `observed` participants were seen at all.
    """

    kind: Kind
    participants: tuple[str, ...]
    numerator: Float64
    denominator: Float64
    behind: int
    coverage: float | None
    observed: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class PooledAlarms:
    """A pilot's alarms with what pooling needs: `day` (n,) ordinal of the local date and `night` (n,) of each
    alarm's raise, and the daily values of `ALARM_DAYS`."""

    alarms: PilotAlarms
    day: NDArray[np.int64]
    night: NDArray[np.bool_]
    days: Days

    def parts(
        self, metric: str, period: Period, codes: Sequence[str], floor: float, *, fewest_days: int = 1
    ) -> Parts:
        """What the participants add to the metric in the period.

        `floor` is the coverage under which a share, or for a rate a day, does not count; a rate leaves out
        participants with fewer than `fewest_days`.
        """
        if metric in OUTCOME_OF:
            return self._outcomes(OUTCOME_OF[metric], period, codes, floor)
        if metric == "night_alarms_percent":
            rows = self._rows(period, codes)
            return self._share(rows[self.night[rows]], rows, rows)
        return self._rate(metric, period, codes, floor, fewest_days)

    def _rows(self, period: Period, codes: Sequence[str]) -> Rows:
        return self.alarms.rows(start=period.time_us, end=period.end_us, participants=codes)

    def _outcomes(self, word: str, period: Period, codes: Sequence[str], floor: float) -> Parts:
        rows = self._rows(period, codes)
        outcome = self.alarms.table.outcome[rows]
        known = rows[(outcome == FALSE) | (outcome == NUISANCE) | (outcome == REAL)]
        return self._share(rows[outcome == word], known, rows, floor)

    def _share(self, chosen: Rows, known: Rows, seen: Rows, floor: float = 0.0) -> Parts:
        everybody = len(self.alarms.participants)
        owner = self.alarms.participant
        hits = np.bincount(owner[chosen], minlength=everybody)
        tries = np.bincount(owner[known], minlength=everybody)
        those = np.flatnonzero(tries)
        coverage = len(known) / len(seen) if len(seen) else None
        reason = None
        if coverage is None:
            reason = NO_DATA
        elif coverage < floor:
            reason = LOW_COVERAGE
        elif len(known) < FEWEST_ALARMS:
            reason = TOO_FEW_NIGHTS
        return Parts(
            "share",
            tuple(self.alarms.participants[place] for place in those),
            hits[those].astype(np.float64),
            tries[those].astype(np.float64),
            len(known),
            coverage,
            len(np.unique(owner[seen])),
            reason,
        )

    def _rate(
        self, metric: str, period: Period, codes: Sequence[str], floor: float, fewest_days: int
    ) -> Parts:
        theirs = self.days.of(codes)
        everything = theirs[theirs.within(period)]
        valid = everything.counting(floor)
        number = everything.per_participant(valid)
        chosen = (number > 0) & (number >= fewest_days)
        counting = everything[valid & chosen[everything.place]]
        present = tuple(code for code, is_chosen in zip(codes, chosen.tolist(), strict=True) if is_chosen)
        alarms = counting.per_participant(np.ones(len(counting), np.bool_), counting.n)[chosen]
        dates = np.unique(counting.day)
        coverage = mean_coverage(everything)
        observed = len(np.unique(everything.place[everything.seen()]))
        if not present:
            why = TOO_FEW_NIGHTS if valid.any() else reason_for_none(everything)
            return Parts("rate", (), alarms, alarms, 0, coverage, observed, why)
        if metric == "alarms_per_shift":
            # The shifts are the same for all: each participant adds alarms to every one of them.
            shifts = np.full(len(present), SHIFTS_A_DAY * len(dates) / len(present))
            return Parts("rate", present, alarms, shifts, len(dates), coverage, observed, None)
        rows = np.flatnonzero(
            self.alarms.counted
            & np.isin(self.alarms.participant, [self.alarms.participants.index(code) for code in present])
        )
        raised, of_day = self.alarms.table.at["raised"][rows], self.day[rows]
        told = counting.day[counting.n != 0]
        # A flood on a day whose alarms were deleted cannot be seen, and is not none.
        reason = None if np.isin(told, of_day).all() else PURGED
        here = raised[np.isin(of_day, dates)]
        floods = np.array([np.isin(alarm_floods(raised).start, here).sum()], np.float64)
        weeks = np.array([len(dates) / 7])
        return Parts("rate", present, floods, weeks, len(dates), coverage, observed, reason)


def pooled_alarms(alarms: PilotAlarms, days: Days, zone: ZoneInfo) -> PooledAlarms:
    """Alarms with the daily values of `ALARM_DAYS`, in the pilot's zone."""
    raised = alarms.table.at["raised"]
    day, night = _in_local_time(raised, zone)
    return PooledAlarms(alarms, day, night, days)


def _in_local_time(raised: NDArray[np.int64], zone: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The ordinal of each local date (n,), and whether it is night; 0 and False for what was never raised."""
    day, night = np.zeros(len(raised), np.int64), np.zeros(len(raised), np.bool_)
    seen = raised[raised != NEVER]
    if len(seen) == 0:
        return day, night
    first, last = (local_date(int(time), zone) for time in (seen.min(), seen.max()))
    dates = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    opens = np.array([midnight(date, zone) for date in dates])
    morning = np.array([noon(date, zone) for date in dates]) - BEFORE_NOON_US
    place = np.searchsorted(opens, seen, side="right") - 1
    day[raised != NEVER] = first.toordinal() + place
    night[raised != NEVER] = (seen < morning[place]) | (seen >= opens[place + 1] - BEFORE_MIDNIGHT_US)
    return day, night
