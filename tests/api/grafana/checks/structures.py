"""What Grafana's own model takes as it comes: values of overrides and mappings, options of transformations,
links and time ranges. A key that is misspelt there is ignored, and a word that is unknown too."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.api.grafana.checks.fields import overrides_of
from tests.api.grafana.checks.infinity import PLUGIN
from tests.api.grafana.checks.looking import paths, where
from tests.api.grafana.checks.walker import Dashboard, panels

STRUCTURES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "color": (frozenset({"mode"}), frozenset({"fixedColor"})),
    "custom.cellOptions": (frozenset({"type"}), frozenset({"mode", "wrapText", "applyToRow"})),
    "custom.hideFrom": (frozenset({"legend", "tooltip", "viz"}), frozenset()),
    "custom.lineStyle": (frozenset({"fill"}), frozenset({"dash"})),
    "custom.thresholdsStyle": (frozenset({"mode"}), frozenset()),
    "thresholds": (frozenset({"mode", "steps"}), frozenset()),
}
"""By the id of an override, the keys that its value must have and those that it may have."""

STEP = (frozenset({"color", "value"}), frozenset[str]())
RESULT = (frozenset({"text"}), frozenset({"color", "index"}))
RANGE = (frozenset({"from", "to", "result"}), frozenset[str]())
ORGANIZE = (frozenset({"indexByName"}), frozenset({"excludeByName", "renameByName"}))
CHOICES = (frozenset({"refId", "queryType", "query", "infinityQuery"}), frozenset[str]())

AT: Mapping[tuple[str, ...], frozenset[Any]] = {
    ("annotations", "list", "target", "refId"): frozenset({"Anno", "Phases", "Losses"}),
    ("calcs",): frozenset({"last"}),
    ("cellOptions", "mode"): frozenset({"basic", "gradient"}),
    ("cellOptions", "type"): frozenset({"auto", "color-background", "color-text", "gauge"}),
    ("color", "fill"): frozenset({"blue"}),
    ("color", "mode"): frozenset({"fixed", "thresholds", "palette-classic", "scheme"}),
    ("color", "scale"): frozenset({"linear", "exponential"}),
    # Of one hue, its pale or dark end would be the colour of the page.
    ("color", "scheme"): frozenset({"Viridis"}),
    ("custom", "align"): frozenset({"auto", "left", "center", "right"}),
    ("lineStyle", "fill"): frozenset({"solid", "dash", "dot"}),
    ("links", "icon"): frozenset({"external link", "dashboard", "doc", "info"}),
    ("links", "type"): frozenset({"link", "dashboards"}),
    ("query", "queryType"): frozenset({"infinity"}),
    ("query", "refId"): frozenset({"variable"}),
    ("reduceOptions", "fields"): frozenset({""}),
    ("rowsFrame", "layout"): frozenset({"auto", "ge", "le", "unknown"}),
    ("scaleDistribution", "type"): frozenset({"linear", "log"}),
    ("tags",): frozenset({"pilotbed"}),
    ("templating", "list", "type"): frozenset({"query", "constant", "custom"}),
    ("thresholdsStyle", "mode"): frozenset({"off", "line", "dashed", "area"}),
    ("tooltip", "mode"): frozenset({"single", "multi", "none"}),
    ("tooltip", "sort"): frozenset({"none", "asc", "desc"}),
}
"""By the last keys of a path, what Grafana knows, or of it what we mean."""

INSTANT = re.compile(r"^(now(-\d+[smhdwMy])?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))$")


def structures(dashboard: Dashboard) -> Iterator[str]:
    """Values with the keys that Grafana reads, and words that it knows there."""
    for panel in panels(dashboard):
        for rule in overrides_of(panel):
            for own in rule["properties"]:
                yield from _value(f"{where(panel)}: {own['id']}", own["id"], own["value"])
        defaults = (panel.get("fieldConfig") or {}).get("defaults") or {}
        yield from _mappings(f"{where(panel)}: mappings", defaults.get("mappings") or [])
        yield from _zero(panel)
        for own_time in panel.keys() & {"timeFrom", "timeShift"}:
            yield f"{where(panel)}: {own_time} holds only while the time of the dashboard is relative"
        for step in panel.get("transformations", ()):
            if step["id"] == "organize":
                yield from _keys(f"{where(panel)}: organize", step["options"], ORGANIZE)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query" and variable["datasource"]["type"] == PLUGIN:
            yield from _keys(f"variable {variable['name']!r}", variable["query"], CHOICES)
    for path, value in paths(dashboard):
        for end, known in AT.items():
            if path[-len(end) :] == end and isinstance(value, str) and value not in known:
                yield f"{'.'.join(path)} is {value!r}, not one of {sorted(known)}"
    for key in ("from", "to"):
        if not INSTANT.match(dashboard["time"][key]):
            yield f"time.{key} is {dashboard['time'][key]!r}"
    if "pilotbed" not in dashboard["tags"]:
        yield "without the tag by which the dashboards are listed"


def _value(place: str, id_: str, value: Any) -> Iterator[str]:
    if id_ in STRUCTURES:
        yield from _keys(place, value, STRUCTURES[id_])
    if id_ == "thresholds":
        for step in value.get("steps", ()):
            yield from _keys(place, step, STEP)
    if id_ == "mappings":
        yield from _mappings(place, value)
    kind = id_.rsplit(".", 1)[-1]
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        known = AT.get((kind, key))
        if known is not None and inner not in known:
            yield f"{place}.{key} is {inner!r}, not one of {sorted(known)}"


def _mappings(place: str, mappings: list[Mapping[str, Any]]) -> Iterator[str]:
    for mapping in mappings:
        options = mapping.get("options") or {}
        if set(mapping) != {"type", "options"} or mapping.get("type") not in ("value", "range"):
            yield f"{place}: {mapping} is neither of values nor of a range"
        elif mapping["type"] == "value":
            for shown in options.values():
                yield from _keys(place, shown, RESULT)
        else:
            yield from _keys(place, options, RANGE)
            yield from _keys(place, options.get("result", {}), RESULT)


def _keys(place: str, value: Any, keys: tuple[frozenset[str], frozenset[str]]) -> Iterator[str]:
    needed, allowed = keys
    own = set(value) if isinstance(value, Mapping) else set()
    if needed - own or own - needed - allowed:
        yield f"{place} has {sorted(own)}, and should have {sorted(needed)}"


def _zero(panel: Mapping[str, Any]) -> Iterator[str]:
    """A cell of zero is told from one that is empty."""
    if panel["type"] == "heatmap" and (panel["options"].get("filterValues") or {"le": 1e-9})["le"] >= 0:
        yield f"{where(panel)}: Grafana draws no zero unless filterValues.le is below it"
    if panel["type"] == "status-history":
        mappings = panel["fieldConfig"]["defaults"].get("mappings") or ()
        if not any("color" in (each["options"].get("0") or {}) for each in mappings):
            yield f"{where(panel)}: zero has no word and colour of its own"
