"""What a device says about itself once a day."""

from datetime import date

import numpy as np

from simulators.draws import Purpose, draws

FIRMWARE = {"bed": "2.4.1", "gps": "5.0.3", "alarm": "1.9.0", "visits": "3.2.0"}

DAYS_A_CHARGE = {"alarm": 180.0, "gps": 4.0}
"""Kinds that run on a battery, and how long it lasts; the others are on mains and report no charge."""


def condition_of(seed: int, resident: int, kind: str, day: date) -> dict[str, object]:
    """Values of the `status` stream for one device and day; absent columns are left out."""
    device = resident * len(FIRMWARE) + list(FIRMWARE).index(kind)
    rng = draws(seed, Purpose.CONDITION, device, day)
    values: dict[str, object] = {
        "online": True,
        "rssi_dbm": float(np.round(rng.normal(-68.0, 4.0))),
        "firmware": FIRMWARE[kind],
    }
    if kind in DAYS_A_CHARGE:
        used = (day.toordinal() + 7 * device) % DAYS_A_CHARGE[kind] / DAYS_A_CHARGE[kind]
        values["battery_pct"] = round(100.0 - 85.0 * used)
    return values
