"""Random numbers that depend on the seed and on what they are for, never on the order of work."""

from datetime import date
from enum import IntEnum
from zlib import crc32

import numpy as np


class Purpose(IntEnum):
    """What numbers are drawn for; a new purpose is added at the end, so that old stories stay the same."""

    CODES = 0
    TRAITS = 1
    WEIGHT = 2
    NIGHT = 3
    WALKS = 4
    VISITS = 5
    ALARMS = 6
    BED_FRAME = 7
    BED_SAMPLES = 8
    FIXES = 9
    CONDITION = 10
    OPEN_ALARMS = 11
    FAULTS = 12
    TURNS = 13
    LEGS = 14
    POWER_CUTS = 15
    DELIVERY = 16
    OBSERVATIONS = 17


def draws(seed: int, purpose: Purpose, resident: int = 0, day: date | None = None) -> np.random.Generator:
    """The generator for one purpose, resident and day, so that a longer story begins like a shorter one."""
    return np.random.default_rng([seed, purpose, resident, day.toordinal() if day else 0])


def fault_draws(seed: int, fault: str, resident: int, day: date | None = None) -> np.random.Generator:
    """The generator for one fault, resident and day: no fault moves what another one draws."""
    ordinal = day.toordinal() if day else 0
    return np.random.default_rng([seed, Purpose.FAULTS, resident, ordinal, crc32(fault.encode())])
