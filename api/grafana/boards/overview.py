"""Where a pilot stands: its stage, what needs somebody, and how far it is from its goals."""

from analysis.catalogue import METRICS
from api.grafana.parts.dashboard import (
    WIDTH,
    Dashboard,
    dashboard,
    metric_variable,
    phases,
    pilot_variable,
    start_of,
)
from api.grafana.parts.limits import coverage_steps
from api.grafana.parts.metric_trends import NOTES, chosen_metric_trend, metric_trend
from api.grafana.parts.panels import Panel, coloured, column, footnotes, named, override, said, stat, table
from api.grafana.parts.query import NUMBER, PILOT, TEXT, query
from api.wording import Wording
from pilots.plan import Plan
from pilots.stages import STAGES

_LAST_DAYS = {"last_days": "7"}
"""Asked of the API: a panel's own time holds in Grafana only while that of the dashboard is relative."""


def overview(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    trends = _trends(wording, plan)
    return dashboard(
        wording,
        "overview",
        [
            (
                5,
                [
                    (4, _stage(wording)),
                    (4, _coverage(wording, plan)),
                    (4, _silent(wording)),
                    (12, _people(wording)),
                ],
            ),
            (8, [(WIDTH, _attention(wording))]),
            (8, [(WIDTH, _changes(wording))]),
            *((9, [(WIDTH // len(row), each) for each in row]) for row in trends),
            (5, [(WIDTH, footnotes(wording, "overview", "figures"))]),
        ],
        pages_url=pages_url,
        variables=[pilot_variable(wording), *([] if _has_goals(plan) else [metric_variable(wording)])],
        annotations=[phases(wording)],
        start=start_of(plan),
    )


def _has_goals(plan: Plan | None) -> bool:
    return plan is not None and bool(plan.goals)


def _trends(wording: Wording, plan: Plan | None) -> list[list[Panel]]:
    """The plan's goals, two abreast, the primary one first; without any, a metric of the reader's choice."""
    if plan is None or not plan.goals:
        return [[chosen_metric_trend(wording, said(wording, "overview.metric", *NOTES), plan)]]
    goals = sorted(plan.goals, key=lambda goal: not goal.primary)
    panels = [metric_trend(wording, goal.metric, plan) for goal in goals]
    return [panels[place : place + 2] for place in range(0, len(panels), 2)]


def _stage(wording: Wording) -> Panel:
    title = wording.text("grafana.overview.stage.title")
    stages = {str(code): (wording.name("stages", stage), None) for code, stage in enumerate(STAGES)}
    return stat(
        said(wording, "overview.stage"),
        query("A", PILOT, [("stage_code", title, NUMBER)], root=""),
        mappings=named(stages),
    )


def _coverage(wording: Wording, plan: Plan | None) -> Panel:
    title = wording.text("grafana.columns.coverage")
    return stat(
        said(wording, "overview.coverage"),
        query("A", f"{PILOT}/quality", [("coverage", title, NUMBER)], root="summary", params=_LAST_DAYS),
        unit="percentunit",
        steps=coverage_steps(plan),
    )


def _silent(wording: Wording) -> Panel:
    title = wording.text("grafana.columns.silent_devices")
    return stat(
        said(wording, "overview.silent"),
        query("A", f"{PILOT}/quality", [("silent", title, NUMBER)], root="summary", params=_LAST_DAYS),
        steps=(("green", None), ("orange", 1)),
    )


def _people(wording: Wording) -> Panel:
    return table(
        said(wording, "overview.people", "suppressed"),
        query(
            "A",
            f"{PILOT}/participation",
            [
                ("title", column(wording, "group"), TEXT),
                ("planned", column(wording, "planned"), NUMBER),
                ("started", column(wording, "started"), NUMBER),
                ("active", column(wording, "active"), NUMBER),
                ("left", column(wording, "left"), NUMBER),
            ],
            params={"lang": wording.language},
        ),
    )


def _attention(wording: Wording) -> Panel:
    levels = {
        str(level): (wording.text(f"grafana.levels.{level}"), colour)
        for level, colour in ((3, "red"), (2, "orange"), (1, "blue"))
    }
    return table(
        said(wording, "overview.attention"),
        query(
            "A",
            f"{PILOT}/attention",
            [
                ("level", column(wording, "level"), NUMBER),
                ("text", column(wording, "what"), TEXT),
                ("count", column(wording, "count"), NUMBER),
                ("way_out", column(wording, "way_out"), TEXT),
            ],
            params={"lang": wording.language},
        ),
        overrides=[
            coloured(column(wording, "level"), mappings=named(levels), custom__width=130),
            override(column(wording, "count"), custom__width=80),
        ],
    )


def _changes(wording: Wording) -> Panel:
    units = {unit: (wording.unit(unit), None) for unit in sorted({each.unit for each in METRICS.values()})}
    return table(
        said(wording, "overview.changes", "interval", "suppressed"),
        query(
            "A",
            f"{PILOT}/evaluation",
            [
                ("title", column(wording, "goal"), TEXT),
                ("verdict", column(wording, "verdict"), TEXT),
                ("estimate", column(wording, "change"), NUMBER),
                ("ci_low", column(wording, "low"), NUMBER),
                ("ci_high", column(wording, "high"), NUMBER),
                ("minimum_change", "minimum_change", NUMBER),
                ("unit", column(wording, "unit"), TEXT),
                ("baseline", column(wording, "baseline"), NUMBER),
                ("pilot", column(wording, "pilot"), NUMBER),
                ("n", column(wording, "n"), NUMBER),
                ("coverage", column(wording, "coverage"), NUMBER),
                ("group", "group", TEXT),
            ],
            where='minimum_change != null && group == "intervention"',
            params={"lang": wording.language},
        ),
        hidden=["group"],
        overrides=[
            coloured(column(wording, "verdict"), mappings=named(_verdicts(wording)), custom__width=220),
            override("minimum_change", displayName=column(wording, "minimum_change")),
            override(column(wording, "unit"), mappings=named(units)),
            override(column(wording, "coverage"), unit="percentunit", decimals=0),
            *(
                override(column(wording, name), decimals=2)
                for name in ("change", "low", "high", "baseline", "pilot")
            ),
        ],
    )


_VERDICT_COLOURS = {
    "goal_reached": "green",
    "better": "green",
    "better_but_small": "yellow",
    "smaller_than_minimum": "yellow",
    "worse": "red",
}


def _verdicts(wording: Wording) -> dict[str, tuple[str, str | None]]:
    codes = (*_VERDICT_COLOURS, "higher", "lower", "no_difference_shown", "not_shown")
    return {code: (wording.name("verdicts", code), _VERDICT_COLOURS.get(code)) for code in codes}
