"""What a service remembers of its last run over a pilot: the next then compares only what can have changed.

Whatever is not as it was remembered, or cannot be told, makes the next run compare everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.pipeline.due import WIDEST_MARGIN_US
from analysis.pipeline.remembered_weights import RememberedWeights
from analysis.pipeline.stays import Stay
from analysis.series import HOUR_US
from pilots.civil_time import local_date
from pilots.plan import Plan
from pilots.records import Home
from store import Changes

Month = tuple[str, date]
"""A participant's code, and the first day of a month."""


@dataclass(frozen=True, slots=True)
class RestsOn:
    """All but readings that says which windows are due and what their values are made from."""

    plan: Plan
    stays: Mapping[str, Sequence[Stay]]
    homes: Mapping[str, Home]


@dataclass(frozen=True, slots=True)
class Look:
    """What a run sees before it reads any hours: at which `moment`, µs UTC, with which `changes` of the
    store, and by month the hash of what its values were made from."""

    rests_on: RestsOn
    moment: int
    changes: Changes | None
    inputs: Mapping[Month, bytes]


@dataclass(frozen=True, slots=True)
class _Complete:
    """Every window that was over at `moment` had been made of what the store held at `revision`.

    `alarmed` are the devices that had ever sent an alarm, `due` {day ordinal: windows}, and `inputs` hashes
    of what each month's values were made from.
    """

    rests_on: RestsOn
    moment: int
    revision: int
    alarmed: frozenset[str]
    due: Mapping[int, int]
    inputs: Mapping[Month, bytes]


class LastRun:
    """Of one pilot of one registry, with one store; for one run at a time. Nothing before the first."""

    def __init__(self) -> None:
        self._complete: _Complete | None = None
        self.weights = RememberedWeights()

    @property
    def revision(self) -> int:
        """After which commit or delete the store is to tell of changes."""
        return 0 if self._complete is None else self._complete.revision

    @property
    def alarmed(self) -> frozenset[str]:
        """The devices that had ever sent an alarm."""
        return frozenset() if self._complete is None else self._complete.alarmed

    def compare_from(self, look: Look) -> date | None:
        """The day from which on windows may not be complete any more; None where none is known to be."""
        last = self._complete
        if last is None or look.changes is None or look.changes.revision < last.revision:
            return None
        if look.rests_on != last.rests_on or look.moment < last.moment or look.inputs != last.inputs:
            return None
        changed = look.changes.first_hour
        since = last.moment if changed is None else min(last.moment, changed * HOUR_US)
        # A night ends on the day after the one that it is called by.
        return local_date(since - WIDEST_MARGIN_US, look.rests_on.plan.zone) - timedelta(days=1)

    def due_before(self, day: date | None) -> int:
        """How many windows of days before that one are complete."""
        if self._complete is None or day is None:
            return 0
        return sum(windows for each, windows in self._complete.due.items() if each < day.toordinal())

    def complete(
        self,
        look: Look,
        compared_from: date | None,
        alarmed: frozenset[str],
        due: Mapping[int, int],
        written: Mapping[Month, bytes],
    ) -> None:
        """Remember a run that compared the windows of the day `compared_from` and later, and left nothing
        undone: `due` {day ordinal: windows}, and by month `written` the hash of what it is made from now."""
        if look.changes is None:
            return
        earlier: Mapping[int, int] = {}
        if self._complete is not None and compared_from is not None:
            first = compared_from.toordinal()
            earlier = {day: windows for day, windows in self._complete.due.items() if day < first}
        self._complete = _Complete(
            look.rests_on,
            look.moment,
            look.changes.revision,
            alarmed,
            {**earlier, **due},
            {**look.inputs, **written},
        )

    def incomplete(self) -> None:
        """The last run left something undone: the next compares everything."""
        self._complete = None


class LastRuns:
    """Of every pilot of a service."""

    def __init__(self) -> None:
        self._of: dict[str, LastRun] = {}

    def of(self, pilot: str) -> LastRun:
        """Of one pilot."""
        return self._of.setdefault(pilot, LastRun())
