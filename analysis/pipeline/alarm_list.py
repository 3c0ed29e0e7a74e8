"""The alarms one by one, as care staff and the alarm panel see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.alarms import NEVER, STAGES
from analysis.pipeline.pilot_data import PilotData

_ANSWERED, _THERE = ("acknowledged", "dispatched", "arrived"), ("arrived",)
"""Who is sent, or is there, has taken the alarm on, whether or not anybody pressed a button for it."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm. `stage` is the highest seen, `stage_code` its place in the chain, 0 (raised) to 6.

    Times are µs UTC, None where the stage was not seen; `closed_us` is when it was closed or cancelled.
    `over_target_s` is by how much the slower of acknowledge and arrive is over its target, counted until the
    first stage that implies it, the end of the alarm, or now. Negative, it is the time left for the stage
    waited for, or that was left when nothing is waited for any longer; None when it was never raised.

    `opened_us` is when it was raised, or first heard of; `place` counts from 1 the alarms that its device
    opened at that very moment. Together they tell it from the others of its device, whichever are asked for.
    """

    alarm: str
    device: str
    cause: str | None
    stage: str
    stage_code: int
    raised_us: int | None
    acknowledged_us: int | None
    arrived_us: int | None
    closed_us: int | None
    outcome: str | None
    over_target_s: float | None
    opened_us: int
    place: int


def alarms(
    data: PilotData,
    *,
    open_only: bool = False,
    start: int | None = None,
    end: int | None = None,
    now_us: int,
) -> list[AlarmRow]:
    """Every alarm of the pilot raised in [start, end) µs UTC, ascending; tests and nobody's included.

    An alarm whose raise has not come counts by its first stage. `open_only` leaves out the closed and
    cancelled.
    """
    targets, found = data.plan.targets, data.alarms
    first_seen = np.minimum.reduce([found.table.at[stage] for stage in STAGES])
    opens = np.where(found.table.at["raised"] != NEVER, found.table.at["raised"], first_seen)
    chosen = np.ones(len(opens), np.bool_)
    if start is not None:
        chosen &= opens >= start
    if end is not None:
        chosen &= opens < end
    if open_only:
        chosen &= found.table.ended == NEVER
    at_once: dict[tuple[str, int], list[str]] = {}
    for index in np.flatnonzero(np.isin(opens, opens[chosen])).tolist():
        at_once.setdefault((found.device[index], int(opens[index])), []).append(found.table.alarm[index])
    rows = []
    for index in np.flatnonzero(chosen).tolist():
        at = {stage: int(found.table.at[stage][index]) for stage in STAGES}
        raised, ended = at["raised"], min(at["closed"], at["cancelled"])
        over = None
        if raised != NEVER:
            waits = ((_ANSWERED, targets.acknowledge_s), (_THERE, targets.arrive_s))
            over = _over_s([(_until(at, stages, ended), target) for stages, target in waits], raised, now_us)
        code = max(place for place, stage in enumerate(STAGES) if at[stage] != NEVER)
        alarm, device, opened = found.table.alarm[index], found.device[index], int(opens[index])
        row = AlarmRow(
            alarm,
            device,
            found.table.cause[index],
            STAGES[code],
            code,
            _seen(raised),
            _seen(at["acknowledged"]),
            _seen(at["arrived"]),
            _seen(ended),
            found.table.outcome[index],
            over,
            opened,
            sorted(at_once[device, opened]).index(alarm) + 1,
        )
        rows.append(row)
    return sorted(rows, key=lambda row: (row.opened_us, row.device, row.alarm))


def _until(at: Mapping[str, int], stages: Sequence[str], ended: int) -> int:
    """The first of the stages, or the end of the alarm."""
    return min(ended, *(at[stage] for stage in stages))


def _over_s(waits: Sequence[tuple[int, float]], raised: int, now_us: int) -> float:
    """Of waits (until, target) the one furthest over; one that ended in time leaves that to what goes on."""
    over = [((now_us if until == NEVER else until) - raised) / 1e6 - target for until, target in waits]
    open_or_late = [s for s, (until, _) in zip(over, waits, strict=True) if s > 0 or until == NEVER]
    return max(open_or_late or over)


def _seen(time: int) -> int | None:
    return None if time == NEVER else time
