"""The share of alarms answered within target, by stage, phase and group."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from analysis.pipeline import ResponseRow
from api.figures.drawing import FJORD, INK, PALE, WIDTH, Figure, inline
from api.wording import Wording


def response_figure(rows: Sequence[ResponseRow], wording: Wording) -> Figure | None:
    """Shares with their intervals in the intervention group; None when no cell has one."""
    known = [row for row in rows if row.share_within_target is not None and row.group == "intervention"]
    if not known:
        return None
    values = [
        {
            "stage": wording.name("response.stages", row.stage),
            "phase": wording.name("phases", row.phase),
            "share": row.share_within_target,
            "low": row.share_ci_low,
            "high": row.share_ci_high,
        }
        for row in known
    ]
    sentences = [
        wording.text(
            "response.summary",
            stage=wording.name("response.stages", row.stage),
            phase=wording.name("phases", row.phase),
            group=wording.name("groups", row.group),
            share=wording.percent(row.share_within_target),
        )
        for row in known
    ]
    return Figure(
        wording.text("response.chart"),
        wording.text("response.chart_alt", summary=" ".join(sentences)),
        "",
        _chart(values, wording),
        wording.language,
    )


def _chart(values: list[dict[str, Any]], wording: Wording) -> dict[str, Any]:
    phases = list(dict.fromkeys(value["phase"] for value in values))
    colour = alt.Color("phase:N", sort=None, scale=alt.Scale(domain=phases, range=[PALE, FJORD, INK]))
    base = alt.Chart(inline(values)).encode(
        y=alt.Y("stage:N", title=None, sort=None, axis=alt.Axis(labelColor=INK, ticks=False)),
        yOffset=alt.YOffset("phase:N", sort=phases),
        color=colour,
    )
    across = alt.X(
        "low:Q",
        title=wording.text("response.chart_axis"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    interval = base.mark_rule(strokeWidth=2.4).encode(across, x2="high:Q")
    share = base.mark_point(filled=True, size=90, opacity=1).encode(x="share:Q")
    specification: dict[str, Any] = (
        alt.layer(interval, share).properties(width=WIDTH - 100, height=alt.Step(24)).to_dict()
    )
    return specification
