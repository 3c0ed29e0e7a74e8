"""Tables of groups: the catalogue, what each group's figures are, and what they came to."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple

from analysis.catalogue import METRICS
from api.export.table import Field, Row, Table
from api.results import By, Snapshot

INTERVAL = (
    Field("ci_low", "number", "Lower limit of the 95 % interval."),
    Field("ci_high", "number", "Upper limit of the 95 % interval."),
)
COVERAGE = Field("coverage", "number", "Share (0-1) of what was expected that was observed.")
HIDDEN = (
    Field("suppressed", "boolean", "Whether the figures are left out because too few persons stand in them."),
    Field("reason", "string", "Why a figure is absent: docs/glossary.md lists the reasons."),
)
METRIC = ("metric", "metrics", "metric")

_CATALOGUE = (
    Field("metric", "string", "Name of the metric: quantity, then unit or per what."),
    Field("title_sv", "string", "Title in Swedish."),
    Field("title_en", "string", "Title in English."),
    Field("section", "string", "Where pages and reports list it."),
    Field(
        "level",
        "string",
        "A measure can carry a decision; screening points at a resident to look at, never a diagnosis; "
        "exploratory has not been shown to mean anything for a resident.",
    ),
    Field("unit", "string", "Unit of the values."),
    Field("direction", "string", "Which way is better: up, down, or neutral where neither is."),
    Field(
        "period", "string", "A night runs from noon to noon and carries the date it starts; a day is a day."
    ),
    Field("coverage_floor", "number", "Less coverage than this, and a daily value does not count."),
    Field("method", "string", "How a daily value is made."),
)

_GROUP_VALUES = (
    Field("metric", "string", "Name of the metric."),
    Field("by", "string", "week or phase."),
    Field("period", "string", "Label of the week (ISO 8601) or name of the phase."),
    Field("time", "datetime", "Local midnight that opens the period, in UTC."),
    Field("phase", "string", "Phase that the period touches."),
    Field("group", "string", "Group of participants."),
    Field("n", "integer", "Participants with a value."),
    Field("value", "number", "The group's value, in the metric's unit."),
    *INTERVAL,
    COVERAGE,
    *HIDDEN,
)

_RESPONSE = (
    Field("phase", "string", "Name of the phase."),
    Field("group", "string", "Group of participants."),
    Field("stage", "string", "The stage waited for."),
    Field("n", "integer", "Alarms."),
    Field("censored", "integer", "Alarms whose fate was not known at the end of the data."),
    Field(
        "median_s", "number", "Median time from raised to the stage; absent where it is never reached.", "s"
    ),
    Field("ci_low", "number", "Lower limit of the median's 95 % interval.", "s"),
    Field("ci_high", "number", "Upper limit of the median's 95 % interval.", "s"),
    Field("share_within_target", "number", "Share (0-1) that reached the stage within the plan's target."),
    Field("share_ci_low", "number", "Lower limit of the share's 95 % interval."),
    Field("share_ci_high", "number", "Upper limit of the share's 95 % interval."),
    *HIDDEN,
)

_SCORE_CHANGES = (
    Field("instrument", "string", "mna_sf, downton, modified_norton, roag or npi_nh."),
    Field("group", "string", "Group of participants."),
    Field("low", "integer", "Lowest total possible."),
    Field("high", "integer", "Highest total possible."),
    Field("direction", "string", "Which way is better."),
    Field("n_started", "integer", "Participants of the group who started."),
    Field("n", "integer", "Participants with a total in both phases."),
    Field("before", "number", "Mean of their last totals of the phase before."),
    Field("after", "number", "Mean of their last totals of the phase after, past its wash-in."),
    Field("estimate", "number", "The change (Hodges-Lehmann)."),
    *INTERVAL,
    Field("p", "number", "Two-sided p of no change."),
    Field("method", "string", "How estimate and interval were made."),
    *HIDDEN,
)

EVALUATED: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("metric", "string", "Name of the metric."),
        Field("group", "string", "Group of participants."),
        Field("unit", "string", "Unit of the figures."),
        Field("direction", "string", "Which way is better."),
        Field("wording", "string", "change; effect only where a comparison group carries it."),
        Field("n_started", "integer", "Participants of the group who started."),
        Field("n", "integer", "Participants compared: those with a value in both phases."),
        Field("baseline", "number", "Mean of the baseline over those compared."),
        Field("pilot", "number", "Mean of the pilot phase after wash-in over those compared."),
        Field("estimate", "number", "The change, or the effect."),
        *INTERVAL,
        Field("p", "number", "Two-sided p of no change."),
        Field("p_adjusted", "number", "The same adjusted within the plan's family of metrics (Holm)."),
        Field("method", "string", "How estimate and interval were made."),
        Field("minimum_change", "number", "The smallest change worth having, from the plan."),
        Field("verdict", "string", "The change in a word."),
        COVERAGE,
        *HIDDEN,
    )
}


def catalogue() -> Table:
    rows = [
        (
            metric.name,
            metric.title["sv"],
            metric.title["en"],
            metric.section,
            metric.level,
            metric.unit,
            metric.direction,
            metric.period,
            metric.coverage_floor,
            metric.method,
        )
        for metric in METRICS.values()
    ]
    return Table("metrics", "The catalogue of metrics", _CATALOGUE, ("metric",), [rows])


def group_values(snapshot: Snapshot, *, suppress: bool) -> Table:
    def batches() -> Iterator[list[Row]]:
        spans: tuple[By, ...] = ("week", "phase")
        for metric in METRICS:
            for by in spans:
                yield [
                    (
                        metric,
                        by,
                        row.period,
                        row.time_us,
                        row.phase,
                        row.group,
                        row.n,
                        row.value,
                        row.ci_low,
                        row.ci_high,
                        row.coverage,
                        row.suppressed,
                        row.reason,
                    )
                    for row in snapshot.metric_rows(metric, by=by, suppress=suppress)
                ]

    return Table(
        "group_values",
        "Metrics by week and by phase, for each group",
        _GROUP_VALUES,
        ("metric", "by", "period", "group"),
        batches(),
        (METRIC,),
    )


def alarm_response(snapshot: Snapshot, *, suppress: bool) -> Table:
    rows = [astuple(row) for row in snapshot.response_rows(suppress=suppress)]
    return Table(
        "alarm_response",
        "How fast alarms were answered",
        _RESPONSE,
        ("phase", "group", "stage"),
        [rows],
    )


def evaluation(snapshot: Snapshot, *, suppress: bool) -> Table:
    items = snapshot.evaluation(suppress=suppress).items
    fields = [field for name, field in EVALUATED.items() if not items or hasattr(items[0], name)]
    rows = [[getattr(item, field.name) for field in fields] for item in items]
    return Table(
        "evaluation",
        "Baseline against pilot phase, metric by metric",
        fields,
        ("metric", "group"),
        [rows],
        (METRIC,),
    )


def score_changes(snapshot: Snapshot, *, suppress: bool) -> Table:
    rows = [astuple(row) for row in snapshot.score_rows(suppress=suppress)]
    key = ("instrument", "group")
    return Table("score_changes", "Totals of instruments, phase by phase", _SCORE_CHANGES, key, [rows])
