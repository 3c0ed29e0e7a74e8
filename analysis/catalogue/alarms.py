"""Alarms and how they are answered."""

from analysis.catalogue.metric import WINDOW_FLOOR, Metric

ALARMS = (
    Metric(
        "alarms_per_device_day",
        "alarms",
        {"en": "Alarms per device and day", "sv": "Larm per enhet och dygn"},
        "1/d",
        "neutral",
        "alarm",
        None,
        "Alarms raised, tests excluded, per day that a device with alarms stood with the participant.",
        "day",
        WINDOW_FLOOR,
        "mean",
        2,
    ),
    Metric(
        "time_to_acknowledge_s",
        "alarms",
        {"en": "Time until an alarm is acknowledged", "sv": "Tid tills larmet kvitteras"},
        "s",
        "down",
        "alarm",
        None,
        "Median of the cumulative incidence from raised to acknowledged; alarms closed or cancelled "
        "before it compete, alarms open at the end of the data are censored.",
        "day",
        0.0,
        "response",
        0,
    ),
    Metric(
        "time_to_arrive_s",
        "alarms",
        {"en": "Time until somebody is there", "sv": "Tid tills någon är på plats"},
        "s",
        "down",
        "alarm",
        None,
        "Median of the cumulative incidence from raised to arrived; alarms closed or cancelled "
        "before it compete, alarms open at the end of the data are censored.",
        "day",
        0.0,
        "response",
        0,
    ),
)
