"""The goals of accuracy of a bed: thirty nights at 1 Hz with what real beds do to a load cell."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.loadcell import nightly_weight, occupancy_from_load, static_windows, with_objects_placed
from analysis.series import HOUR_US, SECOND_US, blocks
from tests.analysis.beds import FRAME_KG, LOSS_KG_PER_H, stays_of

NIGHTS = 30
DAY_US = 24 * HOUR_US
START = 1_767_610_800 * SECOND_US  # a local noon in winter
BAG_NIGHT, DUVET_NIGHT = 12, 18
INTO, OUT_OF = 10 * HOUR_US, 19 * HOUR_US


@dataclass(frozen=True)
class Month:
    time: NDArray[np.int64]
    load_kg: NDArray[np.float32]
    weight_kg: NDArray[np.float64]


@pytest.fixture(scope="module")
def month() -> Month:
    """Drift of 3 kg in the month and ± 0.5 kg a day, a duvet of 2.5 kg from one evening on, a bag of 3 kg
    for two hours of a night, 120 movements and 4 exits a night, 40 g lost an hour."""
    rng = np.random.default_rng(20)
    time = START + SECOND_US * np.arange(NIGHTS * 86_400, dtype=np.int64)
    day = (time - START) / DAY_US
    load = FRAME_KG + 0.5 * np.sin(2 * np.pi * day) + 3.0 * day / NIGHTS + rng.normal(0, 0.05, len(time))
    load[time >= START + DUVET_NIGHT * DAY_US + 6 * HOUR_US] += 2.5
    bag = START + BAG_NIGHT * DAY_US + 13 * HOUR_US
    load[(time >= bag) & (time < bag + 2 * HOUR_US)] += 3.0
    weights = []
    for night in range(NIGHTS):
        noon = START + night * DAY_US
        evening_kg = 70.0 + rng.normal(0, 0.3)
        stays = stays_of(rng, noon + INTO, noon + OUT_OF, 4)
        lain = []
        for into, out_of in stays:
            lying = slice((into - START) // SECOND_US, (out_of - START) // SECOND_US)
            body = evening_kg - LOSS_KG_PER_H * (time[lying] - stays[0][0]) / HOUR_US
            load[lying] += body
            lain.append(body)
        weights.append(float(np.concatenate(lain).mean()))
        for moved in rng.integers(
            (noon + INTO - START) // SECOND_US, (noon + OUT_OF - START) // SECOND_US, 120
        ):
            shaken = slice(int(moved), int(moved) + int(rng.integers(2, 12)))
            load[shaken] += rng.normal(0, 4.0, shaken.stop - shaken.start)
    return Month(time, load.astype(np.float32), np.array(weights))


def _errors(month: Month, *, objects: bool) -> NDArray[np.float64]:
    found = []
    for night in range(NIGHTS):
        noon = START + night * DAY_US
        part = slice(night * 86_400, (night + 1) * 86_400)
        time, load = month.time[part], month.load_kg[part]
        level = blocks(time, load, noon, noon + DAY_US, 10 * SECOND_US)
        occupancy, track = occupancy_from_load(level, interval_s=1)
        still = static_windows(time, load, occupancy, interval_s=1)
        if objects:
            found.append(nightly_weight(still, with_objects_placed(track, still)).kg)
        else:
            found.append(nightly_weight(still, track, foreign=np.inf).kg)
    return np.abs(np.array(found) - month.weight_kg)


def test_without_detection_of_objects_nights_are_off_by_50_g_on_average_and_200_g_at_most(month: Month):
    errors = _errors(month, objects=False)
    assert errors.mean() <= 0.05
    assert errors.max() <= 0.20


def test_with_detection_of_objects_no_night_is_off_by_more_than_100_g(month: Month):
    errors = _errors(month, objects=True)
    assert errors.mean() <= 0.05
    assert errors.max() <= 0.10


def test_the_bag_is_what_detection_is_for(month: Month):
    without, with_it = _errors(month, objects=False), _errors(month, objects=True)
    assert int(without.argmax()) == BAG_NIGHT
    assert with_it[BAG_NIGHT] < without[BAG_NIGHT] / 2
