"""Every metric by name: what it is called, measured in, made from, and when it may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down", "neutral"]
Summary = Literal["mean", "trend", "last", "response"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the catalogue.

    `direction` says which way is better for the resident where that is beyond dispute; a pilot's goal
    names its own direction. `stream` is what it is made from, `kind` the kind of device that carries it
    (None: any kind with the stream). `period` is the unit of a daily value: a `night` runs from noon to
    noon and carries the date it starts, a `day` from midnight to midnight. Below `coverage_floor`
    (share of the window) a daily value does not count. `summary` says how a participant's daily values
    become one number for a longer period: their mean, the slope through them, the last of them, or,
    for `response`, anew from the alarms. `decimals` is what a page shows, never what is stored.
    """

    name: str
    title: Mapping[str, str]
    unit: str
    direction: Direction
    stream: str
    kind: str | None
    method: str
    period: Literal["night", "day"]
    coverage_floor: float
    summary: Summary
    decimals: int


WINDOW_FLOOR = 0.70
"""Less than this share of its window observed, and a day or night says too little about the rest."""

GPS_FLOOR = 8 / 24
"""Eight hours of fixes make a valid day: trackers are carried by day and charged by night."""

TREND_FLOOR = 14 / 30
"""A slope over 30 nights needs 14 of them."""

CHANGE_FLOOR = 7 / 14
"""A change compares two weeks of nightly weights; half of those nights must be there."""

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "weight_kg",
            {"en": "Body weight", "sv": "Kroppsvikt"},
            "kg",
            "neutral",
            "bed",
            "bed",
            "Median over the night's still stretches in bed of the load less the empty bed's load "
            "before and after.",
            "night",
            WINDOW_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "weight_trend_kg_per_30d",
            {"en": "Weight trend per 30 days", "sv": "Viktutveckling per 30 dagar"},
            "kg/30 d",
            "neutral",
            "bed",
            "bed",
            "Theil-Sen slope through nightly weights, with an interval adjusted for autocorrelation.",
            "night",
            TREND_FLOOR,
            "trend",
            2,
        ),
        Metric(
            "weight_change_percent_30d",
            {"en": "Weight change over 30 days", "sv": "Viktförändring på 30 dagar"},
            "%",
            "neutral",
            "bed",
            "bed",
            "Median weight of the last 7 nights against that of the 7 nights around 30 days before.",
            "night",
            CHANGE_FLOOR,
            "last",
            1,
        ),
        Metric(
            "bed_exits_per_night",
            {"en": "Bed exits per night", "sv": "Gånger ur sängen per natt"},
            "1/night",
            "down",
            "bed",
            "bed",
            "Times the bed was left for at least 30 s after at least 60 s in it.",
            "night",
            WINDOW_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "restlessness_percent",
            {"en": "Restlessness in bed", "sv": "Orolig tid i sängen"},
            "%",
            "down",
            "bed",
            "bed",
            "Share of the minutes in bed with movement.",
            "night",
            WINDOW_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "time_in_bed_h",
            {"en": "Time in bed per night", "sv": "Tid i sängen per natt"},
            "h",
            "neutral",
            "bed",
            "bed",
            "Hours in bed in the night, noon to noon.",
            "night",
            WINDOW_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "time_out_of_home_h",
            {"en": "Time out of home per day", "sv": "Tid utanför hemmet per dag"},
            "h",
            "neutral",
            "gps",
            "gps",
            "Hours of the observed day outside the home's circle, with 50 m of hysteresis.",
            "day",
            GPS_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "max_distance_from_home_m",
            {"en": "Farthest from home per day", "sv": "Längst hemifrån per dag"},
            "m",
            "neutral",
            "gps",
            "gps",
            "Largest great-circle distance from home among the day's fixes of 100 m accuracy or better.",
            "day",
            GPS_FLOOR,
            "mean",
            0,
        ),
        Metric(
            "physical_visits_per_night",
            {"en": "Physical visits per night", "sv": "Fysiska besök per natt"},
            "1/night",
            "down",
            "visit",
            "visits",
            "Visits in person in a night whose log was closed as complete.",
            "night",
            WINDOW_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "camera_visits_per_night",
            {"en": "Camera visits per night", "sv": "Tillsyn via kamera per natt"},
            "1/night",
            "neutral",
            "visit",
            "visits",
            "Visits by camera in a night whose log was closed as complete.",
            "night",
            WINDOW_FLOOR,
            "mean",
            1,
        ),
        Metric(
            "alarms_per_device_day",
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
}
"""The catalogue, in the order that pages and reports list it."""
