"""Which cells of a table may be shown when few participants stand in them."""

from collections.abc import Sequence

FEWEST = 5
"""k: a figure on fewer participants is a figure on persons."""


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
