"""Whether what devices send can be relied on: which nights are missing, and which device to look at."""

from api.grafana.parts.dashboard import (
    HALF,
    WIDTH,
    Dashboard,
    annotation,
    dashboard,
    phases,
    pilot_variable,
)
from api.grafana.parts.devices import device_table
from api.grafana.parts.limits import coverage_steps
from api.grafana.parts.metric_trends import NOTES, metric_line
from api.grafana.parts.panels import (
    Panel,
    column,
    footnotes,
    named,
    override,
    panel,
    said,
    stat,
    table,
    thresholds,
)
from api.grafana.parts.query import NUMBER, PILOT, SHOWN_TIMES, TEXT, TIME, query
from api.grafana.parts.trends import trend
from api.wording import Wording
from pilots.plan import Plan

_QUALITY = f"{PILOT}/quality"
_LAST_WEEKS = "now-28d"
_GROUP = "intervention"


def quality(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    return dashboard(
        wording,
        "quality",
        [
            (7, [(6, _coverage(wording, plan)), (6, _silent(wording)), (HALF, _refused(wording))]),
            (11, [(WIDTH, _nights(wording, plan))]),
            (11, [(WIDTH, device_table(wording, "quality.devices", plan, _COLUMNS))]),
            (8, [(WIDTH, _delivery(wording))]),
            (5, [(WIDTH, footnotes(wording, "quality", "figures"))]),
        ],
        pages_url=pages_url,
        variables=[pilot_variable(wording)],
        annotations=[phases(wording), _losses(wording)],
        start=_LAST_WEEKS,
    )


_COLUMNS = (
    "device",
    "kind",
    "coverage",
    "silent_minutes",
    "silent_over_minutes",
    "battery_pct",
    "clock_offset_s",
    "lateness_p95_s",
    "dead_letters",
    "unknown_field_count",
)


def _coverage(wording: Wording, plan: Plan | None) -> Panel:
    columns = [("coverage", column(wording, "coverage"), NUMBER)]
    return stat(
        said(wording, "quality.coverage"),
        query("A", _QUALITY, columns, root="summary", params=SHOWN_TIMES),
        unit="percentunit",
        steps=coverage_steps(plan),
    )


def _silent(wording: Wording) -> Panel:
    columns = [("silent", column(wording, "silent_devices"), NUMBER)]
    return stat(
        said(wording, "quality.silent"),
        query("A", _QUALITY, columns, root="summary", params=SHOWN_TIMES),
        steps=(("green", None), ("orange", 1)),
    )


def _refused(wording: Wording) -> Panel:
    return table(
        said(wording, "quality.refused"),
        query(
            "A",
            f"{_QUALITY}/dead-letters",
            [("title", column(wording, "reason_refused"), TEXT), ("count", column(wording, "count"), NUMBER)],
            params={"lang": wording.language},
        ),
        overrides=[override(column(wording, "count"), custom__width=100)],
    )


def _nights(wording: Wording, plan: Plan | None) -> Panel:
    """A row for each device: the label `device` parts the answer into series, which are called by it."""
    return panel(
        said(wording, "quality.nights"),
        "status-history",
        [
            query(
                "A",
                f"{_QUALITY}/nights",
                [("time", "time", TIME), ("device", "device", TEXT), ("coverage", "coverage", NUMBER)],
                shape="timeseries",
                params={"worst": "40", **SHOWN_TIMES},
            )
        ],
        defaults={
            "unit": "percentunit",
            "decimals": 0,
            "displayName": "${__field.labels.device}",
            "color": {"mode": "thresholds"},
            "thresholds": thresholds(coverage_steps(plan)),
            "mappings": named({"0": (wording.text("grafana.quality.nothing_came"), "purple")}),
            "custom": {"lineWidth": 0, "fillOpacity": 80},
        },
        options={
            "colWidth": 0.95,
            "rowHeight": 0.9,
            "showValue": "never",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )


def _delivery(wording: Wording) -> Panel:
    lines = [
        metric_line(wording.text(f"grafana.quality.delivery.{name}"), colour, metric, _GROUP)
        for metric, name, colour in (
            ("device_uptime_percent", "uptime", "blue"),
            ("reading_loss_percent", "loss", "red"),
        )
    ]
    return trend(wording, said(wording, "quality.delivery", *NOTES), lines, unit="percent", decimals=1)


def _losses(wording: Wording) -> dict[str, object]:
    columns = [("time", "time", TIME), ("time_end", "timeEnd", TIME), ("text", "text", TEXT)]
    target = query(
        "Losses",
        f"{_QUALITY}/losses",
        columns,
        shape="dataframe",
        params={"lang": wording.language, **SHOWN_TIMES},
    )
    return annotation(wording.text("grafana.annotations.losses"), "red", target)
