"""What several participants' months are made from, read at once: a query for many devices takes hardly
longer than one for a single device."""

from collections.abc import Iterator, Sequence
from datetime import date

from analysis.pipeline.due import Sources
from analysis.pipeline.families import EPOCHS, FAMILIES
from analysis.pipeline.months import BED_COLUMNS
from analysis.pipeline.runs import ParticipantRun
from analysis.pipeline.stays import stay_readings
from analysis.series import HOUR_US
from store import TimeSeriesStore

DAYS_AT_ONCE = 16 * 366
"""So many participants are read together, times the days from the first to the last that any of them needs:
of anything but a bed's readings these take 50 MB."""

BEDS_AT_FIRST, BEDS_AT_ONCE = 8, 64
"""Twice as many each time: whoever computes waits for the first of them only."""

FEW_NIGHTS_US = 60 * HOUR_US
"""So much of 64 beds' readings takes about 80 MB; more is read month by month, as it is reduced."""

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
    for together in _groups(runs):
        for stream in COLUMNS:
            _read(stream, together, store, sources)
        _read_epochs(together, store)
        at_once = BEDS_AT_FIRST
        while together:
            some, together = together[:at_once], together[at_once:]
            _read_few_nights(some, store)
            yield from some
            at_once = min(2 * at_once, BEDS_AT_ONCE)


def _groups(runs: Sequence[ParticipantRun]) -> Iterator[list[ParticipantRun]]:
    together: list[ParticipantRun] = []
    first, last = date.max, date.min
    for run in runs:
        days = run.days
        if days is not None:
            first, last = min(first, days[0]), max(last, days[1])
            if together and (len(together) + 1) * ((last - first).days + 1) > DAYS_AT_ONCE:
                yield together
                together, (first, last) = [], days
        together.append(run)
    if together:
        yield together


def _read(stream: str, runs: Sequence[ParticipantRun], store: TimeSeriesStore, sources: Sources) -> None:
    needed = [(run, stay) for run in runs for stay in run.needed(stream)]
    sent = sources.heard(stream, [stay for _, stay in needed])
    found = store.read_of(
        stream,
        {stay.device.device for stay in sent},
        min((stay.start for stay in sent), default=0),
        max((stay.end for stay in sent), default=0),
        COLUMNS[stream],
    )
    for run, stay in needed:
        run.give(stream, stay_readings(stream, stay, found.get(stay.device.device)))


def _read_epochs(runs: Sequence[ParticipantRun], store: TimeSeriesStore) -> None:
    needed = {run: run.needed(EPOCHS) for run in runs}
    stays = [stay for of_run in needed.values() for stay in of_run]
    found = store.epochs_of(
        {stay.device.device for stay in stays},
        min((stay.start for stay in stays), default=0),
        max((stay.end for stay in stays), default=0),
    )
    for run, of_run in needed.items():
        beds = {stay.device.device for stay in of_run}
        run.give_epochs({bed: found[bed] for bed in beds & found.keys()})


def _read_few_nights(runs: Sequence[ParticipantRun], store: TimeSeriesStore) -> None:
    """What beds sent around a few nights that are to be reduced, of beds with the same nights at once."""
    spans: dict[tuple[int, int], list[tuple[ParticipantRun, str]]] = {}
    for run in runs:
        for bed, (start, end) in run.to_reduce().items():
            if end - start <= FEW_NIGHTS_US:
                spans.setdefault((start, end), []).append((run, bed))
    for (start, end), beds in spans.items():
        found = store.read_of(EPOCHS, {bed for _, bed in beds}, start, end, BED_COLUMNS)
        for run, bed in beds:
            if bed in found:
                run.give_raw(found[bed])
