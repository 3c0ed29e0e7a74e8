"""What a pilot's figures are made from: its plan, participants, daily values and alarms."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from analysis.pipeline.fingerprint import fingerprint_of
from analysis.pipeline.pilot_alarms import PilotAlarms, pilot_alarms
from analysis.pipeline.pooled_alarms import ALARM_DAYS, PooledAlarms, pooled_alarms
from pilots.plan import Plan
from pilots.records import DailyValue, Departure, Participant, Pilot, Recruitment, Score
from pilots.registry import Registry
from store import TimeSeriesStore

Days = Mapping[str, Sequence[DailyValue]]
"""One metric's daily values by participant, ascending by day."""


class PilotData:
    """One pilot's data. Each part is read when it is first asked for, and stays as it was then.

    What asks raises `UnknownPilot` where there is none of that name. `days` are taken for the pilot's daily
    values, by metric, where a simulation has made them; None reads what is kept.
    """

    def __init__(
        self,
        registry: Registry,
        store: TimeSeriesStore,
        pilot: str,
        days: Mapping[str, Days] | None = None,
    ) -> None:
        self.pilot = pilot
        self._registry = registry
        self._store = store
        self._days: dict[str, Days] = dict(days or {})
        self._all_read = days is not None

    @cached_property
    def kept(self) -> Pilot:
        return self._registry.pilot(self.pilot)

    @property
    def plan(self) -> Plan:
        return self.kept.plan

    @cached_property
    def people(self) -> Sequence[Participant]:
        return self._registry.participants(self.pilot)

    @cached_property
    def recruitment(self) -> Sequence[Recruitment]:
        return self._registry.recruitment(self.pilot)

    @cached_property
    def departures(self) -> Sequence[Departure]:
        return self._registry.departures(self.pilot)

    @cached_property
    def scores(self) -> Sequence[Score]:
        """What staff have recorded with instruments of their own, by instrument, participant and day."""
        return self._registry.scores(self.pilot)

    @cached_property
    def members(self) -> Mapping[str, Sequence[str]]:
        """Participants' codes by group, in the order of the plan; a group of nobody too."""
        found: dict[str, list[str]] = {name: [] for name in self.plan.groups}
        for person in self.people:
            found[person.group].append(person.code)
        return found

    def days(self, metric: str) -> Days:
        """The daily values of one metric; by itself, where not all have been read."""
        if not self._all_read and metric not in self._days:
            self._keep(self._registry.daily_values(self.pilot, metric=metric))
        return self._days.get(metric, {})

    def all_days(self) -> Mapping[str, Days]:
        """The daily values of every metric that has any, in one reading."""
        if not self._all_read:
            read, self._days = self._days, {}
            self._keep(self._registry.daily_values(self.pilot))
            self._days |= read
            self._all_read = True
        return self._days

    def _keep(self, values: Sequence[DailyValue]) -> None:
        read: dict[str, dict[str, list[DailyValue]]] = {}
        for value in values:
            read.setdefault(value.metric, {}).setdefault(value.participant, []).append(value)
        self._days.update(read)

    @cached_property
    def alarms(self) -> PilotAlarms:
        return pilot_alarms(self._registry, self._store, self.pilot)

    @cached_property
    def pooled(self) -> PooledAlarms:
        """The alarms with what pooling needs."""
        return pooled_alarms(self.alarms, self.days(ALARM_DAYS), self.plan.zone)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all of it as it was when this was first asked for; see `fingerprint_of`."""
        months = self._registry.month_sums(self.pilot)
        told: tuple[Sequence[object], ...] = (
            self.scores,
            self._registry.weighings(self.pilot),
            self._registry.logged_events(self.pilot),
            sorted(self._registry.texts(self.pilot).items()),
        )
        return fingerprint_of(
            self.kept, self.departures, self.recruitment, self.people, months, self.alarms, told
        )
