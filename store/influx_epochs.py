"""Epoch blocks as points: one a block, at its start."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from store.epochs import EpochBlock, EpochIndex
from store.influx_lines import field_text, tag_value
from store.influx_queries import between, of_devices
from store.influx_tables import tags_of

EPOCHS = "pilotbed_bed_epochs"

_PART = 60_000
"""A string field holds at most 64 KB."""

PARTS = 4
"""A day's minutes are some kilobytes; at one movement in every window and second of it about 100."""

_DAY_US = 86_400_000_000

EPOCH_TYPES = {"time": pa.int64(), "end": pa.int64(), "fingerprint": pa.int64()}


def block_lines(blocks: Sequence[EpochBlock]) -> list[str]:
    """One line a block, which takes the place of one with the same device and start."""
    return [_line(block) for block in blocks]


def _line(block: EpochBlock) -> str:
    text = b64encode(block.content).decode()
    parts = [text[first : first + _PART] for first in range(0, len(text), _PART)] or [""]
    if len(parts) > PARTS:
        raise ValueError(f"the epochs of {block.device} at {block.start} take {len(text)} bytes of text")
    # Every part, also an empty one: a field that is not written keeps what it held.
    fields = [f"content{place}={field_text(part)}" for place, part in enumerate(_padded(parts))]
    fields += [f"end={block.end}i", f"fingerprint={block.fingerprint}i"]
    return f"{EPOCHS},device={tag_value(block.device)} {','.join(fields)} {block.start * 1000}"


def _padded(parts: list[str]) -> list[str]:
    return parts + [""] * (PARTS - len(parts))


def blocks_statement(devices: Iterable[str], start: int, end: int) -> str:
    """Blocks that may reach into [start, end): none is longer than two days."""
    return (
        f'SELECT * FROM "{EPOCHS}" WHERE {of_devices(devices)} AND {between(start - 2 * _DAY_US, end)} '
        'GROUP BY "device"'
    )


def blocks_found(found: Iterable[pa.Table], start: int) -> dict[str, list[EpochBlock]]:
    """By device the blocks of a statement that reach beyond `start`, ascending."""
    blocks: dict[str, list[EpochBlock]] = {}
    for table in found:
        for tags, row in zip(tags_of(table), table.to_pylist(), strict=True):
            if row["end"] > start:
                content = b64decode(_text(row))
                block = EpochBlock(
                    tags["device"], row["time"] // 1000, row["end"], row["fingerprint"], content
                )
                blocks.setdefault(block.device, []).append(block)
    return blocks


def _text(row: Mapping[str, str | None]) -> str:
    return "".join(row[f"content{place}"] or "" for place in range(PARTS))


def index_statement(devices: Iterable[str], start: int, end: int) -> str:
    return (
        f'SELECT "fingerprint" FROM "{EPOCHS}" WHERE {of_devices(devices)} AND {between(start, end)} '
        'GROUP BY "device"'
    )


def index_found(found: Iterable[pa.Table]) -> dict[str, EpochIndex]:
    """The index of each device of a statement."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for table in found:
        listed = zip(tags_of(table), table["time"].to_pylist(), table["fingerprint"].to_pylist(), strict=True)
        for tags, time, fingerprint in listed:
            rows.setdefault(tags["device"], []).append((time // 1000, fingerprint))
    return {
        device: EpochIndex(*(np.array(column, np.int64) for column in zip(*listed, strict=True)))
        for device, listed in rows.items()
    }
