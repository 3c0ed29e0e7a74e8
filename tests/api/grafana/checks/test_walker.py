"""The walker finds what Grafana would not show, or would show as something else: each fault is planted in a
dashboard that has none, and sent to the real API."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.grafana.checks import dashboards
from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.infinity import frame_of
from tests.api.grafana.checks.walker import (
    Dashboard,
    Place,
    check_place,
    choices,
    faults,
    needed,
    places,
    rule_places,
    shown,
)
from tests.api.grafana.told import EMPTY, FULL, Told

METRIC = {"metric": "bed_exits_per_night"}

Plant = Callable[[dict[str, Any]], None]


def trend(dashboard: Dashboard) -> dict[str, Any]:
    return dashboard["panels"][0]["targets"][0]


def figure(dashboard: Dashboard) -> dict[str, Any]:
    return dashboard["panels"][1]["targets"][0]


def column(dashboard: Dashboard, place: int) -> dict[str, Any]:
    return trend(dashboard)["columns"][place]


def parameter(query: dict[str, Any], key: str, value: str) -> None:
    pairs = query["url_options"]["params"]
    pairs[:] = [pair for pair in pairs if pair["key"] != key] + [{"key": key, "value": value}]


PLANTED: dict[str, tuple[Plant, str]] = {
    "a misspelt selector": (lambda d: column(d, 1).update(selector="vaule"), "'vaule' does not exist in row"),
    "a selector below a number": (lambda d: column(d, 1).update(selector="n.value"), "does not exist"),
    "a wrong root": (lambda d: figure(d).update(root_selector="sumary"), "has no 'sumary'"),
    "a root that is a number": (
        lambda d: figure(d).update(root_selector="summary.coverage"),
        "does not lead to rows",
    ),
    "the browser's parser": (lambda d: trend(d).pop("parser"), "parser is None"),
    "filters for the browser": (
        lambda d: trend(d).update(filters=[{"field": "n", "operator": ">", "value": ["4"]}]),
        "ignores filters",
    ),
    "a misspelt key": (lambda d: trend(d).update(rootselector="items"), "rootselector"),
    "an unknown variable": (
        lambda d: parameter(trend(d), "group", "${gruop}"),
        "variable 'gruop' in '${gruop}' is not defined",
    ),
    "an unknown variable without braces": (lambda d: parameter(trend(d), "group", "$gruop"), "'gruop'"),
    "the old way to write one": (lambda d: parameter(trend(d), "group", "[[metric]]"), "old way"),
    "a path that is not encoded": (
        lambda d: trend(d).update(url="/api/v1/pilots/${pilot}/metrics/weight_kg"),
        "not percent-encoded",
    ),
    "the browser's time": (lambda d: parameter(trend(d), "start", "${__from:date:iso}"), "'__from'"),
    "a time in another format": (lambda d: parameter(trend(d), "start", "${__timeFrom}"), "date:iso"),
    "a variable in a column": (lambda d: column(d, 1).update(text="$metric"), "not filled in there"),
    "a path that is not there": (lambda d: figure(d).update(url=dashboards.PILOT + "/qualty"), "404"),
    "a foreign pilot": (lambda d: figure(d).update(url="/api/v1/pilots/empty/quality"), "404"),
    "a path that the role may not read": (
        lambda d: figure(d).update(url=dashboards.PILOT + "/participants"),
        "403",
    ),
    "a single participant": (lambda d: parameter(trend(d), "participant", "K7Q-4TD"), "answers 4"),
    "an absolute address": (
        lambda d: figure(d).update(url="https://example.org/api/v1/pilots"),
        "is not a path under",
    ),
    "a host that takes the token": (
        lambda d: figure(d).update(url="@example.org/api/v1/pilots"),
        "is not a path under",
    ),
    "a question in the path": (
        lambda d: trend(d).update(url=trend(d)["url"] + "?by=week"),
        "its parameters apart",
    ),
    "a method that writes": (lambda d: trend(d)["url_options"].update(method="POST"), "our token reads"),
    "a text as a number": (lambda d: column(d, 1).update(selector="period"), "which is no number"),
    "a bool as a number": (lambda d: column(d, 1).update(selector="phase", type="boolean"), "label"),
    "a number as a text": (lambda d: column(d, 1).update(type="string"), "which is no string"),
    "a week as a time": (lambda d: column(d, 0).update(selector="period"), "which is no timestamp"),
    "a format of time": (lambda d: column(d, 0).update(timestampFormat="2006-01-02"), "RFC 3339"),
    "a type that the plugin lacks": (lambda d: column(d, 1).update(type="float"), "type that is not one of"),
    "two columns with one text": (lambda d: column(d, 2).update(text="Insats"), "two columns have one text"),
    "a misspelt key of a column": (lambda d: column(d, 1).update(timeformat=""), "has other keys"),
    "a misspelt key of the request": (lambda d: trend(d)["url_options"].update(body=""), "have other keys"),
    "no columns": (lambda d: trend(d).update(columns=[]), "no columns"),
    "a series without time": (lambda d: trend(d)["columns"].pop(0), "one time column"),
    "a series without a number": (
        lambda d: trend(d).update(columns=trend(d)["columns"][:1]),
        "without a number",
    ),
    "the reason as a label": (
        lambda d: trend(d)["columns"].append(
            {"selector": "reason", "text": "Varför", "type": "string", "timestampFormat": ""}
        ),
        "would become a label",
    ),
    "groups that are not told apart": (
        lambda d: trend(d)["url_options"]["params"].remove({"key": "group", "value": "intervention"}),
        "two rows of one series at one time",
    ),
    "a trend that is a table": (lambda d: trend(d).update(format="table"), "not 'timeseries'"),
    "a misspelt format": (lambda d: trend(d).update(format="time_series"), "format is 'time_series'"),
    "many rows for one figure": (
        lambda d: figure(d).update(root_selector="items"),
        "ask the API for one row",
    ),
    "an older number for a hidden one": (
        lambda d: d["panels"][1]["options"]["reduceOptions"].update(calcs=["lastNotNull"]),
        "take last",
    ),
    "a filter on what is no column": (
        lambda d: figure(d).update(filterExpression="silent != null"),
        "no column's text",
    ),
    "a filter that Grafana's would not be": (
        lambda d: figure(d).update(filterExpression="coverage is not None"),
        "is not field, sign, value",
    ),
    "an annotation as a table": (
        lambda d: d["annotations"]["list"][0]["target"].update(format="table"),
        "not 'dataframe'",
    ),
    "an annotation without text": (
        lambda d: d["annotations"]["list"][0]["target"]["columns"].pop(),
        "a time and a text",
    ),
    "an annotation with a field of its own": (
        lambda d: d["annotations"]["list"][0]["target"]["columns"][1].update(text="end"),
        "has no ['end']",
    ),
    "a choice that is not called so": (
        lambda d: d["templating"]["list"][0]["query"]["infinityQuery"]["columns"][0].update(text="value"),
        "__value and __text",
    ),
    "choices that come twice": (
        lambda d: d["templating"]["list"][1]["query"]["infinityQuery"]["columns"][0].update(selector="unit"),
        "come twice",
    ),
}


def values(told: Told, pilot: str = FULL) -> dict[str, Any]:
    return {**told.chosen(pilot), **METRIC}


@pytest.mark.parametrize("pilot", [FULL, EMPTY])
def test_what_has_no_fault_passes(told: Told, pilot: str) -> None:
    assert faults(dashboards.faultless(), values(told, pilot), told.ask(pilot)) == []


@pytest.mark.parametrize("plant", PLANTED)
def test_finds(told: Told, plant: str) -> None:
    dashboard = dashboards.faultless()
    change, message = PLANTED[plant]
    change(dashboard)
    (found,) = faults(dashboard, values(told), told.ask(FULL))
    assert message in found


def test_a_fault_says_where_it_stands(told: Told) -> None:
    dashboard = dashboards.faultless()
    figure(dashboard)["root_selector"] = "sumary"
    (found,) = faults(dashboard, values(told), told.ask(FULL))
    assert found.startswith("pilotbed-overview: panel 2 'Panel 2', query A: ")


def test_queries_within_folded_rows_are_walked_too() -> None:
    dashboard = dashboards.faultless()
    inner = dashboard["panels"].pop(0)
    dashboard["panels"].append(dashboards.panel(9, "row", 0, 20, 24, 1, panels=[inner]))
    assert sum(place.kind == "timeseries" for place in places(dashboard)) == 1


def test_every_choice_of_a_variable_is_walked(told: Told) -> None:
    all_of_them = choices(dashboards.faultless(), told.chosen(FULL), told.ask(FULL))
    assert {"weight_kg", "bed_exits_per_night"} <= {each["metric"] for each in all_of_them}
    assert {each["pilot"] for each in all_of_them} == {FULL}


def test_only_the_variables_of_a_query_matter_to_it() -> None:
    by_kind = {place.kind: needed(place) for place in places(dashboards.faultless())}
    assert by_kind["timeseries"] == {"pilot", "metric", "__timeFrom", "__timeTo"}
    assert by_kind["stat"] == {"pilot", "__timeFrom", "__timeTo"}


SERIES = {"columns": dashboards.metric_query()["columns"], "root_selector": "items", "format": "timeseries"}
ROW = '{"time": "2026-03-23T00:00:00+01:00", "value": 1.5, "ci_low": null}'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "empty body is an error"),
        ("<html>", "no JSON"),
        ('{"items": null}', "does not lead to rows"),
        ('{"items": [1]}', "does not lead to rows"),
        ('{"items": [{"time": "2026-03-23", "value": 1, "ci_low": 1}]}', "no timestamp"),
        ('{"items": [{"time": "2026-03-23T00:00:00", "value": 1, "ci_low": 1}]}', "no timestamp"),
        ('{"items": [{"time": null, "value": 1, "ci_low": 1}]}', "is null in a row"),
        ('{"items": [{"time": "2026-03-23T00:00:00Z", "value": true, "ci_low": 1}]}', "no number"),
        ('{"items": [{"time": "2026-03-23T00:00:00Z", "ci_low": 1}]}', "'value' does not exist"),
        ('{"items": [' + ROW + ", " + ROW.replace("03-23", "03-16") + "]}", "does not ascend"),
        ('{"items": [' + ROW + ", " + ROW + "]}", "two rows of one series"),
    ],
)
def test_an_answer_that_would_not_show_is_a_fault(body: str, message: str) -> None:
    with pytest.raises(Fault, match=message.replace("'", ".")):
        frame_of(SERIES, body, {})


def test_nothing_to_show_is_no_fault() -> None:
    assert frame_of(SERIES, '{"items": []}', {}).rows == 0


def test_columns_come_out_in_the_order_of_their_texts() -> None:
    assert list(frame_of(SERIES, '{"items": [' + ROW + "]}", {}).fields) == ["Insats", "Insats låg", "time"]


def test_times_on_both_sides_of_a_clock_change_ascend_as_instants() -> None:
    later = ROW.replace("2026-03-23T00:00:00+01:00", "2026-10-25T02:30:00+01:00")
    earlier = ROW.replace("2026-03-23T00:00:00+01:00", "2026-10-25T02:45:00+02:00")
    assert frame_of(SERIES, f'{{"items": [{earlier}, {later}]}}', {}).rows == 2
    with pytest.raises(Fault, match="does not ascend"):
        frame_of(SERIES, f'{{"items": [{later}, {earlier}]}}', {})


def test_a_filter_drops_rows_and_must_ask_for_null_first() -> None:
    asked = {
        "columns": [{"selector": "n", "text": "n", "type": "number"}],
        "root_selector": "",
        "format": "table",
    }
    body = '[{"n": 7}, {"n": null}, {"n": 3}]'
    assert frame_of({**asked, "filterExpression": "n != null && n >= 5"}, body, {}).fields == {"n": [7]}
    either = {**asked, "filterExpression": "n != null && (n == 3 || n > 6)"}
    assert frame_of(either, body, {}).fields == {"n": [7, 3]}
    with pytest.raises(Fault, match="meets null"):
        frame_of({**asked, "filterExpression": "n >= 5"}, body, {})


def rule(columns: list[tuple[str, str, str]], **more: Any) -> dict[str, Any]:
    url = f"/api/v1/pilots/{FULL}/quality"
    asked = {**dashboards.query("A", url, columns), "filterExpression": "silent_minutes != null", **more}
    steps = [
        {"refId": "A", "datasourceUid": "pilotbed-api", "model": asked},
        {"refId": "B", "datasourceUid": "__expr__", "model": {"type": "threshold"}},
    ]
    return {"groups": [{"rules": [{"uid": "pb-silent", "data": steps}]}]}


DEVICE, SILENT = ("device", "device", "string"), ("silent_minutes", "silent_minutes", "number")


def test_a_rule_without_fault_passes(told: Told) -> None:
    (place,) = rule_places(rule([DEVICE, SILENT]))
    assert shown(place, told.chosen(FULL), told.ask(FULL)).frame.rows > 0


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (rule([DEVICE, ("battery_pct", "battery", "number"), SILENT]), "one number, not"),
        (rule([SILENT]), "the same labels"),
        (rule([("first", "first", "timestamp"), DEVICE, SILENT]), "no time and no bool"),
        (rule([DEVICE, ("coverage", "coverage", "number")], filterExpression=""), "gives null"),
        (rule([DEVICE, SILENT], format="timeseries"), "time series has one time column"),
        (rule([DEVICE, SILENT], url="/api/v1/pilots/${pilot:percentencode}/quality"), "is not defined"),
    ],
)
def test_finds_in_a_rule(told: Told, faulty: dict[str, Any], message: str) -> None:
    (place,) = rule_places(faulty)
    times = {name: value for name, value in told.chosen(FULL).items() if name.startswith("__")}
    with pytest.raises(Fault, match=message):
        shown(place, times, told.ask(FULL))


@pytest.mark.parametrize("kind", ["state-timeline", "status-history", "heatmap"])
def test_states_are_numbers_over_time(kind: str) -> None:
    place = Place("here", kind, {**SERIES, "columns": SERIES["columns"][1:], "format": "table"}, {})
    with pytest.raises(Fault, match="a time column and numbers"):
        check_place(place, frame_of(place.query, '{"items": [' + ROW + "]}", {}))


HOURS = {
    "columns": [
        {"selector": "hour", "text": "Timme", "type": "number"},
        {"selector": "share", "text": "Andel", "type": "number"},
    ],
    "root_selector": "",
    "format": "table",
}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('[{"hour": 1, "share": 0.5}, {"hour": 1, "share": 0.6}]', "does not ascend"),
        ('[{"hour": 2, "share": 0.5}, {"hour": 1, "share": 0.6}]', "does not ascend"),
        ('[{"hour": null, "share": 0.5}]', "does not ascend"),
    ],
)
def test_an_axis_of_hours_ascends(body: str, message: str) -> None:
    place = Place("here", "trend", HOURS, {"options": {"xField": "Timme"}, "targets": [HOURS]})
    check_place(place, frame_of(HOURS, '[{"hour": 0, "share": 0.5}, {"hour": 1, "share": null}]', {}))
    with pytest.raises(Fault, match=message):
        check_place(place, frame_of(HOURS, body, {}))
