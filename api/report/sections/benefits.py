"""What the benefits are, who answers for them, and when they are followed up."""

from datetime import date

from analysis.pipeline.benefits import BenefitRow, benefit_diagram, benefit_rows
from api.figures.benefits import benefits_figure
from api.report.content import Content
from api.report.document import Block, Cell, Column, Items, Paragraph, Row, Section, Table, Tone
from api.report.sections.results import shown
from api.wording import Wording

REACHED: dict[str, Tone] = {
    "reached": "good",
    "on_the_way": "unsure",
    "not_reached": "bad",
    "not_measured": "quiet",
}


def benefits(content: Content, say: Wording) -> Section:
    plan = content.pilot.plan
    title = say.text("report.benefits.title")
    rows = benefit_rows(plan, content.evaluation.items, content.compared[1])
    drawn = benefits_figure(benefit_diagram(plan, rows), say)
    if drawn is None:
        blocks: list[Block] = [Paragraph(say.text("report.benefits.none"), "note")]
    else:
        blocks = [
            Paragraph(say.text("report.benefits.how")),
            shown(drawn, "steps"),
        ]
        if rows:
            blocks.append(_outcomes(rows, say))
        if plan.benefits.behaviours:
            blocks.append(_behaviours(content, say))
        blocks.append(_steps(content, say))
    parts = [Section("follow-up", say.text("report.benefits.follow_up"), _follow_up(content, say))]
    return Section("benefits", title, blocks, [part for part in parts if not part.empty])


def _outcomes(rows: tuple[BenefitRow, ...], say: Wording) -> Table:
    columns = [
        Column(say.text("report.benefits.columns.benefit"), width=1.9),
        Column(say.text("report.benefits.columns.measure"), width=1.5),
        Column(say.text("report.benefits.columns.baseline"), number=True),
        Column(say.text("report.benefits.columns.target"), number=True),
        Column(say.text("report.benefits.columns.measured"), number=True),
        Column(say.text("report.benefits.columns.reached"), width=0.9),
    ]
    made = [
        Row(
            [
                Cell(row.text, _people(row, say)),
                Cell(say.metric(row.metric) if row.metric else "–", _unit(row, say)),
                _value(row, row.baseline, say),
                _value(row, row.target, say, day=row.date),
                _value(row, row.measured, say, day=row.measured_on),
                Cell(
                    say.text(f"report.benefits.reached.{row.reached}"),
                    _reason(row, say),
                    tone=REACHED[row.reached],
                ),
            ]
        )
        for row in rows
    ]
    return Table("outcomes", say.text("report.benefits.caption"), columns, made)


def _people(row: BenefitRow, say: Wording) -> str:
    told = [
        say.text("report.benefits.owner", name=row.owner) if row.owner else "",
        say.text("report.benefits.responsible", name=row.responsible) if row.responsible else "",
    ]
    return "; ".join(each for each in told if each)


def _unit(row: BenefitRow, say: Wording) -> str:
    if row.metric:
        return say.unit_beside(row.metric)
    return row.unit or ""


def _reason(row: BenefitRow, say: Wording) -> str:
    return say.name("reasons", row.reason) if row.reason else ""


def _value(row: BenefitRow, value: float | None, say: Wording, *, day: date | None = None) -> Cell:
    under = "" if day is None else say.day(day)
    if value is None:
        return Cell("–", under, tone="quiet")
    told = say.amount(row.metric, value) if row.metric else say.short(value)
    return Cell(told, under, value)


def _behaviours(content: Content, say: Wording) -> Table:
    columns = [
        Column(say.text("report.benefits.columns.behaviour"), width=1.6),
        Column(say.text("report.benefits.columns.resistance"), number=True),
        Column(say.text("report.benefits.columns.action"), width=1.8),
        Column(say.text("report.benefits.columns.responsible")),
    ]
    rows = [
        Row(
            [
                Cell(each.text),
                Cell(
                    "–"
                    if each.resistance is None
                    else say.text("report.benefits.of_five", n=each.resistance),
                    value=each.resistance,
                ),
                Cell(each.action or "–"),
                Cell(each.responsible or "–"),
            ]
        )
        for each in content.pilot.plan.benefits.behaviours
    ]
    return Table("behaviours", say.text("report.benefits.behaviours_caption"), columns, rows)


def _steps(content: Content, say: Wording) -> Table:
    """The boxes of the diagram with their whole texts, and what makes each of them possible."""
    columns = content.pilot.plan.benefits.columns
    texts = {step.id: step.text for _, steps in columns for step in steps}
    rows = []
    for name, steps in columns:
        for place, step in enumerate(steps):
            origins = "\n".join(texts[origin] for origin in step.leads_from if origin in texts)
            part = say.text(f"benefits.columns.{name}") if place == 0 else None
            rows.append(Row([Cell(step.text), Cell(origins or "–")], part))
    made = [
        Column(say.text("report.benefits.columns.step"), width=1.0),
        Column(say.text("report.benefits.columns.leads_from"), width=1.0),
    ]
    return Table("steps", say.text("report.benefits.steps_caption"), made, rows)


def _follow_up(content: Content, say: Wording) -> list[Block]:
    rows = content.evaluation.sustained
    if not rows:
        return [Paragraph(say.text("report.benefits.no_follow_up"), "note")]
    dates = [
        say.text("report.benefits.follow_up_on", n=row.after.removesuffix("m"), date=say.day(row.due))
        for row in rows
    ]
    return [Paragraph(say.text("report.benefits.follow_up_how")), Items(dates)]
