"""How the ranges of costs fit the costs themselves."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pilots.plan.costs import Costs
from pilots.plan.relations.plain import Finding, hint, mapping, number_or_none

RANGED = tuple(name for name in Costs.model_fields if name != "ranges")
"""The costs that may be uncertain: all of them are numbers."""

SHARES = ("discount_rate", "utilisation")


def cost_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with `costs.ranges`."""
    costs = mapping(values.get("costs"))
    for name, given in mapping(costs.get("ranges")).items():
        if name not in RANGED:
            yield (
                ("costs", "ranges", name),
                f'costs.ranges: unknown cost "{name}": {hint(name, RANGED, "costs")}',
            )
            continue
        ends = mapping(given)
        for low, high in pairwise(("low", "likely", "high")):
            lower, upper = number_or_none(ends.get(low)), number_or_none(ends.get(high))
            if lower is not None and upper is not None and lower > upper:
                yield (
                    ("costs", "ranges", name, high),
                    f"costs.ranges.{name}: {high} {upper:g} is less than {low} {lower:g}",
                )
        most = number_or_none(ends.get("high"))
        if name in SHARES and most is not None and most > 1:
            yield (
                ("costs", "ranges", name, "high"),
                f"costs.ranges.{name}: high {most:g} is over 1: give shares, such as 0.6 for 60 %",
            )
