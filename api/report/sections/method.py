"""How the pilot is evaluated, what was locked before it began, and every departure from that."""

from api.report.content import Content
from api.report.document import Block, Cell, Column, Facts, Paragraph, Row, Section, Table
from api.wording import Wording


def method(content: Content, say: Wording) -> Section:
    evaluation = content.evaluation
    blocks: list[Block] = [
        Paragraph(
            f"{say.text(f'report.method.designs.{evaluation.design}')} "
            f"{say.text(f'report.method.reasons.{evaluation.design_reason}')}"
        ),
        *_round(content, say),
        Paragraph(say.text("report.method.how")),
        _phases(content, say),
        _rules(content, say),
    ]
    if content.pilot.plan.evaluation.safety:
        blocks.append(_safety(content, say))
    return Section(
        "method",
        say.text("report.method.title"),
        blocks,
        [Section("departures", say.text("report.method.departures"), _departures(content, say))],
    )


def _round(content: Content, say: Wording) -> list[Paragraph]:
    """Which phases are compared, where that is no longer the first time round."""
    if content.evaluation.round == 1:
        return []
    first, second = (say.name("phases", phase) for phase in content.compared)
    told = say.text("report.method.rounds", round=content.evaluation.round, first=first, second=second)
    return [Paragraph(told)]


def _phases(content: Content, say: Wording) -> Table:
    columns = [
        Column(say.text("pilot.columns.phase")),
        Column(say.text("pilot.columns.from")),
        Column(say.text("pilot.columns.to")),
        Column(say.text("pilot.columns.wash_in"), number=True),
    ]
    rows = [
        Row(
            [
                Cell(say.name("phases", phase.name)),
                Cell(say.day(phase.start)),
                Cell(say.day(phase.end)),
                Cell(say.number(phase.wash_in_days, 0), value=phase.wash_in_days),
            ]
        )
        for phase in content.pilot.plan.phases
    ]
    return Table("phases", say.text("report.method.phases_caption"), columns, rows)


def _rules(content: Content, say: Wording) -> Facts:
    plan = content.pilot.plan
    rules = plan.evaluation
    planned = next(iter(plan.groups.values()))
    fewest = rules.participants or planned * (1 - rules.largest_dropout_percent / 100)
    family = rules.family or tuple(dict.fromkeys(goal.metric for goal in plan.goals))
    facts = [
        (say.text("report.method.fewest"), say.number(fewest, 0)),
        (say.text("report.method.dropout"), say.percent(rules.largest_dropout_percent / 100)),
        (say.text("report.method.days"), say.number(rules.days_per_phase, 0)),
        (say.text("report.method.missing"), say.text(f"report.method.missing_data.{rules.missing_data}")),
        (say.text("report.method.use"), say.percent(rules.use.at_least_percent / 100)),
        (say.text("report.method.probability"), say.percent(rules.least_probability_of_gain)),
        (say.text("report.method.quality_gain"), rules.quality_gain or ""),
        (
            say.text("report.method.complexity"),
            say.text(f"report.complexity.{rules.complexity}") if rules.complexity else "",
        ),
        (say.text("report.method.family"), ", ".join(say.metric(name) for name in family)),
    ]
    return Facts([(term, value) for term, value in facts if value])


def _safety(content: Content, say: Wording) -> Table:
    columns = [
        Column(say.text("evaluation.columns.metric"), width=1.6),
        Column(say.text("report.method.margin"), number=True),
    ]
    rows = [
        Row(
            [
                Cell(say.metric(margin.metric), say.unit_beside(margin.metric)),
                Cell(
                    say.change(margin.metric, margin.margin * (-1 if margin.direction == "up" else 1)),
                    value=margin.margin * (-1 if margin.direction == "up" else 1),
                ),
            ]
        )
        for margin in content.pilot.plan.evaluation.safety
    ]
    return Table("margins", say.text("report.method.safety_caption"), columns, rows)


def _departures(content: Content, say: Wording) -> list[Block]:
    pilot = content.pilot
    if pilot.locked_us is None or pilot.locked_hash is None:
        return [Paragraph(say.text("report.method.not_locked"))]
    blocks: list[Block] = [
        Paragraph(
            say.text("report.method.locked", time=say.moment(pilot.locked_us), hash=pilot.locked_hash[:12])
        )
    ]
    if not content.departures:
        return [*blocks, Paragraph(say.text("report.method.no_departures"))]
    columns = [
        Column(say.text("report.method.columns.what"), width=1.2),
        Column(say.text("report.method.columns.before")),
        Column(say.text("report.method.columns.after")),
    ]
    rows = []
    for departure in content.departures:
        day = say.day_of(departure.at_us)
        told = say.text("report.method.departure", day=day, reason=departure.reason)
        for place, change in enumerate(departure.changes):
            values = (
                Cell(_told(change.before, say, other="removed")),
                Cell(_told(change.after, say, other="added")),
            )
            if _is_structure(change.before) and _is_structure(change.after):
                values = (Cell("–"), Cell(say.text("report.method.changed")))
            rows.append(Row([Cell(change.path), *values], told if place == 0 else None))
    return [*blocks, Table("departures", say.text("report.method.departures_caption"), columns, rows)]


def _is_structure(value: str | None) -> bool:
    return value is not None and value[:1] in ("{", "[")


def _told(value: str | None, say: Wording, *, other: str) -> str:
    """A plan's value; one with parts of its own is only said to have come or gone."""
    if not value:
        return "–"
    return say.text(f"report.method.{other}") if _is_structure(value) else value
