"""Who is compared in which phases, and everybody's values of both, metric by metric."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS, Metric
from analysis.pipeline.comparison import (
    Comparison,
    Pairs,
    against_others,
    before_and_after,
    described,
    nothing,
    pooled,
    stored_as,
)
from analysis.pipeline.evaluation_design import FEWEST_PAIRS, Allowed, ChosenDesign, choose_design
from analysis.pipeline.metric_days import Days
from analysis.pipeline.periods import Period, phase_period
from analysis.pipeline.phase_values import OfPhase, from_alarms, from_daily_values
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.weekly import Weeks, interrupted_series, repeated_measures, weeks_of_wash_in
from pilots.plan import Goal, Phase, Plan
from pilots.plan.model import GroupName

Flags = NDArray[np.bool_]

COMPLETED = "completed"
"""Who left so has taken part in everything that was asked."""


@dataclass(frozen=True)
class Study:
    """A pilot's participants with two of its phases, both after their wash-in.

    A participant's phase value is the mean of the days or nights that count (as many as the plan asks for),
    the slope through the phase's nights, the last value that counts, or the median wait of at least
    `fewest_alarms` alarms.
    """

    data: PilotData
    phases: tuple[Phase, ...]
    fewest_alarms: int
    _pairs: dict[str, Pairs] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.data.plan

    @cached_property
    def goal(self) -> Goal | None:
        """The primary one."""
        return next((goal for goal in self.plan.goals if goal.primary), None)

    @cached_property
    def codes(self) -> Sequence[str]:
        """Of all groups, in the order that every array here has."""
        return [code for codes in self.data.members.values() for code in codes]

    @cached_property
    def groups(self) -> NDArray[np.intp]:
        """The number of everybody's group, in the order of the plan's members."""
        return np.repeat(
            np.arange(len(self.data.members)), [len(each) for each in self.data.members.values()]
        )

    @cached_property
    def first_group(self) -> GroupName:
        """The one that gets the technology."""
        return next(iter(self.plan.groups))

    def group(self, name: str) -> Flags:
        """Who is in it."""
        theirs = set(self.data.members.get(name, ()))
        return np.array([code in theirs for code in self.codes], np.bool_)

    @cached_property
    def ours(self) -> Flags:
        return self.group(self.first_group)

    @cached_property
    def others(self) -> Flags | None:
        """Who is in the comparison group; None where the plan has none."""
        names = [name for name in self.plan.groups if name != self.first_group]
        return self.group(names[0]) if names else None

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        return tuple(phase_period(self.plan, phase, after_wash_in=True) for phase in self.phases)

    @cached_property
    def stayed(self) -> Flags:
        """Who still took part when the later phase was over."""
        end = self.periods[-1].end_us
        left = {
            person.code
            for person in self.data.people
            if person.left_us is not None and person.left_us < end and person.left_because != COMPLETED
        }
        return np.array([code not in left for code in self.codes], np.bool_)

    @cached_property
    def taking_part(self) -> Flags:
        """Whose values count: everybody's, or by the plan's rule only theirs who stayed."""
        complete = self.plan.evaluation.missing_data == "complete_cases"
        return self.stayed if complete else np.ones(len(self.codes), np.bool_)

    def table(self, metric: Metric) -> Days:
        """The daily values that it is made from."""
        return self.data.days(stored_as(metric)).of(self.codes)

    def values(self, metric: Metric) -> OfPhase:
        """Everybody's value of a period; not for what is pooled over alarms."""
        if metric.summary == "response":
            return from_alarms(self.data.alarms, metric, self.codes, self.fewest_alarms)
        return from_daily_values(self.table(metric), metric, self.plan.evaluation.days_per_phase)

    def pairs(self, metric: Metric) -> Pairs:
        """Everybody's values of both phases; not for what is pooled over alarms."""
        if metric.name not in self._pairs:
            before, after = map(self.values(metric), self.periods)
            self._pairs[metric.name] = Pairs(before, after, self.groups)
        return self._pairs[metric.name]

    def weeks(self, metric: Metric) -> Weeks:
        """Everybody's weekly means of both phases, counted from the later one's first day."""
        return Weeks.of(self.table(metric), metric.coverage_floor, self.phases[1].start, self.phases)

    @cached_property
    def design(self) -> ChosenDesign:
        """By the primary goal's metric."""
        if self.goal is None or len(self.phases) < 2:
            return choose_design(self.plan.evaluation.design, Allowed(0, None, None))
        metric = METRICS[self.goal.metric]
        if metric.summary == "pooled":
            return choose_design(self.plan.evaluation.design, Allowed(0, None, None))
        whole = self.pairs(metric).whole & self.taking_part
        others, weeks = self.others, None
        if metric.summary == "mean":
            weeks = self.weeks(metric).counts(whole & self.ours, weeks_of_wash_in(self.phases[1]))
        return choose_design(
            self.plan.evaluation.design,
            Allowed(
                int((whole & self.ours).sum()),
                None if others is None else int((whole & others).sum()),
                weeks,
            ),
        )

    def compared(self, metric: Metric, group: str) -> Comparison:
        """The metric of one group, by the design where it is the first group's, else before and after."""
        if len(self.phases) < 2:
            return nothing()
        if metric.summary == "pooled":
            codes, fewest = self.data.members[group], self.plan.evaluation.days_per_phase
            return pooled(self.data.pooled, metric, self.periods, codes, fewest)
        pairs, who = self.pairs(metric), self.group(group) & self.taking_part
        if group != self.first_group:
            return before_and_after(pairs, who)
        if self.is_against_others(metric):
            assert self.others is not None
            return against_others(pairs, who, self.others & self.taking_part)
        if self.design.design in BY_WEEK and metric.summary == "mean" and self.is_goal(metric):
            whole = who & pairs.whole
            if whole.any():
                return self._by_week(metric, whole, described(pairs, who))
        return before_and_after(pairs, who)

    def is_goal(self, metric: Metric) -> bool:
        return any(goal.metric == metric.name for goal in self.plan.goals)

    def is_against_others(self, metric: Metric) -> bool:
        """Whether the first group's change is told against the comparison group's: by design, and where
        both have enough participants with this metric."""
        if self.design.design != "comparison_group" or self.others is None or metric.summary == "pooled":
            return False
        whole = self.pairs(metric).whole & self.taking_part
        return min(int((whole & self.ours).sum()), int((whole & self.others).sum())) >= FEWEST_PAIRS

    def _by_week(self, metric: Metric, whole: Flags, found: Comparison) -> Comparison:
        weeks, wash_in, pairs = self.weeks(metric), weeks_of_wash_in(self.phases[1]), self.pairs(metric)
        if self.design.design == "repeated_measures":
            return repeated_measures(weeks, whole, wash_in, found)
        return interrupted_series(weeks, whole, (pairs.before.value + pairs.after.value) / 2, wash_in, found)


BY_WEEK = ("interrupted_series", "repeated_measures")
