"""What staff record with instruments of their own, phase against phase, beside what sensors say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.effects import FEWEST_FOR_INTERVAL, hodges_lehmann
from analysis.pipeline.measured import NO_DATA
from analysis.pipeline.periods import Period, phase_period
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.privacy import is_small
from pilots.instruments import INSTRUMENTS
from pilots.plan.part import Direction
from pilots.records import Score
from pilots.rounds import phase_before, phase_named, phase_of_round


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One instrument in one group, in whole points from `low` to `high`; `direction` is its better way.

    A participant's value of a phase is the last total recorded in it, in the later phase after wash-in;
    `n` of `n_started` have one in both. Means over those n, the Hodges-Lehmann change with its exact
    interval. A suppressed row has None for every figure.
    """

    instrument: str
    group: str
    low: int
    high: int
    direction: Direction
    n_started: int | None
    n: int | None
    before: float | None
    after: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    method: str | None
    suppressed: bool
    reason: str | None


def score_rows(data: PilotData, *, suppress: bool) -> list[ScoreRow]:
    """A row for each instrument that anybody was scored by and each group of the plan."""
    names = (phase_before(data.kept.round), phase_of_round(data.kept.round))
    phases = [phase for name in names if (phase := phase_named(data.plan, name)) is not None]
    if len(phases) < 2:
        return []
    periods = [phase_period(data.plan, phase, after_wash_in=True) for phase in phases]
    rows = []
    for instrument in INSTRUMENTS:
        scores = [score for score in data.scores if score.instrument == instrument]
        rows += [
            _row(instrument, group, codes, scores, periods, suppress=suppress)
            for group, codes in (data.members.items() if scores else ())
        ]
    return rows


def _row(
    instrument: str,
    group: str,
    codes: Sequence[str],
    scores: Sequence[Score],
    periods: Sequence[Period],
    *,
    suppress: bool,
) -> ScoreRow:
    known = INSTRUMENTS[instrument]
    before, after = (_last_of_each(scores, period) for period in periods)
    both = [code for code in codes if code in before and code in after]
    n = len(both)
    seen = n or len({code for code in codes if code in before or code in after})
    if suppress and (is_small(seen) or is_small(len(codes))):
        hidden = (None,) * 9
        return ScoreRow(
            *(instrument, group, known.low, known.high, known.better, *hidden),
            suppressed=True,
            reason=TOO_FEW_PARTICIPANTS,
        )
    if n == 0:
        nothing = (None,) * 7
        return ScoreRow(
            *(instrument, group, known.low, known.high, known.better, len(codes), 0, *nothing),
            suppressed=False,
            reason=NO_DATA,
        )
    was, became = (np.array([phase[code] for code in both]) for phase in (before, after))
    change = hodges_lehmann(became - was)
    enough = n >= FEWEST_FOR_INTERVAL
    return ScoreRow(
        instrument,
        group,
        known.low,
        known.high,
        known.better,
        len(codes),
        n,
        float(was.mean()),
        float(became.mean()),
        change.estimate,
        change.ci_low if enough else None,
        change.ci_high if enough else None,
        change.p,
        change.method,
        False,
        None if enough else TOO_FEW_PARTICIPANTS,
    )


def _last_of_each(scores: Sequence[Score], period: Period) -> dict[str, float]:
    """Each participant's last total in the period; `scores` ascend by day."""
    return {score.participant: score.value for score in scores if period.first <= score.day < period.end}
