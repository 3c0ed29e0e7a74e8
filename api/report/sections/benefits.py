"""What the benefits are, who answers for them, and when they are followed up."""

from datetime import date

from analysis.pipeline.benefits import BenefitRow, benefit_rows
from api.report.content import Content
from api.report.document import Block, Cell, Column, Items, Paragraph, Row, Section, Table, Tone
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
    rows = benefit_rows(plan, content.evaluation.items)
    if not rows and not plan.benefits.behaviours:
        blocks: list[Block] = [Paragraph(say.text("report.benefits.none"), "note")]
    else:
        blocks = [Paragraph(say.text("report.benefits.how"))]
        if rows:
            blocks.append(_outcomes(rows, say))
        if plan.benefits.behaviours:
            blocks.append(_behaviours(content, say))
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
    shown = (
        say.amount(row.metric, value) if row.metric else say.number(value, 0 if value == round(value) else 1)
    )
    return Cell(shown, under, value)


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


def _follow_up(content: Content, say: Wording) -> list[Block]:
    rows = content.evaluation.sustained
    if not rows:
        return [Paragraph(say.text("report.benefits.no_follow_up"), "note")]
    dates = [
        say.text("report.benefits.follow_up_on", n=row.after.removesuffix("m"), date=say.day(row.due))
        for row in rows
    ]
    return [Paragraph(say.text("report.benefits.follow_up_how")), Items(dates)]
