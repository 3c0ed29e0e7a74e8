"""The way from deliverables to goals as a drawing: boxes in columns, and arrows between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from altair import SCHEMA_URL

from analysis.pipeline.benefits import BenefitDiagram, Box
from api.figures.drawing import AMBER, FJORD, INK, LINE, PALE, QUIET, Figure
from api.wording import Wording

DIAGRAM_WIDTH = 700
"""Five columns as wide as a page, in letters that can still be read on it."""

GAP, LETTER, LEADING, PADDING, BETWEEN, HEADING = 30, 10.5, 13.0, 7.0, 12.0, 30.0
"""Between columns; size of letters and from line to line; inside a box; between boxes; over a column."""

HEAD = 5.0
"""An arrow ends as far before its box as its head is long."""

MOST_LINES = 6
"""What is longer ends in an ellipsis: the whole text stands in the tables."""

COLOURS = {"reached": FJORD, "on_the_way": AMBER, "not_reached": INK, "not_measured": PALE}


@dataclass(frozen=True, slots=True)
class Placed:
    """A box on the page: `x` and `y` of its upper left corner, its size, and its lines of text.

    `badge` is the last line: how far an outcome has come, or the resistance to a behaviour.
    """

    box: Box
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    badge: str

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes by id, the arrows between them by id, and where the columns' headings stand."""

    width: float
    height: float
    boxes: Mapping[str, Placed]
    arrows: tuple[tuple[str, str], ...]
    headings: tuple[tuple[str, float], ...]


def lay_out(diagram: BenefitDiagram, badges: Mapping[str, str], width: float = DIAGRAM_WIDTH) -> Layout:
    """Columns that have boxes, left to right and as wide as each other; boxes as high as their text needs.

    Boxes keep the plan's order from top to bottom, and columns are centred against the highest. `badges`
    by id are one line each, "" for none.
    """
    columns = [
        [box for box in diagram.boxes if box.column == column]
        for column in dict.fromkeys(box.column for box in diagram.boxes)
    ]
    wide = (width - GAP * (len(columns) - 1)) / len(columns) if columns else 0.0
    lines = {box.id: wrapped(box.text, wide - 2 * PADDING) for box in diagram.boxes}
    heights = {
        box.id: 2 * PADDING + LEADING * (len(lines[box.id]) + bool(badges.get(box.id)))
        for box in diagram.boxes
    }
    tall = [sum(heights[box.id] + BETWEEN for box in column) - BETWEEN for column in columns]
    placed: dict[str, Placed] = {}
    for number, column in enumerate(columns):
        y = HEADING + (max(tall) - tall[number]) / 2
        for box in column:
            x = number * (wide + GAP)
            badge = badges.get(box.id, "")
            placed[box.id] = Placed(box, x, y, wide, heights[box.id], lines[box.id], badge)
            y += heights[box.id] + BETWEEN
    return Layout(
        width,
        HEADING + max(tall, default=0.0) + PADDING,
        placed,
        diagram.arrows,
        tuple((column[0].column, number * (wide + GAP)) for number, column in enumerate(columns)),
    )


def wrapped(text: str, width: float, most: int = MOST_LINES) -> tuple[str, ...]:
    """The text in lines no wider than `width` pixels; a word that is wider is broken with a hyphen."""
    lines: list[str] = []
    line = ""
    words = list(reversed(text.split()))
    while words:
        word = words.pop()
        longer = f"{line} {word}".lstrip()
        if _wide(longer) <= width:
            line = longer
        elif line:
            lines.append(line)
            line, words = "", [*words, word]
        else:
            head, tail = _broken(word, width)
            lines.append(head)
            words.append(tail)
    lines += [line] if line else []
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while last and _wide(last + "…") > width:
        last = last[:-1]
    return (*lines[: most - 1], last.rstrip() + "…")


def _broken(word: str, width: float) -> tuple[str, str]:
    """Its beginning, as long as fits, and the rest: after a hyphen of its own, or else with a new one."""
    own = [end for end in range(2, len(word)) if word[end - 1] == "-" and _wide(word[:end]) <= width]
    if own:
        return word[: own[-1]], word[own[-1] :]
    fits = [end for end in range(2, len(word) - 3) if _wide(word[:end] + "-") <= width] or [1]
    return word[: fits[-1]] + "-", word[fits[-1] :]


def benefits_figure(diagram: BenefitDiagram, wording: Wording) -> Figure | None:
    """The diagram drawn; None without boxes."""
    if not diagram.boxes:
        return None
    badges = {box.id: _badge(box, wording) for box in diagram.boxes}
    return Figure(
        wording.text("benefits.title"),
        _alternative(diagram, badges, wording),
        wording.text("benefits.note"),
        _chart(lay_out(diagram, badges), wording),
        wording.language,
    )


def _badge(box: Box, wording: Wording) -> str:
    if box.reached is not None:
        return wording.text(f"benefits.reached.{box.reached}")
    return "" if box.resistance is None else wording.text("benefits.resistance", n=box.resistance)


def _alternative(diagram: BenefitDiagram, badges: Mapping[str, str], wording: Wording) -> str:
    """Column by column every box, what it rests on, and its badge."""
    text = {box.id: box.text for box in diagram.boxes}
    columns = []
    for column in dict.fromkeys(box.column for box in diagram.boxes):
        said = []
        for box in (each for each in diagram.boxes if each.column == column):
            origins = [text[origin] for origin, end in diagram.arrows if end == box.id]
            words = f"{box.text}, {badges[box.id]}" if badges[box.id] else box.text
            if origins:
                words = wording.text("benefits.leads_from", text=words, origins=", ".join(origins))
            said.append(words)
        columns.append(
            wording.text(
                "benefits.column_says",
                column=wording.text(f"benefits.columns.{column}"),
                boxes="; ".join(said),
            )
        )
    return wording.text("benefits.alternative", columns=" ".join(columns))


def _chart(layout: Layout, wording: Wording) -> dict[str, Any]:
    boxes = list(layout.boxes.values())
    ways = [point for number, arrow in enumerate(layout.arrows) for point in _way(layout, number, *arrow)]
    ends = [layout.boxes[end] for end in dict.fromkeys(end for _, end in layout.arrows)]
    frames = [
        {
            "x": box.x,
            "x2": box.x + box.width,
            "y": box.y,
            "y2": box.y + box.height,
            "edge": COLOURS.get(box.box.reached or "", LINE),
        }
        for box in boxes
    ]
    lines = [
        {"x": box.x + PADDING, "y": box.y + PADDING + LEADING * number, "line": line}
        for box in boxes
        for number, line in enumerate(box.lines)
    ]
    badges = [
        {"x": box.x + PADDING, "y": box.y + PADDING + LEADING * len(box.lines), "line": box.badge}
        for box in boxes
        if box.badge
    ]
    headings = [
        {"x": x, "y": 4.0, "line": wording.text(f"benefits.columns.{column}")}
        for column, x in layout.headings
    ]
    across, down = {"domain": [0, layout.width]}, {"domain": [layout.height, 0]}
    place = {
        "x": {"field": "x", "type": "quantitative", "scale": across, "axis": None},
        "y": {"field": "y", "type": "quantitative", "scale": down, "axis": None},
    }

    def layer(values: Sequence[Mapping[str, Any]], mark: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        return {"data": {"values": list(values)}, "mark": dict(mark), "encoding": place | more}

    def text(values: Sequence[Mapping[str, Any]], **look: Any) -> dict[str, Any]:
        mark = {"type": "text", "align": "left", "baseline": "top", "fontSize": LETTER, "color": INK}
        return layer(values, mark | look, text={"field": "line", "type": "nominal"})

    return {
        "$schema": SCHEMA_URL,
        "width": layout.width,
        "height": layout.height,
        "layer": [
            layer(
                ways,
                {"type": "line", "interpolate": "basis", "strokeWidth": 1.2, "color": PALE},
                detail={"field": "way", "type": "nominal"},
                order={"field": "step", "type": "quantitative"},
            ),
            layer(
                [{"x": end.x - HEAD, "y": end.middle} for end in ends],
                {
                    "type": "point",
                    "shape": "triangle-right",
                    "filled": True,
                    "size": 34,
                    "color": PALE,
                    "opacity": 1,
                },
            ),
            layer(
                frames,
                {"type": "rect", "fill": "#ffffff", "strokeWidth": 1.4, "cornerRadius": 3},
                x2={"field": "x2"},
                y2={"field": "y2"},
                stroke={"field": "edge", "type": "nominal", "scale": None},
            ),
            text(lines),
            text(badges, color=QUIET, fontStyle="italic"),
            text(headings, fontSize=12, fontWeight="bold"),
        ],
    }


def _way(layout: Layout, number: int, origin: str, end: str) -> list[dict[str, float]]:
    """The points of an arrow: out of the box to the right, over the gap, into the other from the left."""
    start, goal = layout.boxes[origin], layout.boxes[end]
    x, until = start.x + start.width, goal.x - HEAD
    turn = until - 0.75 * GAP
    points = [(x, start.middle), (turn, start.middle), (turn + GAP / 2, goal.middle), (until, goal.middle)]
    return [
        {"way": float(number), "step": float(step), "x": px, "y": py} for step, (px, py) in enumerate(points)
    ]


_NARROW, _CAPITAL, _WIDE = set("iljtfrI.,:;'|!()[]-/ "), set("ABCDEFGHJKLNOPQRSTUVXYZÅÄÖ&"), set("mwMW%@—…")


def _wide(text: str) -> float:
    """About how many pixels a line takes, in the letters of the style."""
    return LETTER * sum(
        0.32 if char in _NARROW else 0.88 if char in _WIDE else 0.7 if char in _CAPITAL else 0.54
        for char in text
    )
