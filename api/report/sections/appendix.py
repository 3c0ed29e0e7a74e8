"""Every table behind the chapters: all metrics, weekly values, what is hidden, and how figures are made."""

from collections.abc import Sequence

from analysis.catalogue import METRICS
from analysis.pipeline import EvaluationItem, MetricRow
from api.report.content import SMALL, Content
from api.report.document import Block, Cell, Column, Facts, Paragraph, Row, Section, Table
from api.report.sections.comparisons import comparison_table, not_compared
from api.report.sections.robustness import run_tables
from api.wording import Wording


def appendix(content: Content, say: Wording) -> Section:
    items = [item for group in content.pilot.plan.groups for item in content.items_of(group)]
    main = [item for item in items if not content.beside(item)]
    beside = [item for item in items if content.beside(item)]
    parts = [
        Section("appendix-metrics", say.text("report.appendix.metrics"), _metrics(content, main, say)),
        Section("appendix-beside", say.text("report.appendix.beside"), _beside(content, beside, say)),
        Section("appendix-weeks", say.text("report.appendix.weeks"), _weeks(content, say)),
        Section("appendix-runs", say.text("report.appendix.runs"), run_tables(content, say)),
        Section("appendix-hidden", say.text("report.appendix.hidden"), _hidden(content, say)),
        Section("appendix-methods", say.text("report.appendix.methods"), _methods(content, say)),
        Section("provenance", say.text("report.appendix.provenance"), [Facts(provenance(content, say))]),
    ]
    kept = [part for part in parts if not part.empty]
    return Section("appendix", say.text("report.appendix.title"), parts=kept, opens_page=True)


def provenance(content: Content, say: Wording) -> list[tuple[str, str]]:
    """What the report was made from: data, plan, lock and software."""
    pilot = content.pilot
    facts = [
        (say.text("report.provenance.day"), say.day_of(content.at_us)),
        (say.text("footer.data"), content.evaluation.data_fingerprint[:16]),
        (say.text("footer.plan"), pilot.plan_hash[:16]),
    ]
    if pilot.locked_us is not None and pilot.locked_hash is not None:
        facts.append((say.text("report.provenance.locked"), say.moment(pilot.locked_us)))
        facts.append((say.text("report.provenance.locked_hash"), pilot.locked_hash[:16]))
    facts.append((say.text("report.provenance.round"), say.number(pilot.round, 0)))
    facts.append((say.text("report.provenance.software"), f"pilotbed {content.software}"))
    return facts


def _metrics(content: Content, items: Sequence[EvaluationItem], say: Wording) -> list[Block]:
    caption = say.text("report.appendix.metrics_caption")
    table = comparison_table("all-metrics", caption, content, items, say, in_full=True)
    blocks: list[Block] = [] if table is None else [table]
    return [*blocks, *(Paragraph(sentence, "note") for sentence in not_compared(content, items, say))]


def _beside(content: Content, items: Sequence[EvaluationItem], say: Wording) -> list[Block]:
    caption = say.text("report.appendix.beside_caption")
    table = comparison_table("beside", caption, content, items, say, in_full=True)
    if table is None:
        return []
    return [
        Paragraph(f"{say.text('evaluation.exploratory_note')} {say.text('evaluation.service_note')}"),
        table,
        *(Paragraph(sentence, "note") for sentence in not_compared(content, items, say)),
    ]


def _weeks(content: Content, say: Wording) -> list[Block]:
    """Week by week, the groups side by side."""
    groups = [size.group for size in content.groups]
    columns = [Column(say.text("figures.weeks_axis"), width=1.2)]
    for group in groups:
        name = say.name("groups", group)
        columns.append(Column(f"{name}, {say.text('evaluation.columns.n')}", number=True))
        columns.append(
            Column(f"{name}, {say.text('report.appendix.value').lower()}", number=True, interval=True)
        )
    blocks: list[Block] = []
    for metric, found in content.weeks.items():
        if not any(row.value is not None for row in found):
            continue
        by_week: dict[int, dict[str | None, MetricRow]] = {}
        for row in found:
            by_week.setdefault(row.time_us, {})[row.group] = row
        rows = []
        for time_us, of_groups in sorted(by_week.items()):
            cells = [Cell(say.day_of(time_us))]
            for group in groups:
                cells += _week(metric, of_groups.get(group), say)
            rows.append(Row(cells))
        caption = say.text("figures.weeks", metric=say.metric(metric))
        blocks.append(Table(f"weeks-{metric}", caption, columns, rows))
    return blocks


def _week(metric: str, row: MetricRow | None, say: Wording) -> list[Cell]:
    """How many, with coverage, and the value with its interval."""
    if row is None:
        return [Cell("–", tone="quiet"), Cell("–", tone="quiet")]
    n = (
        Cell(SMALL, tone="quiet")
        if row.suppressed
        else Cell(say.number(row.n, 0), say.percent(row.coverage) if row.coverage is not None else "", row.n)
    )
    if row.value is None:
        return [n, Cell(say.name("reasons", row.reason or "no_data"), tone="quiet")]
    under = (
        ""
        if row.ci_low is None
        else say.text(
            "report.from_to", low=say.amount(metric, row.ci_low), high=say.amount(metric, row.ci_high)
        )
    )
    return [n, Cell(say.amount(metric, row.value), under, row.value, row.ci_low, row.ci_high)]


def _hidden(content: Content, say: Wording) -> list[Block]:
    hidden = [
        (row.group, say.metric(row.metric), row.reason)
        for row in content.evaluation.items
        if row.suppressed or row.reason == "by_subtraction"
    ]
    if not hidden:
        return [Paragraph(say.text("report.appendix.nothing_hidden"))]
    columns = [
        Column(say.text("evaluation.columns.metric"), width=1.6),
        Column(say.text("response.columns.group")),
        Column(say.text("report.appendix.reason")),
    ]
    rows = [
        Row(
            [
                Cell(title),
                Cell(say.name("groups", group)),
                Cell(say.name("reasons", reason or "too_few_participants")),
            ]
        )
        for group, title, reason in hidden
    ]
    told = say.text("report.appendix.hidden_note", n=say.number(len(hidden), 0))
    return [Paragraph(told), Table("hidden", say.text("report.appendix.hidden_caption"), columns, rows)]


def _methods(content: Content, say: Wording) -> list[Block]:
    compared: dict[str, str] = {}
    for item in content.evaluation.items:
        if item.method:
            compared.setdefault(item.metric, item.method)
    if not compared:
        return []
    columns = [
        Column(say.text("evaluation.columns.metric"), width=1.0),
        Column(say.text("report.appendix.daily"), width=2.6),
    ]
    rows = []
    for method in dict.fromkeys(compared[name] for name in METRICS if name in compared):
        part: str | None = say.text("report.appendix.compared_by", method=say.comparison(method))
        for name in METRICS:
            if compared.get(name) == method:
                rows.append(Row([Cell(say.metric(name)), Cell(say.method(name))], part))
                part = None
    return [Table("methods", say.text("evaluation.how"), columns, rows)]
