"""Other processes give the figures of this one; and what becomes of a run that loses one."""

import multiprocessing
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool

import pytest

from analysis.pipeline.places import WorkerLost
from analysis.pipeline.processes import Processes
from tests.analysis.long_pilot import UNITS, computed, whole_windows
from tests.waiting import wait_for


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


def much(length: int) -> bytes:
    return bytes(length)


def test_a_process_killed_halfway_through_telling_its_result_is_noticed():
    with Processes() as kept, kept.used(2) as pool:
        # A pipe holds 64 KiB: nearly all the time somebody is in the middle of telling.
        told = [pool.submit(much, 100_000_000) for _ in range(6)]
        told[0].result(60)
        multiprocessing.active_children()[0].kill()
        done, waiting = wait(told, timeout=60)
        assert not waiting
        assert any(isinstance(each.exception(), BrokenProcessPool) for each in done)


def children() -> set[int | None]:
    return {child.pid for child in multiprocessing.active_children()}


def test_processes_that_are_kept_compute_in_one_run_after_the_other_and_end_when_closed(folder, undisturbed):
    with Processes() as kept:
        kept.start(2)
        started = children()
        done = computed(folder, workers=2, processes=kept)
        assert (done.where, done.workers, done.units) == ("processes", 2, UNITS)
        assert computed(folder, workers=2, processes=kept).days == 0
        assert children() == started
    assert len(started) == 2
    assert children() == set()
    assert whole_windows(folder) == undisturbed


def test_processes_end_when_no_run_has_used_them_for_a_while():
    kept = Processes(idle_s=0.05)
    with kept.used(1) as executor:
        assert executor.submit(abs, -1).result() == 1
    wait_for(lambda: not children(), "the end of the idle process")
    with kept.used(1) as executor:
        assert executor.submit(abs, -2).result() == 2
    kept.close()
    assert children() == set()


def test_a_process_that_was_killed_while_idle_is_started_anew():
    with Processes() as kept:
        first = kept.start(2)
        (killed, _) = multiprocessing.active_children()
        killed.kill()
        wait_for(lambda: kept.start(2) is not first, "that its end is noticed")
        assert killed.pid not in children()
        with kept.used(2) as executor:
            assert executor.submit(abs, -1).result() == 1
    assert children() == set()


def test_a_run_that_ends_in_error_takes_no_work_of_its_own_into_the_next():
    begun: list[Future[int]] = []

    def interrupted(kept: Processes) -> None:
        with kept.used(1) as executor:
            begun.extend(executor.submit(sum, range(10_000_000)) for _ in range(9))
            raise KeyboardInterrupt

    with Processes() as kept:
        with pytest.raises(KeyboardInterrupt):
            interrupted(kept)
        assert begun[-1].cancelled()
        with kept.used(1) as executor:
            assert executor.submit(abs, -1).result() == 1
