"""What may be shown when few participants stand in it: cells of a table, places on a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.geo import EARTH_RADIUS_M

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST = 5
"""k: a figure on fewer participants is a figure on persons."""

CELL_M = 500.0
"""The finest grid of a map that leaves the house: a quarter, not a door."""

MOST_OF_ONE = 0.5
"""Where one person makes more than half of a cell the map shows that person."""


@dataclass(frozen=True, slots=True)
class SuppressedTable:
    """What to hide, True is hidden: `cells` (r, c), `row_totals` (r,), `column_totals` (c,), `total`.

    `primary` counts cells hidden because few stand in them, `secondary` cells hidden to protect those.
    """

    cells: Flags
    row_totals: Flags
    column_totals: Flags
    total: bool
    primary: int
    secondary: int
    k: int


@dataclass(frozen=True, slots=True)
class KCheck:
    """Cells of a map (m,), ascending by their label: who contributed, and whether each may be shown.

    `persons` distinct contributors, `largest` (0 to 1) the share of the one with the most, `shown` both
    within bounds. `withheld` is the share of all contributions that lie in cells not shown.
    """

    cell: NDArray[Any]
    persons: NDArray[np.int64]
    largest: Float64
    shown: Flags
    withheld: float
    k: int


def is_small(n: int, k: int = FEWEST) -> bool:
    """True for 1 to k - 1: somebody stands there, and too few. Nobody gives nobody away."""
    return 0 < n < k


def suppress_small_cells(
    counts: Sequence[int], total: int | None = None, k: int = FEWEST
) -> tuple[list[bool], bool]:
    """Which cells to hide, and whether the total must be hidden too.

    `counts` are distinct participants in cells that do not overlap; `total` is the count of a figure
    published over all of them and perhaps more (None: no total is published). Cells of 1 to k - 1 are
    hidden. The total is hidden when it is small itself, or when 1 to k - 1 participants stand in it beside
    the cells that are shown: subtraction would give their figure. Hiding the total rather than a second
    cell keeps the groups that the pilot is about. A rest of 0 gives nothing away.
    """
    hidden = [is_small(count, k) for count in counts]
    if total is None:
        return hidden, False
    shown = sum(count for count, hide in zip(counts, hidden, strict=True) if not hide)
    return hidden, is_small(total, k) or is_small(total - shown, k)


def suppress_table(counts: NDArray[Any], k: int = FEWEST) -> SuppressedTable:
    """Which cells and totals to hide of a table (r, c) of distinct participants, published with all totals.

    Cells and totals of 1 to k - 1 are hidden first. Then the smallest cell beside them that somebody stands
    in (the first on ties), until no row or column with a shown total hides a single cell, or cells that
    hold 1 to k - 1 together, and no small number follows from all rows and columns together either. Where
    a line has no cell left for that its total is hidden. Who knows bounds from elsewhere may still narrow
    a number down. ValueError for counts that are negative or not a table.
    """
    table = np.asarray(counts)
    if table.ndim != 2 or table.size == 0 or (table < 0).any():
        raise ValueError(
            f"counts of shape {table.shape} are no table of participants: give rows and columns, from 0"
        )
    # Totals stand as a last row and column: they are lines to be protected like the others.
    full = np.zeros((table.shape[0] + 1, table.shape[1] + 1), np.int64)
    full[:-1, :-1] = table
    full[:-1, -1], full[-1, :-1], full[-1, -1] = table.sum(axis=1), table.sum(axis=0), table.sum()
    small = (full > 0) & (full < k)
    hidden = small.copy()
    while True:
        bare = [line for line in _lines(*full.shape) if _gives_away(full[line], hidden[line], k)]
        bare = bare or [
            (row, slice(None)) for row in np.flatnonzero((_determined(hidden) & small).any(axis=1))
        ]
        spots = [spot for line in bare if (spot := _next_to_hide(full, hidden, line)) is not None]
        if not spots:
            break
        hidden[
            min(spots, key=lambda spot: (spot[0] == len(table) or spot[1] == table.shape[1], full[spot]))
        ] = True
    cells = hidden[:-1, :-1]
    primary = int(small[:-1, :-1].sum())
    return SuppressedTable(
        cells, hidden[:-1, -1], hidden[-1, :-1], bool(hidden[-1, -1]), primary, int(cells.sum()) - primary, k
    )


def coarsen_location(lat: Float64, lon: Float64, *, cell_m: float = CELL_M) -> tuple[Float64, Float64]:
    """Positions (n,) in degrees moved to the middle of a fixed grid of `cell_m` metres; NaN stays NaN.

    The grid stands on the equator and the zero meridian for every pilot: two maps cannot be laid over each
    other to find what lies between. Equal positions come out equal. ValueError under 500 m.
    """
    if cell_m < CELL_M:
        raise ValueError(f"cell_m {cell_m} shows where somebody lives: use {CELL_M:.0f} or more")
    height = np.degrees(cell_m / EARTH_RADIUS_M)
    middle = np.minimum((np.floor(np.asarray(lat, np.float64) / height) + 0.5) * height, 90.0)
    # Of the row, not of the position: all cells of a row are equally wide.
    width = height / np.maximum(np.cos(np.radians(middle)), 1e-6)
    return middle, np.asarray((np.floor(np.asarray(lon, np.float64) / width) + 0.5) * width, np.float64)


def check_k(
    cell: NDArray[Any], person: NDArray[Any], *, k: int = FEWEST, most_of_one: float = MOST_OF_ONE
) -> KCheck:
    """Which cells of a map may be shown: at least `k` persons, none with more than `most_of_one` of it.

    `cell` and `person` (n,) label each contribution (a fix, a visit); any labels that sort.
    """
    cells, at = np.unique(cell, return_inverse=True)
    _, who = np.unique(person, return_inverse=True)
    made = np.zeros((len(cells), int(who.max()) + 1 if len(who) else 1), np.int64)
    np.add.at(made, (at, who), 1)
    total, persons = made.sum(axis=1), (made > 0).sum(axis=1)
    largest = made.max(axis=1) / np.maximum(total, 1)
    shown = (persons >= k) & (largest <= most_of_one)
    withheld = float(total[~shown].sum() / total.sum()) if len(cells) else 0.0
    return KCheck(cells, persons.astype(np.int64), largest, shown, withheld, k)


Line = tuple[Any, Any]


def _lines(rows: int, columns: int) -> list[Line]:
    return [(row, slice(None)) for row in range(rows)] + [(slice(None), column) for column in range(columns)]


def _lines_through(spots: Flags) -> list[Line]:
    return [
        line for row, column in np.argwhere(spots) for line in ((row, slice(None)), (slice(None), column))
    ]


def _gives_away(line: NDArray[np.int64], hidden: Flags, k: int) -> bool:
    """Whether subtraction along a line, whose last entry is its total, gives a hidden number or group."""
    if hidden.sum() == 1:
        return True
    return not hidden[-1] and bool(hidden[:-1].any()) and is_small(int(line[:-1][hidden[:-1]].sum()), k)


def _next_to_hide(full: NDArray[np.int64], hidden: Flags, line: Line) -> tuple[int, int] | None:
    """The smallest entry of the line somebody stands in and that is shown; its total only as the last way."""
    index = np.moveaxis(np.indices(full.shape), 0, -1)[line]
    free = np.flatnonzero(~hidden[line] & (full[line] > 0))
    if len(free) == 0:
        free = np.flatnonzero(~hidden[line])
    if len(free) == 0:
        return None
    cells = free[free < len(index) - 1]
    chosen = cells[np.argmin(full[line][cells])] if len(cells) else free[0]
    return int(index[chosen][0]), int(index[chosen][1])


def _determined(hidden: Flags) -> Flags:
    """Hidden entries that follow exactly from those shown, by all sums of rows and columns together."""
    spots = np.argwhere(hidden)
    if len(spots) == 0:
        return np.zeros_like(hidden)
    sums = np.zeros((hidden.shape[0] + hidden.shape[1], len(spots)))
    for column, (row, place) in enumerate(spots):
        sums[row, column] = -1.0 if place == hidden.shape[1] - 1 else 1.0
        sums[hidden.shape[0] + place, column] = -1.0 if row == hidden.shape[0] - 1 else 1.0
    _, size, directions = np.linalg.svd(sums)
    free = directions[int((size > 1e-9).sum()) :]
    known = np.zeros_like(hidden)
    known[tuple(spots.T)] = (np.abs(free) < 1e-9).all(axis=0)
    return known
