"""Epoch blocks in a DuckDB file."""

from collections.abc import Sequence
from typing import Any, Protocol

import duckdb
import numpy as np
from numpy.typing import NDArray

from store.duckdb_rows import insert
from store.epochs import EpochBlock, EpochIndex


class _Cursor(Protocol):
    def execute(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection: ...


def put_blocks(
    connection: duckdb.DuckDBPyConnection, devices: NDArray[np.int32], blocks: Sequence[EpochBlock]
) -> None:
    """Write blocks of these devices (n,), in place of those with the same device and start."""
    starts = np.array([block.start for block in blocks], np.int64)
    rows: dict[str, NDArray[Any]] = {
        "device": devices,
        "start": starts,
        "end": np.array([block.end for block in blocks], np.int64),
        "fingerprint": np.array([block.fingerprint for block in blocks], np.int64),
        "content": np.array([block.content for block in blocks], object),
    }
    connection.register("blocks", {"device": devices, "start": starts})
    connection.execute(
        "DELETE FROM bed_epochs USING blocks WHERE bed_epochs.device = blocks.device "
        'AND bed_epochs."start" = blocks."start"'
    )
    connection.unregister("blocks")
    insert(connection, "bed_epochs", rows)


def delete_blocks(connection: duckdb.DuckDBPyConnection, bounds: dict[str, int]) -> None:
    """Remove the blocks of `device` that reach into [start, end)."""
    connection.execute(
        'DELETE FROM bed_epochs WHERE device = $device AND "start" < $end AND "end" > $start', bounds
    )


def blocks_of(cursor: _Cursor, names: dict[int, str], start: int, end: int) -> dict[str, list[EpochBlock]]:
    """The blocks of these devices, called by name, that reach into [start, end)."""
    chosen = ", ".join(str(number) for number in names)
    # Chosen first: else DuckDB unpacks the content of every device's blocks at these times.
    rows = cursor.execute(
        'SELECT device, "start", "end", fingerprint, content FROM bed_epochs WHERE rowid IN '
        f'(SELECT rowid FROM bed_epochs WHERE device IN ({chosen}) AND "start" < $end AND "end" > $start) '
        'ORDER BY device, "start"',
        {"start": start, "end": end},
    ).fetchall()
    found: dict[str, list[EpochBlock]] = {}
    for device, *block in rows:
        found.setdefault(names[device], []).append(EpochBlock(names[device], *block))
    return found


def index_of(cursor: _Cursor, names: dict[int, str], start: int, end: int) -> dict[str, EpochIndex]:
    """The blocks of these devices that start in [start, end)."""
    found = cursor.execute(
        'SELECT device, "start", fingerprint FROM bed_epochs WHERE "start" >= ? AND "start" < ? '
        'ORDER BY device, "start"',
        [start, end],
    ).fetchnumpy()
    return {
        name: EpochIndex(found["start"][part], found["fingerprint"][part])
        for name, part in device_parts(found["device"], names)
    }


def device_parts(device: NDArray[Any], names: dict[int, str]) -> list[tuple[str, slice]]:
    """Where each of these devices stands in rows ordered by device (n,)."""
    device = np.asarray(device)
    first = np.searchsorted(device, list(names))
    past = np.searchsorted(device, list(names), side="right")
    return [
        (name, slice(int(one), int(other)))
        for name, one, other in zip(names.values(), first, past, strict=True)
        if other > one
    ]
