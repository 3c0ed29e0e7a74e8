"""The units in which devices report, and how they become those of our columns."""

FACTORS: dict[str, dict[str, float]] = {
    "kg": {"kg": 1.0, "g": 1e-3, "lb": 0.453_592_37},
    "deg": {"deg": 1.0, "deg_e5": 1e-5, "deg_e6": 1e-6, "deg_e7": 1e-7},
    "m": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "km": 1e3},
    "m/s": {"m/s": 1.0, "km/h": 1 / 3.6, "knots": 1852 / 3600, "mph": 0.447_04},
    "%": {"%": 1.0, "1": 100.0},
    "1": {"1": 1.0, "%": 0.01},
    "dBm": {"dBm": 1.0},
}
"""By unit of the column: the units that are of its kind, and what a value in them is multiplied by."""

FOREIGN = ("mV", "V", "Pa", "hPa", "kPa", "N")
"""Units of no column: only a line (`line: {3000: 0, 4200: 100}`) says what a value in them is worth."""

UNITLESS = frozenset({"", "device units"})


def kind_of(unit: str) -> str | None:
    """The unit of our columns that is of the same kind; None where no column is."""
    return next((own for own, factors in FACTORS.items() if unit in factors), None)
