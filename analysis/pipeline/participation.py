"""How many take part in each group, and how many have left."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.pipeline.dropout_flow import DropoutFlow, left_because
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.periods import phase_period
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.privacy import is_small
from pilots.records import Participant
from pilots.rounds import phase_named, phase_of_round


@dataclass(frozen=True, slots=True)
class ParticipationRow:
    """One group: `planned`, `started`, `active` still taking part, `left` before the round's phase was over
    without having completed. None where it is hidden, and `reason` says why."""

    group: str
    planned: int
    started: int | None
    active: int | None
    left: int | None
    suppressed: bool
    reason: str | None


def participation_rows(data: PilotData, *, suppress: bool) -> list[ParticipationRow]:
    """A row for every group, in the order of the plan.

    `suppress` hides what the evaluation's dropout hides, and whoever is active where those who completed
    and went would follow from it.
    """
    phase = phase_named(data.plan, phase_of_round(data.kept.round))
    end = phase_period(data.plan, phase).end_us if phase else None
    rows = []
    for group, planned in data.plan.groups.items():
        people = [person for person in data.people if person.group == group]
        rows.append(_row(group, planned, people, end, suppress=suppress))
    return rows


def _row(
    group: str, planned: int, people: Sequence[Participant], end: int | None, *, suppress: bool
) -> ParticipationRow:
    started, active = len(people), sum(person.left_us is None for person in people)
    reasons = left_because(people, end)
    left = reasons.total()
    stayed = started - left
    if not suppress:
        return ParticipationRow(group, planned, started, active, left, False, None)
    flow = DropoutFlow(
        group, planned, None, None, None, started, tuple(reasons.items()), stayed, None, None, None
    ).published(0)
    hides_left = flow.completed is None
    hides_active = hides_left or is_small(active) or is_small(stayed - active)
    if not hides_active:
        return ParticipationRow(group, planned, started, active, left, False, None)
    few = any(is_small(count) for count in (started, active, left))
    return ParticipationRow(
        group,
        planned,
        flow.started,
        None,
        None if hides_left else left,
        True,
        TOO_FEW_PARTICIPANTS if few else BY_SUBTRACTION,
    )
