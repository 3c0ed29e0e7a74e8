"""A pilot's figures: daily values from its readings, and everything that is told from them."""

from analysis.pipeline.alarm_list import AlarmRow, alarms
from analysis.pipeline.daily import FailedMonth, Recomputed, recompute
from analysis.pipeline.evaluation import Evaluation, evaluate
from analysis.pipeline.evaluation_items import EvaluationItem
from analysis.pipeline.groups import MetricRow, UnknownMetric, latest_values, metric_rows
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.places import ComputingError
from analysis.pipeline.quality import Quality, QualityItem, QualitySummary, quality
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
    "ResponseRow",
    "ScoreRow",
    "UnknownMetric",
    "alarms",
    "evaluate",
    "latest_values",
    "metric_rows",
    "quality",
    "recompute",
    "response_rows",
    "score_rows",
]
