"""One Vega-Lite specification per figure, drawn as SVG for page and report alike."""

from api.figures.changes import change_figure
from api.figures.coverage import coverage_figure
from api.figures.drawing import Figure, draw
from api.figures.response import response_figure
from api.figures.weeks import weeks_figure

__all__ = ["Figure", "change_figure", "coverage_figure", "draw", "response_figure", "weeks_figure"]
