"""The change against each goal, on one scale: multiples of the smallest change worth having."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from analysis.pipeline import EvaluationItem
from api.figures.drawing import FJORD, INK, PALE, WIDTH, Figure, inline
from api.wording import Wording
from pilots.plan import Plan


def change_figure(plan: Plan, items: Sequence[EvaluationItem], wording: Wording) -> Figure | None:
    """Estimate and interval of each goal in the intervention group, right is better; None without any."""
    rows, sentences = [], []
    ours = {item.metric: item for item in items if item.group == "intervention"}
    for goal in sorted(plan.goals, key=lambda goal: not goal.primary):
        item = ours.get(goal.metric)
        if item is None:
            continue
        if item.estimate is None or item.ci_low is None or item.ci_high is None:
            continue
        scale = (1 if goal.direction == "up" else -1) / goal.minimum_change
        ends = sorted((item.ci_low * scale, item.ci_high * scale))
        title = wording.metric(item.metric)
        rows.append({"metric": title, "value": item.estimate * scale, "low": ends[0], "high": ends[1]})
        sentences.append(
            wording.text(
                "figures.goal_summary",
                metric=title,
                estimate=wording.change(item.metric, item.estimate),
                low=wording.change(item.metric, item.ci_low),
                high=wording.change(item.metric, item.ci_high),
            )
        )
    if not rows:
        return None
    return Figure(
        wording.text("figures.change"),
        wording.text("figures.change_alt", summary=" ".join(sentences)),
        wording.text("figures.change_note"),
        _chart(rows, wording),
        wording.language,
    )


def _chart(rows: list[dict[str, Any]], wording: Wording) -> dict[str, Any]:
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("metric:N", title=None, sort=None, axis=alt.Axis(labelLimit=260, labelColor=INK, ticks=False))
    )
    across = alt.X(
        "low:Q",
        title=wording.text("figures.change_axis"),
        scale=alt.Scale(nice=True),
        axis=alt.Axis(tickCount=6),
    )
    interval = base.mark_rule(strokeWidth=2.4, color=FJORD).encode(across, x2="high:Q")
    estimate = base.mark_point(filled=True, size=90, color=FJORD, opacity=1).encode(x="value:Q")
    nothing = alt.Chart(inline([{"x": 0}])).mark_rule(color=INK).encode(x="x:Q")
    enough = (
        alt.Chart(inline([{"x": 1}]))
        .mark_rule(color=PALE, strokeDash=[5, 4], strokeWidth=1.6)
        .encode(x="x:Q")
    )
    chart = alt.layer(nothing, enough, interval, estimate)
    specification: dict[str, Any] = chart.properties(width=WIDTH - 180, height=alt.Step(44)).to_dict()
    return specification
