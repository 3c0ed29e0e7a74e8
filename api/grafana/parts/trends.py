"""Lines in the band of their 95 % interval, over time or over the hours of the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.grafana.parts.panels import Override, Panel, Said, column, override, panel, thresholds
from api.grafana.parts.query import NUMBER, TIME, Query, Shape, query
from api.wording import Wording

_STYLE: Mapping[str, Any] = {
    "drawStyle": "line",
    "lineWidth": 2,
    "spanNulls": False,
    "showPoints": "always",
    "pointSize": 5,
    "fillOpacity": 0,
}
"""Points always: a week between two gaps could not be seen otherwise."""

_TARGET_COLOUR = "green"

_DASHED: Mapping[str, Any] = {
    "color": {"mode": "fixed", "fixedColor": _TARGET_COLOUR},
    "custom__lineWidth": 1,
    "custom__lineStyle": {"fill": "dash", "dash": [8, 8]},
    "custom__showPoints": "never",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its name, where it comes from, and which columns of the answer it is.

    `value` is drawn in the band from `ci_low` to `ci_high`; n, and `coverage` where the answer has it, stand
    beside it in the tooltip. `target` is (selector, name) of a limit to draw.
    """

    name: str
    colour: str
    url: str
    params: Mapping[str, str]
    value: str = "value"
    low: str = "ci_low"
    high: str = "ci_high"
    coverage: bool = True
    target: tuple[str, str] | None = None


def trend(
    wording: Wording,
    words: Said,
    lines: Sequence[Line],
    *,
    unit: str,
    decimals: int | None = None,
    wanted: float | None = None,
) -> Panel:
    """Values over time; `wanted` is a limit to draw that no answer holds."""
    targets: list[Query] = []
    overrides: list[Override] = []
    for place, line in enumerate(lines):
        target, own = _in_band(wording, chr(ord("A") + place), line)
        targets.append(target)
        overrides += own
    if wanted is not None:
        # Of one line only: n and coverage have scales of their own, on which it would be drawn again.
        steps = thresholds((("transparent", None), (_TARGET_COLOUR, wanted)))
        overrides.append(
            override(lines[0].name, thresholds=steps, custom__thresholdsStyle={"mode": "dashed"})
        )
    return _drawn("timeseries", words, targets, overrides, unit, {"decimals": decimals}, {})


def share_by_hour(wording: Wording, words: Said, line: Line) -> Panel:
    """A share over the column `hour` of the answer, from 0 to 23."""
    hour = column(wording, "hour")
    target, overrides = _in_band(wording, "A", line, x=("hour", hour, NUMBER), shape="table")
    clock = override(hour, unit=wording.text("grafana.units.hour"), decimals=0, min=0, max=23)
    scale = {"min": 0, "max": 1, "decimals": 0}
    return _drawn("trend", words, [target], [clock, *overrides], "percentunit", scale, {"xField": hour})


def plain(
    words: Said, targets: Sequence[Query], overrides: Sequence[Override], *, unit: str, **more: Any
) -> Panel:
    """Values over time without an interval: counts, and what a single device or process says."""
    return _drawn("timeseries", words, targets, overrides, unit, {}, {}, **more)


def _drawn(
    kind: str,
    words: Said,
    targets: Sequence[Query],
    overrides: Sequence[Override],
    unit: str,
    defaults: Mapping[str, Any],
    options: Mapping[str, Any],
    **more: Any,
) -> Panel:
    known = {key: value for key, value in defaults.items() if value is not None}
    return panel(
        words,
        kind,
        targets,
        defaults={"unit": unit, "custom": dict(_STYLE), **known},
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "none"},
            **options,
        },
        overrides=overrides,
        **more,
    )


def _in_band(
    wording: Wording,
    ref: str,
    line: Line,
    x: tuple[str, str, str] = ("time", "time", TIME),
    shape: Shape = "timeseries",
) -> tuple[Query, list[Override]]:
    def beside(name: str) -> str:
        return wording.text(f"grafana.columns.{name}_of", name=line.name)

    columns = [
        x,
        (line.value, line.name, NUMBER),
        (line.low, beside("low"), NUMBER),
        (line.high, beside("high"), NUMBER),
        ("n", beside("n"), NUMBER),
    ]
    colour = {"mode": "fixed", "fixedColor": line.colour}
    unseen = {
        "color": colour,
        "custom__lineWidth": 0,
        "custom__showPoints": "never",
        "custom__hideFrom": {"legend": True, "tooltip": False, "viz": False},
    }
    elsewhere = unseen | {"custom__axisPlacement": "hidden", "decimals": 0}
    # Where a panel has several queries Grafana puts their letters before the names, and the band would not
    # find its lower side.
    overrides = [
        override(line.name, displayName=line.name, color=colour),
        override(beside("low"), displayName=beside("low"), **unseen),
        override(
            beside("high"),
            displayName=beside("high"),
            custom__fillBelowTo=beside("low"),
            custom__fillOpacity=15,
            **unseen,
        ),
        override(beside("n"), displayName=beside("n"), unit="none", **elsewhere),
    ]
    if line.coverage:
        columns.append(("coverage", beside("coverage"), NUMBER))
        overrides.append(
            override(beside("coverage"), displayName=beside("coverage"), unit="percentunit", **elsewhere)
        )
    if line.target is not None:
        selector, name = line.target
        columns.append((selector, name, NUMBER))
        overrides.append(override(name, displayName=name, **_DASHED))
    return query(ref, line.url, columns, shape=shape, params=line.params), overrides
