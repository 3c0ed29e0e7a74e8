"""Durable readings: streams, the store protocol, and one module per engine."""

from store.batch import (
    TIME_FROM_DEVICE,
    TIME_FROM_RECEIPT,
    TIME_SOURCES,
    Batch,
    Commit,
    DeadLetter,
    DeviceQuality,
    HourCounts,
    IntakeCounts,
    Readings,
    StoredDeadLetter,
)
from store.protocol import StoreError, StoreUnavailable, TimeSeriesStore
from store.streams import KINDS, STREAMS, Column, Stream

__all__ = [
    "KINDS",
    "STREAMS",
    "TIME_FROM_DEVICE",
    "TIME_FROM_RECEIPT",
    "TIME_SOURCES",
    "Batch",
    "Column",
    "Commit",
    "DeadLetter",
    "DeviceQuality",
    "HourCounts",
    "IntakeCounts",
    "Readings",
    "StoreError",
    "StoreUnavailable",
    "StoredDeadLetter",
    "Stream",
    "TimeSeriesStore",
]
