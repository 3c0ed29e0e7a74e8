"""Rest: what a person does in bed and out of it."""

from analysis.catalogue.metric import WINDOW_FLOOR, Metric

REST = (
    Metric(
        "bed_exits_per_night",
        "rest",
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
        "rest",
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
        "rest",
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
)
