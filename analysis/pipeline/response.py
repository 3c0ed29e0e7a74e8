"""How fast alarms are answered, per phase and group."""

from dataclasses import dataclass

from analysis.alarms import Closed
from analysis.pipeline.periods import phase_period
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS, Interval, response_figures
from analysis.privacy import is_small


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One phase, group and stage (`acknowledged`, `arrived`). Fields as in `ResponseFigures`.

    `n` counts alarms; a suppressed row (1-4 participants behind the alarms) has None for every figure,
    `n` and `censored` included. A median that exists with a limit that is not reached keeps its value:
    the limit is None and `reason` says `not_reached`.
    """

    phase: str
    group: str
    stage: str
    n: int | None
    censored: int | None
    median_s: float | None
    ci_low: float | None
    ci_high: float | None
    share_within_target: float | None
    share_ci_low: float | None
    share_ci_high: float | None
    suppressed: bool
    reason: str | None


def response_rows(
    data: PilotData,
    *,
    start: int | None = None,
    end: int | None = None,
    interval: Interval = "cluster",
    closed: Closed = "competing",
    suppress: bool,
) -> list[ResponseRow]:
    """A row for every phase of the plan, group and stage; alarms raised in [start, end) µs UTC.

    An alarm belongs to the phase in which it was raised and to the participant its device then stood
    with; tests are left out. With `closed="censored"` alarms closed without the stage are censored there
    instead of competing, and `greenwood` is then Kaplan-Meier's log-log interval. With `suppress`,
    `start` and `end` choose whole phases by when they open: two windows that differ by an hour would tell
    of a single alarm.
    """
    if closed not in ("competing", "censored"):
        raise ValueError(f"closed is {closed!r}: take competing or censored")
    plan, alarms = data.plan, data.alarms
    targets = {"acknowledged": plan.targets.acknowledge_s, "arrived": plan.targets.arrive_s}
    rows = []
    for phase in plan.phases:
        whole = phase_period(plan, phase)
        opens, ends = whole.time_us, whole.end_us
        if suppress:
            if (start is not None and opens < start) or (end is not None and opens >= end):
                continue
        else:
            opens = opens if start is None else max(start, opens)
            ends = ends if end is None else min(end, ends)
        for group in plan.groups:
            for stage, target_s in targets.items():
                chosen = alarms.responses(stage, start=opens, end=ends, group=group, closed=closed)
                if suppress and is_small(chosen.residents):
                    rows.append(_suppressed(phase.name, group, stage))
                    continue
                figures = response_figures(chosen, target_s, interval)
                rows.append(
                    ResponseRow(
                        phase.name,
                        group,
                        stage,
                        figures.n,
                        figures.censored,
                        figures.median_s,
                        figures.ci_low,
                        figures.ci_high,
                        figures.share_within_target,
                        figures.share_ci_low,
                        figures.share_ci_high,
                        False,
                        figures.reason,
                    )
                )
    return rows


def _suppressed(phase: str, group: str, stage: str) -> ResponseRow:
    nothing = (None,) * 8
    return ResponseRow(phase, group, stage, *nothing, suppressed=True, reason=TOO_FEW_PARTICIPANTS)
