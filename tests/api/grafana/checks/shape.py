"""What is seen of a dashboard by its looks: identities, places, sources, words, and the rest together."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.fields import fields, orders
from tests.api.grafana.checks.infinity import PLUGIN
from tests.api.grafana.checks.kinds import kinds
from tests.api.grafana.checks.looking import pairs, strings, where
from tests.api.grafana.checks.structures import structures
from tests.api.grafana.checks.variables import references
from tests.api.grafana.checks.walker import Dashboard, panels

UIDS = frozenset(
    f"pilotbed-{name}"
    for name in (
        "overview",
        "bed",
        "gps",
        "supervision",
        "response",
        "quality",
        "platform",
        "readings",
    )
)
"""Bookmarks, links and alert rules point at these: they never change."""

SOURCES = {"pilotbed-api": PLUGIN, "pilotbed-prometheus": "prometheus", "pilotbed-influx": "influxdb"}
LEADERS_OWN = "pilotbed-influx"
"""Past our access rules: only where leaders alone look."""

BUILT_IN = frozenset(
    {
        "__timeFrom",
        "__timeTo",
        "__interval",
        "__rate_interval",
        "__range",
        "timeFilter",
        "__data",
        "__value",
        "__field",
        "__url_time_range",
        "__all_variables",
        "tag_device",
    }
)
"""Filled in by Grafana or by a data source."""

Check = Callable[[Dashboard], Iterator[str]]


def identities(dashboard: Dashboard) -> Iterator[str]:
    """Ids, reference ids and the uid."""
    if dashboard["uid"] not in UIDS or len(dashboard["uid"]) > 40:
        yield f"uid {dashboard['uid']!r} is not one of {sorted(UIDS)}"
    for key in ("id", "version", "iteration", "gnetId", "__inputs", "__requires"):
        if key in dashboard:
            yield f"{key} is given by Grafana, not by us"
    numbers = [panel.get("id") for panel in panels(dashboard)]
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        yield f"a panel has no id: {numbers}"
    if len(numbers) != len(set(numbers)):
        yield f"two panels have one id: {numbers}"
    for panel in panels(dashboard):
        refs = [target.get("refId") for target in panel.get("targets", ())]
        if None in refs or len(refs) != len(set(refs)):
            yield f"{where(panel)}: refIds {refs}"
    names = [variable["name"] for variable in dashboard["templating"]["list"]]
    if len(names) != len(set(names)):
        yield f"two variables have one name: {names}"
    for variable in dashboard["templating"]["list"]:
        if "current" in variable:
            yield f"variable {variable['name']!r} has a current value: somebody's pilot would be in the file"


def grid(dashboard: Dashboard) -> Iterator[str]:
    """24 columns, and no panel over another."""
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        if min(place["x"], place["y"]) < 0 or min(place["w"], place["h"]) < 1:
            yield f"{where(panel)} has no size or stands outside: {place}"
        if place["x"] + place["w"] > 24:
            yield f"{where(panel)} reaches over the 24 columns: {place}"
        cells = [
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        over = {taken[cell] for cell in cells if cell in taken}
        if over:
            yield f"{where(panel)} lies over {sorted(over)}"
        taken |= dict.fromkeys(cells, where(panel))


def addresses(dashboard: Dashboard) -> Iterator[str]:
    """Nothing leads out of what the reader's Grafana serves, but to the pilot's pages where they are."""
    pages = [each["query"] for each in dashboard["templating"]["list"] if each["type"] == "constant"]
    for text in strings(dashboard):
        if re.search(r"(?i)(\b[a-z]+:)?//|\bwww\.", text) and text not in pages:
            yield f"an absolute address: {text!r}"
        if re.search(r"<\s*/?\s*[a-zA-Z!]", text):
            yield f"HTML: {text!r}"


def sources(dashboard: Dashboard) -> Iterator[str]:
    """Data sources by uid, of the type that is provisioned; readings where leaders alone look."""
    for key, value in pairs(dashboard):
        if key != "datasource":
            continue
        if not isinstance(value, Mapping) or SOURCES.get(value.get("uid", "")) != value.get("type"):
            yield f"data source {value} is none that is provisioned"
        elif value["uid"] == LEADERS_OWN and dashboard["uid"] != "pilotbed-readings":
            yield "readings outside the leader's own dashboard"
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            if target.get("datasource") != panel.get("datasource"):
                yield f"{where(panel)}: its query {target.get('refId')} asks another data source"


def variables(dashboard: Dashboard) -> Iterator[str]:
    """Every variable that is named is defined, and defined before another asks for it."""
    defined = set(BUILT_IN)
    for variable in dashboard["templating"]["list"]:
        yield from _undefined(variable.get("query"), defined, f"variable {variable['name']!r}")
        defined.add(variable["name"])
    for text in strings({key: value for key, value in dashboard.items() if key != "templating"}):
        yield from _undefined(text, defined, f"{text!r}")


def _undefined(value: Any, defined: set[str], place: str) -> Iterator[str]:
    for text in strings(value):
        try:
            named = {name for name, _ in references(text)}
        except Fault as fault:
            yield str(fault)
            continue
        named |= set(re.findall(r"\$\{(\w+)\.", text))
        for name in sorted(named - defined):
            yield f"{place} asks for {name!r}, which is not defined there"


def thresholds(dashboard: Dashboard) -> Iterator[str]:
    """The first step stands for everything below, and the rest ascend."""
    for key, value in pairs(dashboard):
        override = key == "value" and isinstance(value, Mapping) and "steps" in value
        if not (override or (key == "thresholds" and isinstance(value, Mapping))):
            continue
        steps = [step["value"] for step in value["steps"]]
        if value.get("mode") not in ("absolute", "percentage"):
            yield f"thresholds of mode {value.get('mode')!r}"
        if not steps or steps[0] is not None or None in steps[1:]:
            yield f"the first threshold alone has no value: {steps}"
        elif steps[1:] != sorted(set(steps[1:])):
            yield f"thresholds do not ascend: {steps}"


def words(dashboard: Dashboard) -> Iterator[str]:
    """Titles, what each panel means, and the footnotes."""
    for panel in panels(dashboard):
        if not panel.get("title"):
            yield f"{where(panel)} has no title"
        if panel["type"] not in ("text", "row") and len(panel.get("description") or "") < 20:
            yield f"{where(panel)} does not say what it means"
    notes = [panel for panel in panels(dashboard) if panel["type"] == "text"]
    if not notes:
        yield "no text panel with the footnotes"
    for panel in notes:
        if panel["options"].get("mode") != "markdown" or not panel["options"].get("content"):
            yield f"{where(panel)} is no Markdown"
    titles = Counter(panel["title"] for panel in panels(dashboard))
    if twice := sorted(title for title, count in titles.items() if count > 1):
        yield f"two panels have one title: {twice}"


CHECKS: tuple[Check, ...] = (
    identities,
    grid,
    addresses,
    sources,
    fields,
    orders,
    variables,
    thresholds,
    words,
    kinds,
    structures,
)


def faults(dashboard: Dashboard) -> list[str]:
    """Everything that is wrong by the looks of it; an empty list is a dashboard as it should be."""
    assert json.loads(json.dumps(dashboard)) == dashboard, "a dashboard is plain JSON"
    return [f"{dashboard['uid']}: {fault}" for check in CHECKS for fault in check(dashboard)]
