"""What is left of the change months after the phase."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from analysis.catalogue import METRICS
from analysis.pipeline.comparison import Comparison, Pairs, against_others, before_and_after
from analysis.pipeline.evaluation_items import WholeItem
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.periods import Period
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pipeline.study import Study
from analysis.privacy import is_small
from pilots.civil_time import midnight

MONTHS_LOOKED_AT = 3
"""A single month would show its season as much as what was sustained."""

NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class SustainedRow:
    """The primary goal `after` so many months (`6m`), `due` when they are over, of `n` participants.

    The three months before `due` against the earlier phase, with the same estimator. `retained` is the share
    of the change that is left, None where the change itself was not shown.
    """

    after: str
    due: date
    n: int | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    retained: float | None
    suppressed: bool
    reason: str | None


def sustained_rows(study: Study, primary: WholeItem | None, *, suppress: bool) -> Iterator[SustainedRow]:
    """A row for every follow-up of the plan; `not_due` where no phase of the plan has come so far."""
    if len(study.phases) < 2:
        return
    end = study.phases[1].end
    for after in study.plan.follow_up:
        months = int(after.removesuffix("m"))
        due = months_later(end, months)
        found = _in_months(study, months_later(end, max(months - MONTHS_LOOKED_AT, 0)), due)
        if found is None:
            yield SustainedRow(after, due, None, None, None, None, None, False, NOT_DUE)
            continue
        row = SustainedRow(
            after,
            due,
            found.n,
            found.estimate,
            found.ci_low,
            found.ci_high,
            _retained(found, primary),
            False,
            found.reason,
        )
        hidden = _hidden_because(found, primary) if suppress else None
        yield _hidden(row, hidden) if hidden else row


def months_later(day: date, months: int) -> date:
    """The same day of the month so much later, or its last where it is shorter."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _in_months(study: Study, opens: date, closes: date) -> Comparison | None:
    """The days after `opens` up to `closes` that lie in a phase of their own; None where none does."""
    if study.goal is None or METRICS[study.goal.metric].summary == "pooled":
        return None
    later = [phase for phase in study.plan.phases if phase.start > study.phases[1].end]
    first = max(opens + timedelta(days=1), min((phase.start for phase in later), default=date.max))
    end = min(closes, max((phase.end for phase in later), default=date.min)) + timedelta(days=1)
    if not first < end:
        return None
    metric, zone = METRICS[study.goal.metric], study.plan.zone
    values = study.values(metric)
    months = Period("", midnight(first, zone), midnight(end, zone), first, end, None)
    pairs = Pairs(values(study.periods[0]), values(months), study.groups)
    if not pairs.after.observed.any():
        return None
    who = study.ours & study.taking_part
    if study.is_against_others(metric) and study.others is not None:
        others = study.others & study.taking_part
        if min(int((pairs.whole & who).sum()), int((pairs.whole & others).sum())) > 1:
            return against_others(pairs, who, others)
    return before_and_after(pairs, who)


def _retained(found: Comparison, primary: WholeItem | None) -> float | None:
    if primary is None or found.estimate is None:
        return None
    whole = primary.whole
    if whole.verdict not in ("better", "better_but_small") or not whole.estimate:
        return None
    return found.estimate / whole.estimate


def _hidden_because(found: Comparison, primary: WholeItem | None) -> str | None:
    if is_small(found.n or found.observed):
        return TOO_FEW_PARTICIPANTS
    if any(map(is_small, found.estimate_rests)):
        return BY_SUBTRACTION
    return primary.hidden_because if primary else None


def _hidden(row: SustainedRow, reason: str) -> SustainedRow:
    return replace(
        row,
        n=None,
        estimate=None,
        ci_low=None,
        ci_high=None,
        retained=None,
        suppressed=True,
        reason=reason,
    )
