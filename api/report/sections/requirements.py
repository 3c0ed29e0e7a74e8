"""What a product must do, and whether those on trial did: the annex to a procurement."""

from analysis.pipeline.requirements import RequirementRow
from api.report.content import SMALL, Content
from api.report.document import Block, Cell, Column, Paragraph, Row, Section, Table, Tone
from api.report.sections.own_words import own_words
from api.wording import Wording

OUTCOMES: dict[str, Tone] = {"met": "good", "not_met": "bad", "not_shown": "unsure"}

DECIMALS = {"weight_error_kg": 2, "false_alarms_per_device_day": 2, "lateness_p95_s": 0}


def requirements(content: Content, say: Wording) -> Section:
    title = say.text("report.requirements.title")
    blocks: list[Block] = []
    if content.requirements:
        blocks += [Paragraph(say.text("requirements.how")), _table(content.requirements, say)]
    else:
        blocks.append(Paragraph(say.text("report.requirements.none"), "note"))
    blocks += own_words(content, "procurement", say, asked_for=False)
    return Section("requirements", title, blocks)


def _table(found: tuple[RequirementRow, ...], say: Wording) -> Table:
    columns = [
        Column(say.text("requirements.columns.requirement"), width=1.8),
        Column(say.text("requirements.columns.product"), width=1.2),
        Column(say.text("requirements.columns.limit"), number=True),
        Column(say.text("requirements.columns.measured"), number=True, interval=True),
        Column(say.text("requirements.columns.n"), width=1.0),
        Column(say.text("requirements.columns.outcome"), width=0.9),
    ]
    rows = [
        Row(
            [
                Cell(row.requirement or "–", say.text(f"requirements.measures.{row.measure}")),
                Cell(row.product or _begun(say.text("requirements.any_product"))),
                _limit(row, say),
                _measured(row, say),
                _n(row, say),
                Cell(
                    _begun(say.text(f"requirements.outcomes.{row.outcome}")),
                    say.name("reasons", row.reason) if row.reason else "",
                    tone=OUTCOMES[row.outcome],
                ),
            ]
        )
        for row in found
    ]
    notes = [_agreement(row, say) for row in found if row.agreement is not None]
    if any(row.suppressed for row in found):
        notes.append(say.text("requirements.small"))
    return Table("requirements", say.text("report.requirements.caption"), columns, rows, notes)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _agreement(row: RequirementRow, say: Wording) -> str:
    found = row.agreement
    assert found is not None
    told = say.text(
        "requirements.agreement",
        bias=say.signed(found.bias, 2),
        lower=say.signed(found.lower, 2),
        upper=say.signed(found.upper, 2),
    )
    return f"{row.product}: {told}." if row.product else f"{told}."


def _number(row: RequirementRow, value: float | None, say: Wording) -> str:
    return say.number(value, DECIMALS.get(row.measure, 1))


def _limit(row: RequirementRow, say: Wording) -> Cell:
    unit = say.unit(row.unit)
    if row.at_most is not None:
        return Cell(say.text("report.requirements.at_most", value=_number(row, row.at_most, say), unit=unit))
    if row.at_least is not None:
        return Cell(
            say.text("report.requirements.at_least", value=_number(row, row.at_least, say), unit=unit)
        )
    return Cell("–", tone="quiet")


def _measured(row: RequirementRow, say: Wording) -> Cell:
    if row.measured is None:
        return Cell("–", tone="quiet")
    under = (
        say.text("report.no_interval")
        if row.ci_low is None or row.ci_high is None
        else say.text(
            "report.from_to", low=_number(row, row.ci_low, say), high=_number(row, row.ci_high, say)
        )
    )
    return Cell(_number(row, row.measured, say), under, row.measured, row.ci_low, row.ci_high, "strong")


def _n(row: RequirementRow, say: Wording) -> Cell:
    if row.suppressed or row.n is None:
        return Cell(SMALL if row.suppressed else "–", tone="quiet")
    return Cell(say.text(f"requirements.counted.{row.counted}", n=say.number(row.n, 0)), value=row.n)
