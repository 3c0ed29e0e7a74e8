"""The report's files, read by programs that are not ours."""

import io
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from api.report import Report
from tests.parts import require

MARGIN_MM = 12
"""Nothing is set nearer to the edge of the paper."""

DPI = 60


@pytest.fixture(scope="module")
def pdf(report: Report) -> bytes:
    return report.render("pdf")


@pytest.fixture(scope="module")
def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def _tags(node: Any) -> Iterator[tuple[str, Any]]:
    """Every element of the structure tree: its tag, and the element."""
    if isinstance(node, pypdf.generic.IndirectObject):
        node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from _tags(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]), node
        if "/K" in node:
            yield from _tags(node["/K"])


def test_the_pdf_is_tagged_in_its_language_and_says_that_it_is_accessible(
    report: Report, read: pypdf.PdfReader
) -> None:
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(report.document.language)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()


def test_every_figure_of_the_pdf_has_its_alternative_and_every_table_its_headers(
    report: Report, read: pypdf.PdfReader
) -> None:
    found = list(_tags(read.trailer["/Root"]["/StructTreeRoot"]))
    tags = [tag for tag, _ in found]
    alternatives = [str(element["/Alt"]) for tag, element in found if tag == "/Figure"]
    assert alternatives == [figure.alternative for figure in report.document.figures()]
    tables = [element for tag, element in found if tag == "/Table"]
    assert len(tables) == len(report.document.tables())
    assert all("/TH" in [tag for tag, _ in _tags(table["/K"])] for table in tables)
    assert {"/H1", "/H2", "/TOC", "/L"} <= set(tags)


def test_the_pdf_brings_its_fonts(read: pypdf.PdfReader) -> None:
    for page in read.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            (inner,) = font.get_object()["/DescendantFonts"]
            descriptor = inner.get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_first_page_holds_the_rule_and_the_recommendation(report: Report, read: pypdf.PdfReader) -> None:
    first, second = (" ".join(read.pages[n].extract_text().split()) for n in range(2))
    words = report.document.words
    assert f"{words['table']} 1" in first
    assert str(report.document.sections[0].blocks[3].answer) in first  # type: ignore[union-attr]
    assert second.startswith(words["contents"])


def test_the_pdf_tells_all_that_the_document_does(report: Report, read: pypdf.PdfReader) -> None:
    text = "".join("".join(page.extract_text().split()) for page in read.pages).replace("-", "")
    for _, table in report.document.tables():
        assert "".join(table.caption.split()).replace("-", "") in text
        last = table.rows[-1].cells[0].text
        assert "".join(last.split()).replace("-", "") in text, table.name


def test_nothing_is_cut_at_the_edge_of_a_page(pdf: bytes, tmp_path: Path) -> None:
    program = require("pdftoppm")
    (tmp_path / "report.pdf").write_bytes(pdf)
    subprocess.run([program, "-r", str(DPI), "-gray", "report.pdf", "page"], cwd=tmp_path, check=True)
    pages = sorted(tmp_path.glob("page-*.pgm"))
    assert len(pages) > 10
    edge = int(MARGIN_MM / 25.4 * DPI)
    for page in pages:
        with Image.open(page) as drawn:
            width, height = drawn.size
            for strip in ((0, 0, edge, height), (width - edge, 0, width, height)):
                assert drawn.crop(strip).getextrema()[0] > 250, page.name


@pytest.fixture(scope="module")
def workbook(report: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(report.render("xlsx")))


def test_the_workbook_has_a_sheet_for_every_table_with_numbers_as_numbers(
    report: Report, workbook: openpyxl.Workbook
) -> None:
    tables = report.document.tables()
    assert len(workbook.sheetnames) == 1 + len(tables)
    place, table = next(
        (place, table) for place, (_, table) in enumerate(tables, 1) if table.name == "all-metrics"
    )
    sheet = workbook.worksheets[place]
    assert sheet["A1"].value == table.caption
    headings = [cell.value for cell in sheet[4]]
    item = next(
        item for item in report.content.evaluation.items if item.metric == "physical_visits_per_night"
    )
    change = next(n for n, column in enumerate(table.columns) if column.interval)
    assert sheet.cell(5, change + 2).value == pytest.approx(item.estimate)
    assert sheet.cell(5, change + 3).value == pytest.approx(item.ci_low)
    assert sheet.cell(5, change + 4).value == pytest.approx(item.ci_high)
    assert len(set(headings)) == len(headings)


def test_the_workbook_is_dated_by_its_data_and_runs_nothing_that_somebody_wrote(
    report: Report, workbook: openpyxl.Workbook
) -> None:
    assert workbook.properties.created == datetime(*report.document.day.timetuple()[:3])  # noqa: DTZ001
    written = [cell for row in workbook.worksheets[0] for cell in row if cell.value]
    (lesson,) = [cell for cell in written if cell.value == "=Montera sedan."]
    assert lesson.data_type == "s"
    assert "f" not in {cell.data_type for sheet in workbook for row in sheet for cell in row}


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=require("chromium"), args=flags)
        yield opened.new_page()
        opened.close()


@pytest.mark.parametrize("width", [1200, 400])
def test_everybody_can_read_the_page(report: Report, browser: Page, tmp_path: Path, width: int) -> None:
    page = tmp_path / "report.html"
    page.write_bytes(report.render("html"))
    browser.set_viewport_size({"width": width, "height": 900})
    browser.goto(page.as_uri())
    found = Axe().run(browser).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert browser.evaluate("document.documentElement.scrollWidth") == width


def test_every_link_of_the_page_leads_somewhere_in_it(report: Report, browser: Page, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_bytes(report.render("html"))
    browser.goto(page.as_uri())
    leads_to = browser.evaluate("[...document.querySelectorAll('a')].map(link => link.hash.slice(1))")
    places = set(browser.evaluate("[...document.querySelectorAll('[id]')].map(place => place.id)"))
    assert len(leads_to) > 12
    assert [name for name in leads_to if name not in places] == []
