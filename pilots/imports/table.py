"""A file of cells under a row of headings."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from pilots.errors import ImportFileError, PlanProblem
from pilots.imports.import_map import ImportMap

_SEPARATORS = ";,\t|"


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the line of the file (from 1) on which it ends, and its cells by heading, stripped of spaces."""

    number: int
    cells: Mapping[str, str]


def read_table(content: bytes, layout: ImportMap, source: str) -> list[Line]:
    """The rows of a CSV file; empty ones are left out.

    Without a `separator` the one that stands most often in the headings is taken. Raises `ImportFileError`:
    not text in the map's encoding, no headings, a heading twice, a column of the map that is not there, or a
    row with more cells than headings.
    """
    text = _decoded(content, layout, source)
    first = text.partition("\n")[0]
    separator: str = layout.separator or max(iter(_SEPARATORS), key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=separator)
    headings = [heading.strip() for heading in next(reader, [])]
    _check_headings(headings, layout, source)
    lines, problems = [], []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(headings):
            problems.append(
                PlanProblem(
                    reader.line_num,
                    f"has {len(cells)} cells under {len(headings)} headings: put text that holds "
                    f"{separator!r} in quotes, or name another separator: in the map",
                )
            )
            continue
        padded = [cell.strip() for cell in cells] + [""] * (len(headings) - len(cells))
        lines.append(Line(reader.line_num, dict(zip(headings, padded, strict=True))))
    if problems:
        raise ImportFileError(source, problems)
    return lines


def _decoded(content: bytes, layout: ImportMap, source: str) -> str:
    encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        other = "cp1252" if layout.encoding == "utf-8" else "utf-8"
        raise ImportFileError(
            source, [PlanProblem(line, f"is not {layout.encoding}: say `encoding: {other}` in the map")]
        ) from None


def _check_headings(headings: list[str], layout: ImportMap, source: str) -> None:
    if not any(headings):
        raise ImportFileError(source, [PlanProblem(1, "there is no row of headings")])
    problems = [
        PlanProblem(1, f'the heading "{heading}" is there twice: rename one')
        for heading in dict.fromkeys(headings)
        if heading and headings.count(heading) > 1
    ]
    wanted = [(field, each.column) for field, each in layout.fields.items() if each.column is not None]
    listed = ", ".join(f'"{heading}"' for heading in headings)
    problems += [
        PlanProblem(1, f'the map takes {field} from "{column}", which is no heading: there are {listed}')
        for field, column in wanted
        if column not in headings
    ]
    if problems:
        raise ImportFileError(source, problems)
