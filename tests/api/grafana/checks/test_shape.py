"""By the looks of it: each fault is planted in a dashboard that has none, and found."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.grafana.checks import dashboards, shape

Plant = Callable[[dict[str, Any]], Any]


def first(dashboard: dict[str, Any]) -> dict[str, Any]:
    panel: dict[str, Any] = dashboard["panels"][0]
    return panel


def second(dashboard: dict[str, Any]) -> dict[str, Any]:
    panel: dict[str, Any] = dashboard["panels"][1]
    return panel


def overrides(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = first(dashboard)["fieldConfig"]["overrides"]
    return found


def another_query(dashboard: dict[str, Any]) -> None:
    """A second group beside the first, whose names Grafana then writes with letters before them."""
    again = dashboards.metric_query(group="comparison")
    again["refId"] = "B"
    for column in again["columns"][1:]:
        column["text"] = column["text"].replace("Insats", "Jämförelse")
    first(dashboard)["targets"].append(again)


def table(columns: list[str], order: dict[str, int]) -> dict[str, Any]:
    asked = dashboards.query("A", dashboards.PILOT + "/quality", [(each, each, "string") for each in columns])
    steps = [{"id": "organize", "options": {"indexByName": order}}]
    return dashboards.panel(9, "table", 0, 20, 24, 5, targets=[asked], transformations=steps)


PLANTED: dict[str, tuple[Plant, str]] = {
    "a new uid": (lambda d: d.update(uid="pilotbed-overview-2"), "is not one of"),
    "an id of somebody's Grafana": (lambda d: d.update(id=7), "given by Grafana"),
    "a version of somebody's Grafana": (lambda d: d.update(version=3), "given by Grafana"),
    "two panels with one id": (lambda d: second(d).update(id=1), "two panels have one id"),
    "a panel without id": (lambda d: second(d).pop("id"), "has no id"),
    "two queries with one letter": (lambda d: first(d)["targets"].append(first(d)["targets"][0]), "refIds"),
    "somebody's choice": (
        lambda d: d["templating"]["list"][0].update(current={"value": "natt-2026"}),
        "current value",
    ),
    "a panel over the edge": (lambda d: first(d)["gridPos"].update(x=4), "reaches over"),
    "a panel over another": (lambda d: second(d)["gridPos"].update(y=8), "lies over"),
    "an absolute address": (
        lambda d: d["links"].append({"title": "Sidan", "url": "https://pilot.example.org"}),
        "an absolute address",
    ),
    "an address without a scheme": (
        lambda d: d["panels"][2]["options"].update(content="[här](//example.org)"),
        "an absolute address",
    ),
    "HTML": (lambda d: d["panels"][2]["options"].update(content="<b>obs</b>"), "HTML"),
    "a data source by name": (
        lambda d: first(d).update(datasource="Pilotbed API"),
        "none that is provisioned",
    ),
    "a data source that is not ours": (
        lambda d: first(d).update(datasource={"type": "prometheus", "uid": "other"}),
        "none that is provisioned",
    ),
    "readings for everybody": (
        lambda d: second(d).update(datasource={"type": "influxdb", "uid": "pilotbed-influx"}),
        "outside the leader's own",
    ),
    "a query to another source than its panel's": (
        lambda d: second(d).update(datasource={"type": "prometheus", "uid": "pilotbed-prometheus"}),
        "asks another data source",
    ),
    "an override of no field": (
        lambda d: overrides(d)[0]["matcher"].update(options="Insatz"),
        "which is no field",
    ),
    "a matcher of another kind": (
        lambda d: overrides(d)[0]["matcher"].update(id="byRegexp"),
        "ours are byName",
    ),
    "a band without its lower side": (
        lambda d: overrides(d)[0]["properties"][1].update(value="Insats lag"),
        "no field that is shown",
    ),
    "a band whose lower side gets a letter": (another_query, "needs a displayName"),
    "an order of no column": (
        lambda d: first(d).update(
            transformations=[{"id": "organize", "options": {"indexByName": {"Insatz": 0}}}]
        ),
        "no column",
    ),
    "an override of what is renamed": (
        lambda d: first(d).update(
            transformations=[{"id": "organize", "options": {"renameByName": {"Insats": "Vi"}}}]
        ),
        "override of 'Insats', which is no field",
    ),
    "a sort by no column": (
        lambda d: first(d)["options"].update(sortBy=[{"displayName": "Insatz", "desc": True}]),
        "sorted by 'Insatz'",
    ),
    "a table without an order": (
        lambda d: d["panels"].append(table(["Enhet", "Batteri"], {})),
        "have no place in its order",
    ),
    "a table in another order": (
        lambda d: d["panels"].append(table(["Enhet", "Batteri"], {"Enhet": 1, "Batteri": 0})),
        "not as they are written",
    ),
    "hours that are ordered as numbers": (
        lambda d: d["panels"].append(
            table(["time", "22", "23", "00"], {"time": 0, "22": 1, "23": 2, "00": 3}) | {"type": "heatmap"}
        ),
        "ordered by these",
    ),
    "an axis of no field": (
        lambda d: first(d).update(type="trend", options={"xField": "Timme"}),
        "axis 'Timme' is no field",
    ),
    "a link that takes no field": (
        lambda d: first(d)["fieldConfig"]["defaults"].update(
            links=[{"title": "Enhet", "url": "/pilots/${__data.fields.Enhet:percentencode}"}]
        ),
        "takes 'Enhet'",
    ),
    "a variable in a title": (lambda d: first(d).update(title="${metrik:text}"), "asks for 'metrik'"),
    "a part of no variable": (lambda d: first(d).update(title="${metrik.text}"), "asks for 'metrik'"),
    "variables in the wrong order": (lambda d: d["templating"]["list"].reverse(), "asks for 'pilot'"),
    "a threshold below all": (
        lambda d: second(d)["fieldConfig"]["defaults"]["thresholds"]["steps"][0].update(value=0),
        "first threshold alone",
    ),
    "thresholds that do not ascend": (
        lambda d: second(d)["fieldConfig"]["defaults"]["thresholds"]["steps"].append(
            {"color": "blue", "value": 0.5}
        ),
        "do not ascend",
    ),
    "a panel that does not explain itself": (lambda d: first(d).update(description=""), "what it means"),
    "a panel without title": (lambda d: first(d).update(title=""), "has no title"),
    "no footnotes": (lambda d: d["panels"].pop(), "no text panel"),
    "a map": (lambda d: first(d).update(type="geomap"), "is a 'geomap'"),
    "a panel type that Grafana lacks": (lambda d: first(d).update(type="time-series"), "is a 'time-series'"),
    "a unit that rescales": (
        lambda d: first(d)["fieldConfig"]["defaults"].update(unit="s"),
        "stays as it is written",
    ),
    "a unit in an override": (
        lambda d: overrides(d)[0]["properties"].append({"id": "unit", "value": "masskg"}),
        "unit 'masskg'",
    ),
    "a property that Grafana lacks": (
        lambda d: overrides(d)[0]["properties"].append({"id": "custom.fillUnder", "value": "Insats låg"}),
        "none that Grafana knows",
    ),
    "a transformation that Grafana lacks": (
        lambda d: first(d).update(transformations=[{"id": "organise", "options": {}}]),
        "transformation 'organise'",
    ),
    "a choice that Grafana lacks": (
        lambda d: second(d)["options"].update(graphMode="nothing"),
        "graphMode is 'nothing'",
    ),
    "gaps that are drawn over": (
        lambda d: first(d)["fieldConfig"]["defaults"]["custom"].update(spanNulls=True),
        "spanNulls is True",
    ),
    "a colour that Grafana lacks": (
        lambda d: second(d)["fieldConfig"]["defaults"]["thresholds"]["steps"][0].update(color="röd"),
        "no colour",
    ),
    "a value without its key": (
        lambda d: overrides(d)[0]["properties"].append({"id": "color", "value": {"modus": "fixed"}}),
        "color has ['modus']",
    ),
    "a value that Grafana lacks": (
        lambda d: overrides(d)[0]["properties"].append({"id": "color", "value": {"mode": "fix"}}),
        "color.mode is 'fix'",
    ),
    "a threshold without colour": (
        lambda d: overrides(d)[0]["properties"].append(
            {"id": "thresholds", "value": {"mode": "absolute", "steps": [{"colour": "red", "value": None}]}}
        ),
        "thresholds has ['colour', 'value']",
    ),
    "a mapping of another kind": (
        lambda d: second(d)["fieldConfig"]["defaults"].update(
            mappings=[{"type": "values", "options": {"1": {"text": "ja"}}}]
        ),
        "neither of values nor of a range",
    ),
    "a mapping to nothing": (
        lambda d: second(d)["fieldConfig"]["defaults"].update(
            mappings=[{"type": "value", "options": {"1": {"txt": "ja"}}}]
        ),
        "mappings has ['txt']",
    ),
    "an order that is misspelt": (
        lambda d: first(d).update(transformations=[{"id": "organize", "options": {"indexByNames": {}}}]),
        "organize has ['indexByNames']",
    ),
    "a series under another name": (
        lambda d: overrides(d)[1]["properties"].append({"id": "displayName", "value": "Låg"}),
        "call the column so",
    ),
    "a heatmap that leaves zero out": (
        lambda d: second(d).update(type="heatmap", options={}),
        "draws no zero",
    ),
    "a heatmap whose zero has the colour of the page": (
        lambda d: second(d)["options"].update(color={"scheme": "Blues"}),
        "color.scheme is 'Blues'",
    ),
    "cells whose zero is like any low value": (
        lambda d: second(d).update(type="status-history", options={}),
        "zero has no word",
    ),
    "a panel with a time of its own": (
        lambda d: second(d).update(timeFrom="7d"),
        "only while the time of the dashboard is relative",
    ),
    "a time that is none": (lambda d: d["time"].update({"from": "now-90days"}), "time.from is"),
    "a dashboard outside the list": (lambda d: d.update(tags=[]), "without the tag"),
    "a variable of another kind": (
        lambda d: d["templating"]["list"][1].update(type="querry"),
        "templating.list.type is 'querry'",
    ),
    "another schema": (lambda d: d.update(schemaVersion=42), "schemaVersion is 42"),
    "another zone": (lambda d: d.update(timezone="browser"), "timezone is 'browser'"),
}


def test_what_has_no_fault_passes() -> None:
    assert shape.faults(dashboards.faultless()) == []


@pytest.mark.parametrize("plant", PLANTED)
def test_finds(plant: str) -> None:
    dashboard = dashboards.faultless()
    change, message = PLANTED[plant]
    change(dashboard)
    assert message in "\n".join(shape.faults(dashboard))


def test_two_queries_whose_names_are_kept_have_no_fault() -> None:
    dashboard = dashboards.faultless()
    another_query(dashboard)
    for rule in overrides(dashboard):
        rule["properties"].append({"id": "displayName", "value": rule["matcher"]["options"]})
    assert shape.faults(dashboard) == []
