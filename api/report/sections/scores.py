"""The instruments that staff already record by, beside what the sensors say."""

from analysis.pipeline.scores import ScoreRow
from api.report.content import SMALL, Content
from api.report.document import Cell, Column, Row, Table
from api.wording import Wording


def score_table(content: Content, say: Wording) -> Table:
    """Last totals of the two phases and the change between them, by group."""
    first, second = (say.name("phases", phase) for phase in content.compared)
    columns = [
        Column(say.text("report.scores.instrument"), width=1.8),
        Column(say.text("evaluation.columns.n"), number=True),
        Column(first, number=True),
        Column(second, number=True),
        Column(say.text("evaluation.columns.change"), number=True, interval=True),
    ]
    rows = []
    for size in content.groups:
        part: str | None = say.name("groups", size.group)
        for row in content.scores:
            if row.group == size.group:
                rows.append(Row(_cells(row, say), part))
                part = None
    return Table("scores", say.text("report.scores.caption"), columns, rows)


def _cells(row: ScoreRow, say: Wording) -> list[Cell]:
    scale = say.text("report.scores.scale", low=row.low, high=row.high)
    better = say.text(f"report.scores.{row.direction}")
    title = Cell(say.text(f"report.scores.instruments.{row.instrument}"), f"{scale}, {better}")
    if row.suppressed or row.estimate is None:
        n = Cell(SMALL if row.suppressed else say.number(row.n, 0), tone="quiet")
        reason = Cell(say.name("reasons", row.reason or "no_data"), tone="quiet")
        return [title, n, Cell("–", tone="quiet"), Cell("–", tone="quiet"), reason]
    known = row.ci_low is not None and row.ci_high is not None
    under = (
        say.text("report.from_to", low=say.signed(row.ci_low, 1), high=say.signed(row.ci_high, 1))
        if known
        else say.text("report.no_interval")
    )
    return [
        title,
        Cell(say.text("evaluation.n_of", n=row.n, started=row.n_started), value=row.n),
        Cell(say.number(row.before, 1), value=row.before),
        Cell(say.number(row.after, 1), value=row.after),
        Cell(say.signed(row.estimate, 1), under, row.estimate, row.ci_low, row.ci_high, "strong"),
    ]
