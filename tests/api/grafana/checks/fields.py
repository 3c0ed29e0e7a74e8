"""Fields by name: what queries give, what transformations leave, and what overrides and axes ask for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.api.grafana.checks.looking import strings, where
from tests.api.grafana.checks.walker import Dashboard, panels


def columns_of(panel: Mapping[str, Any]) -> set[str]:
    """The names of the panel's fields as its queries give them."""
    names: set[str] = set()
    for target in panel.get("targets", ()):
        names |= {column["text"] for column in target.get("columns", ())}
        names |= {target[key] for key in ("legendFormat", "alias") if target.get(key)}
    return names


def shown_names(panel: Mapping[str, Any]) -> set[str]:
    """The names of the panel's fields after its transformations."""
    names = columns_of(panel)
    for step in panel.get("transformations", ()):
        if step["id"] == "organize":
            renamed = step["options"].get("renameByName", {})
            names = {renamed.get(name) or name for name in names}
            names -= {name for name, out in step["options"].get("excludeByName", {}).items() if out}
    return names


def fields(dashboard: Dashboard) -> Iterator[str]:
    """Every field that is named exists, and a band finds its lower side."""
    for panel in panels(dashboard):
        known, displayed = columns_of(panel), set()
        shown = shown_names(panel)
        for step in panel.get("transformations", ()):
            if step["id"] == "organize":
                for part in ("indexByName", "renameByName", "excludeByName"):
                    for name in step["options"].get(part, {}):
                        if name not in known:
                            yield f"{where(panel)}: {part} names {name!r}, no column: {sorted(known)}"
        for rule in overrides_of(panel):
            named = rule["matcher"]["options"]
            own = {each["id"]: each["value"] for each in rule["properties"]}
            if rule["matcher"]["id"] != "byName":
                yield f"{where(panel)}: matcher {rule['matcher']['id']!r}, ours are byName"
            elif named not in shown:
                yield f"{where(panel)}: override of {named!r}, which is no field: {sorted(shown)}"
            displayed.add(own.get("displayName", named))
            if panel["type"] in ("timeseries", "trend") and own.get("displayName", named) != named:
                yield f"{where(panel)}: {named!r} is shown as {own['displayName']!r}; call the column so"
        several = sum(1 for target in panel.get("targets", ()) if target.get("format") == "timeseries") > 1
        for rule in overrides_of(panel):
            own = {each["id"]: each["value"] for each in rule["properties"]}
            lower = own.get("custom.fillBelowTo")
            if lower is None:
                continue
            if lower not in displayed:
                yield f"{where(panel)}: fillBelowTo {lower!r} is no field that is shown: {sorted(displayed)}"
            elif several and not _displays(panel, lower):
                yield f"{where(panel)}: with several queries {lower!r} needs a displayName"
        axis = (panel.get("options") or {}).get("xField")
        if (panel["type"] == "trend") != (axis is not None) or (axis is not None and axis not in shown):
            yield f"{where(panel)}: the axis {axis!r} is no field"
        for sort in (panel.get("options") or {}).get("sortBy") or ():
            if sort["displayName"] not in shown:
                yield f"{where(panel)}: sorted by {sort['displayName']!r}, which is no field"
        for text in strings(panel):
            for name in re.findall(r"\$\{__data\.fields\.([^:}]+)", text):
                if name.strip('"[]') not in shown:
                    yield f"{where(panel)}: a link takes {name!r}, which is no field"


def words_of(panel: Mapping[str, Any], field: str) -> dict[str, str] | None:
    """{code: word} of the values of a field that are shown as words; None where none are."""
    found: dict[str, str] = {}
    own = [rule for rule in overrides_of(panel) if rule["matcher"]["options"] == field]
    listed = [each["value"] for rule in own for each in rule["properties"] if each["id"] == "mappings"]
    for mapping in listed[-1] if listed else panel["fieldConfig"]["defaults"].get("mappings") or ():
        if mapping["type"] == "value":
            found |= {code: shown["text"] for code, shown in mapping["options"].items()}
    return found or None


def orders(dashboard: Dashboard) -> Iterator[str]:
    """Fields come in the alphabetical order of their names, so where order matters it is written down."""
    for panel in panels(dashboard):
        if panel["type"] not in ("table", "heatmap") or len(panel.get("targets", ())) != 1:
            continue
        written = [column["text"] for column in panel["targets"][0].get("columns", ())]
        organised = [step for step in panel.get("transformations", ()) if step["id"] == "organize"]
        places = organised[-1]["options"].get("indexByName", {}) if organised else {}
        if len(written) > 1 and sorted(written, key=lambda text: places.get(text, -1)) != written:
            yield f"{where(panel)}: its fields come in the order {sorted(written)}, not as they are written"
        if panel["type"] == "heatmap" and all(_is_number(name) for name in shown_names(panel) - {"time"}):
            yield f"{where(panel)}: rows that are all called by numbers are ordered by these"
        if set(written) - set(places) and len(written) > 1:
            yield f"{where(panel)}: {sorted(set(written) - set(places))} have no place in its order"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+(\.\d+)?", text))


def _displays(panel: Mapping[str, Any], name: str) -> bool:
    return any({"id": "displayName", "value": name} in rule["properties"] for rule in overrides_of(panel))


def overrides_of(panel: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((panel.get("fieldConfig") or {}).get("overrides") or ())
