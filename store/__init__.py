"""Durable readings: streams, the store protocol, and one module per engine."""

from store.batch import (
    TIME_FROM_DEVICE,
    TIME_FROM_RECEIPT,
    TIME_SOURCES,
    Batch,
    Changes,
    Commit,
    DeadLetter,
    DeviceQuality,
    HourCounts,
    IntakeCounts,
    Readings,
    StoredDeadLetter,
)
from store.epochs import EpochBlock, EpochIndex
from store.opening import open_store
from store.protocol import StoreBusy, StoreError, StoreUnavailable, TimeSeriesStore
from store.streams import KINDS, STREAMS, Column, Stream

__all__ = [
    "KINDS",
    "STREAMS",
    "TIME_FROM_DEVICE",
    "TIME_FROM_RECEIPT",
    "TIME_SOURCES",
    "Batch",
    "Changes",
    "Column",
    "Commit",
    "DeadLetter",
    "DeviceQuality",
    "EpochBlock",
    "EpochIndex",
    "HourCounts",
    "IntakeCounts",
    "Readings",
    "StoreBusy",
    "StoreError",
    "StoreUnavailable",
    "StoredDeadLetter",
    "Stream",
    "TimeSeriesStore",
    "open_store",
]
