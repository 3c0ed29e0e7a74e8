"""The requirements annex to a procurement: what was asked of each product and what was measured."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import xlsxwriter

from analysis.pipeline.requirements import RequirementRow
from api.languages import Language
from api.requirement_items import requirement_item
from api.tables import csv_table
from api.wording import Wording
from pilots.plan import Plan

AnnexFormat = Literal["csv", "xlsx", "json"]

MEDIA_TYPES: Mapping[AnnexFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

COLUMNS = {
    "requirement": 36,
    "product": 22,
    "measure": 40,
    "limit": 14,
    "unit": 10,
    "measured": 12,
    "ci_low": 12,
    "ci_high": 12,
    "n": 24,
    "participants": 12,
    "outcome": 14,
    "note": 60,
}
"""Names of the columns, and how wide they are in a workbook."""

DECIMALS = 2


def requirements_annex(
    plan: Plan, rows: Sequence[RequirementRow], form: AnnexFormat, language: Language
) -> bytes:
    """The same rows give the same bytes. In words numbers are rounded to two decimals; JSON has the rows."""
    if form == "json":
        items = [requirement_item(row).model_dump() for row in rows]
        return msgspec.json.encode({"pilot": plan.pilot, "items": items})
    say = Wording(language, plan.zone)
    titles = [say.text(f"requirements.columns.{name}") for name in COLUMNS]
    cells = [_cells(row, say) for row in rows]
    return csv_table(titles, cells) if form == "csv" else _workbook(plan, titles, cells, say)


def _cells(row: RequirementRow, say: Wording) -> list[object]:
    at_most = row.at_most is not None
    limit = row.at_most if at_most else row.at_least
    return [
        row.requirement,
        row.product or say.text("requirements.any_product"),
        say.text(f"requirements.measures.{row.measure}"),
        ""
        if limit is None
        else say.text(f"requirements.{'at_most' if at_most else 'at_least'}", value=_plain(limit, say)),
        say.unit(row.unit),
        _rounded(row.measured),
        _rounded(row.ci_low),
        _rounded(row.ci_high),
        None if row.n is None else say.text(f"requirements.counted.{row.counted}", n=say.number(row.n, 0)),
        row.participants,
        say.text(f"requirements.outcomes.{row.outcome}"),
        _note(row, say),
    ]


def _note(row: RequirementRow, say: Wording) -> str:
    if row.agreement is None:
        return say.name("reasons", row.reason) if row.reason else ""
    found = row.agreement
    return say.text(
        "requirements.agreement",
        bias=say.signed(found.bias, DECIMALS),
        lower=say.signed(found.lower, DECIMALS),
        upper=say.signed(found.upper, DECIMALS),
    )


def _plain(value: float, say: Wording) -> str:
    """A limit as it was written: no decimals that nobody gave."""
    return say.number(value, max(0, len(f"{value:g}".partition(".")[2])))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def _workbook(plan: Plan, titles: Sequence[str], cells: Sequence[Sequence[object]], say: Wording) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    # Dated by the plan: the same rows are to give the same bytes.
    day = plan.phases[-1].end
    title = say.text("requirements.for", title=plan.title)
    book.set_properties({"title": title, "created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001
    strong, head = book.add_format({"bold": True, "font_size": 16}), book.add_format(_HEAD)
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(say.text("requirements.title")[:31])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, title, strong)
    for column, width in enumerate(COLUMNS.values()):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, titles[column], head)
    for line, row in enumerate(cells, 3):
        for column, value in enumerate(row):
            sheet.write(line, column, value, text)
    sheet.freeze_panes(3, 1)
    below = 4 + len(cells)
    for line, key in enumerate(("how", "small")):
        sheet.write_string(below + line, 0, say.text(f"requirements.{key}"))
    book.close()
    return file.getvalue()


_HEAD: dict[str, Any] = {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom"}
