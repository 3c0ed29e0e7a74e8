"""Whether residents sleep calmer: exits, restlessness, time in bed, rest hour by hour, and weight."""

from analysis.catalogue import HOURS
from api.grafana.parts.dashboard import HALF, WIDTH, Dashboard, dashboard, phases, pilot_variable, start_of
from api.grafana.parts.metric_trends import metric_trend
from api.grafana.parts.panels import Panel, footnotes, override, panel, said
from api.grafana.parts.query import NUMBER, PILOT, SHOWN_TIMES, TIME, Query, query
from api.grafana.parts.trends import plain
from api.wording import Wording
from pilots.plan import Plan

_NIGHTS = f"{PILOT}/rest/hours"
_GROUP = "intervention"


def bed(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    return dashboard(
        wording,
        "bed",
        [
            (
                9,
                [
                    (HALF, _metric(wording, plan, each))
                    for each in ("bed_exits_per_night", "restlessness_percent")
                ],
            ),
            (
                9,
                [
                    (HALF, _metric(wording, plan, each))
                    for each in ("time_in_bed_h", "weight_trend_kg_per_30d")
                ],
            ),
            (10, [(WIDTH, _rest(wording))]),
            (5, [(WIDTH, _people(wording))]),
            (5, [(WIDTH, footnotes(wording, "bed", "figures"))]),
        ],
        pages_url=pages_url,
        variables=[pilot_variable(wording)],
        annotations=[phases(wording)],
        start=start_of(plan),
    )


def _metric(wording: Wording, plan: Plan | None, metric: str) -> Panel:
    return metric_trend(wording, metric, plan)


def _rest(wording: Wording) -> Panel:
    """Rows from the evening down to the morning.

    Fields come in the order of their texts, so they are numbered; a heatmap sorts its rows by number where
    every name begins with one, so they are called by words.
    """
    names = [wording.text("grafana.bed.rest.hour", hour=f"{hour:02d}") for hour in HOURS]
    shown = {f"{place:02d} {name}": name for place, name in enumerate(names, 1)}
    columns = [("time", "time", TIME)]
    columns += [(f"hours.h{hour:02d}.value", text, NUMBER) for hour, text in zip(HOURS, shown, strict=True)]
    order = {text: place for place, text in enumerate(["time", *shown])}
    return panel(
        said(wording, "bed.rest", "gap"),
        "heatmap",
        [_by_night("A", columns)],
        defaults={"unit": "percent", "decimals": 0, "custom": {"scaleDistribution": {"type": "linear"}}},
        options={
            "calculate": False,
            "cellGap": 1,
            "cellValues": {"unit": "percent", "decimals": 0},
            "color": {
                "mode": "scheme",
                # Both its ends differ from the page: in one hue, an hour without rest would look like a gap.
                "scheme": "Viridis",
                "fill": "blue",
                "scale": "linear",
                "exponent": 0.5,
                "steps": 64,
                "reverse": False,
                "min": 0,
                "max": 100,
            },
            "yAxis": {"axisPlacement": "left", "reverse": True},
            "rowsFrame": {"layout": "auto"},
            "showValue": "never",
            "legend": {"show": True},
            "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": False},
            # Left to itself Grafana draws no zero.
            "filterValues": {"le": -1},
        },
        transformations=[
            {"id": "organize", "options": {"indexByName": order, "excludeByName": {}, "renameByName": shown}}
        ],
    )


def _people(wording: Wording) -> Panel:
    name = wording.text("grafana.columns.n_of", name=wording.name("groups", _GROUP))
    return plain(
        said(wording, "bed.people"),
        [_by_night("A", [("time", "time", TIME), ("n", name, NUMBER)])],
        [override(name, displayName=name)],
        unit="none",
    )


def _by_night(ref: str, columns: list[tuple[str, str, str]]) -> Query:
    params = {"by": "day", "group": _GROUP, **SHOWN_TIMES}
    return query(ref, _NIGHTS, columns, shape="timeseries", params=params)
