"""Counts about devices that only grow: each process writes its own running totals, a reader adds them up.

A total that is written twice counts once, and no process overwrites another's.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, unquote

import pyarrow as pa

from store.batch import IntakeCounts
from store.influx_lines import tag_value
from store.influx_queries import of_devices
from store.influx_tables import tags_of

REPEATS = "pilotbed_repeats"
QOS0_MESSAGES = "pilotbed_qos0_messages"
UNKNOWN_FIELDS = "pilotbed_unknown_fields"

_LONGEST_FIELD = 200
"""A field's name is a tag, and tags are short; a device names its fields as it likes."""

Totals = Mapping[tuple[str, str, str], int]
"""Counted so far by (measurement, device, field), where `field` is '' but for unknown fields."""


def totals_after(before: Totals, repeats: Mapping[str, int], counts: IntakeCounts | None) -> Totals:
    """The totals that these counts change, as they are afterwards."""
    added = {(REPEATS, device, ""): times for device, times in repeats.items()}
    if counts is not None:
        added |= {(QOS0_MESSAGES, device, ""): times for device, times in counts.qos0_messages.items()}
        for (device, field), times in counts.unknown_fields.items():
            key = (UNKNOWN_FIELDS, device, field[:_LONGEST_FIELD])
            added[key] = added.get(key, 0) + times
    return {key: before.get(key, 0) + times for key, times in added.items()}


def total_lines(totals: Totals, writer: str) -> list[str]:
    """One line a total, all of them at time 0: the next one of the same writer takes its place."""
    return [
        f"{measurement},device={tag_value(device)}{_tag_of(field)},writer={writer} total={total}i 0"
        for (measurement, device, field), total in totals.items()
    ]


def _tag_of(field: str) -> str:
    """Percent-encoded, so that no name can break a line."""
    return f",field={quote(field, safe='')}" if field else ""


def totals_statement(measurement: str, devices: Iterable[str]) -> str:
    return (
        f'SELECT sum("total") AS "total" FROM "{measurement}" '
        f'WHERE {of_devices(devices)} GROUP BY "device", "field"'
    )


def totals_found(found: pa.Table) -> Iterator[tuple[str, str, int]]:
    """(device, field, total) of each row."""
    for tags, total in zip(tags_of(found), found["total"].to_pylist(), strict=True):
        yield tags["device"], unquote(tags.get("field", "")), total
