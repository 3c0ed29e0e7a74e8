"""What several participants' months are made from, read at once: a query for many devices takes hardly
longer than one for a single device."""

from collections.abc import Iterator, Sequence
from itertools import islice

from analysis.pipeline.due import Sources
from analysis.pipeline.families import EPOCHS, FAMILIES
from analysis.pipeline.runs import ParticipantRun
from analysis.pipeline.stays import stay_readings
from store import TimeSeriesStore

PARTICIPANTS_AT_ONCE = 16
"""Their year of anything but a bed's readings takes about 50 MB."""

COLUMNS = {
    stream: sorted(
        {
            column
            for family in FAMILIES.values()
            for need in family.needs
            if need.stream == stream
            for column in need.columns
        }
    )
    for stream in {need.stream for family in FAMILIES.values() for need in family.needs} - {EPOCHS}
}
"""What is read of each stream."""


def with_readings(
    runs: Sequence[ParticipantRun], store: TimeSeriesStore, sources: Sources
) -> Iterator[ParticipantRun]:
    """The runs, each with the readings that its months need; some at a time, so that memory stays flat."""
    remaining = iter(runs)
    while together := list(islice(remaining, PARTICIPANTS_AT_ONCE)):
        for stream in COLUMNS:
            _read(stream, together, store, sources)
        yield from together


def _read(stream: str, runs: Sequence[ParticipantRun], store: TimeSeriesStore, sources: Sources) -> None:
    needed = [(run, stay) for run in runs for stay in run.needed(stream)]
    sent = [stay for _, stay in needed if sources.heard(stream, stay)]
    found = store.read_of(
        stream,
        {stay.device.device for stay in sent},
        min((stay.start for stay in sent), default=0),
        max((stay.end for stay in sent), default=0),
        COLUMNS[stream],
    )
    for run, stay in needed:
        run.give(stream, stay_readings(stream, stay, found.get(stay.device.device)))
