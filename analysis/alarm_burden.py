"""What alarms ask of the staff: how many a shift, how close together, by day and by night."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import RateRatio, poisson_rate_ci, rate_ratio_ci
from analysis.pooled import GARWOOD, Dispersion, Share, dispersion, pooled_share
from analysis.series import HOUR_US, SECOND_US, Times

Int64 = NDArray[np.int64]

WINDOW_S = 600.0
FLOOD_FROM = 10
"""Ten alarms in ten minutes are more than one person can take in, whatever they are about (ISA-18.2)."""

CONCURRENT_FROM = 2

FORGOTTEN_AFTER_S = 3600.0
"""Nobody is still busy with an alarm after an hour: it was forgotten to close it."""


@dataclass(frozen=True, slots=True)
class AlarmBurden:
    """The alarms of one group of staff over `shifts` shifts of `hours` hours in all.

    `counts` (m,) alarms raised in each shift, `per_shift` their mean with Garwood's limits, which take
    alarms as independent; `dispersion`, over shifts in place of residents, says how wrong that is.
    `per_staff_and_shift` is NaN where the staff was not told. `most_in_window` alarms were raised within any
    `window_s` seconds, and `concurrent_share` of the time (0 to 1) at least `concurrent_from` were open at
    once. `interruption_index` is the share (0 to 1) of alarms raised while another was still open: each calls
    staff away from an alarm. `night` is the share raised in night shifts, None where these were not told.
    `forgotten` alarms stayed open longer than `forgotten_after_s` and count as open for no longer.
    """

    counts: Int64
    per_shift: float
    ci_low: float
    ci_high: float
    dispersion: Dispersion
    most_in_a_shift: int
    per_staff_and_shift: float
    most_in_window: int
    concurrent_share: float
    interruption_index: float
    night: Share | None
    n: int
    shifts: int
    hours: float
    forgotten: int
    window_s: float
    concurrent_from: int
    forgotten_after_s: float
    method: str
    confidence: float


@dataclass(frozen=True, slots=True)
class AlarmFloods:
    """Floods, each (k,): first and last alarm µs UTC, and how many alarms it held; `n` alarms were given."""

    start: Times
    end: Times
    alarms: Int64
    n: int
    window_s: float
    fewest: int
    method: str = "sliding window"

    def __len__(self) -> int:
        return len(self.start)

    @property
    def share_of_alarms(self) -> float:
        """The share (0 to 1) of all alarms that came in a flood; NaN without alarms."""
        return float(self.alarms.sum() / self.n) if self.n else float("nan")


@dataclass(frozen=True, slots=True)
class DayNightSplit:
    """Alarms by night and by day: `night` their share, and the rates per *observed* hour of each.

    `ratio` is the night's rate over the day's; its limits take alarms as independent.
    """

    night: Share
    night_alarms: int
    day_alarms: int
    night_hours: float
    day_hours: float
    per_night_hour: float
    per_day_hour: float
    ratio: RateRatio | None


def alarm_burden(
    raised: Times,
    ended: Times,
    shift_start: Times,
    shift_end: Times,
    *,
    staff: NDArray[np.float64] | None = None,
    night_shift: NDArray[np.bool_] | None = None,
    window_s: float = WINDOW_S,
    concurrent_from: int = CONCURRENT_FROM,
    forgotten_after_s: float = FORGOTTEN_AFTER_S,
    confidence: float = 0.95,
) -> AlarmBurden:
    """The burden of alarms raised in the shifts [start, end), each (m,) µs UTC ascending and apart.

    `raised` and `ended` (n,) µs UTC in any order, `analysis.alarms.NEVER` for one still open; alarms raised
    between shifts count for nothing but being open. `staff` (m,) on duty and `night_shift` (m,) bool, a
    place a shift. NaN without shifts, or alarms. ValueError: shifts that overlap or do not fit.
    """
    shifts = len(shift_start)
    _check_windows("shift", shift_start, shift_end)
    for name, given in (("staff", staff), ("night_shift", night_shift)):
        if given is not None and len(given) != shifts:
            raise ValueError(f"{len(given)} places of {name} do not fit {shifts} shifts")
    order = np.lexsort((ended, raised))
    raised = raised[order]
    # A stage may be timed before the raise: such an alarm was open for no time.
    longest = round(forgotten_after_s * SECOND_US)
    open_for = np.clip(ended[order] - raised, 0, longest)
    # Open for an hour when the shifts end is another thing than open as they end.
    seen_to_be = raised + longest <= (shift_end[-1] if shifts else 0)
    forgotten = int(np.count_nonzero((ended[order] - raised > longest) & seen_to_be))
    closed = raised + open_for
    shift = _window_of(raised, shift_start, shift_end)
    in_shift = shift >= 0
    counts = np.bincount(shift[in_shift], minlength=shifts)
    n = int(counts.sum())
    if shifts == 0:
        mean, low, high = float("nan"), float("nan"), float("nan")
    else:
        mean, (low, high) = n / shifts, poisson_rate_ci(n, shifts, confidence)
    # An earlier alarm is open exactly when the latest end of all earlier ones lies ahead.
    earlier_until = np.r_[np.iinfo(np.int64).min, np.maximum.accumulate(closed)[:-1]][: len(raised)]
    interrupts = in_shift & (earlier_until > raised)
    return AlarmBurden(
        counts,
        mean,
        low,
        high,
        dispersion(counts, np.ones(shifts)),
        int(counts.max(initial=0)),
        float("nan") if staff is None or staff.sum() == 0 else float(n / staff.sum()),
        _most_in_window(raised[in_shift], window_s),
        _concurrent_share(raised, closed, shift_start, shift_end, concurrent_from),
        float(interrupts.sum() / n) if n else float("nan"),
        None if night_shift is None else pooled_share(counts[night_shift].sum(), n, confidence=confidence),
        n,
        shifts,
        float((shift_end - shift_start).sum() / HOUR_US),
        forgotten,
        window_s,
        concurrent_from,
        forgotten_after_s,
        GARWOOD,
        confidence,
    )


def alarm_floods(raised: Times, *, window_s: float = WINDOW_S, fewest: int = FLOOD_FROM) -> AlarmFloods:
    """Floods among alarms raised at (n,) µs UTC, in any order: `fewest` or more within less than `window_s`.

    The window slides: an alarm belongs to a flood when any window of that length holds it and `fewest` in
    all, and windows with an alarm in common are one flood. Windows on the clock would split a flood in two
    and lose it. ValueError: `fewest` under 2.
    """
    if fewest < 2:
        raise ValueError(f"fewest is {fewest}: a flood is of 2 alarms or more")
    raised = np.sort(raised)
    window = round(window_s * SECOND_US)
    last_open = max(len(raised) - fewest + 1, 0)
    opens = np.flatnonzero(raised[fewest - 1 :] - raised[:last_open] < window)
    if len(opens) == 0:
        nothing = np.zeros(0, np.int64)
        return AlarmFloods(nothing, nothing, nothing, len(raised), window_s, fewest)
    apart = np.diff(opens) >= fewest
    first, last = opens[np.r_[True, apart]], opens[np.r_[apart, True]] + fewest - 1
    return AlarmFloods(raised[first], raised[last], last - first + 1, len(raised), window_s, fewest)


def day_night_split(
    raised: Times,
    night_start: Times,
    night_end: Times,
    *,
    start: int,
    end: int,
    confidence: float = 0.95,
) -> DayNightSplit:
    """Alarms raised in [start, end) by night and by day.

    `raised` (n,) µs UTC; the nights [start, end), each (m,) µs UTC ascending and apart, are the local 21:00
    to 07:00 or what else is called night: 9 or 11 hours long where the clock changes, and the rates divide
    by the hours that were. ValueError: nights that overlap, or an end before the start.
    """
    if end < start:
        raise ValueError(f"end {end} lies before start {start}")
    _check_windows("night", night_start, night_end)
    inside = raised[(raised >= start) & (raised < end)]
    by_night = int(np.count_nonzero(_window_of(inside, night_start, night_end) >= 0))
    by_day = len(inside) - by_night
    asleep = np.clip(np.minimum(night_end, end) - np.maximum(night_start, start), 0, None)
    night_h = float(asleep.sum() / HOUR_US)
    day_h = (end - start) / HOUR_US - night_h
    both = night_h > 0 and day_h > 0
    return DayNightSplit(
        pooled_share(by_night, len(inside), confidence=confidence),
        by_night,
        by_day,
        night_h,
        day_h,
        by_night / night_h if night_h > 0 else float("nan"),
        by_day / day_h if day_h > 0 else float("nan"),
        rate_ratio_ci(by_night, night_h, by_day, day_h, confidence=confidence) if both else None,
    )


def _check_windows(name: str, start: Times, end: Times) -> None:
    if len(start) != len(end):
        raise ValueError(f"{len(start)} starts and {len(end)} ends of a {name} do not fit")
    wrong = np.flatnonzero((end < start) | np.r_[False, start[1:] < end[:-1]][: len(start)])
    if len(wrong):
        raise ValueError(f"{name} {wrong[0]} ends before it starts, or starts before the one before it ends")


def _window_of(time: Times, start: Times, end: Times) -> NDArray[np.intp]:
    """The window [start, end) that holds each time (n,); -1 for none."""
    if len(start) == 0:
        return np.full(len(time), -1, np.intp)
    place = np.searchsorted(start, time, side="right") - 1
    return np.where((place >= 0) & (time < end[place]), place, -1)


def _most_in_window(raised: Times, window_s: float) -> int:
    past = np.searchsorted(raised, raised + round(window_s * SECOND_US), side="left")
    return int((past - np.arange(len(raised))).max(initial=0))


def _concurrent_share(
    raised: Times, closed: Times, shift_start: Times, shift_end: Times, concurrent_from: int
) -> float:
    """The share of the shifts' time in which so many alarms were open at once."""
    edges = np.unique(np.concatenate([raised, closed, shift_start, shift_end]))
    length = np.diff(edges)
    at = edges[:-1]
    are_open = np.searchsorted(raised, at, side="right") - np.searchsorted(np.sort(closed), at, side="right")
    on_duty = _window_of(at, shift_start, shift_end) >= 0
    total = int(length[on_duty].sum())
    busy = int(length[on_duty & (are_open >= concurrent_from)].sum())
    return busy / total if total else float("nan")
