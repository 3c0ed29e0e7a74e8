"""A dashboard written by hand, without a fault, for tests that plant one."""

from typing import Any

from tests.api.grafana.checks.infinity import PLUGIN

SOURCE = {"type": PLUGIN, "uid": "pilotbed-api"}
PILOT = "/api/v1/pilots/${pilot:percentencode}"


def query(
    ref: str,
    url: str,
    columns: list[tuple[str, str, str]],
    *,
    root: str = "items",
    format_: str = "table",
    where: str = "",
    **parameters: str,
) -> dict[str, Any]:
    times = {"start": "${__timeFrom:date:iso}", "end": "${__timeTo:date:iso}"}
    return {
        "refId": ref,
        "datasource": SOURCE,
        "type": "json",
        "parser": "backend",
        "source": "url",
        "format": format_,
        "url": url,
        "url_options": {
            "method": "GET",
            "data": "",
            "headers": [],
            "params": [{"key": key, "value": value} for key, value in (parameters | times).items()],
        },
        "root_selector": root,
        "filters": [],
        "computed_columns": [],
        "filterExpression": where,
        "columns": [
            {"selector": selector, "text": text, "type": type_, "timestampFormat": ""}
            for selector, text, type_ in columns
        ],
    }


def metric_query(**parameters: str) -> dict[str, Any]:
    return query(
        "A",
        PILOT + "/metrics/${metric:percentencode}",
        [("time", "time", "timestamp"), ("value", "Insats", "number"), ("ci_low", "Insats låg", "number")],
        format_="timeseries",
        **{"by": "week", "group": "intervention", "lang": "sv"} | parameters,
    )


def coverage_query() -> dict[str, Any]:
    return query("A", PILOT + "/quality", [("coverage", "Täckning", "number")], root="summary")


def panel(number: int, kind: str, x: int, y: int, w: int, h: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": kind,
        "title": f"Panel {number}",
        "description": "Vad den visar, av hur många, och vad intervallet betyder.",
        "datasource": SOURCE,
        "targets": [],
        "options": {},
        "gridPos": {"x": x, "y": y, "w": w, "h": h},
        "fieldConfig": {"defaults": {"noValue": "–", "unit": "none"}, "overrides": []},
        **more,
    }


def override(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }


def variable(name: str, url: str, value: str) -> dict[str, Any]:
    asked = query("variable", url, [(value, "__value", "string"), ("title", "__text", "string")], lang="sv")
    return {
        "type": "query",
        "name": name,
        "label": name,
        "datasource": SOURCE,
        "refresh": 1,
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "query": {"refId": "variable", "queryType": "infinity", "query": "", "infinityQuery": asked},
    }


def faultless() -> dict[str, Any]:
    """A trend with interval, one figure, footnotes, the phases, a list of pilots and one of metrics."""
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 0.9}]
    figure = {"reduceOptions": {"values": False, "calcs": ["last"], "fields": ""}, "graphMode": "none"}
    phases = query(
        "Anno",
        PILOT,
        [("start", "time", "timestamp"), ("end", "timeEnd", "timestamp"), ("name", "text", "string")],
        root="phases",
        format_="dataframe",
    )
    return {
        "uid": "pilotbed-overview",
        "title": "Pilot – översikt",
        "tags": ["pilotbed"],
        "schemaVersion": 41,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "Europe/Stockholm",
        "weekStart": "monday",
        "time": {"from": "now-90d", "to": "now"},
        "refresh": "",
        "links": [],
        "annotations": {
            "list": [
                {
                    "name": "Faser",
                    "datasource": SOURCE,
                    "enable": True,
                    "iconColor": "purple",
                    "target": phases,
                }
            ]
        },
        "templating": {
            "list": [
                variable("pilot", "/api/v1/pilots", "pilot"),
                variable("metric", PILOT + "/metrics", "metric"),
            ]
        },
        "panels": [
            panel(
                1,
                "timeseries",
                *(0, 0, 24, 9),
                targets=[metric_query()],
                fieldConfig={
                    "defaults": {"noValue": "–", "unit": "none", "custom": {"spanNulls": False}},
                    "overrides": [
                        override("Insats", displayName="Insats", custom__fillBelowTo="Insats låg"),
                        override("Insats låg", custom__lineWidth=0),
                    ],
                },
            ),
            panel(
                2,
                "stat",
                *(0, 9, 6, 5),
                targets=[coverage_query()],
                options=figure,
                fieldConfig={
                    "defaults": {
                        "noValue": "–",
                        "unit": "percentunit",
                        "thresholds": {"mode": "absolute", "steps": steps},
                    },
                    "overrides": [],
                },
            ),
            panel(
                3,
                "text",
                *(6, 9, 18, 5),
                description="",
                options={"mode": "markdown", "content": "Ingen medicinteknisk produkt."},
            ),
        ],
    }
