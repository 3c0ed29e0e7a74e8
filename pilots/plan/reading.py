"""From text to a plan, or to everything that is wrong with it."""

import json
from collections.abc import Collection, Mapping
from importlib.resources import files

from pydantic import ValidationError

from pilots.errors import PlanError, PlanProblem
from pilots.plan.lines import Document, read_yaml
from pilots.plan.model import Plan
from pilots.plan.relations import findings
from pilots.plan.wording import message

_LONGEST = 256 * 1024
"""Characters: a plan is a page or two, and PyYAML needs seconds for a megabyte."""


def read_plan(
    text: str,
    source: str = "plan.yaml",
    metrics: Collection[str] | None = None,
    not_decisive: Mapping[str, str] | None = None,
) -> Plan:
    """The plan that the YAML text holds.

    `source` names the text in errors; `metrics`, where given, are the only metrics a goal may name, and
    `not_decisive` those that cannot carry a decision, with their level: no primary goal may rest on them.
    Raises `PlanError` with every problem and its line.
    """
    if len(text) > _LONGEST:
        raise PlanError(source, [PlanProblem(1, f"longer than {_LONGEST:,} characters: not a pilot plan")])
    document = read_yaml(text)
    if not document.values and document.problems:
        raise PlanError(source, document.problems)
    plan: Plan | None = None
    problems = set(document.problems)
    try:
        plan = Plan.model_validate_json(json.dumps(document.values))
    except ValidationError as invalid:
        problems |= _worded(document, invalid)
    found = findings(document.values, metrics, not_decisive or {})
    problems |= {PlanProblem(document.line(path), said) for path, said in found}
    if plan is None or problems:
        raise PlanError(source, sorted(map(_one_line, problems), key=lambda each: (each.line, each.message)))
    return plan


def demo_plan_text() -> str:
    """The plan of `pilotbed demo`, packaged so that an installed wheel has it too."""
    return files("pilots.plan").joinpath("demo.yaml").read_text(encoding="utf-8")


def _worded(document: Document, invalid: ValidationError) -> set[PlanProblem]:
    worded = (message(error, document.values) for error in invalid.errors(include_url=False))
    return {PlanProblem(document.line(path), said) for path, said in worded}


def _one_line(problem: PlanProblem) -> PlanProblem:
    # A quoted value may hold line breaks; the list of problems has one line for each.
    return PlanProblem(problem.line, " ".join(problem.message.split()))
