"""The report as a workbook: its words on the first sheet, every table with its numbers on its own."""

import io
from datetime import datetime
from typing import Any

import xlsxwriter

from api.report.document import (
    Answer,
    Cell,
    Column,
    Document,
    Facts,
    Figure,
    Items,
    Paragraph,
    Section,
    Table,
)

MOST_WIDE = 60
NAME_LENGTH = 31
"""Longer names of sheets are refused by the programs that open them."""


def xlsx(document: Document) -> bytes:
    """The workbook; it is dated by the day of the data, so that the same document gives the same bytes."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    # Workbooks know no zones.
    day = datetime(document.day.year, document.day.month, document.day.day)  # noqa: DTZ001
    workbook.set_properties(
        {"title": document.title, "subject": document.eyebrow, "author": document.subtitle, "created": day}
    )
    formats = _formats(workbook)
    sheets = document.numbered_tables()
    first = workbook.add_worksheet(document.eyebrow[:NAME_LENGTH])
    _write_words(first, document, sheets, formats)
    for chapter, table in document.tables():
        sheet = workbook.add_worksheet(sheets[table.name])
        _write_table(sheet, document, chapter, table, formats)
    workbook.close()
    return file.getvalue()


def _formats(workbook: Any) -> dict[str, Any]:
    base = {"font_name": "Calibri", "font_size": 11, "valign": "top", "font_color": "#22313a"}
    return {
        "title": workbook.add_format({**base, "font_size": 20, "bold": True}),
        "chapter": workbook.add_format({**base, "font_size": 15, "bold": True}),
        "part": workbook.add_format({**base, "font_size": 12, "bold": True, "font_color": "#1f5a6e"}),
        "text": workbook.add_format({**base, "text_wrap": True}),
        "note": workbook.add_format({**base, "text_wrap": True, "font_color": "#5c6b73"}),
        "answer": workbook.add_format({**base, "font_size": 16, "bold": True, "bg_color": "#f1f4f2"}),
        "link": workbook.add_format({**base, "font_color": "#1f5a6e", "underline": 1}),
        "head": workbook.add_format(
            {
                **base,
                "bold": True,
                "text_wrap": True,
                "bottom": 2,
                "bottom_color": "#1f5a6e",
                "valign": "bottom",
            }
        ),
        "number": workbook.add_format({**base, "num_format": "#,##0.####", "align": "right"}),
    }


def _write_words(sheet: Any, document: Document, sheets: dict[str, str], formats: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 100)
    lines: list[tuple[str, str]] = [
        (document.title, "title"),
        (document.subtitle, "note"),
        (document.notice, "note"),
        ("", "text"),
    ]
    for number, section in enumerate(document.sections, 1):
        lines += _lines(section, str(number), sheets, "chapter")
    lines += [("", "text"), *((f"{term}: {value}", "note") for term, value in document.facts)]
    links = {name: f"internal:'{name}'!A1" for name in sheets.values()}
    for row, (text, kind) in enumerate(lines):
        if kind == "link":
            sheet.write_url(row, 0, links[text.split(":")[0]], formats["link"], text)
        else:
            sheet.write_string(row, 0, text, formats[kind])


def _lines(section: Section, number: str, sheets: dict[str, str], level: str) -> list[tuple[str, str]]:
    lines = [("", "text"), (f"{number} {section.heading}", level)]
    for block in section.blocks:
        match block:
            case Paragraph():
                lines.append((block.text, "note" if block.manner == "note" else "text"))
            case Items():
                lines += [(f"– {item}", "text") for item in block.sentences]
            case Facts():
                lines += [(f"{term}: {value}", "text") for term, value in block.facts]
            case Answer():
                lines += [
                    (block.label, "note"),
                    (block.answer, "answer"),
                    *((why, "text") for why in block.why),
                ]
            case Table():
                lines.append((f"{sheets[block.name]}: {block.caption}", "link"))
            case Figure() if block.table is not None:
                lines.append((f"{sheets[block.table]}: {block.title}", "link"))
            case Figure():
                lines.append((block.alternative, "note"))
    for place, part in enumerate(section.parts, 1):
        lines += _lines(part, f"{number}.{place}", sheets, "part")
    return lines


def _write_table(
    sheet: Any, document: Document, chapter: Section, table: Table, formats: dict[str, Any]
) -> None:
    """Caption and chapter, a line of headings, the rows; an interval's limits have columns of their own."""
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, table.caption, formats["part"])
    sheet.write_url(1, 0, f"internal:'{document.eyebrow[:NAME_LENGTH]}'!A1", formats["link"], chapter.heading)
    parted = any(row.part is not None for row in table.rows)
    heads = [document.words["part"]] if parted else []
    for column in table.columns:
        heads += _headings(column, document)
    for place, head in enumerate(heads):
        sheet.write_string(3, place, head, formats["head"])
    widths = [len(head) for head in heads]
    part = ""
    row_number = 4
    for row in table.rows:
        part = row.part if row.part is not None else part
        values: list[str | float | None] = [part] if parted else []
        for column, cell in zip(table.columns, row.cells, strict=True):
            values += _values(column, cell)
        for place, value in enumerate(values):
            _write(sheet, row_number, place, value, formats)
            widths[place] = max(widths[place], len(value) if isinstance(value, str) else 8)
        row_number += 1
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(MOST_WIDE, max(9, width + 2)))
    sheet.freeze_panes(4, 2 if parted else 1)
    for note in table.notes:
        row_number += 1
        sheet.write_string(row_number, 0, note, formats["note"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)


def _headings(column: Column, document: Document) -> list[str]:
    if not column.interval:
        return [column.title]
    low, high = document.words["lower"], document.words["upper"]
    return [column.title, f"{column.title}, {low}", f"{column.title}, {high}"]


def _values(column: Column, cell: Cell) -> list[str | float | None]:
    if column.interval:
        shown: str | float = cell.text if cell.value is None else cell.value
        return [shown, cell.low, cell.high]
    if cell.value is not None:
        return [cell.value]
    return [f"{cell.text} ({cell.under})" if cell.under else cell.text]


def _write(sheet: Any, row: int, place: int, value: str | float | None, formats: dict[str, Any]) -> None:
    if value is None:
        sheet.write_blank(row, place, None, formats["text"])
    elif isinstance(value, str):
        sheet.write_string(row, place, value, formats["text"])
    else:
        sheet.write_number(row, place, value, formats["number"])
