"""Why the pilot was done, what it aimed at, and with which products."""

from api.report.content import Content
from api.report.document import Block, Cell, Column, Facts, Row, Section, Table
from api.report.sections.own_words import own_words
from api.wording import Wording


def purpose(content: Content, say: Wording) -> Section:
    plan = content.pilot.plan
    facts = [
        (say.text("report.purpose.kind"), say.name("kinds", plan.kind)),
        (say.text("report.purpose.need"), say.name("needs", plan.need) if plan.need else ""),
        (say.text("pilots.columns.municipality"), plan.municipality or ""),
        (say.text("report.purpose.units"), ", ".join(plan.units)),
        (say.text("report.purpose.leader"), plan.leader or ""),
    ]
    blocks: list[Block] = [
        *own_words(content, "purpose", say),
        *own_words(content, "need", say, asked_for=False),
        Facts([(term, value) for term, value in facts if value]),
    ]
    if plan.goals:
        blocks.append(_goals(content, say))
    if plan.products:
        blocks.append(_products(content, say))
    return Section("purpose", say.text("report.purpose.title"), blocks, opens_page=True)


def _goals(content: Content, say: Wording) -> Table:
    columns = [
        Column(say.text("report.purpose.columns.goal"), width=1.3),
        Column(say.text("evaluation.columns.metric"), width=1.3),
        Column(say.text("report.purpose.columns.minimum"), number=True),
    ]
    rows = [
        Row(
            [
                Cell(goal.goal, say.text("evaluation.primary") if goal.primary else ""),
                Cell(say.metric(goal.metric), say.unit_beside(goal.metric)),
                Cell(
                    say.change(goal.metric, goal.minimum_change * (1 if goal.direction == "up" else -1)),
                    value=goal.minimum_change * (1 if goal.direction == "up" else -1),
                ),
            ]
        )
        for goal in sorted(content.pilot.plan.goals, key=lambda goal: not goal.primary)
    ]
    return Table("goals", say.text("report.purpose.goals_caption"), columns, rows)


def _products(content: Content, say: Wording) -> Table:
    columns = [
        Column(say.text("report.purpose.columns.product"), width=1.4),
        Column(say.text("devices.columns.kind")),
        Column(say.text("report.purpose.columns.supplier")),
        Column(say.text("report.purpose.columns.ce")),
        Column(say.text("report.purpose.columns.status")),
    ]
    rows = [
        Row(
            [
                Cell(product.name),
                Cell(say.name("devices.kinds", product.kind)),
                Cell(product.supplier or "–"),
                Cell(product.ce or "–"),
                Cell(product.status or "–"),
            ]
        )
        for product in content.pilot.plan.products
    ]
    return Table("products", say.text("report.purpose.products_caption"), columns, rows)
