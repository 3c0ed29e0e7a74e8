"""What a pilot's figures are made from: its plan, participants, daily values and alarms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Self

from analysis.pipeline.fingerprint import fingerprint_of
from analysis.pipeline.joined_months import JoinedMonths
from analysis.pipeline.metric_days import Days
from analysis.pipeline.pilot_alarms import PilotAlarms, pilot_alarms
from analysis.pipeline.pooled_alarms import ALARM_DAYS, PooledAlarms, pooled_alarms
from pilots.plan import Plan
from pilots.records import Departure, Participant, Pilot, Recruitment, Score
from pilots.registry import Registry
from store import TimeSeriesStore


@dataclass(frozen=True, slots=True)
class _DailyValues:
    """The months with these sums, of these participants in this order; a metric's days are joined when they
    are first asked for."""

    sums: Mapping[tuple[str, date], int]
    codes: tuple[str, ...]
    months: JoinedMonths
    days: dict[str, Days]


class PilotData:
    """One pilot's data. Each part is read when it is first asked for, and stays as it was then.

    What asks raises `UnknownPilot` where there is none of that name. `days` are taken for the pilot's daily
    values where a simulation has made them; None reads what is kept. Of `before`, an older reading of the
    same pilot, alarms and daily values are taken where they have not changed.
    """

    def __init__(
        self,
        registry: Registry,
        store: TimeSeriesStore,
        pilot: str,
        days: Iterable[Days] | None = None,
        before: Self | None = None,
    ) -> None:
        self.pilot = pilot
        self._registry = registry
        self._store = store
        self._made = None if days is None else {each.metric: each for each in days}
        self._alarms_before = None if before is None else before.__dict__.get("alarms")
        self._daily_before: _DailyValues | None = (
            None if before is None else before.__dict__.get("_daily", before._daily_before)
        )

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
        """The daily values of one metric, by group, participant and day."""
        daily = self._daily
        if metric not in daily.days:
            daily.days[metric] = daily.months.days(metric)
        return daily.days[metric]

    @cached_property
    def _daily(self) -> _DailyValues:
        """Every metric's, by group as `members`: what is asked of a group then lies together.

        Of who has joined since the members were read there is nothing.
        """
        if self._made is not None:
            return _DailyValues({}, (), JoinedMonths(()), self._made)
        codes = tuple(chain.from_iterable(self.members.values()))
        before, self._daily_before = self._daily_before, None
        if before is not None and (before.sums, before.codes) == (
            self._registry.month_sums(self.pilot),
            codes,
        ):
            return before
        sums, read = self._registry.summed_columns(self.pilot)
        order = {code: at for at, code in enumerate(codes)}
        months = [month for month in read if month[0] in order]
        return _DailyValues(sums, codes, JoinedMonths(sorted(months, key=lambda month: order[month[0]])), {})

    @property
    def last_day(self) -> date | None:
        """The last day of which any metric says anything; None before any has."""
        return self._daily.months.last_day

    @cached_property
    def alarms(self) -> PilotAlarms:
        before, self._alarms_before = self._alarms_before, None
        return pilot_alarms(self._registry, self._store, self.pilot, before)

    @cached_property
    def pooled(self) -> PooledAlarms:
        """The alarms with what pooling needs."""
        return pooled_alarms(self.alarms, self.days(ALARM_DAYS), self.plan.zone)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all of it as it was when this was first asked for; see `fingerprint_of`."""
        # Of the values as they were read: under another's name they would be answered when those come again.
        months = self._daily.sums if self._made is None else self._registry.month_sums(self.pilot)
        told: tuple[Sequence[object], ...] = (
            self.scores,
            self._registry.weighings(self.pilot),
            self._registry.logged_events(self.pilot),
            sorted(self._registry.texts(self.pilot).items()),
        )
        return fingerprint_of(
            self.kept, self.departures, self.recruitment, self.people, months, self.alarms, told
        )
