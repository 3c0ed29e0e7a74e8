"""A goal week by week against the limits of what was usual before: an XmR chart."""

from datetime import date
from typing import Any

import altair as alt

from analysis.catalogue import METRICS
from analysis.pipeline.run_charts import RunChart
from api.figures.drawing import AMBER, FJORD, INK, PALE, WIDTH, Figure, inline
from api.wording import Wording

MOST_TICKS = 10


def is_drawn(chart: RunChart) -> bool:
    """It has limits, and a week to hold against them."""
    return None not in (chart.centre, chart.low, chart.high) and any(
        value is not None for _, value in chart.weeks
    )


def run_figure(chart: RunChart, wording: Wording) -> Figure | None:
    """Weeks, centre line and limits, weeks with a signal marked; None without limits or weeks."""
    known = [(day, value) for day, value in chart.weeks if value is not None]
    if not is_drawn(chart):
        return None
    signalled = {day for day, _ in chart.signals}
    title = wording.metric(chart.metric)
    alternative = wording.text(
        "report.runs.alt",
        metric=title,
        centre=wording.amount(chart.metric, chart.centre),
        low=wording.amount(chart.metric, chart.low),
        high=wording.amount(chart.metric, chart.high),
        n=len(signalled),
        weeks=len(known),
    )
    rows = [
        {
            "week": day.isoformat(),
            "value": value,
            "kind": wording.text("report.runs.signal" if day in signalled else "report.runs.usual"),
        }
        for day, value in known
    ]
    return Figure(
        wording.text("report.runs.figure", metric=title, group=wording.name("groups", chart.group)),
        alternative,
        wording.text("report.runs.note", weeks=chart.baseline_weeks),
        _chart(chart, rows, wording),
        wording.language,
    )


def _chart(chart: RunChart, rows: list[dict[str, Any]], wording: Wording) -> dict[str, Any]:
    days = [date.fromisoformat(row["week"]) for row in rows]
    step = -(-len(days) // MOST_TICKS)
    ticks = [alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True) for day in days[::step]]
    time = alt.X(
        "week:T",
        title=wording.text("figures.weeks_axis"),
        axis=alt.Axis(grid=False, format="%-d %b", values=ticks),
        scale=alt.Scale(type="utc"),
    )
    value = alt.Y(
        "value:Q", title=wording.unit(METRICS[chart.metric].unit), scale=alt.Scale(zero=False, nice=True)
    )
    kinds = [wording.text("report.runs.usual"), wording.text("report.runs.signal")]
    base = alt.Chart(inline(rows))
    line = base.mark_line(strokeWidth=1.6, color=PALE).encode(time, value)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        time,
        value,
        alt.Color("kind:N", sort=None, scale=alt.Scale(domain=kinds, range=[FJORD, AMBER])),
        alt.Shape("kind:N", sort=None, scale=alt.Scale(domain=kinds, range=["circle", "diamond"])),
    )
    centre = alt.Chart(inline([{"y": chart.centre}])).mark_rule(color=INK, strokeWidth=1.2).encode(y="y:Q")
    limits = (
        alt.Chart(inline([{"y": chart.low}, {"y": chart.high}]))
        .mark_rule(color=INK, strokeDash=[5, 4], strokeWidth=1.2)
        .encode(y="y:Q")
    )
    drawn = alt.layer(limits, centre, line, dots).properties(width=WIDTH - 60, height=210)
    specification: dict[str, Any] = drawn.to_dict()
    return specification
