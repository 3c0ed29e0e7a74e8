"""A pilot's figures: daily values from its readings, and everything that is told from them."""

from importlib import import_module
from typing import TYPE_CHECKING

# Not with the others: the module of the name would take the function's place.
from analysis.pipeline.quality import Quality, QualityItem, QualitySummary, quality

if TYPE_CHECKING:
    from analysis.pipeline.alarm_list import AlarmRow, alarms
    from analysis.pipeline.daily import FailedMonth, Recomputed, recompute
    from analysis.pipeline.divided_response import ResponsePart, response_parts
    from analysis.pipeline.evaluation import Evaluation, evaluate
    from analysis.pipeline.evaluation_items import EvaluationItem
    from analysis.pipeline.group_rest_hours import RestHoursRow, rest_hour_rows
    from analysis.pipeline.groups import MetricRow, UnknownMetric, latest_values, metric_rows
    from analysis.pipeline.pilot_data import PilotData
    from analysis.pipeline.places import ComputingError
    from analysis.pipeline.response import ResponseRow, response_rows
    from analysis.pipeline.scores import ScoreRow, score_rows

__all__ = [
    "AlarmRow",
    "ComputingError",
    "Evaluation",
    "EvaluationItem",
    "FailedMonth",
    "MetricRow",
    "PilotData",
    "Quality",
    "QualityItem",
    "QualitySummary",
    "Recomputed",
    "ResponsePart",
    "ResponseRow",
    "RestHoursRow",
    "ScoreRow",
    "UnknownMetric",
    "alarms",
    "evaluate",
    "latest_values",
    "metric_rows",
    "quality",
    "recompute",
    "response_parts",
    "response_rows",
    "rest_hour_rows",
    "score_rows",
]

_MODULES = {
    "alarm_list": ("AlarmRow", "alarms"),
    "daily": ("FailedMonth", "Recomputed", "recompute"),
    "divided_response": ("ResponsePart", "response_parts"),
    "evaluation": ("Evaluation", "evaluate"),
    "evaluation_items": ("EvaluationItem",),
    "group_rest_hours": ("RestHoursRow", "rest_hour_rows"),
    "groups": ("MetricRow", "UnknownMetric", "latest_values", "metric_rows"),
    "pilot_data": ("PilotData",),
    "places": ("ComputingError",),
    "response": ("ResponseRow", "response_rows"),
    "scores": ("ScoreRow", "score_rows"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Each is loaded when it is asked for: a process that computes needs a fifth of what these load."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
