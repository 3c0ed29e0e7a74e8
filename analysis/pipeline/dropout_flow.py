"""How many came how far, group by group, and why the others did not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.catalogue import METRICS
from analysis.dropout import StandardisedDifference, leaver_smd
from analysis.pipeline.study import COMPLETED, Study
from analysis.privacy import is_small, suppress_table
from pilots.records import Participant

NOT_STATED = "not_stated"

WITHHELD = "withheld"
"""Stands for every reason whose count is hidden: how many are missing, others of the figures tell."""

BEYOND_ANYBODY = ("died", "moved", "hospital")
"""Reasons that say nothing of the technology; they are told first, and apart."""


@dataclass(frozen=True, slots=True)
class DropoutFlow:
    """The participants of one group: `planned`, `invited` of whom some `declined` or were `not_eligible`,
    `started`, and `left` before the later phase was over, by reason. `retention` is completed of started.
    `leaver_smd` is how those without a later value of the primary goal differed before from those with one,
    in standard deviations; `leavers_differ` beyond a fifth.

    None where nobody told, and where `hidden` says so, of numbers that are small or would give one away; the
    reasons of those are then told together as `withheld`.
    """

    group: str
    planned: int
    invited: int | None
    declined: int | None
    not_eligible: int | None
    started: int | None
    left: tuple[tuple[str, int | None], ...]
    completed: int | None
    retention: float | None
    leaver_smd: float | None
    leavers_differ: bool | None
    hidden: bool = False

    def published(self, leavers: int) -> "DropoutFlow":
        """As those may see it who see groups only; so many stand behind `leaver_smd`, at the least."""
        shown = replace(self, leaver_smd=None, leavers_differ=None) if is_small(leavers) else self
        counts = [count or 0 for _, count in self.left] + [self.completed or 0]
        if self.started:
            cells, (total,) = _hidden(counts)
            *left, completed = cells
            shown = replace(
                shown,
                started=None if total else self.started,
                left=(
                    *(each for each, hide in zip(self.left, left, strict=True) if not hide),
                    *([(WITHHELD, None)] if any(left) else []),
                ),
                completed=None if completed else self.completed,
                retention=None if completed or total else self.retention,
            )
        if self.invited is not None and self.declined is not None and self.not_eligible is not None:
            joined = self.invited - self.declined - self.not_eligible
            (declined, not_eligible, _), (total,) = _hidden([self.declined, self.not_eligible, joined])
            shown = replace(
                shown,
                invited=None if total else self.invited,
                declined=None if declined else self.declined,
                not_eligible=None if not_eligible else self.not_eligible,
            )
        return replace(shown, hidden=shown != self)


def dropout_flows(study: Study, *, suppress: bool) -> Iterator[DropoutFlow]:
    """The flow of every group, in the order of the plan."""
    recruited = {each.group: each for each in study.data.recruitment}
    end = study.periods[-1].end_us if study.phases else None
    for group, planned in study.plan.groups.items():
        people = [person for person in study.data.people if person.group == group]
        left = left_because(people, end)
        told, unlike = recruited.get(group), _leavers(study, group)
        completed = len(people) - left.total()
        flow = DropoutFlow(
            group,
            planned,
            told.invited if told else None,
            told.declined if told else None,
            told.not_eligible if told else None,
            len(people),
            tuple(sorted(left.items(), key=_beyond_anybody_first)),
            completed,
            completed / len(people) if people else None,
            _finite(unlike.value) if unlike else None,
            unlike.flagged if unlike and np.isfinite(unlike.value) else None,
        )
        yield flow.published(min(unlike.leavers, unlike.stayers) if unlike else 0) if suppress else flow


def left_because(people: Iterable[Participant], end: int | None) -> Counter[str]:
    """How many left before `end` µs UTC (None: at any time) without having completed, by reason."""
    return Counter(
        person.left_because or NOT_STATED
        for person in people
        if person.left_us is not None
        and person.left_because != COMPLETED
        and (end is None or person.left_us < end)
    )


def _leavers(study: Study, group: str) -> StandardisedDifference | None:
    """Those with an earlier value of the primary goal: who lack a later one against who have it."""
    if study.goal is None or len(study.phases) < 2 or METRICS[study.goal.metric].summary == "pooled":
        return None
    pairs = study.pairs(METRICS[study.goal.metric])
    own = study.group(group)
    return leaver_smd(pairs.before.value[own], ~pairs.whole[own])


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _beyond_anybody_first(left: tuple[str, int | None]) -> tuple[bool, int, str]:
    reason, count = left
    return reason not in BEYOND_ANYBODY, -(count or 0), reason


def _hidden(counts: list[int]) -> tuple[list[bool], list[bool]]:
    """Which of the counts, and whether their published sum, must be hidden."""
    found = suppress_table(np.array([counts]))
    return found.cells[0].tolist(), found.row_totals.tolist()
