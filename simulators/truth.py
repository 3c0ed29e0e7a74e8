"""The realised truth of a story: what an analysis without any error would find.

Not what was likely but what happened: the exits that took place, not the rate they were drawn with. Only
`effect` says what was put in.
"""

from datetime import date
from pathlib import Path

import msgspec


class PhaseTruth(msgspec.Struct, frozen=True):
    """A phase of the plan, dates inclusive; days before `evaluated_from` are its wash-in."""

    name: str
    start: date
    evaluated_from: date
    end: date


class TurnTruth(msgspec.Struct, frozen=True):
    """How a resident turned in one night, in a bed with four legs."""

    turns: int
    longest_time_in_position_h: float
    compliance_percent: float


class NightTruth(msgspec.Struct, frozen=True):
    """One whole night, labelled with the date on which it starts.

    `weight_kg` is the mean body weight over the time in bed; `exits` are [start, end) in µs UTC; rest as in
    `simulators.rest`, its onset None when it never began. `planned_visits` are of either kind. Of the visits
    by camera, `replaced_visits` were planned and came about, `escalated_visits` brought a person,
    `failed_visits` found no connection. What they spared as in `simulators.supervised`. `turns` is None where
    the bed has one scale for all its legs.
    """

    night: date
    weight_kg: float
    time_in_bed_h: float
    restlessness_percent: float
    exits: tuple[tuple[int, int], ...]
    physical_visits: int
    camera_visits: int
    planned_visits: int
    replaced_visits: int
    escalated_visits: int
    failed_visits: int
    rest_onset_min: float | None
    rest_efficiency_percent: float
    rest_fragmentation_index: float
    disturbances_avoided: int
    visits_at_rest: int
    followed_by_waking: int
    freed_min: float | None
    turns: TurnTruth | None


class DayTruth(msgspec.Struct, frozen=True):
    """One local day; a day at home has 0 h and 0 m. `alarms` leaves tests out.

    `rhythm` is that of the seven days that end with it, None before there were so many: interdaily stability,
    intradaily variability, relative amplitude. The way as in `simulators.ways`; the accuracy is the median of
    what the tracker's fixes state when nothing goes wrong.
    """

    day: date
    time_out_of_home_h: float
    max_distance_from_home_m: float
    alarms: int
    rhythm: tuple[float, float, float] | None
    radius_of_gyration_m: float
    activity_area_km2: float
    places: int
    outing_straightness: float | None
    outing_sinuosity_per_sqrt_m: float | None
    position_accuracy_m: float


class ServiceTruth(msgspec.Struct, frozen=True):
    """How a participant's devices really served on one local day.

    Percent of the time in which they worked, percent of readings that never came, the delay within which 95 %
    of the latest device's readings came, how far behind (below 0: ahead) the clock is that is farthest off,
    and the lowest charge that was left.
    """

    day: date
    uptime_percent: float
    loss_percent: float
    lateness_s: float
    clock_offset_s: float
    battery_percent: float


class AlarmTruth(msgspec.Struct, frozen=True):
    """One alarm, times in µs UTC, None for a stage that was never reached; `day` is the local date.

    `outcome` is None while nobody has closed it.
    """

    alarm: str
    day: date
    cause: str
    raised: int
    acknowledged: int | None
    arrived: int | None
    ended: int | None
    outcome: str | None


class ParticipantTruth(msgspec.Struct, frozen=True):
    """Everything that is true about one participant, nights and days ascending.

    `service` only where readings were delivered one by one, `simulators.delivery`.
    """

    code: str
    group: str
    unit: str
    devices: dict[str, str]
    nights: tuple[NightTruth, ...]
    days: tuple[DayTruth, ...]
    alarms: tuple[AlarmTruth, ...]
    service: tuple[ServiceTruth, ...] = ()


class Truth(msgspec.Struct, frozen=True):
    """A story's truth: `first` and `last` are the local days on which its devices reported.

    `floods` are, by group, when alarms began to flood the staff, µs UTC.
    """

    pilot: str
    plan: str
    seed: int
    timezone: str
    first: date
    last: date
    phases: tuple[PhaseTruth, ...]
    effect: dict[str, float]
    participants: tuple[ParticipantTruth, ...]
    floods: dict[str, tuple[int, ...]]

    def write(self, path: Path) -> None:
        """Write the truth as JSON."""
        path.write_bytes(msgspec.json.encode(self))

    @classmethod
    def read(cls, path: Path) -> "Truth":
        """The truth in a file; `msgspec.DecodeError` or `msgspec.ValidationError` where it is none."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
