"""What the registry hands out. Times are integer microseconds UTC, days are local dates of the pilot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, get_args

from pilots.plan import Plan
from pilots.plan.changes import PlanChange

LeftBecause = Literal["completed", "moved", "died", "hospital", "declined", "technical", "other"]
"""Why a participant takes part no longer."""

LEFT_BECAUSE: tuple[str, ...] = get_args(LeftBecause)

TextSection = Literal[
    "purpose",
    "need",
    "relatives",
    "staff",
    "organisation",
    "economy",
    "ethics",
    "lessons",
    "transferability",
    "procurement",
]
"""What the leader writes about in the report."""

TEXT_SECTIONS: tuple[str, ...] = get_args(TextSection)

LoggedKind = Literal["fall", "bed_exit", "left_home", "call"]
"""What should have raised an alarm."""

LOGGED_KINDS: tuple[str, ...] = get_args(LoggedKind)


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot: its plan as it is now, the plan's text and fingerprint, and where it stands.

    `locked_us` and `locked_hash` say when the plan left planning, and with which fingerprint; None before.
    `round` counts the times a rollout has gone round, from 1.
    """

    pilot: str
    plan: Plan
    plan_text: str
    plan_hash: str
    stage: str
    added_us: int
    locked_us: int | None = None
    locked_hash: str | None = None
    round: int = 1


@dataclass(frozen=True, slots=True)
class StageChange:
    """A pilot came to `stage` at `at_us`; `warnings` are what was said of it then."""

    at_us: int
    stage: str
    round: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """A change of the plan after it was locked: when, why, what became of it, and what changed."""

    at_us: int
    reason: str
    plan_hash: str
    changes: tuple[PlanChange, ...]


@dataclass(frozen=True, slots=True)
class ReportMade:
    """A report that was made: its hash, and the fingerprint of the data in it."""

    made_us: int
    sha256: str
    data_fingerprint: str
    round: int


@dataclass(frozen=True, slots=True)
class Recruitment:
    """How many of a group were asked, said no, or could not take part; those who joined are participants."""

    group: str
    invited: int
    declined: int
    not_eligible: int


@dataclass(frozen=True, slots=True)
class Participant:
    """A person known by a code only; `left_us` is None for those still taking part.

    `unit` is one of the plan's, where it was told; `left_because` one of `LEFT_BECAUSE`.
    """

    code: str
    pilot: str
    group: str
    joined_us: int
    left_us: int | None
    unit: str | None = None
    left_because: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a participant has said yes to; `withdrawn_us` is None while it holds."""

    participant: str
    scope: str
    given_us: int
    withdrawn_us: int | None


@dataclass(frozen=True, slots=True)
class Home:
    """A participant's home point: degrees WGS84, and the radius in metres that counts as at home."""

    lat: float
    lon: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Device:
    """A device: `adapter` reads its messages, `address` is its name in a foreign format, `model` the mapping
    of its fields where the format needs one.

    `interval_s` is the expected time between readings, None where none is expected. `product` names one of
    the plan's (see `pilots.products.product_of`).
    """

    device: str
    pilot: str
    kind: str
    adapter: str
    address: str | None
    interval_s: float | None
    model: str | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A device that announced itself, not registered yet: `adapter` would read it at `address`.

    `streams` are those that it announced, in alphabetical order.
    """

    adapter: str
    address: str
    streams: tuple[str, ...]

    @property
    def kind(self) -> str | None:
        """The kind it would be registered as; None where its status alone is announced."""
        return next((stream for stream in self.streams if stream != "status"), None)


@dataclass(frozen=True, slots=True)
class Account:
    """Who may publish at the broker: a device of a pilot, or a bridge, which has no pilot but filters.

    `password_hash` is what the broker checks passwords by.
    """

    name: str
    pilot: str | None
    device: str | None
    topic_filters: tuple[str, ...]
    password_hash: str
    created_us: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A device stands with a participant during [start_us, end_us); None while it still does."""

    device: str
    participant: str
    start_us: int
    end_us: int | None


class DailyValue(NamedTuple):
    """One metric of one participant and day (or the night that starts that day).

    `value` is None when absent, and `reason` says why. `n` counts what the value rests on, `coverage`
    (0-1) is the share of the window that was observed. A tuple, since a large pilot has millions of them.
    """

    participant: str
    day: date
    metric: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    coverage: float | None
    reason: str | None


Inputs = Mapping[str, Sequence[int | None]]
"""By family of metrics and by day of the month, from its first: the fingerprint of what the values of that
day were made from, None where there are none."""


@dataclass(frozen=True, slots=True)
class Score:
    """A participant's total on one of `pilots.instruments.INSTRUMENTS`, as staff recorded it that day."""

    participant: str
    instrument: str
    day: date
    value: float


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a participant weighed on a reference scale."""

    participant: str
    time_us: int
    kg: float


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """What staff wrote down that should have alarmed; `kind` is one of `LOGGED_KINDS`."""

    participant: str
    time_us: int
    kind: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a secret gives access to. `pilot` is None for an administrator of every pilot."""

    id: int
    role: str
    pilot: str | None
    expires_us: int
    created_us: int
    note: str
    revoked: bool
