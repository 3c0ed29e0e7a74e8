"""What every dashboard has around its panels: variables, annotations, links and its place in time."""

from collections.abc import Sequence
from typing import Any

from api.grafana.parts.panels import Panel
from api.grafana.parts.query import API, PILOT, PILOTS, TEXT, TIME, Query, query
from api.instants import instant
from api.wording import Wording
from pilots.plan import Plan

Dashboard = dict[str, Any]
Row = tuple[int, Sequence[tuple[int, Panel]]]
"""A height, and panels side by side with their widths."""

WIDTH = 24
"""Columns of the grid."""

HALF, THIRD = WIDTH // 2, WIDTH // 3

_LEAST_SCHEMA = 41


def dashboard(
    wording: Wording,
    name: str,
    rows: Sequence[Row],
    *,
    pages_url: str,
    variables: Sequence[dict[str, Any]] = (),
    annotations: Sequence[dict[str, Any]] = (),
    start: str,
    of_pilot: bool = True,
) -> Dashboard:
    """The dashboard `pilotbed-<name>`, with its rows from the top; it leads to the page of the pilot that is
    chosen, or to the list of pilots.

    `pages_url` is where the pilots' pages are, "" where a proxy serves both under one address.
    """
    return {
        "uid": f"pilotbed-{name}",
        "title": wording.text(f"grafana.{name}.title"),
        "description": wording.text(f"grafana.{name}.description"),
        "tags": ["pilotbed"],
        "schemaVersion": _LEAST_SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "timezone": str(wording.zone),
        "weekStart": "monday",
        "refresh": "",
        "time": {"from": start, "to": "now"},
        "links": [_page_link(wording, of_pilot=of_pilot), _other_dashboards(wording)],
        "annotations": {"list": list(annotations)},
        "templating": {"list": [*variables, _pages(pages_url)]},
        "panels": _placed(rows),
    }


def start_of(plan: Plan | None) -> str:
    """The plan's first day, so that the baseline is in sight however long ago it was; without a plan, a time
    that holds most pilots."""
    if plan is None:
        return "now-180d"
    return instant(min(plan.phase_start(phase) for phase in plan.phases))


def pilot_variable(wording: Wording) -> dict[str, Any]:
    return variable("pilot", wording.text("grafana.variables.pilot"), PILOTS, "pilot", "title")


def metric_variable(wording: Wording) -> dict[str, Any]:
    return variable(
        "metric",
        wording.text("grafana.variables.metric"),
        f"{PILOT}/metrics",
        "metric",
        "title",
        lang=wording.language,
    )


def variable(name: str, label: str, url: str, value: str, text: str, **params: str) -> dict[str, Any]:
    """A choice among the rows of an answer, in their order."""
    columns = [(value, "__value", TEXT), (text, "__text", TEXT)]
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": dict(API),
        "refresh": 1,
        "sort": 0,
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "query": {
            "refId": "variable",
            "queryType": "infinity",
            "query": "",
            "infinityQuery": query("variable", url, columns, params=params),
        },
    }


def phases(wording: Wording) -> dict[str, Any]:
    """The pilot's phases as shaded stretches with their names."""
    columns = [("start", "time", TIME), ("end", "timeEnd", TIME), ("title", "text", TEXT)]
    target = query(
        "Phases", PILOT, columns, root="phases", shape="dataframe", params={"lang": wording.language}
    )
    return annotation(wording.text("grafana.annotations.phases"), "purple", target)


def annotation(name: str, colour: str, target: Query) -> dict[str, Any]:
    return {"name": name, "datasource": dict(API), "enable": True, "iconColor": colour, "target": target}


def _page_link(wording: Wording, *, of_pilot: bool) -> dict[str, Any]:
    return _link(wording.text(f"grafana.links.{'pilot' if of_pilot else 'pilots'}")) | {
        "type": "link",
        "url": "${pages:raw}/" + ("pilots/${pilot:percentencode}" if of_pilot else ""),
        "icon": "external link",
        "targetBlank": True,
    }


def _other_dashboards(wording: Wording) -> dict[str, Any]:
    return _link(wording.text("grafana.links.dashboards")) | {
        "type": "dashboards",
        "tags": ["pilotbed"],
        "asDropdown": True,
        "includeVars": True,
    }


def _link(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "url": "",
        "icon": "dashboard",
        "tags": [],
        "targetBlank": False,
        "keepTime": False,
        "includeVars": False,
        "asDropdown": False,
        "tooltip": "",
    }


def _pages(url: str) -> dict[str, Any]:
    return {"type": "constant", "name": "pages", "label": "", "hide": 2, "query": url, "skipUrlSync": True}


def _placed(rows: Sequence[Row]) -> list[Panel]:
    placed: list[Panel] = []
    y = 0
    for height, panels in rows:
        x = 0
        for width, panel in panels:
            position = {"x": x, "y": y, "w": width, "h": height}
            placed.append({"id": len(placed) + 1, "gridPos": position, **panel})
            x += width
        y += height
    return placed
