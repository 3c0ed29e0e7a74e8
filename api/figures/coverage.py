"""How much of what was expected each device delivered, by kind of device."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from analysis.pipeline import Quality, QualityItem
from api.figures.drawing import AMBER, FJORD, INK, WIDTH, Figure, inline
from api.wording import Wording


def coverage_figure(
    quality: Quality, kinds: Mapping[str, str], enough: float, wording: Wording
) -> Figure | None:
    """One tick a device, in another colour below `enough`; `kinds` says what each device is.

    None when no device has an expectation.
    """
    known = [item for item in quality.items if item.coverage is not None]
    if not known:
        return None
    summary = wording.text(
        "quality.summary",
        devices=quality.summary.devices,
        coverage=wording.percent(quality.summary.coverage),
    )
    return Figure(
        wording.text("quality.chart"),
        wording.text("quality.chart_alt", summary=summary),
        "",
        _chart(known, kinds, enough, wording),
        wording.language,
    )


def _chart(
    known: Sequence[QualityItem], kinds: Mapping[str, str], enough: float, wording: Wording
) -> dict[str, Any]:
    values = [
        {
            "device": item.device,
            "kind": wording.name("quality.kinds", kinds.get(item.device, "")),
            "coverage": min(item.coverage or 0.0, 1.0),
            "low": (item.coverage or 0.0) < enough,
        }
        for item in known
    ]
    ticks = (
        alt.Chart(inline(values))
        .mark_tick(thickness=2.4, opacity=0.75)
        .encode(
            x=alt.X(
                "coverage:Q",
                title=wording.text("quality.chart_axis"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            y=alt.Y("kind:N", title=None, axis=alt.Axis(labelColor=INK, ticks=False)),
            color=alt.Color(
                "low:N", legend=None, scale=alt.Scale(domain=[False, True], range=[FJORD, AMBER])
            ),
        )
    )
    specification: dict[str, Any] = ticks.properties(width=WIDTH - 120, height=alt.Step(34)).to_dict()
    return specification
