"""Body weight from load cells."""

from analysis.catalogue.metric import ANY, PERCENT, WINDOW_FLOOR, Metric

TREND_FLOOR = 14 / 30
"""A slope over 30 nights needs 14 of them."""

CHANGE_FLOOR = 7 / 14
"""A change compares two weeks of nightly weights; half of those nights must be there."""

WEIGHT = (
    Metric(
        "weight_kg",
        "weight",
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
        "weight",
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
        possible=ANY,
    ),
    Metric(
        "weight_change_percent_30d",
        "weight",
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
        possible=ANY,
    ),
    Metric(
        "weight_change_percent_180d",
        "weight",
        {"en": "Weight change over 180 days", "sv": "Viktförändring på 180 dagar"},
        "%",
        "neutral",
        "bed",
        "bed",
        "Median weight of the last 7 nights against that of the 7 nights around 180 days before.",
        "night",
        CHANGE_FLOOR,
        "last",
        1,
        possible=ANY,
    ),
    Metric(
        "weight_loss_screening_percent",
        "weight",
        {"en": "Weight loss for screening", "sv": "Viktnedgång att följa upp"},
        "%",
        "down",
        "bed",
        "bed",
        "Share of residents whose weight had fallen by over 5 % in 30 or in 180 days (GLIM's criterion of "
        "weight), judged by what is known of the two, at the last night of the period; a reason to look, no "
        "diagnosis.",
        "night",
        CHANGE_FLOOR,
        "last",
        0,
        "screening",
        possible=PERCENT,
    ),
    Metric(
        "fluid_gain_screening_percent",
        "weight",
        {"en": "Rapid weight gain for screening", "sv": "Snabb viktuppgång att följa upp"},
        "%",
        "down",
        "bed",
        "bed",
        "Share of nights on which weight had risen by over 2 kg from one night to another of the last four; "
        "misses two of three or more of those whose heart failure worsens: a reason to look, no diagnosis.",
        "night",
        0.5,
        "mean",
        1,
        "screening",
        possible=PERCENT,
    ),
)
