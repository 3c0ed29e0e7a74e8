"""How alarms were answered, and how far the devices could be relied on."""

from analysis.pipeline import ResponseRow
from api.report.content import SMALL, Content
from api.report.document import Block, Cell, Column, Facts, Paragraph, Row, Section, Table
from api.wording import Wording


def alarms(content: Content, say: Wording) -> Section:
    return Section(
        "alarms",
        say.text("report.alarms.title"),
        parts=[
            Section("response-times", say.text("response.title"), _response(content, say)),
            Section("data-quality", say.text("quality.title"), _quality(content, say)),
        ],
    )


def _response(content: Content, say: Wording) -> list[Block]:
    rows = [row for row in content.response if row.suppressed or row.n]
    if not rows:
        return [Paragraph(say.text("response.none"))]
    order = list(dict.fromkeys((row.group, row.stage) for row in rows))
    columns = [
        Column(say.text("response.columns.stage"), width=1.2),
        Column(say.text("response.columns.phase")),
        Column(say.text("response.columns.n"), number=True),
        Column(say.text("response.columns.median"), number=True, interval=True),
        Column(say.text("response.columns.share"), number=True, interval=True),
    ]
    made = []
    told = None
    for row in sorted(rows, key=lambda row: order.index((row.group, row.stage))):
        part = say.name("groups", row.group) if row.group != told else None
        told = row.group
        made.append(Row(_cells(content, row, say), part))
    note = say.text("response.note")
    return [Table("response", say.text("response.caption"), columns, made, [note])]


def _cells(content: Content, row: ResponseRow, say: Wording) -> list[Cell]:
    targets = content.pilot.plan.targets
    target = targets.acknowledge_s if row.stage == "acknowledged" else targets.arrive_s
    stage = Cell(
        say.name("response.stages", row.stage),
        f"{say.text('response.columns.target')} {say.duration_s(target)}",
    )
    phase = Cell(say.name("phases", row.phase))
    if row.suppressed:
        reason = Cell(say.name("reasons", row.reason or "too_few_participants"), tone="quiet")
        return [stage, phase, Cell(SMALL, tone="quiet"), reason, Cell("–", tone="quiet")]
    median = (
        Cell(say.name("reasons", row.reason or "no_data"), tone="quiet")
        if row.median_s is None
        else Cell(
            say.duration_s(row.median_s),
            ""
            if row.ci_low is None
            else say.text("report.from_to", low=say.duration_s(row.ci_low), high=say.duration_s(row.ci_high)),
            row.median_s,
            row.ci_low,
            row.ci_high,
            "strong",
        )
    )
    share = (
        Cell("–", tone="quiet")
        if row.share_within_target is None
        else Cell(
            say.percent(row.share_within_target),
            ""
            if row.share_ci_low is None
            else say.text(
                "report.from_to", low=say.percent(row.share_ci_low), high=say.percent(row.share_ci_high)
            ),
            row.share_within_target,
            row.share_ci_low,
            row.share_ci_high,
            "strong",
        )
    )
    return [stage, phase, Cell(say.number(row.n, 0), value=row.n), median, share]


def _quality(content: Content, say: Wording) -> list[Block]:
    summary = content.quality.summary
    blocks: list[Block] = [
        Paragraph(say.text("report.alarms.quality")),
        Facts(
            [
                (say.text("quality.coverage"), say.percent(summary.coverage)),
                (say.text("quality.devices"), say.number(summary.devices, 0)),
                (say.text("report.alarms.silent"), say.number(summary.silent, 0)),
            ]
        ),
    ]
    blocks += [
        Paragraph(say.text("quality.loss", start=say.moment(loss.start), end=say.moment(loss.end)))
        for loss in summary.broker_losses
    ]
    return blocks
