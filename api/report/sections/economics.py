"""What it would cost and be worth: hours, kronor, and how far they can be relied on."""

from analysis.pipeline.economy import INPUTS, INTERVAL_OF, Economy
from api.figures.tornado import tornado_figure
from api.report.content import Content
from api.report.document import Block, Cell, Column, Facts, Items, Paragraph, Row, Section, Table
from api.report.sections.results import shown
from api.wording import Wording


def economics(content: Content, say: Wording) -> Section:
    found = content.evaluation.economy
    title = say.text("report.economy.title")
    if found is None:
        return Section("economy", title, [Paragraph(say.text("report.economy.hidden"))])
    blocks: list[Block] = [Paragraph(say.text(f"report.economy.perspective.{found.perspective}"))]
    if found.hours is not None or found.hours_per_user is not None:
        blocks.append(_inputs(found, say))
    if found.missing:
        blocks.append(Paragraph(say.text("report.economy.missing")))
        blocks.append(Items([_input(name, say) for name in found.missing]))
    if found.hours_per_user is not None:
        blocks.append(_hours(found, say))
    if found.npv is not None:
        blocks += [_worth(found, say), _given(content, say), _costs(found, say), _flows(found, say)]
    if found.not_counted:
        counted = ", ".join(_input(name, say) for name in found.not_counted)
        blocks.append(Paragraph(say.text("report.economy.not_counted", inputs=counted), "note"))
    parts = [_sensitivity(found, say)] if found.tornado is not None else []
    return Section("economy", title, blocks, [part for part in parts if not part.empty])


def _input(name: str, say: Wording) -> str:
    if name.startswith(INTERVAL_OF):
        return say.text("report.economy.interval_of", metric=say.metric(name.removeprefix(INTERVAL_OF)))
    return say.input(name)


def _inputs(found: Economy, say: Wording) -> Facts:
    facts = [
        (say.text("report.economy.users"), "" if found.users is None else say.number(found.users, 0)),
        (say.text("report.economy.years"), say.short(found.years)),
        (say.text("report.economy.rate"), say.percent(found.rate)),
        (say.input("utilisation"), say.percent(found.utilisation)),
    ]
    return Facts([(term, value) for term, value in facts if value])


def _hours(found: Economy, say: Wording) -> Table:
    of_one, of_all = found.hours_per_user, found.hours
    assert of_one is not None
    columns = [
        Column(say.text("report.economy.columns.hours"), width=2.0),
        Column(say.text("report.economy.columns.per_user"), number=True),
        *([Column(say.text("report.economy.columns.all_users"), number=True)] if of_all else []),
    ]
    rows = []
    for name in ("gross", "net", "realised"):
        each = getattr(of_one, name)
        cells = [
            Cell(say.text(f"report.economy.hours.{name}"), say.text(f"report.economy.hours.{name}_how")),
            Cell(say.number(each, 1), value=each),
        ]
        if of_all is not None:
            every = getattr(of_all, name)
            cells.append(Cell(say.number(every, 0), value=every))
        rows.append(Row(cells))
    return Table("hours", say.text("report.economy.hours_caption"), columns, rows)


def _worth(found: Economy, say: Wording) -> Table:
    cases, simulated = found.cases, found.simulated
    rows: list[Row] = []

    def add(name: str, text: str, value: float | None, under: str = "", **limits: float | None) -> None:
        title = Cell(say.text(f"report.economy.worth.{name}"))
        rows.append(Row([title, Cell(text, under, value, limits.get("low"), limits.get("high"), "strong")]))

    add("value_per_year", say.kronor(found.value_per_year), found.value_per_year)
    add("npv", say.kronor(found.npv), found.npv)
    if cases is not None:
        add("worst", say.kronor(cases.worst), cases.worst)
        add("best", say.kronor(cases.best), cases.best)
    if simulated is not None:
        between = say.text(
            "report.from_to", low=say.kronor(simulated.ci_low), high=say.kronor(simulated.ci_high)
        )
        add(
            "simulated", say.kronor(simulated.median), simulated.median, between,
            low=simulated.ci_low, high=simulated.ci_high,
        )  # fmt: skip
        add("probability", say.percent(simulated.probability_positive), simulated.probability_positive)
    ratio, years, users = found.benefit_cost_ratio, found.payback_years, found.break_even_users
    never = say.text("report.economy.never")
    add("ratio", say.number(ratio, 2), ratio)
    add(
        "payback",
        never if years is None else say.text("report.economy.n_years", n=say.number(years, 1)),
        years,
    )
    add("break_even", never if users is None else say.number(users, 0), users)
    columns = [
        Column(say.text("report.economy.columns.figure"), width=2.0),
        Column(say.text("report.appendix.value"), number=True, interval=True),
    ]
    return Table("worth", say.text("report.economy.worth_caption"), columns, rows)


def _given(content: Content, say: Wording) -> Table:
    """What the plan says that things cost and take."""
    costs = content.pilot.plan.costs
    columns = [
        Column(say.text("report.economy.columns.input"), width=2.0),
        Column(say.text("report.economy.columns.low"), number=True),
        Column(say.text("report.economy.columns.likely"), number=True),
        Column(say.text("report.economy.columns.high"), number=True),
    ]
    rows = []
    for name in INPUTS:
        around = costs.ranges.get(name)
        likely = getattr(costs, name) if around is None else around.likely
        if likely is None:
            continue
        low, high = (None, None) if around is None else (around.low, around.high)
        rows.append(
            Row([Cell(say.input(name)), *(_figure(name, value, say) for value in (low, likely, high))])
        )
    return Table("inputs", say.text("report.economy.inputs_caption"), columns, rows)


SHARES = ("discount_rate", "utilisation")


def _figure(name: str, value: float | None, say: Wording) -> Cell:
    if value is None:
        return Cell("–", tone="quiet")
    return Cell(say.percent(value) if name in SHARES else say.short(value, 2), value=value)


def _costs(found: Economy, say: Wording) -> Table:
    columns = [
        Column(say.text("report.economy.columns.cost"), width=2.0),
        Column(say.text("report.economy.columns.once"), number=True),
        Column(say.text("report.economy.columns.per_year"), number=True),
    ]
    rows = [
        Row(
            [
                Cell(say.text(f"report.cost_lines.{line.name}")),
                Cell(say.kronor(line.once), value=line.once),
                Cell(say.kronor(line.per_year), value=line.per_year),
            ]
        )
        for line in found.costs
    ]
    once, yearly = sum(line.once for line in found.costs), sum(line.per_year for line in found.costs)
    rows.append(
        Row(
            [
                Cell(say.text("report.economy.sum"), tone="strong"),
                Cell(say.kronor(once), value=once, tone="strong"),
                Cell(say.kronor(yearly), value=yearly, tone="strong"),
            ]
        )
    )
    return Table("costs", say.text("report.economy.costs_caption"), columns, rows)


def _flows(found: Economy, say: Wording) -> Table:
    columns = [
        Column(say.text("report.economy.columns.year"), width=1.0),
        Column(say.text("report.economy.columns.flow"), number=True),
        Column(say.text("report.economy.columns.discounted"), number=True),
    ]
    rows = []
    for year, flow in enumerate(found.flows):
        today = flow / (1 + found.rate) ** year
        rows.append(
            Row(
                [
                    Cell(say.number(year, 0)),
                    Cell(say.kronor(flow), value=flow),
                    Cell(say.kronor(today), value=today),
                ]
            )
        )
    return Table("flows", say.text("report.economy.flows_caption"), columns, rows)


def _sensitivity(found: Economy, say: Wording) -> Section:
    assert found.tornado is not None
    drawn = tornado_figure(found.tornado, say)
    if drawn is None:
        return Section("sensitivity-of-worth", "")
    columns = [
        Column(say.text("report.economy.columns.input"), width=1.8),
        Column(say.text("report.economy.columns.low"), number=True),
        Column(say.text("report.economy.columns.high"), number=True),
        Column(say.text("report.economy.columns.npv_low"), number=True),
        Column(say.text("report.economy.columns.npv_high"), number=True),
    ]
    rows = [
        Row(
            [
                Cell(say.input(bar.name)),
                _figure(bar.name, bar.low, say),
                _figure(bar.name, bar.high, say),
                Cell(say.kronor(bar.npv_low), value=bar.npv_low),
                Cell(say.kronor(bar.npv_high), value=bar.npv_high),
            ]
        )
        for bar in found.tornado.bars
    ]
    table = Table("tornado", say.text("report.economy.tornado_caption"), columns, rows)
    return Section(
        "sensitivity-of-worth",
        say.text("report.economy.sensitivity"),
        [Paragraph(say.text("report.economy.sensitivity_how")), shown(drawn, "tornado"), table],
    )
