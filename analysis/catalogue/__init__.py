"""Every metric by name: what it is called, measured in, made from, and when it may be shown."""

from analysis.catalogue.alarms import ALARMS
from analysis.catalogue.metric import WINDOW_FLOOR, Level, Metric, Section
from analysis.catalogue.outdoors import OUTDOORS
from analysis.catalogue.rest import REST
from analysis.catalogue.rest_hours import HOURS, REST_HOURS
from analysis.catalogue.service import SERVICE
from analysis.catalogue.supervision import SUPERVISION
from analysis.catalogue.weight import WEIGHT

METRICS: dict[str, Metric] = {
    metric.name: metric
    for section in (WEIGHT, REST, OUTDOORS, SUPERVISION, ALARMS, SERVICE)
    for metric in section
}
"""The catalogue, in the order that pages and reports list it."""

NOT_DECISIVE: dict[str, Level] = {
    metric.name: metric.level for metric in METRICS.values() if metric.level != "measure"
}
"""The metrics that no decision may rest on, with their level."""

__all__ = ["HOURS", "METRICS", "NOT_DECISIVE", "REST_HOURS", "WINDOW_FLOOR", "Level", "Metric", "Section"]
