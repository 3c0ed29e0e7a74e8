"""Whether what was found holds in each of the plan's units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.catalogue import METRICS
from analysis.pipeline.comparison import Comparison, against_others, before_and_after
from analysis.pipeline.evaluation_design import FEWEST_PAIRS
from analysis.pipeline.evaluation_items import WholeItem
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pipeline.study import Study
from analysis.privacy import is_small


@dataclass(frozen=True, slots=True)
class UnitRow:
    """The primary goal in one unit: `n` of its participants in the first group with both phases.

    It `agrees` when its own estimate reaches the smallest change worth having; None under six of them.
    """

    unit: str
    n: int | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    agrees: bool | None
    suppressed: bool
    reason: str | None = None


def unit_rows(study: Study) -> tuple[UnitRow, ...]:
    """A row for each unit of the plan, by the design of the primary goal where it is one of two phases'
    values; none without a primary goal, or where nobody's unit is known."""
    goal = study.goal
    if goal is None or len(study.phases) < 2 or METRICS[goal.metric].summary == "pooled":
        return ()
    metric = METRICS[goal.metric]
    unit_of = {person.code: person.unit for person in study.data.people}
    pairs, rows = study.pairs(metric), []
    if not any(unit_of[code] for code in study.data.members[study.first_group]):
        return ()
    for unit in study.plan.units:
        here = np.array([unit_of[code] == unit for code in study.codes], np.bool_)
        who = study.ours & study.taking_part & here
        if study.is_against_others(metric) and study.others is not None and (who & pairs.whole).any():
            found = against_others(pairs, who, study.others & study.taking_part)
        else:
            found = before_and_after(pairs, who)
        worth_having = goal.minimum_change if goal.direction == "up" else -goal.minimum_change
        rows.append(_row(unit, found, worth_having))
    return tuple(rows)


def _row(unit: str, found: Comparison, worth_having: float) -> UnitRow:
    agrees = None
    if found.n >= FEWEST_PAIRS and found.estimate is not None:
        agrees = round(found.estimate / worth_having - 1, 9) >= 0
    return UnitRow(unit, found.n, found.estimate, found.ci_low, found.ci_high, agrees, False)


def published_units(rows: Sequence[UnitRow], primary: WholeItem) -> tuple[UnitRow, ...]:
    """As those may see them who see groups only, beside the `primary` goal's figure of all.

    Units of 1 to 4 are hidden, and all of them where those hidden, or without a unit, are 1 to 4 together, or
    where that figure is hidden: it would follow from them.
    """
    shown = sum(row.n or 0 for row in rows if not is_small(row.n or 0))
    every = is_small((primary.whole.n or 0) - shown) or primary.hidden_because is not None
    return tuple(_published(row, every) for row in rows)


def _published(row: UnitRow, every: bool) -> UnitRow:
    small = is_small(row.n or 0)
    if not (small or every):
        return row
    reason = TOO_FEW_PARTICIPANTS if small else BY_SUBTRACTION
    return UnitRow(row.unit, None, None, None, None, None, True, reason)
