"""How much the technology was used at the end of the phase."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from analysis.catalogue import METRICS
from analysis.pipeline.periods import Period
from analysis.pipeline.study import Study
from analysis.privacy import is_small
from pilots.civil_time import midnight

LAST_DAYS = 28

UPTIME = "device_uptime_percent"

NOT_BY_CHOICE = frozenset({"died", "moved", "hospital"})
"""Whoever left so did not stop using the technology because of it."""


@dataclass(frozen=True, slots=True)
class UseRow:
    """Use over the last four weeks of the later phase, or up to the last day that is known: the mean of `n`
    participants. `metric` is the plan's, or else the time that devices delivered."""

    percent: float | None
    at_least_percent: float
    n: int | None
    holds: bool | None
    metric: str
    suppressed: bool = False

    def published(self, started: int) -> "UseRow":
        """As those may see it who see groups only, beside that so many started."""
        if not is_small(self.n or 0):
            # Else it would tell how many died, moved or came to hospital.
            return replace(self, n=None) if is_small(started - (self.n or 0)) else self
        return replace(self, percent=None, n=None, holds=None, suppressed=True)


def use_row(study: Study) -> UseRow | None:
    """The use by the first group's participants; None where nothing is known of it.

    Of devices a day without readings counts as no use, also after a participant said no to more; who died,
    moved or came to hospital is left out. Of a metric of the plan's the days count that say it.
    """
    rule = study.plan.evaluation.use
    metric = METRICS[rule.metric or UPTIME]
    if len(study.phases) < 2 or metric.summary in ("response", "pooled"):
        return None
    table, phase = study.table(metric), study.periods[1]
    rows = table.counting(metric.coverage_floor) & table.within(phase)
    if not rows.any():
        return None
    end = min(phase.end, date.fromordinal(int(table.day[rows].max()) + 1))
    first = max(phase.first, end - timedelta(days=LAST_DAYS))
    zone = study.plan.zone
    last = Period("", midnight(first, zone), midnight(end, zone), first, end, None)
    rows &= table.within(last)
    gone = {
        person.code
        for person in study.data.people
        if person.left_because in NOT_BY_CHOICE and (person.left_us or 0) < last.end_us
    }
    known = table.per_participant(rows)
    days = known if rule.metric else np.full(len(known), float((end - first).days))
    asked = study.ours & np.array([code not in gone for code in study.codes], np.bool_) & (days > 0)
    if not asked.any():
        return None
    percent = float((table.per_participant(rows, table.value)[asked] / days[asked]).mean())
    holds = round(percent - rule.at_least_percent, 9) >= 0
    return UseRow(percent, rule.at_least_percent, int(asked.sum()), holds, metric.name)
