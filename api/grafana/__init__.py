"""Grafana dashboards of a pilot, over our own API: plain dicts, the same figures and the same suppression."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from api.grafana.boards.bed import bed
from api.grafana.boards.gps import gps
from api.grafana.boards.overview import overview
from api.grafana.boards.platform import platform
from api.grafana.boards.quality import quality
from api.grafana.boards.readings import readings as raw_readings
from api.grafana.boards.response import response
from api.grafana.boards.supervision import supervision
from api.grafana.parts.dashboard import Dashboard
from api.languages import Language
from api.wording import Wording
from pilots.plan import Plan

_ZONE = "Europe/Stockholm"

_Maker = Callable[[Wording, Plan | None, str], Dashboard]

_MAKERS: Mapping[str, _Maker] = {
    "pilotbed-overview": overview,
    "pilotbed-bed": bed,
    "pilotbed-gps": gps,
    "pilotbed-supervision": supervision,
    "pilotbed-response": response,
    "pilotbed-quality": quality,
    "pilotbed-platform": platform,
}

_RAW: Mapping[str, _Maker] = {"pilotbed-readings": raw_readings}


def dashboards(
    language: Language, plan: Plan | None = None, *, pages_url: str = "", readings: bool = False
) -> dict[str, Dashboard]:
    """Every dashboard by its file's stem, which is its uid.

    With a plan its targets and goals are drawn in, and time begins where it does; without one they hold for
    every pilot. `pages_url` is where the pilots' pages are, "" where a proxy serves both under one address.
    `readings` adds the raw readings, which go past the suppression of the API: only for an organisation of
    leaders and administrators.
    """
    wording = Wording(language, plan.zone if plan is not None else ZoneInfo(_ZONE))
    makers = {**_MAKERS, **_RAW} if readings else _MAKERS
    return {stem: make(wording, plan, pages_url) for stem, make in makers.items()}
