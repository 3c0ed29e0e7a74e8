"""The instruments whose totals staff already record. Only totals are kept: the items' texts are licensed."""

from collections.abc import Mapping
from dataclasses import dataclass

from pilots.plan.part import Direction


@dataclass(frozen=True, slots=True)
class Instrument:
    """The lowest and highest total, whole points, and which way is the better one."""

    low: int
    high: int
    better: Direction


INSTRUMENTS: Mapping[str, Instrument] = {
    "mna_sf": Instrument(0, 14, "up"),
    "downton": Instrument(0, 11, "down"),
    "modified_norton": Instrument(7, 28, "up"),
    "roag": Instrument(8, 24, "down"),
    # Frequency (1-4) by severity (1-3), or 0, over the 12 domains.
    "npi_nh": Instrument(0, 144, "down"),
}
"""Senior Alert's scales (nutrition, falls, pressure ulcers, mouth) and the BPSD register's NPI-NH."""
