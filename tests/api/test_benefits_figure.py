"""The benefit diagram on the page: nothing overlaps, nothing is cut, and it is told in words too."""

from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest

from analysis.pipeline.benefits import BenefitDiagram, Box
from api.figures.benefits import BETWEEN, DIAGRAM_WIDTH, GAP, benefits_figure, lay_out, wrapped
from api.languages import LANGUAGES, Language
from api.wording import Wording

COLUMNS = ("deliverables", "competences", "behaviours", "outcomes", "goals")
TEXTS = (
    "Kameror i tjugo rum",
    "Tillsyn görs via kamera i stället för genom att öppna dörren till rummet",
    "Välfärdsteknikanvändningsgraden",
    "Ny larmmottagning med dygnet-runt-bemanning",
)


def diagram(a_column: int, columns: tuple[str, ...] = COLUMNS) -> BenefitDiagram:
    boxes = [
        Box(
            f"{column}{row}",
            column,
            row,
            TEXTS[row % len(TEXTS)],
            "on_the_way" if column == "outcomes" else None,
            4 if column == "behaviours" else None,
        )
        for column in columns
        for row in range(a_column)
    ]
    arrows = [
        (f"{before}{row}", f"{after}{end}")
        for before, after in pairwise(columns)
        for row in range(a_column)
        for end in {row, (row + 1) % a_column}
    ]
    return BenefitDiagram(tuple(boxes), tuple(arrows))


@pytest.mark.parametrize("a_column", [1, 3, 8])
def test_boxes_stand_apart_and_on_the_page(a_column: int) -> None:
    found = lay_out(diagram(a_column), {"outcomes0": "på väg"})
    for box in found.boxes.values():
        assert box.x >= 0
        assert box.x + box.width <= found.width + 1e-9 == pytest.approx(DIAGRAM_WIDTH)
        assert box.y > 0
        assert box.y + box.height <= found.height
    for one, other in combinations(found.boxes.values(), 2):
        if one.x == other.x:
            upper, lower = sorted((one, other), key=lambda box: box.y)
            assert upper.y + upper.height + BETWEEN <= lower.y + 1e-9
        else:
            assert abs(one.x - other.x) >= one.width + GAP - 1e-9


def test_boxes_keep_the_order_of_the_plan_from_top_to_bottom() -> None:
    found = lay_out(diagram(4), {})
    for column in COLUMNS:
        tops = [found.boxes[f"{column}{row}"].y for row in range(4)]
        assert tops == sorted(tops)


def test_columns_that_nobody_filled_in_take_no_room() -> None:
    found = lay_out(diagram(2, ("behaviours", "outcomes")), {})
    assert [name for name, _ in found.headings] == ["behaviours", "outcomes"]
    assert {box.x for box in found.boxes.values()} == {0.0, (DIAGRAM_WIDTH + GAP) / 2}


def test_every_letter_of_a_text_of_common_length_is_on_the_page() -> None:
    for text in TEXTS:
        lines = wrapped(text, 100)
        assert "".join(lines).replace("-", "").replace(" ", "") == text.replace("-", "").replace(" ", "")


def test_a_word_is_broken_at_its_own_hyphen_and_leaves_no_single_letter() -> None:
    assert wrapped("dygnet-runt-bemanning", 75) == ("dygnet-runt-", "bemanning")
    assert all(len(line) > 3 for line in wrapped("Biståndshandläggare", 95))


def test_a_text_too_long_for_a_box_ends_in_an_ellipsis() -> None:
    lines = wrapped("ord " * 100, 100)
    assert len(lines) == 6
    assert lines[-1].endswith("…")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawing_says_in_words_what_it_shows(language: Language) -> None:
    wording = Wording(language, ZoneInfo("Europe/Stockholm"))
    figure = benefits_figure(diagram(3), wording)
    assert figure is not None
    for column in COLUMNS:
        assert wording.text(f"benefits.columns.{column}") in figure.alternative
    assert wording.text("benefits.resistance", n=4) in figure.alternative
    assert wording.text("benefits.reached.on_the_way") in figure.alternative
    assert all(text in figure.alternative for text in TEXTS[:3])
    assert figure.svg.startswith("<svg")
    assert wording.text("benefits.columns.goals") in figure.svg


def test_a_plan_without_benefits_has_no_drawing() -> None:
    assert benefits_figure(BenefitDiagram((), ()), Wording("sv", ZoneInfo("Europe/Stockholm"))) is None
