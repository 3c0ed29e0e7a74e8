"""A bed that repeats its last value instead of weighing."""

import numpy as np
from numpy.typing import NDArray

from analysis.series import MINUTE_US, Floats, Runs, Times, run_lengths

STUCK_FOR_US = 30 * MINUTE_US
"""Noise alone changes the last digit many times in half an hour, also under somebody who sleeps deeply."""

STUCK_SAMPLES = 20
"""A bed that weighs every ten minutes repeats itself a few times by chance."""

COARSE_KG = 0.5
"""Neighbours so far apart are somebody moving, or the steps of a scale that shows no finer ones."""


def without_stuck(time: Times, load: Floats) -> Floats:
    """The load (n,) kg with NaN where the bed repeats one value for half an hour and more, at `time` (n,).

    Only of a bed whose value otherwise changes from sample to sample: of the neighbours outside such
    stretches that lie within `COARSE_KG`, more than half differ, and they last as long as a stretch must.
    A scale of whole kilograms repeats its values by nature. Zero is left as it is: a scale that hides what
    is below it shows nothing else.
    """
    runs = run_lengths(load)
    repeats = (runs.length >= STUCK_SAMPLES) & (runs.value != 0)
    long = np.flatnonzero(repeats)
    lasts = time[runs.first[long] + runs.length[long] - 1] - time[runs.first[long]]
    stuck = long[lasts >= STUCK_FOR_US]
    if len(stuck) == 0 or not _changes_elsewhere(time, load, runs, stuck):
        return load
    weighs = np.ones(len(runs.value), np.bool_)
    weighs[stuck] = False
    return np.where(np.repeat(weighs, runs.length), load, np.nan)


def _changes_elsewhere(time: Times, load: Floats, runs: Runs, stuck: NDArray[np.int64]) -> bool:
    elsewhere = np.ones(len(load) - 1, np.bool_)  # each sample and the next
    for first, length in zip(runs.first[stuck].tolist(), runs.length[stuck].tolist(), strict=True):
        elsewhere[max(first - 1, 0) : first + length] = False
    step = np.abs(np.diff(load))
    with np.errstate(invalid="ignore"):
        near = elsewhere & (step < COARSE_KG)
    changes = near & (step > 0)
    lasts = int(np.diff(time)[changes].sum())
    return lasts >= STUCK_FOR_US and 2 * int(changes.sum()) > int(near.sum())
