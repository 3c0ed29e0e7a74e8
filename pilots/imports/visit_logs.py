"""Visits of a planning system as readings of the rooms' visit logs."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pilots.civil_time import parse_time, to_rfc3339
from pilots.errors import ImportFileError, PlanProblem
from pilots.imports.import_map import Complete
from pilots.imports.rows import Cells, Value
from pilots.plan import Plan
from pilots.records import Assignment, Device

SHIFT_CLOSED = "shift_closed"
CLOSES = time(7)
"""When the night's shift hands over: the end of the night's own window."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One reading of a visit log: its device, its fields, and the line it came from (None: from the map)."""

    device: str
    fields: Mapping[str, Value]
    line: int | None


def visits_of(
    rows: Sequence[Cells],
    complete: Complete | None,
    plan: Plan,
    devices: Sequence[Device],
    assignments: Sequence[Assignment],
    source: str,
) -> list[Visit]:
    """The rows as readings, and for each night of `complete` the `shift_closed` of every log that stood then.

    A visit told by participant goes to the log with which they stood. Visits without an identifier get one
    made of what they say, so that the same file twice is the same visits. Raises `ImportFileError` for a
    device that is no visit log of the pilot, or a participant who had none.
    """
    logs = {device.device for device in devices if device.kind == "visits"}
    stood = [assignment for assignment in assignments if assignment.device in logs]
    found, problems = [], []
    alike: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        fields = dict(row.fields)
        device, participant = fields.pop("device", None), fields.pop("participant", None)
        at = fields["time"]
        assert isinstance(at, int)
        if device is None:
            device = next(
                (each.device for each in stood if each.participant == participant and _holds(each, at)), None
            )
            if device is None:
                problems.append(
                    PlanProblem(
                        row.number,
                        f"{participant} stood with no visit log at {to_rfc3339(at, plan.zone)}: `pilotbed "
                        f"device add {plan.pilot} NAME --kind visits`, then `device assign`",
                    )
                )
                continue
        elif device not in logs:
            known = ", ".join(sorted(logs)) or "none yet"
            problems.append(
                PlanProblem(row.number, f'"{device}" is no visit log of {plan.pilot}: there are {known}')
            )
            continue
        if "visit" not in fields:
            said = (device, *sorted((name, str(value)) for name, value in fields.items()))
            alike[said] += 1
            fields["visit"] = _made_of(*said, alike[said])
        found.append(Visit(str(device), fields, row.number))
    if problems:
        raise ImportFileError(source, problems)
    return [*found, *(_closed(complete, plan, stood) if complete is not None else ())]


def _closed(complete: Complete, plan: Plan, stood: Sequence[Assignment]) -> list[Visit]:
    nights = [
        complete.first + timedelta(days=number) for number in range((complete.last - complete.first).days + 1)
    ]
    closings = [(night, _closing(night, plan)) for night in nights]
    return [
        Visit(device, {"visit": f"closed-{night.isoformat()}", "mode": SHIFT_CLOSED, "time": closing}, None)
        for night, closing in closings
        for device in sorted({each.device for each in stood if _holds(each, closing)})
    ]


def _closing(night: date, plan: Plan) -> int:
    return parse_time(datetime.combine(night + timedelta(days=1), CLOSES).isoformat(), plan.zone)


def _holds(assignment: Assignment, at: int) -> bool:
    return assignment.start_us <= at and (assignment.end_us is None or at < assignment.end_us)


def _made_of(*said: object) -> str:
    return "made-" + hashlib.sha256(repr(said).encode()).hexdigest()[:20]
