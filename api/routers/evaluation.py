"""Baseline against pilot phase, metric by metric, and the recommendation."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analysis.decision import Decision, Recommendation
from analysis.pipeline import Evaluation, EvaluationItem
from analysis.pipeline.dropout_flow import DropoutFlow
from analysis.pipeline.economy import Economy
from analysis.pipeline.run_charts import RunChart
from analysis.pipeline.safety import SafetyRow
from analysis.pipeline.sensitivity import SensitivityRow
from analysis.pipeline.sustained import SustainedRow
from analysis.pipeline.unit_rows import UnitRow
from analysis.pipeline.use import UseRow
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.languages import InLanguage
from api.results import InResults
from api.wording import Wording
from pilots.plan import Design

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
    p_adjusted: float | None = Field(description="Holm, within the plan's family of metrics")
    method: str | None
    minimum_change: float | None
    verdict: str | None
    coverage: float | None
    suppressed: bool
    reason: str | None
    title: str = Field(examples=["Fysiska besök per natt"], description="by `Accept-Language` or `lang`")
    verdict_title: str | None = Field(examples=["Målet nått"])


class EvaluationHead(BaseModel):
    """What an evaluation rests on, and what it leads to; figures of few people are hidden in every part."""

    model_config = ConfigDict(from_attributes=True)

    pilot: str
    plan_hash: str
    data_fingerprint: str
    design: Design
    design_reason: str = Field(description="as_planned, or what in the data decided")
    recommendation: Recommendation
    decision: Decision = Field(description="the rules in the order they are asked, and which one was chosen")
    safety: tuple[SafetyRow, ...]
    use: UseRow | None
    units: tuple[UnitRow, ...]
    sensitivity: tuple[SensitivityRow, ...]
    dropout: tuple[DropoutFlow, ...]
    run_charts: tuple[RunChart, ...]
    sustained: tuple[SustainedRow, ...]
    economy: Economy | None
    round: int
    compared: tuple[str, str] = Field(examples=[["baseline", "pilot"]])
    departures: int = Field(description="changes of the plan after it was locked")


class EvaluationBody(EvaluationHead):
    items: list[EvaluationRow]


def evaluation_row(item: EvaluationItem, say: Wording) -> EvaluationRow:
    verdict = None if item.verdict is None else say.name("verdicts", item.verdict)
    return EvaluationRow(**asdict(item), title=say.metric(item.metric), verdict_title=verdict)


def evaluation_head(evaluation: Evaluation) -> dict[str, Any]:
    """All but the items, as plain JSON values."""
    return EvaluationHead.model_validate(evaluation).model_dump(mode="json")


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=EvaluationBody)
def get_evaluation(
    request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults, language: InLanguage
) -> Response:
    """What changed, with n, coverage and interval; small cells are hidden from roles that see groups."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint, language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    evaluation = snapshot.evaluation(suppress=caller.suppressed)
    say = Wording(language, pilot.plan.zone)
    rows = [evaluation_row(item, say) for item in evaluation.items]
    return rows_answer(request, EvaluationRow, rows, evaluation_head(evaluation), ETag=tag)
