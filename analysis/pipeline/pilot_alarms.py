"""A pilot's alarms, each with the participant, group and phase it belongs to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import NEVER, STAGES, AlarmTable, Closed, alarm_table, response_intervals
from pilots.records import Assignment
from pilots.registry import Registry
from store import KINDS, TimeSeriesStore

STAGE_OF = {"time_to_acknowledge_s": "acknowledged", "time_to_arrive_s": "arrived"}
"""The stage whose time a metric is."""

NOBODY = -1
_ALWAYS = (0, 2**62)
_COLUMNS = ("alarm", "stage", "cause", "outcome")


@dataclass(frozen=True, slots=True)
class Responses:
    """Seconds to a stage, one row an alarm. `participant` (n,) points into `PilotAlarms.participants`.

    `seconds` and `code` (n,) as in `analysis.alarms.ResponseIntervals`; `early` counts stages timed before
    the raise, which stand as 0 s.
    """

    seconds: NDArray[np.float64]
    code: NDArray[np.int8]
    participant: NDArray[np.int64]
    early: int

    @property
    def residents(self) -> int:
        """How many distinct participants the alarms are of."""
        return len(np.unique(self.participant))


@dataclass(frozen=True, slots=True)
class _Sent:
    """A device's alarms, its last event, and the hours and their revisions that say when it has sent more."""

    hours: tuple[bytes, bytes]
    table: AlarmTable
    last: int


@dataclass(frozen=True)
class PilotAlarms:
    """Every alarm of a pilot's devices.

    `table` has one row an alarm; `device` (n,) its device; `participant` (n,) int64 points into
    `participants`, `NOBODY` where the device stood with nobody when the alarm was raised. `group` (m,)
    gives each participant's group. `end` is the latest event time of the alarm stream: the end of the data.
    `by_device` is what each device sent of them.
    """

    table: AlarmTable
    device: NDArray[np.object_]
    participant: NDArray[np.int64]
    participants: tuple[str, ...]
    group: NDArray[np.object_]
    end: int
    by_device: Mapping[str, _Sent]

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Alarms (n,) that figures are made from: raised, no test, and somebody's."""
        raised = self.table.at["raised"] != NEVER
        return np.asarray(raised & ~self.table.test & (self.participant != NOBODY), dtype=np.bool_)

    @cached_property
    def _rows_of(self) -> Mapping[str, NDArray[np.int64]]:
        """Each participant's, ascending, of those that figures are made from."""
        rows = np.flatnonzero(self.counted)
        rows = rows[np.argsort(self.participant[rows], kind="stable")]
        opens = np.searchsorted(self.participant[rows], np.arange(len(self.participants) + 1)).tolist()
        parts = zip(self.participants, pairwise(opens), strict=True)
        return {code: rows[first:past] for code, (first, past) in parts}

    def rows(self, *, start: int, end: int, participants: Collection[str] | None = None) -> NDArray[np.int64]:
        """Which alarms (k,) that figures are made from were raised in [start, end): of some, or of all."""
        if participants is None:
            rows = np.flatnonzero(self.counted)
        else:
            rows = np.concatenate([np.zeros(0, np.int64), *map(self._rows_of.__getitem__, participants)])
            rows.sort()
        raised = self.table.at["raised"][rows]
        return rows[(raised >= start) & (raised < end)]

    def responses(
        self,
        stage: str,
        *,
        start: int,
        end: int,
        group: str | None = None,
        participants: Collection[str] | None = None,
        closed: Closed = "competing",
    ) -> Responses:
        """Times to `stage` of the alarms raised in [start, end): of a group, of some participants, of all."""
        if group is not None:
            participants = [
                code for code, own in zip(self.participants, self.group, strict=True) if own == group
            ]
        return self.responses_of(
            self.rows(start=start, end=end, participants=participants), stage, closed=closed
        )

    def responses_of(self, rows: NDArray[np.int64], stage: str, *, closed: Closed = "competing") -> Responses:
        """Times to `stage` of these alarms (k,)."""
        times = response_intervals(_part(self.table, rows), stage, end=self.end, closed=closed)
        return Responses(times.seconds, times.code, self.participant[rows][times.row], times.early)


def pilot_alarms(
    registry: Registry, store: TimeSeriesStore, pilot: str, before: PilotAlarms | None = None
) -> PilotAlarms:
    """Read the alarm stream of every device of the pilot that can send it; not again of those in `before`
    that have sent nothing since."""
    people = registry.participants(pilot)
    codes = tuple(person.code for person in people)
    places = {code: place for place, code in enumerate(codes)}
    stands_with = _by_device(registry.assignments(pilot))
    able = [each.device for each in registry.devices(pilot) if "alarm" in KINDS[each.kind]]
    # Hours first: what is committed while the stream is read counts as a change after it.
    hours = {
        device: (counts.hour.tobytes(), counts.revision.tobytes())
        for device, counts in store.hours_of("alarm", able, *_ALWAYS).items()
    }
    known = {} if before is None else before.by_device
    sent = {device: known[device] for device in hours.keys() & known if known[device].hours == hours[device]}
    for device, readings in store.read_of(
        "alarm", hours.keys() - sent.keys(), *_ALWAYS, columns=_COLUMNS
    ).items():
        table = alarm_table(readings.time, *(readings.columns[name] for name in _COLUMNS))
        sent[device] = _Sent(hours[device], table, int(readings.time[-1]))
    by_device = dict(sorted(sent.items()))
    owners = [
        _owners(each.table.at["raised"], stands_with.get(device, ()), places)
        for device, each in by_device.items()
    ]
    return PilotAlarms(
        _joined([each.table for each in by_device.values()]),
        np.repeat(np.array([*by_device], np.object_), [len(each.table) for each in by_device.values()]),
        np.concatenate([*owners, np.zeros(0, np.int64)]),
        codes,
        np.array([person.group for person in people], dtype=np.object_),
        max((each.last for each in by_device.values()), default=0),
        by_device,
    )


def _by_device(assignments: Sequence[Assignment]) -> Mapping[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for assignment in sorted(assignments, key=lambda each: each.start_us):
        found.setdefault(assignment.device, []).append(assignment)
    return found


def _owners(
    raised: NDArray[np.int64], stood: Sequence[Assignment], codes: Mapping[str, int]
) -> NDArray[np.int64]:
    """Whose each alarm (n,) is, raised at µs UTC, by where its device stood, in the order of time."""
    starts = np.array([assignment.start_us for assignment in stood], np.int64)
    ends = [NEVER if assignment.end_us is None else assignment.end_us for assignment in stood]
    # The place before the first is the last of these: nobody's, and over at once.
    owner = np.array([*(codes.get(assignment.participant, NOBODY) for assignment in stood), NOBODY], np.int64)
    place = np.searchsorted(starts, raised, side="right") - 1
    return np.where(raised < np.array([*ends, 0], np.int64)[place], owner[place], NOBODY)


def _joined(tables: Sequence[AlarmTable]) -> AlarmTable:
    none = np.empty(0, dtype=np.object_)
    return AlarmTable(
        np.concatenate([none, *(table.alarm for table in tables)]),
        {
            stage: np.concatenate([np.zeros(0, np.int64), *(table.at[stage] for table in tables)])
            for stage in STAGES
        },
        np.concatenate([none, *(table.cause for table in tables)]),
        np.concatenate([none, *(table.outcome for table in tables)]),
        np.concatenate([np.zeros(0, np.bool_), *(table.test for table in tables)]),
    )


def _part(table: AlarmTable, rows: NDArray[np.int64]) -> AlarmTable:
    return AlarmTable(
        table.alarm[rows],
        {stage: at[rows] for stage, at in table.at.items()},
        table.cause[rows],
        table.outcome[rows],
        table.test[rows],
    )
