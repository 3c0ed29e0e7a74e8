"""What a pilot is worth in hours and money: minutes freed, and flows of money through the device's life."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from analysis.business_risk import Estimate, Pert, monte_carlo_npv, tornado
from analysis.present_value import known_flows, npv, present_values

__all__ = [
    "Estimate",
    "Pert",
    "benefit_cost_ratio",
    "break_even_users",
    "discounted_payback",
    "hours_freed",
    "irr",
    "monte_carlo_npv",
    "npv",
    "realised_hours",
    "tornado",
]

Float64 = NDArray[np.float64]

UTILISATION = 0.6
"""Half to seven tenths of freed minutes become money, and only where rosters are changed."""

ONE_RATE = "one rate"
NO_CHANGE_OF_SIGN = "none: the flows never change sign, so that no rate makes them break even"
NO_RATE = "none: the flows change sign, but no rate makes them break even"
SEVERAL_RATES = "none: the flows break even at several rates; judge by the net present value"


@dataclass(frozen=True, slots=True)
class HoursFreed:
    """Hours of staff: `gross` no longer spent on visits, `net` of what the product takes, and `realised`.

    `realised` is net times `utilisation`; where net is negative it is net, for added work has to be done.
    """

    gross: float
    net: float
    realised: float
    utilisation: float


@dataclass(frozen=True, slots=True)
class InternalRate:
    """The rate a period at which flows are worth nothing; NaN, with the reason, where there is not one.

    `rates` holds every such rate above -1, ascending.
    """

    rate: float
    rates: tuple[float, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The fewest `users` that carry the fixed costs, None where no number does; `exact` is not rounded."""

    users: int | None
    exact: float


def hours_freed(
    *,
    visits_avoided: float,
    visit_minutes: float,
    travel_minutes: float,
    camera_minutes: float = 0.0,
    alarm_minutes: float = 0.0,
    administration_minutes: float = 0.0,
    utilisation: float = UTILISATION,
) -> HoursFreed:
    """Hours over the period that the counts and minutes are of.

    `visit_minutes` and `travel_minutes` are of one visit; those of cameras looked at, alarms handled and
    administration are totals. ValueError: utilisation outside [0, 1].
    """
    if not 0 <= utilisation <= 1:
        raise ValueError(f"utilisation is {utilisation}: give the share of freed time that is put to use")
    gross = visits_avoided * (visit_minutes + travel_minutes) / 60
    net = gross - (camera_minutes + alarm_minutes + administration_minutes) / 60
    return HoursFreed(gross, net, float(realised_hours(net, utilisation)), utilisation)


def realised_hours(net: ArrayLike, utilisation: ArrayLike) -> Float64:
    """Of `net` hours (…) those put to use, as `HoursFreed.realised`; the two of shapes that fit together."""
    net = np.asarray(net, np.float64)
    return np.where(net > 0, net * utilisation, net)


def irr(flows: NDArray[Any]) -> InternalRate:
    """The internal rate of return of `flows` (m,), one a period, the first at once.

    ValueError: a flow that is not a number.
    """
    flows = np.trim_zeros(known_flows(flows))
    signs = np.sign(flows[flows != 0])
    turns = int(np.count_nonzero(np.diff(signs)))
    if turns == 0:
        return InternalRate(float("nan"), (), NO_CHANGE_OF_SIGN)
    if turns == 1:
        # In the discount factor x = 1/(1 + rate) the sign turns once, from the first flow's to the last's.
        low, high = 1.0, 1.0
        while np.sign(_worth(flows, low)) == signs[-1]:
            low /= 2
        while np.sign(_worth(flows, high)) == signs[0]:
            high *= 2
        factor = scipy.optimize.brentq(lambda x: _worth(flows, x), low, high, xtol=1e-15)
        rate = 1 / float(factor) - 1
        return InternalRate(rate, (rate,), ONE_RATE)
    roots = np.polynomial.polynomial.polyroots(flows)
    factors = roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real
    rates = tuple(sorted(float(1 / factor - 1) for factor in factors))
    if len(rates) == 1:
        return InternalRate(rates[0], rates, ONE_RATE)
    return InternalRate(float("nan"), rates, SEVERAL_RATES if rates else NO_RATE)


def discounted_payback(rate: float, flows: NDArray[Any]) -> float:
    """Periods until the discounted `flows` (m,), the first at once, have first paid back what they cost.

    Within the period they are taken to come in evenly. inf: not within the flows given. ValueError as `npv`.
    """
    worth = present_values(rate, flows)
    owed = np.cumsum(worth)
    there = np.flatnonzero(np.round(owed, 9) >= 0)
    if len(there) == 0:
        return float("inf")
    at = int(there[0])
    return 0.0 if at == 0 else float(at - 1 - owed[at - 1] / worth[at])


def benefit_cost_ratio(rate: float, benefits: NDArray[Any], costs: NDArray[Any]) -> float:
    """The present value of `benefits` (m,) over that of `costs` (m,), both from 0 up, the first at once.

    inf for benefits without costs, NaN for neither. ValueError as `npv`, and a negative cost.
    """
    if (known_flows(costs) < 0).any():
        raise ValueError("a cost is negative: give costs as positive amounts, and savings as benefits")
    gained, spent = npv(rate, benefits), npv(rate, costs)
    if spent == 0:
        return float("inf") if gained > 0 else float("nan")
    return gained / spent


def break_even_users(*, fixed_cost: float, benefit_per_user: float, cost_per_user: float = 0.0) -> BreakEven:
    """How many users it takes for their benefits to carry `fixed_cost`; all three as present values.

    ValueError: a negative fixed cost.
    """
    if fixed_cost < 0:
        raise ValueError(f"fixed_cost is {fixed_cost}: give what is paid whatever the number of users")
    margin = benefit_per_user - cost_per_user
    if margin <= 0:
        return BreakEven(None, float("inf"))
    exact = fixed_cost / margin
    return BreakEven(int(np.ceil(round(exact, 9))), exact)


def _worth(flows: Float64, factor: float) -> float:
    return float(np.polynomial.polynomial.polyval(factor, flows))
