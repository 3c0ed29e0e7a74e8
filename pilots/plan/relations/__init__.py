"""How the parts of a plan must fit together, checked as far as each part can be read by itself.

Works on plain values, not on models: a phase with a misspelt key should still be seen to overlap another.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pilots.plan.relations.benefits import benefit_findings
from pilots.plan.relations.costs import cost_findings
from pilots.plan.relations.evaluation import evaluation_findings
from pilots.plan.relations.goals import goal_findings
from pilots.plan.relations.phases import phase_findings
from pilots.plan.relations.plain import Finding, words
from pilots.plan.relations.products import product_findings


def findings(
    values: Mapping[str, Any], metrics: Collection[str] | None, not_decisive: Mapping[str, str]
) -> Iterator[Finding]:
    """Every relation that does not hold, with the place to mend."""
    yield from phase_findings(values)
    yield from goal_findings(values, metrics, not_decisive)
    yield from _repeated_units(values.get("units"))
    yield from evaluation_findings(values, metrics)
    yield from benefit_findings(values, metrics)
    yield from product_findings(values)
    yield from cost_findings(values)


def _repeated_units(units: object) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, unit in words(units):
        if unit in seen:
            yield ("units", position), f'unit "{unit}" is there twice: keep one'
        seen.add(unit)
