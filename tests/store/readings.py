"""Batches written the way a test reads best: one dict a reading."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from store import STREAMS, TIME_FROM_DEVICE, Batch

HOUR = 3_600_000_000
NOON = 1_736_769_600_000_000  # 2025-01-13 12:00 UTC


def batch(stream: str, rows: Sequence[dict[str, Any]]) -> Batch:
    """`device` and `time` are required in each row; `received` defaults to the reading's own time."""
    definition = STREAMS[stream]
    devices = tuple(dict.fromkeys(row["device"] for row in rows))
    columns: dict[str, Any] = {}
    for column in definition.columns:
        values = [row.get(column.name) for row in rows]
        if all(value is None for value in values):
            continue
        if column.kind == "text":
            columns[column.name] = np.array(values, dtype=object)
        elif column.kind == "integer":
            columns[column.name] = np.array([-1 if value is None else value for value in values], np.int64)
        else:
            dtype = np.float64 if column.kind == "float64" else np.float32
            columns[column.name] = np.array([np.nan if v is None else v for v in values], dtype)
    return Batch(
        stream=definition,
        devices=devices,
        device=np.array([devices.index(row["device"]) for row in rows], np.int32),
        time=np.array([row["time"] for row in rows], np.int64),
        received=np.array([row.get("received", row["time"]) for row in rows], np.int64),
        time_source=np.full(len(rows), TIME_FROM_DEVICE, np.int8),
        columns=columns,
    )


def bed(device: str, times: Sequence[int], loads: Sequence[float]) -> Batch:
    return batch(
        "bed",
        [{"device": device, "time": time, "load_kg": load} for time, load in zip(times, loads, strict=True)],
    )
