"""Whether residents get out more, and whether the alarms they carry can be trusted; never where they are."""

from api.grafana.parts.dashboard import THIRD, WIDTH, Dashboard, dashboard, phases, pilot_variable, start_of
from api.grafana.parts.devices import device_table
from api.grafana.parts.metric_trends import metric_trend
from api.grafana.parts.panels import footnotes
from api.wording import Wording
from pilots.plan import Plan


def gps(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    outdoors = ("time_out_of_home_h", "max_distance_from_home_m", "position_accuracy_m")
    return dashboard(
        wording,
        "gps",
        [
            (9, [(THIRD, metric_trend(wording, metric, plan)) for metric in outdoors]),
            (10, [(WIDTH, device_table(wording, "gps.devices", plan, _COLUMNS, kind="gps"))]),
            (5, [(WIDTH, footnotes(wording, "gps", "figures"))]),
        ],
        pages_url=pages_url,
        variables=[pilot_variable(wording)],
        annotations=[phases(wording)],
        start=start_of(plan),
    )


_COLUMNS = (
    "device",
    "battery_pct",
    "coverage",
    "silent_minutes",
    "silent_over_minutes",
    "without_fix",
    "lateness_p95_s",
)
