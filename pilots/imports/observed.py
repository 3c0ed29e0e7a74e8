"""Scores, weighings and logged events as a file's rows say them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pilots.errors import ImportFileError, InvalidObservation, PlanProblem
from pilots.imports.rows import Cells
from pilots.observations import check_observation
from pilots.records import LoggedEvent, Score, Weighing

Observation = Score | Weighing | LoggedEvent

_MADE: Mapping[str, Callable[[Mapping[str, Any]], Observation]] = {
    "scores": lambda row: Score(row["participant"], row["instrument"], row["day"], row["value"]),
    "weighings": lambda row: Weighing(row["participant"], row["time"], row["kg"]),
    "events": lambda row: LoggedEvent(row["participant"], row["time"], row["kind"]),
}


def observations_of(
    kind: str, rows: Sequence[Cells], pilot: str, participants: Collection[str], source: str
) -> list[Any]:
    """The rows as observations of `kind`, in their order.

    Raises `ImportFileError` with every row of somebody who is none of the pilot's `participants`, that cannot
    be, or that says otherwise than an earlier one of the same.
    """
    found: list[Observation] = []
    problems: list[PlanProblem] = []
    first: dict[tuple[object, ...], tuple[int, Observation]] = {}
    for row in rows:
        each = _MADE[kind](row.fields)
        found.append(each)
        if each.participant not in participants:
            problems.append(PlanProblem(row.number, f"{pilot} has no participant {each.participant}"))
            continue
        try:
            check_observation(each)
        except InvalidObservation as error:
            problems.append(PlanProblem(row.number, str(error)))
        line, before = first.setdefault(_known_by(each), (row.number, each))
        if each != before:
            problems.append(
                PlanProblem(
                    row.number, f"says otherwise than line {line}, of the same: keep the one that holds"
                )
            )
    if problems:
        raise ImportFileError(source, problems)
    return found


def _known_by(observation: Observation) -> tuple[object, ...]:
    match observation:
        case Score(participant, instrument, day):
            return participant, instrument, day
        case Weighing(participant, time_us):
            return participant, time_us
        case LoggedEvent(participant, time_us, kind):
            return participant, time_us, kind
