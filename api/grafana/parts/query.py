"""Queries that Grafana's Infinity data source sends to our API."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

Query = dict[str, Any]
Shape = Literal["table", "timeseries", "dataframe"]

API: Mapping[str, str] = {"type": "yesoreyeram-infinity-datasource", "uid": "pilotbed-api"}

PILOTS = "/api/v1/pilots"
PILOT = PILOTS + "/${pilot:percentencode}"
"""The pilot that the reader has chosen."""

SHOWN_TIMES: Mapping[str, str] = {"start": "${__timeFrom:date:iso}", "end": "${__timeTo:date:iso}"}
"""The dashboard's time range, or that of an alert rule."""

NUMBER, TEXT, TIME = "number", "string", "timestamp"


class Column(NamedTuple):
    """A field of an answer: where it stands in a row, what the frame calls it, and its type."""

    selector: str
    text: str
    type: str


def query(
    ref: str,
    url: str,
    columns: Sequence[tuple[str, str, str]],
    *,
    root: str = "items",
    shape: Shape = "table",
    where: str = "",
    params: Mapping[str, str] | None = None,
) -> Query:
    """A query of the backend parser, the only one that alerts can use too.

    `root` is the dotted path to the rows, "" for the whole answer as one row. `where` keeps the rows for
    which it holds; it names fields by their text. Fields come in the alphabetical order of their texts.
    """
    return {
        "refId": ref,
        "datasource": dict(API),
        "type": "json",
        "parser": "backend",
        "source": "url",
        "format": shape,
        "url": url,
        "url_options": {
            "method": "GET",
            "data": "",
            "headers": [],
            "params": [{"key": key, "value": value} for key, value in (params or {}).items()],
        },
        "root_selector": root,
        "filters": [],
        "computed_columns": [],
        "filterExpression": where,
        "columns": [
            {"selector": selector, "text": text, "type": kind, "timestampFormat": ""}
            for selector, text, kind in columns
        ],
    }
