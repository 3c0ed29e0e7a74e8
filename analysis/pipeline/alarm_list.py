"""The alarms one by one, as care staff and the alarm panel see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.alarms import NEVER, STAGES
from analysis.pipeline.pilot_alarms import pilot_alarms
from pilots.registry import Registry
from store import TimeSeriesStore

_ANSWERED, _THERE = ("acknowledged", "dispatched", "arrived"), ("arrived",)
"""Who is sent, or is there, has taken the alarm on, whether or not anybody pressed a button for it."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm. `stage` is the highest seen, `stage_code` its place in the chain, 0 (raised) to 6.

    Times are µs UTC, None where the stage was not seen; `closed_us` is when it was closed or cancelled.
    `over_target_s` is by how much the slower of acknowledge and arrive is over its target, 0 when
    neither is, counted until the first stage that implies it, the end of the alarm, or now; None when it was
    never raised.
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


def alarms(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
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
    targets = registry.pilot(pilot).plan.targets
    found = pilot_alarms(registry, store, pilot)
    rows = []
    for index in range(len(found.table)):
        at = {stage: int(found.table.at[stage][index]) for stage in STAGES}
        raised = at["raised"]
        opened = raised if raised != NEVER else min(at.values())
        ended = min(at["closed"], at["cancelled"])
        if (start is not None and opened < start) or (end is not None and opened >= end):
            continue
        if open_only and ended != NEVER:
            continue
        over = None
        if raised != NEVER:
            waits = ((_ANSWERED, targets.acknowledge_s), (_THERE, targets.arrive_s))
            over = max(0.0, *(_waited_s(at, stages, ended, now_us) - target for stages, target in waits))
        code = max(place for place, stage in enumerate(STAGES) if at[stage] != NEVER)
        row = AlarmRow(
            found.table.alarm[index],
            found.device[index],
            found.table.cause[index],
            STAGES[code],
            code,
            _seen(raised),
            _seen(at["acknowledged"]),
            _seen(at["arrived"]),
            _seen(ended),
            found.table.outcome[index],
            over,
        )
        rows.append((opened, row))
    rows.sort(key=lambda pair: (pair[0], pair[1].device, pair[1].alarm))
    return [row for _, row in rows]


def _waited_s(at: Mapping[str, int], stages: Sequence[str], ended: int, now_us: int) -> float:
    """From the raise until the first of the stages, the end of the alarm, or now."""
    until = min(ended, *(at[stage] for stage in stages))
    return ((now_us if until == NEVER else until) - at["raised"]) / 1e6


def _seen(time: int) -> int | None:
    return None if time == NEVER else time
