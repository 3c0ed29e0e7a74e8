"""Who took part, who did not, and why."""

from analysis.pipeline.dropout_flow import DropoutFlow
from api.report.content import Content
from api.report.document import Block, Cell, Column, Paragraph, Row, Section, Table, Tone
from api.wording import Wording


def participants(content: Content, say: Wording) -> Section:
    flows = content.evaluation.dropout
    blocks: list[Block] = [
        Paragraph(say.text("report.participants.how")),
        *(Paragraph(_in_words(flow, say)) for flow in flows),
        _flow(flows, say),
    ]
    return Section("participants", say.text("report.participants.title"), blocks)


def _in_words(flow: DropoutFlow, say: Wording) -> str:
    group = say.name("groups", flow.group)
    if flow.started == 0:
        return say.text("report.participants.nobody", group=group, planned=flow.planned)
    if flow.started is None or flow.completed is None or flow.retention is None:
        return say.text("report.participants.hidden_words", group=group, planned=flow.planned)
    return say.text(
        "report.participants.words",
        group=group,
        planned=flow.planned,
        started=flow.started,
        completed=flow.completed,
        retention=say.percent(flow.retention),
    )


def _flow(flows: tuple[DropoutFlow, ...], say: Wording) -> Table:
    """A column for each group, a line for each step."""
    steps: list[tuple[str, str]] = [
        (name, say.text(f"report.participants.{name}"))
        for name in ("planned", "invited", "declined", "not_eligible", "started")
    ]
    reasons = list(dict.fromkeys(reason for flow in flows for reason, _ in flow.left))
    columns = [
        Column(say.text("report.participants.step"), width=2.0),
        *(Column(say.name("groups", flow.group), number=True) for flow in flows),
    ]
    rows = [
        Row([Cell(title), *(_count(flow, getattr(flow, name), name, say) for flow in flows)])
        for name, title in steps
        if name in ("planned", "started") or any(flow.invited is not None or flow.hidden for flow in flows)
    ]
    for reason in reasons:
        told = [dict(flow.left).get(reason, 0) for flow in flows]
        title = say.text("report.participants.left", reason=say.text(f"report.left_because.{reason}"))
        rows.append(Row([Cell(title), *(_cell(count, say) for count in told)]))
    rows.append(
        Row(
            [
                Cell(say.text("report.participants.completed"), tone="strong"),
                *(_cell(flow.completed, say) for flow in flows),
            ]
        )
    )
    rows.append(
        Row(
            [
                Cell(say.text("report.participants.retention")),
                *(Cell(say.percent(flow.retention), value=flow.retention) for flow in flows),
            ]
        )
    )
    if any(flow.leaver_smd is not None for flow in flows):
        unlike = Cell(say.text("report.participants.unlike"), say.text("report.participants.unlike_how"))
        rows.append(Row([unlike, *(_unlike(flow, say) for flow in flows)]))
    notes = [say.text("report.participants.not_recruited")] if all(f.invited is None for f in flows) else []
    notes += [say.text("evaluation.small")] if any(flow.hidden for flow in flows) else []
    return Table("flow", say.text("report.participants.caption"), columns, rows, notes)


def _unlike(flow: DropoutFlow, say: Wording) -> Cell:
    if flow.leaver_smd is None:
        return Cell("–", tone="quiet")
    tone: Tone = "unsure" if flow.leavers_differ else "plain"
    return Cell(say.signed(flow.leaver_smd, 2), value=flow.leaver_smd, tone=tone)


def _count(flow: DropoutFlow, count: int | None, name: str, say: Wording) -> Cell:
    nobody_told = name in ("invited", "declined", "not_eligible") and not flow.hidden
    if count is None and nobody_told:
        return Cell("–", tone="quiet")
    return _cell(count, say)


def _cell(count: int | None, say: Wording) -> Cell:
    if count is None:
        return Cell(say.text("evaluation.hidden"), tone="quiet")
    return Cell(say.number(count, 0), value=count)
