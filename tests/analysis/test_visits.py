import numpy as np

from analysis.visits import visits_per_night


def log(*rows):
    time, visit, mode = zip(*rows, strict=True) if rows else ((), (), ())
    return (
        np.array(time, dtype=np.int64),
        np.array(visit, dtype=np.object_),
        np.array(mode, dtype=np.object_),
    )


def test_visits_are_counted_by_mode_within_the_night():
    night = visits_per_night(
        *log((5, "a", "physical"), (10, "b", "physical"), (11, "c", "camera"), (20, "d", "physical")),
        start=10,
        end=20,
    )
    assert (night.physical, night.camera) == (1, 1)


def test_a_night_whose_log_was_not_closed_is_incomplete():
    night = visits_per_night(*log((1, "a", "physical")), start=0, end=10)
    assert (night.complete, night.coverage) == (False, 0.0)


def test_a_closed_empty_log_is_a_night_without_visits():
    night = visits_per_night(*log((9, "s", "shift_closed")), start=0, end=10)
    assert (night.physical, night.camera, night.complete, night.coverage) == (0, 0, True, 1.0)


def test_a_shift_closed_after_the_night_does_not_complete_it():
    assert not visits_per_night(*log((10, "s", "shift_closed")), start=0, end=10).complete


def test_a_visit_logged_again_is_one_visit_in_its_last_mode():
    night = visits_per_night(*log((1, "a", "camera"), (2, "a", "physical")), start=0, end=10)
    assert (night.physical, night.camera) == (1, 0)
