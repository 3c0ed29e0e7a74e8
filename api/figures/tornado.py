"""What each input does to the net present value, the widest first."""

from typing import Any

import altair as alt

from analysis.business_risk import Tornado
from api.figures.drawing import AMBER, FJORD, INK, WIDTH, Figure, inline
from api.wording import Wording

MOST_BARS = 10
THOUSAND = 1_000.0


def tornado_figure(tornado: Tornado, wording: Wording) -> Figure | None:
    """Bars from the value at each input's lower to that at its higher percentile; None without any."""
    if not tornado.bars:
        return None
    rows = [
        {
            "input": wording.input(bar.name),
            "end": wording.text(f"report.economy.{end}"),
            "from": tornado.npv / THOUSAND,
            "to": value / THOUSAND,
        }
        for bar in tornado.bars[:MOST_BARS]
        for end, value in (("at_low", bar.npv_low), ("at_high", bar.npv_high))
    ]
    widest = tornado.bars[0]
    alternative = wording.text(
        "report.economy.tornado_alt",
        base=wording.kronor(tornado.npv),
        input=wording.input(widest.name),
        low=wording.kronor(min(widest.npv_low, widest.npv_high)),
        high=wording.kronor(max(widest.npv_low, widest.npv_high)),
    )
    return Figure(
        wording.text("report.economy.tornado"),
        alternative,
        wording.text("report.economy.tornado_note"),
        _chart(rows, tornado.npv / THOUSAND, wording),
        wording.language,
    )


def _chart(rows: list[dict[str, Any]], base: float, wording: Wording) -> dict[str, Any]:
    ends = [wording.text(f"report.economy.{end}") for end in ("at_low", "at_high")]
    bars = (
        alt.Chart(inline(rows))
        .mark_bar(height=16)
        .encode(
            x=alt.X(
                "from:Q",
                title=wording.text("report.economy.tornado_axis"),
                axis=alt.Axis(tickCount=6, format=",.0f"),
                scale=alt.Scale(nice=True, zero=False),
            ),
            x2="to:Q",
            y=alt.Y(
                "input:N", title=None, sort=None, axis=alt.Axis(labelColor=INK, labelLimit=230, ticks=False)
            ),
            color=alt.Color("end:N", sort=None, scale=alt.Scale(domain=ends, range=[AMBER, FJORD])),
        )
    )
    middle = alt.Chart(inline([{"x": base}])).mark_rule(color=INK, strokeWidth=1.4).encode(x="x:Q")
    nothing = alt.Chart(inline([{"x": 0}])).mark_rule(color=INK, strokeDash=[3, 4]).encode(x="x:Q")
    chart = alt.layer(bars, middle, nothing).properties(width=WIDTH - 210, height=alt.Step(28))
    specification: dict[str, Any] = chart.to_dict()
    return specification
