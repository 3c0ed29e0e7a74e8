"""From a Vega-Lite specification to SVG that stands in a page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import vl_convert

from api.languages import Language

INK = "#22313a"
QUIET = "#5c6b73"
LINE = "#dfe4e1"
FJORD = "#1f5a6e"
AMBER = "#a5631a"
PALE = "#6f858e"

GROUP_COLOURS = {"intervention": FJORD, "comparison": AMBER}
WIDTH = 620
HALF_WIDTH = 430
"""Two stand side by side on a wide page."""

_STYLE: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "font": "Liberation Sans, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titlePadding": 10,
        "labelPadding": 6,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "title": None,
        "orient": "top",
        "offset": 24,
        "symbolSize": 90,
        "symbolOpacity": 1,
    },
    "text": {"color": QUIET, "fontSize": 12},
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its title, what it says to those who cannot see it, and its Vega-Lite specification."""

    title: str
    alternative: str
    note: str
    specification: Mapping[str, Any]
    language: Language

    @property
    def svg(self) -> str:
        """Drawn, as an SVG element without a text alternative: the page gives it one."""
        return draw(self.specification, self.language)


def inline(values: Sequence[Mapping[str, Any]]) -> alt.Data:
    """The data of a chart, inside its specification."""
    return alt.Data(values=list(values))  # type: ignore[no-untyped-call]


def draw(specification: Mapping[str, Any], language: Language) -> str:
    """A specification in our style, as an SVG element; drawn once as long as it is remembered."""
    return _draw(json.dumps({**specification, "config": _STYLE}, sort_keys=True), language)


@lru_cache(maxsize=256)
def _draw(specification: str, language: Language) -> str:
    locale: Literal["sv-SE", "en-GB"] = "sv-SE" if language == "sv" else "en-GB"
    svg: str = vl_convert.vegalite_to_svg(
        json.loads(specification), format_locale=locale, time_format_locale=locale
    )
    # One image with one text alternative, rather than a tree of graphics roles to walk through.
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
