"""Counts about devices that only grow: each process writes its own running totals, a reader adds them up.

A total that is written twice counts once, and no process overwrites another's.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, unquote

import pyarrow as pa

from store.batch import IntakeCounts
from store.influx_lines import tag_value
from store.influx_queries import of_devices, quoted
from store.influx_tables import tags_of

REPEATS = "pilotbed_repeats"
QOS0_MESSAGES = "pilotbed_qos0_messages"
UNKNOWN_FIELDS = "pilotbed_unknown_fields"
SET_ASIDE = "pilotbed_set_aside"

_NAMED_BY = {UNKNOWN_FIELDS: "field", SET_ASIDE: "reason"}
"""The tag by which a device's totals are told apart, where there are several."""

_LONGEST_NAME = 200
"""Tags are short; a device names its fields as it likes."""

Totals = Mapping[tuple[str, str, str], int]
"""Counted so far by (measurement, device, name), where `name` is '' in those of one total a device."""


def totals_after(before: Totals, repeats: Mapping[str, int], counts: IntakeCounts | None) -> Totals:
    """The totals that these counts change, as they are afterwards."""
    added = {(REPEATS, device, ""): times for device, times in repeats.items()}
    if counts is not None:
        added |= {(QOS0_MESSAGES, device, ""): times for device, times in counts.qos0_messages.items()}
        for measurement, counted in ((UNKNOWN_FIELDS, counts.unknown_fields), (SET_ASIDE, counts.set_aside)):
            for (device, name), times in counted.items():
                key = (measurement, device, name[:_LONGEST_NAME])
                added[key] = added.get(key, 0) + times
    return {key: before.get(key, 0) + times for key, times in added.items()}


def total_lines(totals: Totals, writer: str) -> list[str]:
    """One line a total, all of them at time 0: the next one of the same writer takes its place."""
    return [
        f"{measurement},device={tag_value(device)},{_tag(measurement, name)}writer={writer} total={total}i 0"
        for (measurement, device, name), total in totals.items()
    ]


def _tag(measurement: str, name: str) -> str:
    """Percent-encoded, so that no name can break a line."""
    return f"{_NAMED_BY[measurement]}={quote(name, safe='')}," if name else ""


def totals_statement(measurement: str, devices: Iterable[str]) -> str:
    tags = quoted(["device", *([_NAMED_BY[measurement]] if measurement in _NAMED_BY else [])])
    return f'SELECT sum("total") AS "total" FROM "{measurement}" WHERE {of_devices(devices)} GROUP BY {tags}'


def totals_found(measurement: str, found: pa.Table) -> Iterator[tuple[str, str, int]]:
    """(device, name, total) of each row."""
    tag = _NAMED_BY.get(measurement, "")
    for tags, total in zip(tags_of(found), found["total"].to_pylist(), strict=True):
        yield tags["device"], unquote(tags.get(tag, "")), total
