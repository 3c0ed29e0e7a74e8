"""Supervision at night: visits in person and by camera."""

from analysis.catalogue.metric import WINDOW_FLOOR, Metric

SUPERVISION = (
    Metric(
        "physical_visits_per_night",
        "supervision",
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
        "supervision",
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
)
