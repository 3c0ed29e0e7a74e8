"""Who is in a story: participants by code, where they live, and the devices that stand with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from pilots.plan import Plan
from pilots.pseudonyms import ALPHABET, is_code
from simulators.draws import Purpose, draws
from simulators.trackers import HOME_RADIUS_M, INTERVAL_S

KINDS: Mapping[str, int | None] = {"bed": 10, "gps": INTERVAL_S, "alarm": None, "visits": None}
"""The kinds of device that every participant has, and the seconds between their readings."""

SOMEWHERE_LAT, SOMEWHERE_LON = 60.2, 15.6
"""Exempelby lies in a forest where nobody lives."""


@dataclass(frozen=True, slots=True)
class Participant:
    """One participant of a story. `number` counts from 0; `devices` are names by kind."""

    number: int
    code: str
    group: str
    unit: int
    unit_name: str
    home: tuple[float, float]
    home_radius_m: float
    devices: Mapping[str, str]

    @property
    def phase_s(self) -> int:
        """When in their interval the devices report: not in step with those of others."""
        return self.number * 37 % INTERVAL_S


def cast(plan: Plan, seed: int) -> tuple[Participant, ...]:
    """The participants that the plan's groups ask for; the same seed gives the same codes and homes."""
    groups = [group for group, count in plan.groups.items() for _ in range(count)]
    codes = _codes(seed, len(groups))
    units = plan.units or (plan.pilot,)
    at = draws(seed, Purpose.TRAITS).uniform(-0.02, 0.02, (len(groups), 2))
    return tuple(
        Participant(
            number,
            code,
            group,
            number % len(units),
            units[number % len(units)],
            (round(SOMEWHERE_LAT + float(north), 5), round(SOMEWHERE_LON + float(east), 5)),
            HOME_RADIUS_M,
            # A device keeps its name when it moves on to somebody else: it never holds a code.
            {kind: f"{plan.pilot}.{kind}-{number + 1:02d}" for kind in KINDS},
        )
        for number, (group, code, (north, east)) in enumerate(zip(groups, codes, at, strict=True))
    )


def _codes(seed: int, count: int) -> list[str]:
    rng = draws(seed, Purpose.CODES)
    codes: list[str] = []
    while len(codes) < count:
        five = "".join(ALPHABET[index] for index in rng.integers(0, len(ALPHABET), 5))
        code = next(whole for check in ALPHABET if is_code(whole := f"{five[:3]}-{five[3:]}{check}"))
        if code not in codes:
            codes.append(code)
    return codes
