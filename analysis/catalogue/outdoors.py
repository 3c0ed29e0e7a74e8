"""Out of home: what a carried tracker tells."""

from analysis.catalogue.metric import Metric

GPS_FLOOR = 8 / 24
"""Eight hours of fixes make a valid day: trackers are carried by day and charged by night."""

OUTDOORS = (
    Metric(
        "time_out_of_home_h",
        "outdoors",
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
        "outdoors",
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
)
