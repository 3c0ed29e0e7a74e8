"""A pilot's content with its figures drawn and its words chosen, ready for a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.catalogue import METRICS
from analysis.pipeline import EvaluationItem, ResponseRow
from analysis.pipeline.attention import ENOUGH, is_silent
from analysis.pipeline.quality import QualityItem
from api.languages import Language
from api.wording import Wording
from pilots.plan import Goal

if TYPE_CHECKING:
    from api.figures import Figure
    from api.report.content import Content

MOST_DEVICES = 8
"""The devices that need attention first; the API lists them all."""


GOALS = "goals"
"""The heading over the metrics that the plan sets goals for, before the sections of the catalogue."""

Rows = list[tuple[str, list[EvaluationItem]]]
"""Rows of a table under their headings."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What `_pilot.html` shows."""

    content: "Content"
    say: Wording
    weeks: "Sequence[Figure]"
    change: "Figure | None"
    response: "Figure | None"
    coverage: "Figure | None"

    def goal(self, metric: str) -> Goal | None:
        """The plan's goal for a metric, if it has one."""
        return next((goal for goal in self.content.pilot.plan.goals if goal.metric == metric), None)

    def compared(self, group: str, *, beside: bool) -> Rows:
        """A group's rows that have something to show, and every goal even without, by section.

        `beside` asks for those that stand apart from the evaluation, otherwise for the evaluation's own.
        """
        sections: dict[str, list[EvaluationItem]] = {}
        for item in self.content.items_of(group):
            if self._stands(item) and self._beside(item) == beside:
                sections.setdefault(self._section(item), []).append(item)
        return list(sections.items())

    def not_compared(self, group: str, *, beside: bool) -> Rows:
        """A group's other rows by their reason: they are named below the table."""
        by_reason: dict[str, list[EvaluationItem]] = {}
        for item in self.content.items_of(group):
            if not self._stands(item) and self._beside(item) == beside:
                by_reason.setdefault(item.reason or "no_data", []).append(item)
        return list(by_reason.items())

    def screening(self, item: EvaluationItem) -> bool:
        """Whether the metric points at residents to look at, and must not be read as a diagnosis."""
        return METRICS[item.metric].level == "screening"

    def _stands(self, item: EvaluationItem) -> bool:
        return item.estimate is not None or self.goal(item.metric) is not None

    def _section(self, item: EvaluationItem) -> str:
        return GOALS if self.goal(item.metric) is not None else METRICS[item.metric].section

    def _beside(self, item: EvaluationItem) -> bool:
        return self.content.beside(item)

    def phase_mean(self, item: EvaluationItem, value: float | None) -> str:
        """A phase's mean, or a word where it is left out so that nobody can be worked out from it."""
        if value is None and item.reason == "by_subtraction":
            return self.say.text("evaluation.hidden")
        return self.say.amount(item.metric, value)

    def answered(self) -> list[ResponseRow]:
        """Response rows that alarms stand behind; the phases of a group and stage follow each other."""
        rows = [row for row in self.content.response if row.suppressed or row.n]
        order = [(row.group, row.stage) for row in rows]
        return sorted(rows, key=lambda row: order.index((row.group, row.stage)))

    def in_need(self) -> list[QualityItem]:
        """Devices that are silent or deliver too little, the worst first."""
        poor = [
            item
            for item in self.content.quality.items
            if is_silent(item) or (item.coverage is not None and item.coverage < ENOUGH)
        ]
        return sorted(poor, key=lambda item: (item.coverage is None, item.coverage or 0.0, item.device))[
            :MOST_DEVICES
        ]

    def set_aside(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Devices of which something was set aside, those of most first: (reason, times), the most first."""
        counted = [
            (item.device, sorted(item.set_aside.items(), key=lambda each: (-each[1], each[0])))
            for item in self.content.quality.items
            if item.set_aside
        ]
        return sorted(counted, key=lambda each: (-sum(times for _, times in each[1]), each[0]))[:MOST_DEVICES]

    def methods(self) -> list[tuple[str, str, str]]:
        """Metric, how its daily values are made, and how its phases are compared."""
        compared: dict[str, str] = {}
        for item in self.content.evaluation.items:
            if item.method:
                compared.setdefault(item.metric, item.method)
        return [
            (self.say.metric(name), self.say.method(name), self.say.comparison(compared[name]))
            for name in METRICS
            if name in compared
        ]


def present(content: "Content", language: Language) -> Presented:
    """Draw the figures and choose the words."""
    # Loaded with the first page: the drawing libraries take 35 MB, and ingest should be up at once.
    from api.figures import change_figure, coverage_figure, response_figure, weeks_figure

    plan = content.pilot.plan
    say = Wording(language, plan.zone)
    weeks = [weeks_figure(plan, metric, rows, say) for metric, rows in content.weeks.items()]
    return Presented(
        content=content,
        say=say,
        weeks=[figure for figure in weeks if figure is not None],
        change=change_figure(plan, content.evaluation.items, say),
        response=response_figure(content.response, say),
        coverage=coverage_figure(content.quality, content.kinds, ENOUGH, say) if content.by_device else None,
    )
