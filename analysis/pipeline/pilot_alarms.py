"""A pilot's alarms, each with the participant, group and phase it belongs to."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

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
class PilotAlarms:
    """Every alarm of a pilot's devices.

    `table` has one row an alarm; `device` (n,) its device; `participant` (n,) int64 points into
    `participants`, `NOBODY` where the device stood with nobody when the alarm was raised. `group` (m,)
    gives each participant's group. `end` is the latest event time of the alarm stream: the end of the data.
    """

    table: AlarmTable
    device: NDArray[np.object_]
    participant: NDArray[np.int64]
    participants: tuple[str, ...]
    group: NDArray[np.object_]
    end: int

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Alarms (n,) that figures are made from: raised, no test, and somebody's."""
        raised = self.table.at["raised"] != NEVER
        return np.asarray(raised & ~self.table.test & (self.participant != NOBODY), dtype=np.bool_)

    def rows(self, *, start: int, end: int, participants: Collection[str] | None = None) -> NDArray[np.int64]:
        """Which alarms (k,) that figures are made from were raised in [start, end): of some, or of all."""
        raised = self.table.at["raised"]
        chosen = self.counted & (raised >= start) & (raised < end)
        if participants is not None:
            chosen &= np.isin(self.participant, [self.participants.index(code) for code in participants])
        return np.flatnonzero(chosen)

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
        rows = self.rows(start=start, end=end, participants=participants)
        times = response_intervals(_part(self.table, rows), stage, end=self.end, closed=closed)
        return Responses(times.seconds, times.code, self.participant[rows][times.row], times.early)


def pilot_alarms(registry: Registry, store: TimeSeriesStore, pilot: str) -> PilotAlarms:
    """Read the alarm stream of every device of the pilot that can send it."""
    people = registry.participants(pilot)
    codes = tuple(person.code for person in people)
    stands_with = _by_device(registry.assignments(pilot))
    tables: list[AlarmTable] = []
    devices: list[str] = []
    owners: list[NDArray[np.int64]] = []
    end = 0
    for device in sorted(each.device for each in registry.devices(pilot) if "alarm" in KINDS[each.kind]):
        readings = store.read("alarm", device, *_ALWAYS, columns=_COLUMNS)
        if len(readings) == 0:
            continue
        end = max(end, int(readings.time[-1]))
        table = alarm_table(readings.time, *(readings.columns[name] for name in _COLUMNS))
        tables.append(table)
        devices.extend([device] * len(table))
        owners.append(_owners(table.at["raised"], stands_with.get(device, ()), codes))
    return PilotAlarms(
        _joined(tables),
        np.array(devices, dtype=np.object_),
        np.concatenate([*owners, np.zeros(0, np.int64)]),
        codes,
        np.array([person.group for person in people], dtype=np.object_),
        end,
    )


def _by_device(assignments: Sequence[Assignment]) -> Mapping[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for assignment in sorted(assignments, key=lambda each: each.start_us):
        found.setdefault(assignment.device, []).append(assignment)
    return found


def _owners(
    raised: NDArray[np.int64], stood: Sequence[Assignment], codes: Sequence[str]
) -> NDArray[np.int64]:
    starts = [assignment.start_us for assignment in stood]

    def owner(time: int) -> int:
        place = bisect_right(starts, time) - 1
        if time == NEVER or place < 0:
            return NOBODY
        end = stood[place].end_us
        return codes.index(stood[place].participant) if end is None or time < end else NOBODY

    return np.array([owner(int(time)) for time in raised], dtype=np.int64)


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
