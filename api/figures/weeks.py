"""Weekly values of a metric by group, with their intervals and the boundary between the phases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt

from analysis.catalogue import METRICS
from analysis.pipeline import MetricRow
from api.figures.drawing import GROUP_COLOURS, HALF_WIDTH, PALE, QUIET, Figure, inline
from api.wording import Wording
from pilots.plan import Plan

MOST_TICKS = 7


def weeks_figure(plan: Plan, metric: str, rows: Sequence[MetricRow], wording: Wording) -> Figure | None:
    """The metric by week; None when no week has a value. Weeks without one leave a gap."""
    if not any(row.value is not None for row in rows):
        return None
    known = {row.group for row in rows if row.value is not None}
    groups = [group for group in GROUP_COLOURS if group in known]
    data = inline(_with_gaps(rows, wording))
    time = alt.X(
        "time:T",
        title=wording.text("figures.weeks_axis"),
        axis=alt.Axis(grid=False, format="%-d %b", values=_week_ticks(rows, wording)),
        scale=alt.Scale(type="utc"),
    )
    unit = wording.unit(METRICS[metric].unit)
    scale = alt.Scale(zero=False, nice=True)
    names = [wording.name("groups", group) for group in groups]
    colours = alt.Scale(domain=names, range=[GROUP_COLOURS[group] for group in groups])
    colour = alt.Color("group:N", scale=colours)
    # The same order as the colours, so that a group has one shape in every figure and one legend entry.
    shape = alt.Shape("group:N", scale=alt.Scale(domain=names, range=["circle", "square"]))
    base = alt.Chart(data)
    band = base.mark_area(opacity=0.14).encode(
        time,
        alt.Y("low:Q", title=unit, scale=scale),
        alt.Y2("high:Q"),
        colour,
        alt.Detail("piece:N"),
    )
    line = base.mark_line(strokeWidth=2.2).encode(
        time, alt.Y("value:Q", scale=scale), colour, detail="piece:N"
    )
    dots = base.mark_point(filled=True, size=42, opacity=1).encode(
        time, alt.Y("value:Q", scale=scale), colour, shape
    )
    chart = alt.layer(*_phase_marks(plan, rows, wording), band, line, dots).properties(
        width=HALF_WIDTH, height=210
    )
    return Figure(
        wording.text("figures.weeks", metric=wording.metric(metric)),
        wording.text(
            "figures.weeks_alt",
            metric=wording.metric(metric),
            summary=_summary(metric, rows, groups, wording),
        ),
        wording.text("figures.weeks_note"),
        chart.to_dict(),
        wording.language,
    )


def _week_ticks(rows: Sequence[MetricRow], wording: Wording) -> list[alt.DateTime]:
    """Ticks where weeks begin, at most as many as fit without touching."""
    starts = sorted({wording.local(row.time_us).date() for row in rows})
    step = -(-len(starts) // MOST_TICKS)
    return [alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True) for day in starts[::step]]


def _with_gaps(rows: Sequence[MetricRow], wording: Wording) -> list[dict[str, Any]]:
    """The rows that have a value, each with the number of the unbroken piece it stands in."""
    values = []
    piece = dict.fromkeys(GROUP_COLOURS, 0)
    for row in rows:
        if row.group is None or row.group not in piece:
            continue
        if row.value is None:
            piece[row.group] += 1
            continue
        values.append(
            {
                "time": _local_text(row.time_us, wording),
                "group": wording.name("groups", row.group),
                "value": row.value,
                "low": row.ci_low,
                "high": row.ci_high,
                "piece": f"{row.group} {piece[row.group]}",
            }
        )
    return values


def _phase_marks(plan: Plan, rows: Sequence[MetricRow], wording: Wording) -> list[alt.Chart]:
    """A dashed rule where each phase begins, and its name beside it."""
    first, last = min(row.time_us for row in rows), max(row.time_us for row in rows)
    starts = [
        {"time": _local_text(plan.phase_start(phase), wording), "name": wording.name("phases", phase.name)}
        for phase in plan.phases
        if first <= plan.phase_start(phase) <= last
    ]
    base = alt.Chart(inline(starts))
    rule = base.mark_rule(strokeDash=[3, 4], color=PALE).encode(x="time:T")
    name = base.mark_text(align="left", baseline="bottom", dx=0, dy=-4, color=QUIET, fontSize=12).encode(
        x="time:T", y=alt.value(0), text="name:N"
    )
    return [rule, name] if starts else []


def _local_text(time_us: int, wording: Wording) -> str:
    """Local time as if it were UTC: a chart shows the pilot's days, whatever zone it is drawn in."""
    moment: datetime = wording.local(time_us)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _summary(metric: str, rows: Sequence[MetricRow], groups: Sequence[str], wording: Wording) -> str:
    sentences = []
    for group in groups:
        known = [row.value for row in rows if row.group == group and row.value is not None]
        if known:
            sentences.append(
                wording.text(
                    "figures.week_summary",
                    group=wording.name("groups", group),
                    first=wording.amount(metric, known[0]),
                    last=wording.amount(metric, known[-1]),
                )
            )
    return " ".join(sentences)
