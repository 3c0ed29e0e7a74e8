"""How fast alarms are answered, when and where they are not, and how many of them were none."""

from collections.abc import Mapping
from typing import Any, Literal

from api.grafana.parts.dashboard import (
    HALF,
    THIRD,
    WIDTH,
    Dashboard,
    dashboard,
    phases,
    pilot_variable,
    start_of,
)
from api.grafana.parts.limits import LATE_STEPS, target_of, target_steps, whose_target
from api.grafana.parts.metric_trends import COLOURS, NOTES, groups_of, metric_line, metric_trend
from api.grafana.parts.panels import (
    Panel,
    coloured,
    column,
    footnotes,
    named,
    override,
    said,
    table,
    thresholds,
    within,
)
from api.grafana.parts.query import NUMBER, PILOT, SHOWN_TIMES, TEXT, TIME, query
from api.grafana.parts.trends import Line, share_by_hour, trend
from api.wording import Wording
from pilots.plan import Plan
from store import STREAMS

Stage = Literal["acknowledged", "arrived"]

_STAGES: tuple[Stage, ...] = ("acknowledged", "arrived")
_METRICS: Mapping[Stage, str] = {"acknowledged": "time_to_acknowledge_s", "arrived": "time_to_arrive_s"}
_GROUP = "intervention"
_RESPONSE = f"{PILOT}/alarms/response"
_DURATION = "dtdhms"


def response(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    burden = ("alarms_per_shift", "alarm_floods_per_week")
    return dashboard(
        wording,
        "response",
        [
            (7, [(HALF, _phases_of(wording, stage, plan)) for stage in _STAGES]),
            (9, [(HALF, _weeks_of(wording, stage, plan)) for stage in _STAGES]),
            (9, [(HALF, _hours_of(wording, stage, plan)) for stage in _STAGES]),
            (7, [(WIDTH, _units(wording, plan))]),
            (
                8,
                [
                    (THIRD, _needless(wording)),
                    *((THIRD, metric_trend(wording, metric, plan)) for metric in burden),
                ],
            ),
            (8, [(WIDTH, _open(wording, plan))]),
            (5, [(WIDTH, footnotes(wording, "response", "figures"))]),
        ],
        pages_url=pages_url,
        variables=[pilot_variable(wording)],
        annotations=[phases(wording)],
        start=start_of(plan),
    )


def _phases_of(wording: Wording, stage: Stage, plan: Plan | None) -> Panel:
    """A stage by phase and group, the median red where it is over the target.

    Phases are told whole, whatever time is shown.
    """
    target = query(
        "A",
        _RESPONSE,
        [
            ("phase", column(wording, "phase"), TEXT),
            ("group", column(wording, "group"), TEXT),
            ("median_s", column(wording, "median"), NUMBER),
            ("ci_low", column(wording, "low"), NUMBER),
            ("ci_high", column(wording, "high"), NUMBER),
            ("target_s", _target(wording, plan, stage), NUMBER),
            ("share_within_target", column(wording, "share"), NUMBER),
            ("n", column(wording, "alarms"), NUMBER),
            ("censored", column(wording, "censored"), NUMBER),
        ],
        params={"by": "phase", "stage": stage},
    )
    steps = thresholds(target_steps(target_of(plan, _METRICS[stage])))
    return table(
        said(wording, f"response.phases.{stage}", _whose(plan, stage), "interval", "by_person", "suppressed"),
        target,
        overrides=[
            override(column(wording, "phase"), mappings=_named_phases(wording, plan)),
            override(
                column(wording, "group"), mappings=_named(wording, "groups", "intervention", "comparison")
            ),
            coloured(column(wording, "median"), unit=_DURATION, thresholds=steps),
            *(override(column(wording, name), unit=_DURATION) for name in ("low", "high")),
            override(_target(wording, plan, stage), unit=_DURATION),
            override(column(wording, "share"), unit="percentunit", decimals=0),
        ],
    )


def _weeks_of(wording: Wording, stage: Stage, plan: Plan | None) -> Panel:
    lines = [
        Line(
            wording.name("groups", group),
            COLOURS[group],
            _RESPONSE,
            {"by": "week", "group": group, "stage": stage, **SHOWN_TIMES},
            value="median_s",
            coverage=False,
            target=("target_s", _target(wording, plan, stage)) if place == 0 else None,
        )
        for place, group in enumerate(groups_of(plan))
    ]
    notes = ("target", _whose(plan, stage), "band", "by_person", "alarms_gap", "alarms_n")
    return trend(wording, said(wording, f"response.weeks.{stage}", *notes), lines, unit=_DURATION)


def _hours_of(wording: Wording, stage: Stage, plan: Plan | None) -> Panel:
    line = Line(
        wording.name("groups", _GROUP),
        COLOURS[_GROUP],
        _RESPONSE,
        {"by": "hour", "group": _GROUP, "stage": stage},
        value="share_within_target",
        low="share_ci_low",
        high="share_ci_high",
        coverage=False,
    )
    notes = (_whose(plan, stage), "band", "by_person", "alarms_share_gap", "alarms_n")
    return share_by_hour(wording, said(wording, f"response.hours.{stage}", *notes), line)


def _units(wording: Wording, plan: Plan | None) -> Panel:
    target = query(
        "A",
        _RESPONSE,
        [
            ("unit", column(wording, "ward"), TEXT),
            ("stage", column(wording, "stage"), TEXT),
            ("share_within_target", column(wording, "share"), NUMBER),
            ("share_ci_low", column(wording, "low"), NUMBER),
            ("share_ci_high", column(wording, "high"), NUMBER),
            ("n", column(wording, "alarms"), NUMBER),
        ],
        params={"by": "unit", "group": _GROUP},
    )
    return table(
        said(wording, "response.units", _whose(plan, *_STAGES), "interval", "by_person", "suppressed"),
        target,
        overrides=[
            override(column(wording, "stage"), mappings=_named(wording, "response.stages", *_STAGES)),
            *(
                override(column(wording, name), unit="percentunit", decimals=0)
                for name in ("share", "low", "high")
            ),
        ],
    )


def _needless(wording: Wording) -> Panel:
    lines = [
        metric_line(wording.text(f"grafana.response.needless.{name}"), colour, metric, _GROUP)
        for metric, name, colour in (
            ("false_alarms_percent", "false_alarms", "orange"),
            ("nuisance_alarms_percent", "nuisance_alarms", "purple"),
        )
    ]
    return trend(wording, said(wording, "response.needless", *NOTES), lines, unit="percent", decimals=0)


def _open(wording: Wording, plan: Plan | None) -> Panel:
    """Without the time range: an alarm that was raised before it is open all the same."""
    target = query(
        "A",
        f"{PILOT}/alarms",
        [
            ("device", column(wording, "device"), TEXT),
            ("cause", column(wording, "cause"), TEXT),
            ("stage", column(wording, "stage"), TEXT),
            ("raised", column(wording, "raised"), TIME),
            ("over_target_s", column(wording, "over_target"), NUMBER),
        ],
        params={"open": "true"},
    )
    return table(
        said(wording, "response.open", _whose(plan, *_STAGES)),
        target,
        sort=(column(wording, "over_target"), True),
        overrides=[
            override(column(wording, "cause"), mappings=_choices(wording, "cause")),
            override(column(wording, "stage"), mappings=_choices(wording, "stage")),
            override(column(wording, "raised"), unit="time:YYYY-MM-DD HH:mm"),
            coloured(
                column(wording, "over_target"),
                unit=_DURATION,
                thresholds=thresholds(LATE_STEPS),
                mappings=within(wording.text("grafana.within.target")),
            ),
        ],
    )


def _whose(plan: Plan | None, *stages: Stage) -> str:
    """The note that says whose the target is."""
    return f"targets.{whose_target(plan, *(_METRICS[stage] for stage in stages))}"


def _target(wording: Wording, plan: Plan | None, stage: Stage) -> str:
    own = whose_target(plan, _METRICS[stage]) != "default"
    return column(wording, "target" if own else "default_target")


def _choices(wording: Wording, column_name: str) -> list[dict[str, Any]]:
    return _named(wording, f"grafana.{column_name}s", *STREAMS["alarm"].column(column_name).choices)


def _named(wording: Wording, family: str, *codes: str) -> list[dict[str, Any]]:
    return named({code: (wording.name(family, code), None) for code in codes})


def _named_phases(wording: Wording, plan: Plan | None) -> list[dict[str, Any]]:
    """The plan's; without one those that a plan usually has, and the rounds of a rollout."""
    if plan is not None:
        return _named(wording, "phases", *(phase.name for phase in plan.phases))
    return _named(wording, "phases", "baseline", "pilot", "follow_up", "round_2", "round_3", "round_4")
