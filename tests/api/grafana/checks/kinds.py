"""Words that Grafana knows; it ignores others, or shows something else. Only these lists check them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.api.grafana.checks.fields import overrides_of
from tests.api.grafana.checks.looking import pairs, where
from tests.api.grafana.checks.walker import Dashboard, panels

PANEL_TYPES = frozenset(
    {
        "bargauge",
        "heatmap",
        "row",
        "stat",
        "state-timeline",
        "status-history",
        "table",
        "text",
        "timeseries",
        "trend",
    }
)
"""No map among them, ever: no place of a person is shown."""

UNITS = frozenset(
    {
        "bytes",
        "celsius",
        "dBm",
        "dtdhms",
        "none",
        "percent",
        "percentunit",
        "reqps",
        "time:YYYY-MM-DD",
        "time:YYYY-MM-DD HH:mm",
    }
)
UNIT_WITH_WORDS = re.compile(r"^(suffix: ?|prefix:)\S.*$")
"""Units whose words we write ourselves, for Grafana's stay English; `s`, `short` and `masskg` rescale."""

TRANSFORMATIONS = frozenset(
    {
        "convertFieldType",
        "filterByValue",
        "groupBy",
        "groupingToMatrix",
        "joinByField",
        "limit",
        "merge",
        "organize",
        "partitionByValues",
        "reduce",
        "sortBy",
    }
)

OVERRIDES = frozenset(
    {
        "color",
        "custom.align",
        "custom.axisPlacement",
        "custom.cellOptions",
        "custom.fillBelowTo",
        "custom.fillOpacity",
        "custom.hidden",
        "custom.hideFrom",
        "custom.lineStyle",
        "custom.lineWidth",
        "custom.pointSize",
        "custom.showPoints",
        "custom.thresholdsStyle",
        "custom.width",
        "decimals",
        "displayName",
        "links",
        "mappings",
        "max",
        "min",
        "noValue",
        "thresholds",
        "unit",
    }
)
"""An id that Grafana does not know is ignored."""

ENUMS: Mapping[str, frozenset[Any]] = {
    "axisPlacement": frozenset({"auto", "left", "right", "hidden"}),
    "cellHeight": frozenset({"sm", "md", "lg"}),
    "colorMode": frozenset({"none", "value", "background"}),
    "displayMode": frozenset({"list", "table", "hidden", "basic", "lcd", "gradient"}),
    "drawStyle": frozenset({"line", "bars", "points"}),
    "graphMode": frozenset({"none", "area"}),
    "graphTooltip": frozenset({0, 1, 2}),
    "hide": frozenset({0, 1, 2}),
    "justifyMode": frozenset({"auto", "center"}),
    "mergeValues": frozenset({True, False}),
    "orientation": frozenset({"auto", "horizontal", "vertical"}),
    "placement": frozenset({"bottom", "right"}),
    "refresh": frozenset({"", "1m", "5m", 1, 2}),
    "schemaVersion": frozenset({41}),
    "showPoints": frozenset({"always", "auto", "never"}),
    "showValue": frozenset({"always", "auto", "never"}),
    "spanNulls": frozenset({False}),
    "textMode": frozenset({"auto", "value", "name", "value_and_name", "none"}),
    "timezone": frozenset({"Europe/Stockholm"}),
    "valueMode": frozenset({"color", "text", "hidden"}),
    "weekStart": frozenset({"monday"}),
}
"""By key, what Grafana knows, or of it what we mean: a suppressed value is a gap, times are the pilot's."""

COLOURS = re.compile(
    r"^((super-light|light|semi-dark|dark)-)?(red|orange|yellow|green|blue|purple)$|^(text|transparent)$|^#[0-9a-f]{6}$"
)


def kinds(dashboard: Dashboard) -> Iterator[str]:
    """Panel types, units, overrides, transformations and choices that Grafana knows; it ignores others."""
    for panel in panels(dashboard):
        if panel["type"] not in PANEL_TYPES:
            yield f"{where(panel)} is a {panel['type']!r}, not one of {sorted(PANEL_TYPES)}"
        for step in panel.get("transformations", ()):
            if step["id"] not in TRANSFORMATIONS:
                yield f"{where(panel)}: transformation {step['id']!r}"
        for rule in overrides_of(panel):
            for own in rule["properties"]:
                if own["id"] not in OVERRIDES:
                    yield f"{where(panel)}: override {own['id']!r} is none that Grafana knows here"
                if own["id"] == "unit" and not known_unit(own["value"]):
                    yield f"{where(panel)}: unit {own['value']!r}"
                leaf = own["id"].split(".")[-1]
                if leaf in ENUMS and own["value"] not in ENUMS[leaf]:
                    yield f"{where(panel)}: {own['id']} is {own['value']!r}"
    for key, value in pairs(dashboard):
        if key == "unit" and not known_unit(value):
            yield f"unit {value!r} is not one that stays as it is written"
        if key in ENUMS and isinstance(value, str | int | bool) and value not in ENUMS[key]:
            yield f"{key} is {value!r}, not one of {sorted(map(str, ENUMS[key]))}"
        named = key in ("fixedColor", "iconColor") or (key == "color" and isinstance(value, str))
        if named and not COLOURS.match(value):
            yield f"{key} is {value!r}, which is no colour of Grafana's"
        if key == "geomap":
            yield "a map"


def known_unit(unit: str) -> bool:
    return unit in UNITS or bool(UNIT_WITH_WORDS.match(unit))
