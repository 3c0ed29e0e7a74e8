"""Under which domain of the report a metric of the catalogue stands."""

from typing import Literal, get_args

from analysis.catalogue import METRICS, Section

Domain = Literal["user", "relatives", "staff", "organisation", "technology", "economy", "ethics"]

DOMAINS: tuple[Domain, ...] = get_args(Domain)

_SECTIONS: dict[Section, Domain] = {
    "weight": "user",
    "rest": "user",
    "outdoors": "user",
    "supervision": "staff",
    "alarms": "staff",
    "service": "technology",
}

_METRICS: dict[str, Domain] = {
    "disturbances_avoided_per_night": "user",
    "awakenings_after_visits_percent": "user",
    "failed_camera_visits_percent": "technology",
    "false_alarms_percent": "technology",
    "nuisance_alarms_percent": "technology",
    "time_to_acknowledge_s": "organisation",
    "time_to_arrive_s": "organisation",
}
"""Metrics that speak of something else than their section does."""


def domain_of(metric: str) -> Domain:
    """Whom or what a metric of the catalogue speaks of."""
    return _METRICS.get(metric) or _SECTIONS[METRICS[metric].section]
