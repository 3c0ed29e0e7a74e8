"""What the report says, before it is a page or a file."""

import re
from collections.abc import Iterator

import pytest

from analysis.catalogue import METRICS
from analysis.pipeline.economy import COST_LINES, INPUTS
from api.languages import LANGUAGES, Language
from api.remembered import Remembered
from api.report import FORMATS, Report, ReportFormat
from api.report.document import Answer, Block, Facts, Figure, Items, Paragraph, Section, Table
from api.report.domains import domain_of
from api.results import Results
from api.texts import methods_in_swedish, texts
from api.wording import Wording
from pilots.instruments import INSTRUMENTS
from pilots.plan import read_plan
from pilots.records import LEFT_BECAUSE, TEXT_SECTIONS
from tests.api.installation import OURS, PLAN, Installation

CHAPTERS = [
    *("summary", "purpose", "method", "participants", "results", "robustness", "alarms", "economy"),
    *("lessons", "transferability", "benefits", "requirements", "appendix"),
]

CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\bNone\b(?! of)|\{\w*\}")
"""What a reader should never meet: names out of the code, and places left open."""


def _sections(parts: Iterator[Section] | list[Section]) -> Iterator[Section]:
    for section in parts:
        yield section
        yield from _sections(list(section.parts))


def _blocks(report: Report) -> list[Block]:
    return [block for section in _sections(list(report.document.sections)) for block in section.blocks]


def _said(block: Block) -> list[str]:
    match block:
        case Paragraph():
            return [block.text]
        case Items():
            return list(block.sentences)
        case Facts():
            return [part for fact in block.facts for part in fact]
        case Answer():
            return [block.label, block.answer, *block.why]
        case Figure():
            return [block.title, block.alternative, block.note]
        case Table():
            cells = [part for row in block.rows for cell in row.cells for part in (cell.text, cell.under)]
            parts = [row.part for row in block.rows if row.part]
            return [block.caption, *(column.title for column in block.columns), *cells, *parts, *block.notes]


def test_the_chapters_stand_in_their_order_and_the_rule_before_the_result(report: Report) -> None:
    assert [section.name for section in report.document.sections] == CHAPTERS
    kinds = [type(block) for block in report.document.sections[0].blocks]
    assert kinds.index(Table) < kinds.index(Answer)


def test_no_heading_stands_over_nothing_and_no_table_is_ragged(report: Report) -> None:
    for section in _sections(list(report.document.sections)):
        assert section.heading
        assert not section.empty, section.name
    for _, table in report.document.tables():
        assert table.rows, table.name
        assert all(len(row.cells) == len(table.columns) for row in table.rows), table.name


def test_every_name_is_there_once_and_every_figure_has_its_table(report: Report) -> None:
    tables = [table.name for _, table in report.document.tables()]
    names = [section.name for section in _sections(list(report.document.sections))]
    assert len(set(tables)) == len(tables)
    assert len(set(names)) == len(names)
    figures = report.document.figures()
    assert len(figures) >= 4
    for figure in figures:
        assert figure.table in tables
        assert len(figure.alternative) > 30


def test_no_word_is_left_in_code(report: Report) -> None:
    said = [text for block in _blocks(report) for text in _said(block)]
    assert [text for text in said if CODE.search(text) and "pilotbed pilot write" not in text] == []


def test_both_languages_have_the_same_chapters_tables_and_numbers(whole: Installation) -> None:
    results = Results(whole.registry, whole.store, Remembered()).now(OURS)
    swedish, english = (Report.of(results, language).document for language in LANGUAGES)
    assert [table.name for _, table in swedish.tables()] == [table.name for _, table in english.tables()]
    for (_, ours), (_, theirs) in zip(swedish.tables(), english.tables(), strict=True):
        assert [[cell.value for cell in row.cells] for row in ours.rows] == [
            [cell.value for cell in row.cells] for row in theirs.rows
        ]


def test_the_decision_table_says_which_rule_decided(report: Report) -> None:
    decision = report.content.evaluation.decision
    rules = next(table for _, table in report.document.tables() if table.name == "rules")
    assert len(rules.rows) == len(decision.rules) == 5
    decided = [place for place, row in enumerate(rules.rows) if row.cells[0].tone == "strong"]
    assert decided == [decision.chosen]


def test_few_are_not_counted_in_the_report(report: Report) -> None:
    said = " ".join(text for block in _blocks(report) for text in _said(block))
    assert "<5" in said
    assert "4 av 12" not in said
    assert "4 of 12" not in said


def test_what_the_leader_wrote_stands_as_paragraphs_of_their_own(report: Report) -> None:
    lessons = next(section for section in report.document.sections if section.name == "lessons")
    assert [block.text for block in lessons.blocks if isinstance(block, Paragraph)] == [
        "Utbilda först.",
        "=Montera sedan.",
    ]


def test_what_staff_scored_stands_beside_the_sensors(report: Report) -> None:
    (scores,) = [table for _, table in report.document.tables() if table.name == "scores"]
    assert [cell.value for cell in scores.rows[0].cells[1:]] == [24, 9.0, 11.0, 2.0]
    assert "MNA-SF" in scores.rows[0].cells[0].text


def test_what_is_missing_says_how_it_comes_in(report: Report) -> None:
    said = [text for block in _blocks(report) for text in _said(block)]
    assert any(f"pilotbed pilot write {OURS} relatives" in text for text in said)


BARE = """\
pilot: bar-2026
title: Bar
timezone: Europe/Stockholm
phases: [{name: baseline, start: 2026-01-12, end: 2026-03-08}]
groups: {intervention: 6}
"""


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pilot_of_which_nothing_is_known_has_a_report_that_says_so(
    empty: Installation, language: Language, form: ReportFormat
) -> None:
    empty.registry.add_pilot(read_plan(BARE), BARE)
    results = Results(empty.registry, empty.store, Remembered())
    for pilot in (OURS, "bar-2026"):
        report = Report.of(results.now(pilot), language)
        assert len(report.render(form)) > 3_000
        assert not [section.name for section in _sections(list(report.document.sections)) if section.empty]
        assert report.content.evaluation.recommendation == "not_shown"


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_its_method_in_swedish_and_its_domain(metric: str) -> None:
    assert methods_in_swedish("metrics")[metric].endswith(".")
    assert f"report.domains.{domain_of(metric)}" in texts("sv")


def test_every_word_of_ours_has_a_readers_word() -> None:
    known = texts("en")
    assert {f"report.inputs.{name}" for name in INPUTS} <= known.keys()
    assert {f"report.cost_lines.{name}" for name in COST_LINES} <= known.keys()
    assert {f"report.texts.{name}" for name in TEXT_SECTIONS} <= known.keys()
    assert {f"report.scores.instruments.{name}" for name in INSTRUMENTS} <= known.keys()
    assert {f"report.left_because.{name}" for name in LEFT_BECAUSE} <= known.keys()


def test_ways_of_comparing_are_told_in_swedish(whole: Installation) -> None:
    evaluation = Results(whole.registry, whole.store, Remembered()).now(OURS).evaluation(suppress=False)
    say = Wording("sv", whole.registry.pilot(OURS).plan.zone)
    for method in {item.method for item in evaluation.items if item.method}:
        assert say.comparison(method) != method


def test_a_rule_that_was_locked_late_does_not_read_as_if_it_was_set_beforehand(empty: Installation) -> None:
    registry = empty.registry
    results = Results(registry, empty.store, Remembered())
    assert "The plan is not locked" in _first_page(Report.of(results.now(OURS), "en"))
    registry.advance(OURS, "legal_check")
    assert "after the phase on trial had begun" in _first_page(Report.of(results.now(OURS), "en"))
    text = PLAN.format(pilot=OURS).replace("minimum_change: 0.5", "minimum_change: 0.4")
    registry.amend(read_plan(text), text, "Half a visit was too much to ask.")
    report = Report.of(results.now(OURS), "en")
    assert "number of changes: 1" in _first_page(report)
    (departures,) = [table for _, table in report.document.tables() if table.name == "departures"]
    assert "Half a visit was too much to ask." in (departures.rows[0].part or "")
    assert [cell.text for cell in departures.rows[0].cells[1:]] == ["0.5", "0.4"]


def _first_page(report: Report) -> str:
    return " ".join(text for block in report.document.sections[0].blocks for text in _said(block))
