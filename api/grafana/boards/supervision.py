"""Whether cameras take the place of visits at night, what of it works, and what it gives."""

from collections.abc import Sequence

from api.grafana.parts.dashboard import HALF, WIDTH, Dashboard, dashboard, phases, pilot_variable, start_of
from api.grafana.parts.metric_trends import NOTES, metric_line, metric_trend
from api.grafana.parts.panels import Panel, footnotes, said
from api.grafana.parts.trends import trend
from api.wording import Wording
from pilots.plan import Plan

_GROUP = "intervention"


def supervision(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    return dashboard(
        wording,
        "supervision",
        [
            (
                9,
                [
                    (HALF, metric_trend(wording, "physical_visits_per_night", plan)),
                    (HALF, _with_product(wording, "supervision_balance_min_per_night", plan)),
                ],
            ),
            (10, [(WIDTH, _several(wording, "visits", _VISITS, unit="none"))]),
            (
                9,
                [
                    (HALF, _several(wording, "trust", _TRUST, unit="percent")),
                    (HALF, _with_product(wording, "disturbances_avoided_per_night", plan)),
                ],
            ),
            (5, [(WIDTH, footnotes(wording, "supervision", "figures"))]),
        ],
        pages_url=pages_url,
        variables=[pilot_variable(wording)],
        annotations=[phases(wording)],
        start=start_of(plan),
    )


_VISITS = (
    ("planned_visits_per_night", "planned", "text"),
    ("camera_visits_per_night", "camera", "purple"),
    ("physical_visits_per_night", "physical", "blue"),
    ("replaced_visits_per_night", "replaced", "green"),
)

_TRUST = (
    ("escalated_camera_visits_percent", "escalated", "orange"),
    ("failed_camera_visits_percent", "failed", "red"),
)


def _with_product(wording: Wording, metric: str, plan: Plan | None) -> Panel:
    """Without the product a group has no camera to speak of."""
    return metric_trend(wording, metric, plan, [_GROUP])


def _several(wording: Wording, key: str, lines: Sequence[tuple[str, str, str]], *, unit: str) -> Panel:
    """Several metrics of the group with the product, in one panel."""
    return trend(
        wording,
        said(wording, f"supervision.{key}", *NOTES),
        [
            metric_line(wording.text(f"grafana.supervision.{key}.{name}"), colour, metric, _GROUP)
            for metric, name, colour in lines
        ],
        unit=unit,
        decimals=1,
    )
