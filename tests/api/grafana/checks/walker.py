"""Every query of a dashboard and of alert rules, where it stands, and what its kind of place asks of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.infinity import PLUGIN, Answered, Ask, Frame, Query, answered, instants
from tests.api.grafana.checks.variables import Values, references

Dashboard = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a query stands: `kind` is a panel's type, "annotation", "variable" or "alert"."""

    name: str
    kind: str
    query: Query
    panel: Mapping[str, Any]

    def __str__(self) -> str:
        return self.name


def panels(dashboard: Dashboard) -> Iterator[Mapping[str, Any]]:
    """Every panel, those of folded rows too."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", ())


def places(dashboard: Dashboard) -> Iterator[Place]:
    """Every query over the API; those of Prometheus and InfluxDB are not for the plugin."""
    uid = dashboard["uid"]
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            if target.get("datasource", {}).get("type") == PLUGIN:
                name = f"{uid}: panel {panel['id']} {panel['title']!r}, query {target['refId']}"
                yield Place(name, panel["type"], target, panel)
    for annotation in dashboard["annotations"]["list"]:
        if annotation["datasource"]["type"] == PLUGIN:
            name = f"{uid}: annotation {annotation['name']!r}"
            yield Place(name, "annotation", annotation["target"], annotation)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query" and variable["datasource"]["type"] == PLUGIN:
            name = f"{uid}: variable {variable['name']!r}"
            yield Place(name, "variable", variable["query"]["infinityQuery"], variable)


def rules(alerting: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for group in alerting["groups"]:
        yield from group["rules"]


def rule_places(alerting: Mapping[str, Any]) -> Iterator[Place]:
    """Every query of an alert rule; its expressions are not for the plugin."""
    for rule in rules(alerting):
        for step in rule["data"]:
            if step["datasourceUid"] != "__expr__":
                model = dict(step["model"])
                for ours in ("intervalMs", "maxDataPoints"):
                    model.pop(ours, None)
                yield Place(f"rule {rule['uid']}, query {step['refId']}", "alert", model, rule)


def shown(place: Place, values: Values, ask: Ask) -> Answered:
    """Send the query of a place, and hold the answer to what the place can show."""
    try:
        found = answered(place.query, values, ask)
        check_place(place, found.frame)
    except Fault as fault:
        raise Fault(f"{place}: {fault}") from None
    return found


def check_place(place: Place, frame: Frame) -> None:
    numbers = frame.of_type("number")
    match place.kind:
        case "annotation":
            _format(place, "dataframe")
        case "variable":
            _format(place, "table")
            _check_choices(frame)
        case "alert":
            _format(place, "table")
            _check_instances(frame)
        case "timeseries":
            _format(place, "timeseries")
        case "state-timeline" | "status-history" | "heatmap":
            if len(frame.of_type("timestamp")) != 1 or not numbers:
                raise Fault("a time column and numbers are wanted, since texts would become labels")
            (time,) = frame.of_type("timestamp")
            if place.query["format"] != "timeseries" and frame.of_type("string"):
                raise Fault("texts part a frame into series only in the format 'timeseries'")
            if None in frame.fields[time]:
                raise Fault(f"{time!r} is null in a row")
            at = instants(frame.fields[time])
            if at != sorted(at):
                raise Fault(f"{time!r} does not ascend")
        case "trend":
            _check_axis(place, frame)
        case "stat" | "gauge" if not _all_values(place.panel):
            if frame.rows > 1:
                raise Fault(f"one figure is shown, and {frame.rows} rows come: ask the API for one row")
            if "lastNotNull" in place.panel["options"]["reduceOptions"]["calcs"]:
                raise Fault("lastNotNull shows an older number for a suppressed row: take last")
        case "stat" | "gauge" | "bargauge":
            if not numbers:
                raise Fault("no number to show")


def _check_axis(place: Place, frame: Frame) -> None:
    """Numbers over a number that ascends, in one frame."""
    _format(place, "table")
    axis = place.panel["options"]["xField"]
    if frame.types.get(axis) != "number":
        raise Fault(f"the axis {axis!r} is no number of the answer")
    at = list(frame.fields[axis])
    if None in at or at != sorted(set(at)):
        raise Fault(f"the axis {axis!r} does not ascend: {at}")
    if set(frame.types.values()) != {"number"}:
        raise Fault("beside numbers there is something else")
    if len(place.panel["targets"]) != 1:
        raise Fault("several frames have several axes")


def _all_values(panel: Mapping[str, Any]) -> bool:
    return bool(panel["options"]["reduceOptions"]["values"])


def _format(place: Place, only: str) -> None:
    if place.query["format"] != only:
        raise Fault(f"format is {place.query['format']!r}, not {only!r}")


def _check_choices(frame: Frame) -> None:
    if set(frame.fields) != {"__value", "__text"}:
        raise Fault(f"a variable is made of __value and __text, not of {sorted(frame.fields)}")
    values = list(frame.fields["__value"])
    if None in values or None in frame.fields["__text"] or len(values) != len(set(values)):
        raise Fault(f"choices that are null or come twice: {values}")


def _check_instances(frame: Frame) -> None:
    """A table of labels and one number, never null: one instance of the alert for each row."""
    if frame.of_type("timestamp") or frame.of_type("boolean"):
        raise Fault("a rule's query has texts and a number, no time and no bool")
    if len(frame.of_type("number")) != 1:
        raise Fault(f"a rule's query has one number, not {frame.of_type('number')}")
    if any(None in cells for cells in frame.fields.values()):
        raise Fault("a rule's query gives null: filter it away")
    texts = frame.of_type("string")
    labels = [tuple(frame.fields[text][row] for text in texts) for row in range(frame.rows)]
    if len(labels) != len(set(labels)):
        raise Fault(f"two instances of an alert have the same labels: {labels}")


def choices(dashboard: Dashboard, fixed: Values, ask: Ask) -> list[Values]:
    """Every choice of the variables that the viewer has with a pilot chosen, in the order that Grafana
    fills them; `fixed` says the time range and the pilot. A variable without a choice is an empty text."""
    chosen: list[dict[str, Any]] = [dict(fixed)]
    for variable in dashboard["templating"]["list"]:
        if variable["name"] in fixed:
            continue
        chosen = [each | {variable["name"]: one} for each in chosen for one in _options(variable, each, ask)]
    return list(chosen)


def _options(variable: Mapping[str, Any], values: Values, ask: Ask) -> list[Any]:
    match variable["type"]:
        case "constant":
            return [variable["query"]]
        case "custom":
            found = [option.split(" : ")[-1].strip() for option in variable["query"].split(",")]
        case "query":
            place = Place(
                f"variable {variable['name']!r}", "variable", variable["query"]["infinityQuery"], {}
            )
            found = list(shown(place, values, ask).frame.fields["__value"])
        case other:
            raise Fault(f"variable {variable['name']!r} is of type {other!r}")
    return [found] if variable.get("multi") else found or [""]


def needed(place: Place) -> set[str]:
    """The variables that a place's query asks for."""
    query = place.query
    texts = [query["url"], query.get("filterExpression", "")]
    texts += [pair["value"] for pair in query["url_options"]["params"]]
    return {name for text in texts for name, _ in references(text)}


def distinct(values: list[Values], names: set[str]) -> list[Values]:
    """One of each combination of what `names` may be."""
    seen: dict[tuple[Any, ...], Values] = {}
    for each in values:
        seen.setdefault(tuple(str(each.get(name)) for name in sorted(names)), each)
    return list(seen.values())


def faults(dashboard: Dashboard, values: Values, ask: Ask) -> list[str]:
    """What is wrong with any query of a dashboard, with these values of its variables."""
    found = []
    for place in places(dashboard):
        try:
            shown(place, values, ask)
        except Fault as fault:
            found.append(str(fault))
    return found
