"""The pilot plan: what is tried, with whom, when, and what would count as success."""

from pilots.errors import PlanError, PlanProblem
from pilots.plan.kinds import DEVICE_KINDS
from pilots.plan.model import Costs, Goal, Legal, Phase, Plan, Product, Retention, Targets
from pilots.plan.reading import demo_plan_text, read_plan

__all__ = [
    "DEVICE_KINDS",
    "Costs",
    "Goal",
    "Legal",
    "Phase",
    "Plan",
    "PlanError",
    "PlanProblem",
    "Product",
    "Retention",
    "Targets",
    "demo_plan_text",
    "read_plan",
]
