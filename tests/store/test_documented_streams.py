"""docs/messages.md is what a supplier builds from: it says of every column what the decoder holds it to."""

from pathlib import Path

import pytest

from store import KINDS, STREAMS, Column
from store.streams import CAMERA_ZONE, EVENT_TYPE, TOKEN, ZONE

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")

PATTERNS = {
    TOKEN: "a word",
    ZONE: "a place",
    CAMERA_ZONE: "a place in one word",
    EVENT_TYPE: "a lower-case word",
}


def accepted(column: Column) -> str:
    """What a column takes, in the words of the page."""
    if column.choices:
        return ", ".join(f"`{word}`" for word in column.choices)
    if column.kind == "text":
        return PATTERNS[column.pattern]
    if column.kind == "bool":
        return "true, false"
    return f"{column.low:,.0f} to {column.high:,.0f}"


def documented(stream: str) -> list[list[str]]:
    """The rows of the stream's table on the page, cell by cell."""
    section = PAGE.split(f"\n### {stream}\n")[1].split("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize("stream", STREAMS)
def test_the_page_lists_the_columns_of_a_stream_with_their_units_ranges_and_meaning(stream):
    definition = STREAMS[stream]
    assert documented(stream) == [
        [
            f"`{column.name}`",
            column.unit or "–",
            accepted(column),
            "required" if column.required else "–",
            column.meaning,
        ]
        for column in definition.columns
    ]


@pytest.mark.parametrize("stream", STREAMS)
def test_the_page_names_the_key_of_a_stream(stream):
    key = ", ".join(f"`{name}`" for name in ("device", "time", *STREAMS[stream].key))
    section = PAGE.split(f"\n### {stream}\n")[1].split("\n#")[0]
    assert f"Key: {key}." in section


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_which_streams_a_kind_of_device_may_publish(kind):
    assert f"| `{kind}` | {', '.join(f'`{stream}`' for stream in KINDS[kind])} |" in PAGE
