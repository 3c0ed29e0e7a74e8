"""What every engine of the time-series store must do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from store.batch import (
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
from store.epochs import EpochBlock, EpochIndexes
from store.streams import STREAMS, Stream


class TimeSeriesStore(Protocol):
    """Durable readings by stream and device. Times are integer microseconds UTC; ranges are [start, end).

    Safe to call from several threads. A key is (device, time) and the stream's key columns; where a key
    comes again, the last commit stands, whole row. Readings carry a device name only, never a person.
    """

    def commit(
        self,
        batches: Sequence[Batch],
        dead_letters: Sequence[DeadLetter] = (),
        counts: IntakeCounts | None = None,
    ) -> Commit:
        """Write everything or nothing; when this returns, it survives a crash. Raises `StoreUnavailable`."""

    def read(
        self, stream: str, device: str, start: int, end: int, columns: Sequence[str] | None = None
    ) -> Readings:
        """One device's readings in [start, end), ascending by time and key; `columns` None means all."""

    def read_of(
        self,
        stream: str,
        devices: Iterable[str],
        start: int,
        end: int,
        columns: Sequence[str] | None = None,
    ) -> Mapping[str, Readings]:
        """As `read`, of many devices at once; only those that have any."""

    def latest(self, stream: str, devices: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """The newest reading of each device by event time, {device: {"time", "received", column: value}}."""

    def count(self, stream: str, device: str, start: int, end: int) -> int:
        """How many distinct readings a device has in [start, end)."""

    def hours(self, stream: str, device: str, start: int, end: int) -> HourCounts:
        """Readings and revision per UTC hour; `start` and `end` are widened to whole hours."""

    def hours_of(self, stream: str, devices: Iterable[str], start: int, end: int) -> Mapping[str, HourCounts]:
        """As `hours`, of many devices at once; only those that have any."""

    def revision(self, stream: str) -> int:
        """The number of the last commit or delete that touched the stream; 0 before the first."""

    def revisions(self) -> tuple[int, ...]:
        """`revision` of every stream, in the order of `STREAMS`."""

    def changes_since(self, revision: int) -> Changes | None:
        """What happened after the commit or delete of that number, 0 for all; None from an engine in which
        commits can appear in another order than that of their numbers."""

    def quality(self, devices: Iterable[str], start: int, end: int) -> Sequence[DeviceQuality]:
        """Counts, first, last, lateness and clock offset per device and stream that has readings."""

    def duplicates(self, devices: Iterable[str]) -> Mapping[str, int]:
        """How many readings repeated a known key, per device, since the device was first heard."""

    def unknown_fields(self, devices: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        """{"device": {"field": times seen}} for fields that no column takes."""

    def set_aside(self, devices: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        """{"device": {"reason": times}} for what was understood and is no reading."""

    def qos0_messages(self, devices: Iterable[str]) -> Mapping[str, int]:
        """How many messages came with QoS 0 per device: a crash of the broker could have lost such ones."""

    def put_epochs(self, blocks: Sequence[EpochBlock]) -> None:
        """Keep blocks, each in place of that of the same device and start. Raises `StoreUnavailable`."""

    def epochs(self, device: str, start: int, end: int) -> Sequence[EpochBlock]:
        """The device's blocks that reach into [start, end), ascending."""

    def epochs_of(self, devices: Iterable[str], start: int, end: int) -> Mapping[str, Sequence[EpochBlock]]:
        """As `epochs`, of many devices at once; only those that have any."""

    def epoch_index(self, devices: Iterable[str], start: int, end: int) -> EpochIndexes:
        """Which blocks start in [start, end), and what they were made from."""

    def delete(self, device: str, start: int, end: int, stream: str | None = None) -> int:
        """Remove a device's readings in [start, end), of one stream or of all; returns how many went.

        Epochs that reach into it go with the readings of `bed`.
        """

    def dead_letters(
        self, limit: int = 1000, after: int = 0, pilot: str | None = None, code: str | None = None
    ) -> Sequence[StoredDeadLetter]:
        """Refused messages, oldest first, with an id above `after`; of one pilot's topics or of all, with one
        code or with any."""

    def dead_letter(self, number: int) -> StoredDeadLetter | None:
        """The dead letter of that id, or None."""

    def dead_letter_counts(self, devices: Iterable[str]) -> Mapping[str, int]:
        """How many dead letters stand for each device."""

    def dead_letter_codes(self, pilot: str) -> Mapping[str, int]:
        """How many dead letters of a pilot's topics stand under each code."""

    def drop_dead_letter(self, number: int) -> bool:
        """Remove a dead letter; False when there is none of that id."""

    def close(self) -> None:
        """Release the engine; further calls raise `StoreUnavailable`."""


def stream_named(name: str) -> Stream:
    """Raises `StoreError` with the names that there are."""
    try:
        return STREAMS[name]
    except KeyError:
        raise StoreError(f"there is no stream {name!r}; streams are {', '.join(STREAMS)}") from None


class StoreError(Exception):
    """Anything the store refuses or cannot do."""


class StoreUnavailable(StoreError):
    """The engine cannot write now: nothing was committed, and nothing may be acknowledged."""


class StoreBusy(StoreUnavailable):
    """Another process owns the engine's file."""
