"""The Infinity plugin's backend parser, as strict as what is meant: where the plugin would silently show
nothing, or something else, this one says what is wrong."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.filters import passes
from tests.api.grafana.checks.variables import Values, interpolated

Query = Mapping[str, Any]

PLUGIN = "yesoreyeram-infinity-datasource"
HEADERS = {
    "Accept": "application/json;q=0.9,text/plain",
    "Accept-Encoding": "gzip",
    "User-Agent": "Grafana/12.0.2",
}
"""What the plugin sends; an answer in a language has to be asked for by a parameter."""

KEYS = frozenset(
    {
        "refId",
        "datasource",
        "type",
        "parser",
        "source",
        "format",
        "url",
        "url_options",
        "root_selector",
        "columns",
        "computed_columns",
        "filters",
        "filterExpression",
        "hide",
    }
)
"""What our queries are written in. The plugin knows more, and none of that is followed here."""

COLUMN = frozenset({"selector", "text", "type", "timestampFormat"})
OPTIONS = frozenset({"method", "data", "params", "headers"})
TYPES = frozenset({"string", "number", "boolean", "timestamp"})
FORMATS = frozenset({"table", "timeseries", "dataframe"})
WITH_OFFSET = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
NEVER_LABELS = frozenset({"suppressed", "reason"})
"""They would part one series into several."""

Ask = Callable[[str, Mapping[str, str]], httpx.Response]
"""By address and headers, the answer of the API to the data source's token."""


@dataclass(frozen=True, slots=True)
class Frame:
    """{text of a column: its values}, in the plugin's order, and the type of each."""

    fields: Mapping[str, Sequence[Any]]
    types: Mapping[str, str]

    @property
    def rows(self) -> int:
        return max(map(len, self.fields.values()), default=0)

    def of_type(self, type_: str) -> list[str]:
        return [text for text, own in self.types.items() if own == type_]


@dataclass(frozen=True, slots=True)
class Answered:
    """A query's address, what the API said, and what the plugin makes of it."""

    address: str
    body: str
    frame: Frame


def answered(query: Query, values: Values, ask: Ask) -> Answered:
    """Send a query as the plugin does. Raises `Fault` for what would not show as it is meant."""
    address = address_of(query, values)
    answer = ask(address, HEADERS)
    if answer.status_code != 200:
        raise Fault(f"{address} answers {answer.status_code}: {answer.text[:300]}")
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("application/json"):
        raise Fault(f"{address} answers {kind or 'without a content type'}, not JSON")
    return Answered(address, answer.text, frame_of(query, answer.text, values))


def address_of(query: Query, values: Values) -> str:
    """Where the query goes, its parameters encoded."""
    check_query(query)
    path = interpolated(query["url"], values, in_path=True)
    parameters = [
        (pair["key"], interpolated(pair["value"], values)) for pair in query["url_options"]["params"]
    ]
    return f"{path}?{urlencode(parameters)}" if parameters else path


def check_query(query: Query) -> None:
    """What can be said of a query before it is sent."""
    if unknown := set(query) - KEYS:
        raise Fault(f"keys that our queries are not written in: {sorted(unknown)}")
    for key, only in (("type", "json"), ("parser", "backend"), ("source", "url")):
        if query.get(key) != only:
            raise Fault(f"{key} is {query.get(key)!r}, not {only!r}")
    if query.get("format") not in FORMATS:
        raise Fault(f"format is {query.get('format')!r}, not one of {sorted(FORMATS)}")
    if query.get("filters"):
        raise Fault("the backend parser ignores filters: write filterExpression")
    if query.get("computed_columns"):
        raise Fault("the API supplies numbers ready: no computed columns")
    options = query.get("url_options") or {}
    if set(options) != OPTIONS or any(set(pair) != {"key", "value"} for pair in options["params"]):
        raise Fault(f"url_options {options} have other keys than {sorted(OPTIONS)}")
    if options.get("method") != "GET" or options.get("data") or options.get("headers"):
        raise Fault(f"our token reads: GET without data and headers, not {options}")
    url = query.get("url", "")
    if not url.startswith("/api/v1/") or "?" in url or ".." in url:
        raise Fault(f"url {url!r} is not a path under /api/v1/ with its parameters apart")
    keys = [pair["key"] for pair in options.get("params", ())]
    if len(keys) != len(set(keys)):
        raise Fault(f"a parameter is written twice: {keys}")
    _check_columns(query)


def _check_columns(query: Query) -> None:
    columns = query.get("columns") or []
    if not columns:
        raise Fault("no columns: the plugin would guess them from the rows")
    for column in columns:
        if set(column) != COLUMN:
            raise Fault(f"column {column} has other keys than {sorted(COLUMN)}")
        if column.get("type") not in TYPES:
            raise Fault(f"column {column} has a type that is not one of {sorted(TYPES)}")
        if column["type"] == "timestamp" and column.get("timestampFormat", "") != "":
            raise Fault(f"column {column}: times are RFC 3339, the format stays empty")
        if "$" in column["selector"] + column["text"]:
            raise Fault(f"column {column}: variables are not filled in there")
        if not column["text"] or not column["selector"]:
            raise Fault(f"column {column} has no text or no selector")
    texts = [column["text"] for column in columns]
    if len(texts) != len(set(texts)):
        raise Fault(f"two columns have one text: {texts}")
    if query["format"] == "timeseries":
        if sum(column["type"] == "timestamp" for column in columns) != 1:
            raise Fault(f"a time series has one time column: {texts}")
        if not any(column["type"] == "number" for column in columns):
            raise Fault(f"a time series without a number: {texts}")
        for column in columns:
            if column["selector"].split(".")[-1] in NEVER_LABELS or column["type"] == "boolean":
                raise Fault(f"column {column['text']!r} would become a label of the series")


def frame_of(query: Query, body: str, values: Values) -> Frame:
    """What the plugin makes of an answer's body."""
    if not body.strip():
        raise Fault("an empty body is an error in the plugin: answer [] for nothing")
    try:
        told = json.loads(body)
    except ValueError as error:
        raise Fault(f"the answer is no JSON: {body[:100]!r}") from error
    rows = rows_of(told, query["root_selector"])
    columns = sorted(query["columns"], key=lambda column: column["text"])
    fields = {column["text"]: [_cell(row, column) for row in rows] for column in columns}
    types = {column["text"]: column["type"] for column in columns}
    kept = [
        place
        for place in range(len(rows))
        if passes(
            interpolated(query.get("filterExpression", ""), values),
            {text: cells[place] for text, cells in fields.items()},
        )
    ]
    frame = Frame({text: [cells[place] for place in kept] for text, cells in fields.items()}, types)
    if query["format"] == "timeseries":
        check_wide(frame)
    if query["format"] == "dataframe":
        check_annotations(frame)
    return frame


def rows_of(told: Any, root: str) -> list[Any]:
    """The rows under a root selector; one object is one row."""
    for part in root.split(".") if root else ():
        if not isinstance(told, dict) or part not in told:
            raise Fault(f"root selector {root!r}: the answer has no {part!r}")
        told = told[part]
    rows = [told] if isinstance(told, dict) else told
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Fault(f"root selector {root!r} does not lead to rows")
    return rows


def _cell(row: Mapping[str, Any], column: Mapping[str, str]) -> Any:
    selector, type_ = column["selector"], column["type"]
    value: Any = row
    for part in selector.split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise Fault(f"selector {selector!r} does not exist in row {json.dumps(row)[:300]}")
    if value is not None and not _fits(value, type_):
        raise Fault(f"selector {selector!r} gives {json.dumps(value)[:100]}, which is no {type_}")
    return value


def _fits(value: Any, type_: str) -> bool:
    match type_:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, str) and bool(WITH_OFFSET.match(value))


def instants(values: Sequence[str]) -> list[datetime]:
    return [datetime.fromisoformat(value) for value in values]


def check_wide(frame: Frame) -> None:
    """The conditions under which a long frame becomes series, one for each number and label."""
    (time,) = frame.of_type("timestamp")
    if None in frame.fields[time]:
        raise Fault(f"{time!r} is null in a row: the frame stays long")
    at = instants(frame.fields[time])
    if at != sorted(at):
        raise Fault(f"{time!r} does not ascend: the frame stays long")
    labels = frame.of_type("string")
    for text in labels:
        if None in frame.fields[text]:
            raise Fault(f"label {text!r} is null in a row")
    keys = list(zip(at, *(frame.fields[text] for text in labels), strict=True))
    if len(keys) != len(set(keys)):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Fault(f"two rows of one series at one time: {twice}")


def check_annotations(frame: Frame) -> None:
    """What an annotation is made from."""
    if unknown := set(frame.fields) - {"time", "timeEnd", "text", "tags", "title"}:
        raise Fault(f"an annotation has no {sorted(unknown)}")
    if frame.types.get("time") != "timestamp" or frame.types.get("text") != "string":
        raise Fault("an annotation has a time and a text")
    if frame.types.get("timeEnd", "timestamp") != "timestamp":
        raise Fault("the end of an annotation is a time")
    if None in frame.fields["time"] or None in frame.fields["text"]:
        raise Fault("an annotation without time or text")
    if "timeEnd" in frame.fields and None not in frame.fields["timeEnd"]:
        pairs = zip(instants(frame.fields["time"]), instants(frame.fields["timeEnd"]), strict=True)
        if any(end < start for start, end in pairs):
            raise Fault("an annotation ends before it begins")
