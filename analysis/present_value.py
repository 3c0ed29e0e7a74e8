"""Money that comes later, in today's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def npv(rate: float, flows: NDArray[Any]) -> float:
    """The net present value of `flows` (m,), one a period, at `rate` a period (0.03 is 3 %).

    The first flow is at once and not discounted (a spreadsheet's NPV discounts it by a period). ValueError:
    a rate of -1 or under, or a flow that is not a number.
    """
    return float(present_values(rate, flows).sum())


def present_values(rate: float, flows: NDArray[Any]) -> Float64:
    """Each of `flows` (…, m) in today's money; the last axis is time. ValueError as `npv`."""
    if not rate > -1:
        raise ValueError(f"rate is {rate}: give one above -1, such as 0.03 for 3 % a period")
    flows = known_flows(flows)
    return np.asarray(flows / (1 + rate) ** np.arange(flows.shape[-1]))


def known_flows(flows: NDArray[Any]) -> Float64:
    """`flows` as floats. ValueError: one that is not a number."""
    flows = np.asarray(flows, np.float64)
    if not np.isfinite(flows).all():
        raise ValueError("a flow is not a number: give 0 for a period without one")
    return flows
