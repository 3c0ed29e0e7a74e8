"""A dead letter given another try, after its device was registered or a decoder mended."""

from dataclasses import dataclass

from ingest.directory import Directory
from ingest.gathering import Gathering
from ingest.intake import Intake
from ingest.received import Received
from ingest.refusal import Refused
from pilots.registry import Registry
from store import StoredDeadLetter, TimeSeriesStore
from store.losses import BROKER_OVERRUN


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many readings came of it; `reason` says why none, and then the dead letter stays."""

    readings: int
    reason: str | None = None


def replay(stored: StoredDeadLetter, registry: Registry, store: TimeSeriesStore) -> Replayed:
    """Decode a dead letter with the time it was first received; when that works, commit and drop it."""
    letter = stored.letter
    if letter.code == BROKER_OVERRUN:
        return Replayed(0, "it tells of messages that the broker lost, and holds none")
    if letter.payload is None:
        return Replayed(0, "its payload was not kept, because its topic may carry identity")
    gathering = Gathering()
    message = Received(letter.topic, letter.payload, letter.qos, False, letter.received)
    try:
        Intake(store, Directory(registry)).take(message, gathering)
    except Refused as refused:
        return Replayed(0, str(refused))
    store.commit(gathering.take_batches(), counts=gathering.counts)
    store.drop_dead_letter(stored.id)
    return Replayed(gathering.readings)
