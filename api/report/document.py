"""A report before it is HTML, PDF, a workbook or JSON: headings, words, tables and figures, in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from api.languages import Language

Manner = Literal["plain", "note", "own_words"]
Tone = Literal["plain", "strong", "quiet", "good", "bad", "unsure"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`own_words` are those of the project leader, shown as such."""

    text: str
    manner: Manner = "plain"


@dataclass(frozen=True, slots=True)
class Items:
    """A list of short sentences."""

    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms with what they are: dates, sizes, fingerprints."""

    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The one sentence that a report is asked for, and why it is so."""

    label: str
    answer: str
    why: Sequence[str]
    tone: Tone


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: `text`, in lines where it has several, and `under` it in small type.

    `value` with `low` and `high` are the numbers behind them as they are, for those who go on calculating;
    None where there is none, or it must not be told.
    """

    text: str
    under: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers is as wide as they are; the text columns share the rest by `width`.

    `interval`: its cells carry the limits of an interval.
    """

    title: str
    number: bool = False
    interval: bool = False
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One cell for each column, the first of which names the row; `part` begins a part of the table."""

    cells: Sequence[Cell]
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is unique in a document, and is where links lead."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A Vega-Lite `specification`, what it says to those who cannot see it, and the name of the table with
    its numbers."""

    title: str
    alternative: str
    note: str
    specification: Mapping[str, Any]
    table: str | None
    language: Language


Block = Paragraph | Items | Facts | Answer | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is unique in a document, and is where links lead; `opens_page` where there are pages."""

    name: str
    heading: str
    blocks: Sequence[Block] = ()
    parts: Sequence["Section"] = ()
    opens_page: bool = False

    @property
    def empty(self) -> bool:
        return not self.blocks and not self.parts


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. The first section stands on the first page, under the title.

    `day` is the last that its data know; `facts` say what it was made from.
    """

    language: Language
    eyebrow: str
    title: str
    subtitle: str
    day: date
    sections: Sequence[Section]
    facts: Sequence[tuple[str, str]]
    notice: str
    words: Mapping[str, str]

    def tables(self) -> list[tuple[Section, Table]]:
        """Every table with the chapter it stands in, in order: the first is table 1."""
        return [
            (chapter, block)
            for chapter in self.sections
            for section in _with_parts(chapter)
            for block in section.blocks
            if isinstance(block, Table)
        ]

    def numbered_tables(self) -> dict[str, str]:
        """What each table is called where it is pointed at, by its name: "Table 3"."""
        return {table.name: f"{self.words['table']} {n}" for n, (_, table) in enumerate(self.tables(), 1)}

    def figures(self) -> list[Figure]:
        """Every figure, in order: the first is figure 1."""
        return [
            block
            for chapter in self.sections
            for section in _with_parts(chapter)
            for block in section.blocks
            if isinstance(block, Figure)
        ]


def _with_parts(section: Section) -> Iterator[Section]:
    yield section
    for part in section.parts:
        yield from _with_parts(part)
