"""Metrics of a pilot by day, week or phase, and the catalogue with the latest value of each."""

from collections.abc import Sequence
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.catalogue import METRICS, Metric
from analysis.pipeline import MetricRow
from api.access import AskedBy, Caller, GuardedRoute, InContext, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.context import Context
from api.cursors import Cursor, Limit, page
from api.instants import InInterval, Instant, local_instant
from api.languages import InLanguage, Language
from api.problems import Problem
from api.results import By, InResults
from pilots.plan.model import GroupName
from pilots.pseudonyms import parse_code
from pilots.registry import Pilot

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/metrics", tags=["metrics"])


class MetricPoint(BaseModel):
    """One value of a metric with its interval, n and coverage; null with a reason where it is absent."""

    period: str = Field(examples=["2026-W11"])
    time: Instant
    phase: str | None
    group: str | None
    n: int | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    coverage: float | None
    suppressed: bool
    reason: str | None


class MetricBody(BaseModel):
    """A metric over time, ascending."""

    metric: str = Field(examples=["weight_kg"])
    unit: str = Field(examples=["kg"])
    direction: str = Field(examples=["neutral"])
    method: str
    items: list[MetricPoint]


class MetricItem(BaseModel):
    """A metric of the catalogue, with its latest weekly value in the group that gets the product."""

    metric: str = Field(examples=["weight_kg"])
    title: str = Field(examples=["Kroppsvikt"])
    section: str = Field(examples=["weight"], description="Where pages and reports list it.")
    level: str = Field(
        examples=["measure"],
        description="A `measure` can carry a decision; `screening` points at a resident to look at, never a "
        "diagnosis; `exploratory` has not been shown to mean anything for a resident.",
    )
    unit: str = Field(examples=["kg"])
    direction: str
    value: float | None
    time: Instant | None
    period: str | None
    phase: str | None
    group: str | None
    n: int | None
    ci_low: float | None
    ci_high: float | None
    coverage: float | None
    suppressed: bool
    reason: str | None


class MetricList(BaseModel):
    items: list[MetricItem]
    next: str | None


def point(row: MetricRow, pilot: Pilot) -> MetricPoint:
    return MetricPoint(
        period=row.period,
        time=local_instant(row.time_us, pilot.plan.zone),
        phase=row.phase,
        group=row.group,
        n=row.n,
        value=row.value,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        coverage=row.coverage,
        suppressed=row.suppressed,
        reason=row.reason,
    )


@router.get("/{metric}", dependencies=[allow("leader", "evaluator", "grafana")], response_model=MetricBody)
def get_metric(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    context: InContext,
    results: InResults,
    interval: InInterval,
    metric: str,
    by: Annotated[By, Query(description="Evaluators: week and phase only.")] = "week",
    group: Annotated[
        str | None,
        Query(description="One group; without it, every group. One that the plan lacks has no rows."),
    ] = None,
    participant: Annotated[str | None, Query(description="One participant; leaders only.")] = None,
    min_coverage: Annotated[
        float | None, Query(ge=0, le=1, description="Instead of the metric's coverage floor; leaders only.")
    ] = None,
) -> Response:
    """A metric with n, coverage and interval; what is missing says why."""
    found = _known(metric)
    check_detail(caller, by, participant, min_coverage)
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    if group is not None and group not in get_args(GroupName):
        raise Problem(404, f'The pilot {pilot.pilot} has no group "{group}".')
    if participant is not None:
        participant = _known_participant(context, pilot, participant)
    rows: Sequence[MetricRow] = ()
    # Dashboards ask for both groups of every pilot; many have but one.
    if group is None or group in pilot.plan.groups:
        rows = snapshot.metric_rows(
            metric,
            by=by,
            group=group,
            participant=participant,
            start=interval.start,
            end=interval.end,
            min_coverage=min_coverage,
            suppress=caller.suppressed,
        )
    body = {
        "metric": found.name,
        "unit": found.unit,
        "direction": found.direction,
        "method": found.method,
    }
    return rows_answer(request, MetricPoint, [point(row, pilot) for row in rows], body, ETag=tag)


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=MetricList)
def list_metrics(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    language: InLanguage,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """The catalogue, each metric with its latest weekly value; titles by `Accept-Language` or `lang`."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint, language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    latest = snapshot.latest(suppress=caller.suppressed)
    order = {name: f"{place:04d}" for place, name in enumerate(METRICS)}
    chosen, following = page(list(METRICS.values()), lambda metric: order[metric.name], limit, cursor)
    items = [_item(metric, latest.get(metric.name), pilot, language) for metric in chosen]
    return rows_answer(request, MetricItem, items, {"next": following}, ETag=tag)


def _item(metric: Metric, row: MetricRow | None, pilot: Pilot, language: Language) -> MetricItem:
    latest = dict.fromkeys(MetricPoint.model_fields) | {"suppressed": False, "reason": "no_data"}
    return MetricItem(
        metric=metric.name,
        title=metric.title[language],
        section=metric.section,
        level=metric.level,
        unit=metric.unit,
        direction=metric.direction,
        **(point(row, pilot).model_dump() if row is not None else latest),
    )


def _known(name: str) -> Metric:
    metric = METRICS.get(name)
    if metric is None:
        raise Problem(404, f'There is no metric "{name}"; there are {", ".join(METRICS)}.')
    return metric


def check_detail(
    caller: Caller, by: By, participant: str | None = None, min_coverage: float | None = None
) -> None:
    """Refuse aloud what a role that sees groups may not ask for: a silent rest would be misread."""
    if not caller.suppressed:
        return
    refused = []
    if caller.role == "evaluator" and by == "day":
        refused.append("by=day (ask by=week or by=phase)")
    if participant is not None:
        refused.append("participant")
    if min_coverage is not None:
        refused.append("min_coverage")
    if refused:
        raise Problem(403, f"The role {caller.role} sees groups; it may not ask for {' or '.join(refused)}.")


def _known_participant(context: Context, pilot: Pilot, text: str) -> str:
    code = parse_code(text)
    if all(each.code != code for each in context.registry.participants(pilot.pilot)):
        raise Problem(404, f"The pilot {pilot.pilot} has no participant {code}.")
    return code
