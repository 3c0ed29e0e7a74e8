"""Baseline against pilot phase, metric by metric, and the recommendation."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline import Evaluation, EvaluationItem
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.results import InResults

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/evaluation", tags=["evaluation"])


class EvaluationRow(BaseModel):
    """One metric in one group: both phases, the change between them, and what the plan makes of it."""

    metric: str = Field(examples=["physical_visits_per_night"])
    group: str = Field(examples=["intervention"])
    unit: str
    direction: str
    wording: str = Field(description="change, or effect where a comparison group carries it")
    n_started: int | None
    n: int | None
    baseline: float | None
    pilot: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    method: str | None
    minimum_change: float | None
    verdict: str | None
    coverage: float | None
    suppressed: bool
    reason: str | None


class EvaluationBody(BaseModel):
    pilot: str
    plan_hash: str
    data_fingerprint: str
    design: str
    recommendation: Literal[
        "introduce", "introduce_stepwise", "do_not_introduce", "not_shown", "another_round"
    ]
    items: list[EvaluationRow]


def evaluation_row(item: EvaluationItem) -> EvaluationRow:
    return EvaluationRow.model_validate(item, from_attributes=True)


def evaluation_head(evaluation: Evaluation) -> dict[str, str]:
    return {
        "pilot": evaluation.pilot,
        "plan_hash": evaluation.plan_hash,
        "data_fingerprint": evaluation.data_fingerprint,
        "design": evaluation.design,
        "recommendation": evaluation.recommendation,
    }


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=EvaluationBody)
def get_evaluation(request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults) -> Response:
    """What changed, with n, coverage and interval; small cells are hidden from roles that see groups."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    evaluation = snapshot.evaluation(suppress=caller.suppressed)
    rows = [evaluation_row(item) for item in evaluation.items]
    return rows_answer(request, EvaluationRow, rows, evaluation_head(evaluation), ETag=tag)
