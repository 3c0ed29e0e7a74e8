"""A metric of the catalogue week by week, each group in the band of its interval."""

from collections.abc import Mapping, Sequence
from typing import get_args

from analysis.catalogue import METRICS
from api.grafana.parts.limits import target_of, whose_target
from api.grafana.parts.panels import Panel, Said, said_of_metric
from api.grafana.parts.query import PILOT, SHOWN_TIMES
from api.grafana.parts.trends import Line, trend
from api.wording import Wording
from pilots.plan import Plan
from pilots.plan.model import GroupName

COLOURS: Mapping[str, str] = {"intervention": "blue", "comparison": "orange"}

UNITS: Mapping[str, str] = {
    "kg": "suffix:kg",
    "kg/30 d": "suffix:kg",
    "%": "percent",
    "h": "suffix:h",
    "min": "suffix:min",
    "m": "suffix:m",
    "s": "suffix:s",
}
"""Grafana's own units for time, weight and length change with the size of the value, and speak English."""

NOTES = ("week", "band", "gap", "n")


def groups_of(plan: Plan | None) -> Sequence[str]:
    return tuple(plan.groups) if plan is not None else get_args(GroupName)


def metric_trend(
    wording: Wording, metric: str, plan: Plan | None, groups: Sequence[str] | None = None
) -> Panel:
    """A metric of the catalogue by week, for `groups` or each of the plan's."""
    found = METRICS[metric]
    wanted = target_of(plan, metric)
    notes = [] if wanted is None else ["target", f"targets.{whose_target(plan, metric)}"]
    return trend(
        wording,
        said_of_metric(wording, metric, *NOTES, *notes),
        group_lines(wording, metric, groups or groups_of(plan)),
        unit=UNITS.get(found.unit, "none"),
        decimals=found.decimals,
        wanted=wanted,
    )


def chosen_metric_trend(wording: Wording, words: Said, plan: Plan | None) -> Panel:
    """The metric that the reader has chosen in the variable `metric`."""
    return trend(
        wording, words, group_lines(wording, "${metric:percentencode}", groups_of(plan)), unit="none"
    )


def group_lines(wording: Wording, metric: str, groups: Sequence[str]) -> list[Line]:
    return [metric_line(wording.name("groups", group), COLOURS[group], metric, group) for group in groups]


def metric_line(name: str, colour: str, metric: str, group: str) -> Line:
    return Line(name, colour, f"{PILOT}/metrics/{metric}", {"by": "week", "group": group, **SHOWN_TIMES})
