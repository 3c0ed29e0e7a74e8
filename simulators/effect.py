"""The effect that a story holds, known because it was put there."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from pilots.plan import Phase


@dataclass(frozen=True, slots=True)
class Effect:
    """What the pilot phase changes for the intervention group; everything else stays as in the baseline.

    Ratios multiply the baseline's rate. In a night supervised by camera, the planned rounds are camera
    visits, and a person comes in the morning, when called and after an escalation: about 1 instead of 3.
    """

    bed_exits_ratio: float = 0.7
    restlessness_ratio: float = 0.75
    nights_by_camera: float = 1.0
    acknowledge_ratio: float = 0.6

    def as_numbers(self) -> dict[str, float]:
        """The effect by name, for the truth's file."""
        return asdict(self)


def strength(day: date, phases: Sequence[Phase]) -> float:
    """How much of the effect a day has: 0 in the first phase, rising through the second's wash-in, then 1."""
    begun = [phase for phase in phases if phase.start <= day]
    if len(begun) < 2:
        return 0.0
    if len(begun) > 2:
        return 1.0
    change = begun[1]
    return min(1.0, ((day - change.start).days + 1) / (change.wash_in_days + 1))


def scaled(ratio: float, share: float) -> float:
    """A ratio of which only a share has come into effect."""
    return 1.0 + share * (ratio - 1.0)
