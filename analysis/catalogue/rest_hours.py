"""Rest by the hour: ten figures of every night, of which none stands for the night alone.

They are kept as daily values like metrics and are grouped like them, but are no metrics of the catalogue:
nothing is decided, reported or exported by a single hour.
"""

from analysis.catalogue.metric import PERCENT, WINDOW_FLOOR, Metric

HOURS = (21, 22, 23, 0, 1, 2, 3, 4, 5, 6)
"""Of the local clock, in the order of a night: 21:00 to 07:00."""


def _of(hour: int) -> Metric:
    return Metric(
        f"rest_percent_h{hour:02}",
        "rest",
        {"en": f"At rest from {hour:02}:00", "sv": f"I vila från kl. {hour:02}"},
        "%",
        "neutral",
        "bed",
        "bed",
        f"Still minutes in bed from {hour:02}:00 to {(hour + 1) % 24:02}:00 local time, as a share of the "
        "minutes of that hour for which the bed told; of nights with four hours in bed or more. Rest, not "
        "sleep.",
        "night",
        WINDOW_FLOOR,
        "mean",
        0,
        "exploratory",
        possible=PERCENT,
    )


REST_HOURS: dict[str, Metric] = {metric.name: metric for metric in map(_of, HOURS)}
"""By name, `rest_percent_h21` to `rest_percent_h06`."""
