"""The kinds of panel that the dashboards are made of, as Grafana's classic JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from api.grafana.parts.query import API, Query
from api.wording import Wording

Panel = dict[str, Any]
Override = dict[str, Any]
Steps = Sequence[tuple[str, float | None]]
"""Colours from each value on; the first stands for everything below and has no value."""

_READ_ONE = {"values": False, "calcs": ["last"], "fields": ""}
"""`lastNotNull` would show an older figure in place of a hidden one."""


class Said(NamedTuple):
    """What a panel shows, and how to read it."""

    title: str
    description: str


def said(wording: Wording, key: str, *notes: str) -> Said:
    """The title and description of `grafana.<key>`; `notes` are sentences that several panels share."""
    return Said(
        wording.text(f"grafana.{key}.title"),
        _described(wording, wording.text(f"grafana.{key}.description"), notes),
    )


def said_of_metric(wording: Wording, metric: str, *notes: str) -> Said:
    """A metric's title, and how it is made."""
    return Said(wording.metric(metric), _described(wording, wording.method(metric), notes))


def panel(
    words: Said,
    kind: str,
    targets: Sequence[Query],
    *,
    defaults: Mapping[str, Any],
    options: Mapping[str, Any],
    overrides: Sequence[Override] = (),
    datasource: Mapping[str, str] = API,
    **more: Any,
) -> Panel:
    """A panel of that kind, without its place."""
    return {
        "type": kind,
        "title": words.title,
        "description": words.description,
        "datasource": dict(datasource),
        "targets": list(targets),
        "options": dict(options),
        "fieldConfig": {"defaults": {"noValue": "–", **defaults}, "overrides": list(overrides)},
        **more,
    }


def stat(
    words: Said,
    target: Query,
    *,
    unit: str = "none",
    steps: Steps = (("text", None),),
    datasource: Mapping[str, str] = API,
    decimals: int = 0,
    mappings: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Panel:
    """One figure, of a query with one row and one column."""
    return panel(
        words,
        "stat",
        [target],
        defaults={
            "unit": unit,
            "decimals": decimals,
            "thresholds": thresholds(steps),
            "mappings": list(mappings),
        },
        options={
            "reduceOptions": _READ_ONE,
            "graphMode": "none",
            "colorMode": "value",
            "textMode": "value",
            "justifyMode": "auto",
            "orientation": "auto",
        },
        datasource=datasource,
        **more,
    )


def table(
    words: Said,
    target: Query,
    *,
    overrides: Sequence[Override] = (),
    hidden: Sequence[str] = (),
    sort: tuple[str, bool] | None = None,
    **more: Any,
) -> Panel:
    """A table whose columns stand as the query lists them; `sort` is a column and whether downwards."""
    order = {column["text"]: place for place, column in enumerate(target["columns"])}
    arranged = {"indexByName": order, "excludeByName": dict.fromkeys(hidden, True), "renameByName": {}}
    return panel(
        words,
        "table",
        [target],
        defaults={"custom": {"align": "auto", "cellOptions": {"type": "auto", "wrapText": True}}},
        options={
            "showHeader": True,
            "cellHeight": "sm",
            "sortBy": [{"displayName": sort[0], "desc": sort[1]}] if sort else [],
        },
        overrides=overrides,
        transformations=[{"id": "organize", "options": arranged}],
        **more,
    )


def thresholds(steps: Steps) -> dict[str, Any]:
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in steps]}


def override(field: str, **properties: Any) -> Override:
    """Properties of one field; in their names "__" stands for a dot."""
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }


def coloured(field: str, **properties: Any) -> Override:
    """A table's column whose cells are coloured by thresholds or mappings; the figure stays."""
    return override(field, custom__cellOptions={"type": "color-background", "mode": "basic"}, **properties)


def named(codes: Mapping[str, tuple[str, str | None]]) -> list[dict[str, Any]]:
    """Shows a code of the API as a text, with a colour where it has one."""
    options = {
        code: {"text": text, "index": place} | ({"color": colour} if colour else {})
        for place, (code, (text, colour)) in enumerate(codes.items())
    }
    return [{"type": "value", "options": options}]


def within(said: str) -> list[dict[str, Any]]:
    """Shows what is not past its limit, 0 and below, as a text."""
    return [{"type": "range", "options": {"from": None, "to": 0, "result": {"text": said}}}]


def column(wording: Wording, name: str) -> str:
    """The heading of a column."""
    return wording.text(f"grafana.columns.{name}")


def footnotes(wording: Wording, key: str, *about: Literal["figures"]) -> Panel:
    """What is special here, what figures of people mean where there are any, and what a dashboard is not."""
    notes = [wording.text(f"grafana.{name}") for name in (f"{key}.footnote", *about, "not_an_alarm_chain")]
    return {
        "type": "text",
        "title": wording.text("grafana.footnotes_title"),
        "options": {"mode": "markdown", "content": "\n\n".join(notes)},
    }


def _described(wording: Wording, first: str, notes: Sequence[str]) -> str:
    shared = " ".join(wording.text(f"grafana.notes.{note}") for note in notes)
    return f"{first}\n\n{shared}" if shared else first
