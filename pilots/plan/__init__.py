"""The pilot plan: what is tried, with whom, when, and what would count as success."""

from pilots.errors import PlanError, PlanProblem
from pilots.plan.benefits import Behaviour, Benefits, Outcome, Step
from pilots.plan.costs import Costs, Range
from pilots.plan.evaluation_rules import Design, EvaluationRules, SafetyMargin, Use
from pilots.plan.kinds import DEVICE_KINDS
from pilots.plan.model import Goal, Legal, Phase, Plan, Product, Retention, Targets
from pilots.plan.reading import demo_plan_text, read_plan
from pilots.plan.requirements import MEASURES, Measure, Requirement

__all__ = [
    "DEVICE_KINDS",
    "MEASURES",
    "Behaviour",
    "Benefits",
    "Costs",
    "Design",
    "EvaluationRules",
    "Goal",
    "Legal",
    "Measure",
    "Outcome",
    "Phase",
    "Plan",
    "PlanError",
    "PlanProblem",
    "Product",
    "Range",
    "Requirement",
    "Retention",
    "SafetyMargin",
    "Step",
    "Targets",
    "Use",
    "demo_plan_text",
    "read_plan",
]
