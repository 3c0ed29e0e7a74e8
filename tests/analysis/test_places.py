"""Other processes give the figures of this one; and what becomes of a run that loses one."""

import multiprocessing

import pytest

from analysis.pipeline.places import WorkerLost
from tests.analysis.long_pilot import UNITS, computed, whole_windows


def test_processes_give_the_figures_of_one(folder, undisturbed):
    done = computed(folder, workers=2)
    assert (done.where, done.workers, done.units) == ("processes", 2, UNITS)
    assert whole_windows(folder) == undisturbed


def test_where_a_process_is_killed_what_was_computed_stands_and_the_next_run_goes_on(folder, undisturbed):
    killed = []

    def kill_one(done: int, of: int) -> None:
        if done > of // 2 and not killed:
            killed.append(done)
            multiprocessing.active_children()[0].kill()

    with pytest.raises(WorkerLost, match="ended from outside"):
        computed(folder, workers=2, progress=kill_one)
    stands = whole_windows(folder)
    assert 0 < len(stands) < len(undisturbed)
    assert stands.items() <= undisturbed.items()
    assert computed(folder).unchanged > 0
    assert whole_windows(folder) == undisturbed
    assert multiprocessing.active_children() == []
