"""A run that is cut short leaves whole days only, and the next one ends where it would have ended itself."""

import os
import random
import signal
import time

import pytest

from tests.analysis.analyse_run import Run
from tests.analysis.long_pilot import computed, whole_windows
from tests.waiting import wait_for


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_any_moment_it_leaves_whole_days_and_no_process(folder, undisturbed, workers):
    moments = random.Random(workers)
    stood = 0
    for _ in range(4):
        run = Run(folder, PILOTBED_WORKERS=str(workers))
        run.wait_for_values(stood + moments.choice((0, 1, 5_000)))
        time.sleep(moments.random())
        others = run.others()
        run.process.kill()
        run.ends()
        wait_for(lambda run=run: not run.others(), f"the end of {others}")
        stands = whole_windows(folder)
        assert stands.items() <= undisturbed.items()
        stood = sum(map(len, stands.values()))
    computed(folder)
    assert whole_windows(folder) == undisturbed


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_it_in_one_line_and_keeps_what_was_computed(folder, undisturbed, workers):
    run = Run(folder, PILOTBED_WORKERS=str(workers))
    run.wait_for_values(1)
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.ends() == 130
    assert run.said == ["stopped; what was computed stands, the next run goes on"]
    wait_for(lambda: not run.others(), "the end of its processes")
    stands = whole_windows(folder)
    assert 0 < len(stands) < len(undisturbed)
    assert stands.items() <= undisturbed.items()
    computed(folder)
    assert whole_windows(folder) == undisturbed
