"""Whether the result holds: safety, other ways of counting, unit by unit, week by week, and later."""

from analysis.catalogue import METRICS
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.sensitivity import SensitivityRow
from analysis.pipeline.unit_rows import UnitRow
from api.figures.runs import is_drawn, run_figure
from api.report.content import SMALL, Content
from api.report.document import Block, Cell, Column, Paragraph, Row, Section, Table, Tone
from api.report.sections.results import shown
from api.wording import Wording

OUTCOMES: dict[str, Tone] = {"kept": "good", "violated": "bad", "not_shown": "unsure"}


def robustness(content: Content, say: Wording) -> Section | None:
    """The parts that have something to say; None without any."""
    parts = [
        Section("safety", say.text("report.safety.title"), _safety(content, say)),
        Section("sensitivity", say.text("report.sensitivity.title"), _sensitivity(content, say)),
        Section("units", say.text("report.units.title"), _units(content, say)),
        Section("runs", say.text("report.runs.title"), _runs(content, say)),
        Section("sustained", say.text("report.sustained.title"), _sustained(content, say)),
    ]
    kept = [part for part in parts if not part.empty]
    return Section("robustness", say.text("report.robustness.title"), parts=kept) if kept else None


def change_cell(
    metric: str, estimate: float | None, low: float | None, high: float | None, say: Wording
) -> Cell:
    """A change of a metric with its interval under it; a dash where there is none."""
    if estimate is None:
        return Cell("–", tone="quiet")
    under = (
        say.text("report.no_interval")
        if low is None or high is None
        else say.text("report.from_to", low=say.change(metric, low), high=say.change(metric, high))
    )
    return Cell(say.change(metric, estimate), under, estimate, low, high, "strong")


def _safety(content: Content, say: Wording) -> list[Block]:
    if not content.evaluation.safety:
        return []
    columns = [
        Column(say.text("evaluation.columns.metric"), width=1.4),
        Column(say.text("report.method.margin"), number=True),
        Column(say.text("evaluation.columns.change"), number=True, interval=True),
        Column(say.text("report.safety.outcome")),
    ]
    rows = []
    for row in content.evaluation.safety:
        worse = row.margin * (-1 if row.direction == "up" else 1)
        outcome = (
            Cell(say.name("reasons", row.reason or "too_few_participants"), tone="quiet")
            if row.outcome is None
            else Cell(say.text(f"report.safety.{row.outcome}"), tone=OUTCOMES[row.outcome])
        )
        rows.append(
            Row(
                [
                    Cell(say.metric(row.metric), say.unit_beside(row.metric)),
                    Cell(say.change(row.metric, worse), value=worse),
                    change_cell(row.metric, row.estimate, row.ci_low, row.ci_high, say),
                    outcome,
                ]
            )
        )
    how = Paragraph(say.text("report.safety.how"))
    return [how, Table("safety", say.text("report.safety.caption"), columns, rows)]


def _sensitivity(content: Content, say: Wording) -> list[Block]:
    if not content.evaluation.sensitivity:
        return []
    columns = [
        Column(say.text("report.sensitivity.analysis"), width=1.9),
        Column(say.text("evaluation.columns.n"), number=True),
        Column(say.text("evaluation.columns.change"), number=True, interval=True),
        Column(say.text("evaluation.columns.verdict")),
    ]
    rows = []
    told = None
    several = len({row.metric for row in content.evaluation.sensitivity}) > 1
    for row in content.evaluation.sensitivity:
        under = say.text(f"report.sensitivity.how.{row.analysis}")
        if row.note_value is not None:
            under = say.text(
                f"report.sensitivity.note.{row.analysis}", value=say.change(row.metric, row.note_value)
            )
        verdict = say.name("verdicts", row.verdict) if row.verdict else "–"
        part = say.metric(row.metric) if several and row.metric != told else None
        told = row.metric
        rows.append(
            Row(
                [
                    Cell(say.text(f"report.sensitivity.analyses.{row.analysis}"), under),
                    _people(row, say),
                    change_cell(row.metric, row.estimate, row.ci_low, row.ci_high, say),
                    Cell(verdict),
                ],
                part,
            )
        )
    how = Paragraph(say.text("report.sensitivity.text"))
    return [how, Table("sensitivity", say.text("report.sensitivity.caption"), columns, rows)]


def _people(row: SensitivityRow | UnitRow, say: Wording) -> Cell:
    """How many stand in it: too few to say, or not said since others would follow."""
    if row.n is not None:
        return Cell(say.number(row.n, 0), value=row.n)
    return Cell(say.text("evaluation.hidden") if row.reason == BY_SUBTRACTION else SMALL, tone="quiet")


def _units(content: Content, say: Wording) -> list[Block]:
    primary = next((goal for goal in content.pilot.plan.goals if goal.primary), None)
    if not content.evaluation.units or primary is None:
        return []
    columns = [
        Column(say.text("report.units.unit"), width=1.6),
        Column(say.text("evaluation.columns.n"), number=True),
        Column(say.text("evaluation.columns.change"), number=True, interval=True),
        Column(say.text("report.units.agrees")),
    ]
    rows = [
        Row(
            [
                Cell(row.unit),
                _people(row, say),
                change_cell(primary.metric, row.estimate, row.ci_low, row.ci_high, say),
                Cell(
                    say.text("report.summary.unknown")
                    if row.agrees is None
                    else say.text("report.summary.yes" if row.agrees else "report.summary.no")
                ),
            ]
        )
        for row in content.evaluation.units
    ]
    how = Paragraph(say.text("report.units.how", metric=say.metric(primary.metric)))
    return [how, Table("units", say.text("report.units.caption"), columns, rows)]


def _runs(content: Content, say: Wording) -> list[Block]:
    ours = next(iter(content.pilot.plan.groups))
    blocks: list[Block] = []
    for chart in content.evaluation.run_charts:
        drawn = run_figure(chart, say) if chart.group == ours else None
        if drawn is not None:
            blocks.append(shown(drawn, f"run-{chart.metric}-{chart.group}"))
    return [Paragraph(say.text("report.runs.how")), *blocks] if blocks else []


def _sustained(content: Content, say: Wording) -> list[Block]:
    primary = next((goal for goal in content.pilot.plan.goals if goal.primary), None)
    if not content.evaluation.sustained or primary is None:
        return []
    columns = [
        Column(say.text("report.sustained.after"), width=1.4),
        Column(say.text("report.sustained.due")),
        Column(say.text("evaluation.columns.n"), number=True),
        Column(say.text("evaluation.columns.change"), number=True, interval=True),
        Column(say.text("report.sustained.retained"), number=True),
    ]
    rows = []
    for row in content.evaluation.sustained:
        reason = (
            say.text("report.reasons.not_due")
            if row.reason == "not_due"
            else say.name("reasons", row.reason or "no_data")
        )
        known = row.estimate is not None
        rows.append(
            Row(
                [
                    Cell(
                        say.text("report.sustained.months", n=row.after.removesuffix("m")),
                        "" if known else reason,
                    ),
                    Cell(say.day(row.due)),
                    Cell(SMALL, tone="quiet") if row.suppressed else Cell(say.number(row.n, 0), value=row.n),
                    change_cell(primary.metric, row.estimate, row.ci_low, row.ci_high, say),
                    Cell(say.percent(row.retained), value=row.retained),
                ]
            )
        )
    how = Paragraph(say.text("report.sustained.how", metric=say.metric(primary.metric)))
    return [how, Table("sustained", say.text("report.sustained.caption"), columns, rows)]


def run_tables(content: Content, say: Wording) -> list[Table]:
    """The weeks behind the run charts, for the appendix."""
    ours = next(iter(content.pilot.plan.groups))
    tables = []
    for chart in content.evaluation.run_charts:
        if chart.group != ours or not is_drawn(chart):
            continue
        signals: dict[str, list[str]] = {}
        for day, rule in chart.signals:
            signals.setdefault(day.isoformat(), []).append(say.text(f"report.runs.rules.{rule}"))
        columns = [
            Column(say.text("figures.weeks_axis"), width=1.2),
            Column(say.text("report.appendix.value"), number=True),
            Column(say.text("report.runs.signal"), width=2.0),
        ]
        rows = [
            Row(
                [
                    Cell(say.day(day)),
                    Cell(say.amount(chart.metric, value), value=value),
                    Cell(", ".join(signals.get(day.isoformat(), ["–"])), tone="plain"),
                ]
            )
            for day, value in chart.weeks
        ]
        limits = say.text(
            "report.runs.limits",
            centre=say.amount(chart.metric, chart.centre),
            low=say.amount(chart.metric, chart.low),
            high=say.amount(chart.metric, chart.high),
            unit=say.unit(METRICS[chart.metric].unit),
        )
        caption = say.text("report.runs.caption", metric=say.metric(chart.metric))
        tables.append(Table(f"run-{chart.metric}-{chart.group}", caption, columns, rows, [limits]))
    return tables
