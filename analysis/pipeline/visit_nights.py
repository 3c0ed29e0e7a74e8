"""Visits in a night, from the logs of the rooms the participant lived in."""

from collections.abc import Sequence

from analysis.catalogue import METRICS
from analysis.pipeline.measured import NO_LOG, Measured, absent, covered
from analysis.pipeline.stays import StayReadings, in_time_order
from analysis.visits import NightVisits, visits_per_night

VISIT_COLUMNS = ("visit", "mode")

VISIT_METRICS = ("physical_visits_per_night", "camera_visits_per_night")


def visit_night(logs: Sequence[StayReadings], start: int, end: int) -> list[Measured]:
    """Visits by person and by camera in the night [start, end) µs UTC, from the logs of the rooms lived in.

    Visits are counted log by log: two rooms may number theirs alike. A log without its `shift_closed` may
    have been kept elsewhere and does not count; without any closed one both are absent, `no_log`.
    """
    closed: list[NightVisits] = []
    stood = 0.0
    for log in logs:
        time, columns = in_time_order([log], VISIT_COLUMNS)
        night = visits_per_night(time, columns["visit"], columns["mode"], start=start, end=end)
        if night.complete:
            closed.append(night)
            stood += max(min(log.end, end) - max(log.start, start), 0) / (end - start)
    if not closed:
        return [absent(metric, NO_LOG, coverage=0.0) for metric in VISIT_METRICS]
    physical, camera = sum(night.physical for night in closed), sum(night.camera for night in closed)
    n = physical + camera
    return [
        covered(metric, count, n=n, coverage=min(stood, 1.0), floor=METRICS[metric].coverage_floor)
        for metric, count in zip(VISIT_METRICS, (physical, camera), strict=True)
    ]
