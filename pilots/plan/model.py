"""What a valid plan holds. Made by `read_plan`, which also checks how the parts fit together."""

import hashlib
import json
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from pilots.civil_time import midnight
from pilots.errors import UnknownPhase
from pilots.plan.benefits import Benefits
from pilots.plan.costs import Costs
from pilots.plan.evaluation_rules import EvaluationRules
from pilots.plan.kinds import DeviceKind
from pilots.plan.part import Count, Days, Direction, Part, Positive, Slug, Text
from pilots.plan.requirements import Requirement
from pilots.plan.values import Day, known_timezone

PhaseName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
GroupName = Literal["intervention", "comparison"]
Months = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]?m$")]


class Legal(Part):
    """The legal ground the pilot stands on, in the words of the plan.

    A test of what is not on the market yet needs `supplier_agreement` and `insurance` too.
    """

    gdpr_basis: Text | None = None
    article9: Text | None = None
    care_consent: Text | None = None
    dpia: Text | None = None
    controller: Text | None = None
    processors: tuple[Text, ...] = ()
    supplier_agreement: Text | None = None
    insurance: Text | None = None


class Retention(Part):
    """For how many days readings are kept, from the later of `time` and `received`; None keeps them."""

    gps_days: Days | None = None
    readings_days: Days | None = None


class Phase(Part):
    """A stretch of whole local days; `end` is the last day, inclusive.

    The first `wash_in_days` are left out of the evaluation: habits are still changing.
    """

    name: PhaseName
    start: Day
    end: Day
    wash_in_days: Annotated[int, Field(ge=0, le=3650)] = 0


class Targets(Part):
    """Seconds from a raised alarm within which it should be acknowledged, and somebody be there."""

    acknowledge_s: Positive = 180.0
    arrive_s: Positive = 1800.0


class Goal(Part):
    """A benefit aimed at: the metric that shows it, which way, and the least change that matters."""

    goal: Text
    metric: Text
    direction: Direction
    minimum_change: Positive
    primary: bool = False


class Product(Part):
    """A product on trial. `ce` is its marking, as written (`MDR I`, `RED`); `status` how far it has come,
    which a test of what is not on the market yet has to say.
    """

    name: Text
    kind: DeviceKind
    supplier: Text | None = None
    ce: Text | None = None
    status: Text | None = None


class Plan(Part):
    """A pilot plan. Days are local to `timezone`; instants are µs UTC.

    `follow_up` lists months after the pilot phase (`6m`); `groups` maps group to planned participants.
    """

    pilot: Slug
    title: Text
    kind: Literal["test", "pilot", "rollout"] = "pilot"
    municipality: Text | None = None
    timezone: Annotated[str, AfterValidator(known_timezone)]
    leader: Text | None = None
    need: Literal["customer", "relatives", "efficiency", "prevention"] | None = None
    legal: Legal = Legal()
    retention: Retention = Retention()
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    follow_up: tuple[Months, ...] = ()
    groups: Annotated[dict[GroupName, Count], Field(min_length=1)]
    units: tuple[Text, ...] = ()
    targets: Targets = Targets()
    goals: tuple[Goal, ...] = ()
    costs: Costs = Costs()
    products: tuple[Product, ...] = ()
    evaluation: EvaluationRules = EvaluationRules()
    benefits: Benefits = Benefits()
    requirements: tuple[Requirement, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The pilot's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the plan's canonical JSON: comments, order of keys and layout do not count, nor
        what is left at its default, so that a plan keeps its fingerprint when later versions know more."""
        canonical = json.dumps(
            self.model_dump(mode="json", exclude_defaults=True),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def phase(self, name: str) -> Phase:
        """The phase of that name; raises `UnknownPhase`."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        names = ", ".join(phase.name for phase in self.phases)
        raise UnknownPhase(f'pilot "{self.pilot}" has no phase "{name}": it has {names}')

    def phase_at(self, time_us: int) -> Phase | None:
        """The phase that holds the instant, None between and outside phases."""
        for phase, start, end in self._bounds:
            if start <= time_us < end:
                return phase
        return None

    def phase_start(self, phase: Phase) -> int:
        """Local midnight that opens the phase's first day, µs UTC."""
        return midnight(phase.start, self.zone)

    def phase_end(self, phase: Phase) -> int:
        """Local midnight after the phase's last day, µs UTC."""
        return midnight(phase.end + timedelta(days=1), self.zone)

    def evaluation_start(self, phase: Phase) -> int:
        """Local midnight that opens the first day after wash-in, µs UTC."""
        return midnight(phase.start + timedelta(days=phase.wash_in_days), self.zone)

    @cached_property
    def _bounds(self) -> tuple[tuple[Phase, int, int], ...]:
        return tuple((each, self.phase_start(each), self.phase_end(each)) for each in self.phases)
