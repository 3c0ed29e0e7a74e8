"""Other processes give the figures of this one; and what becomes of a run that loses one."""

import multiprocessing
import shutil
from pathlib import Path

import pytest

from analysis.pipeline import Recomputed, recompute
from analysis.pipeline.places import WorkerLost
from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore
from tests.analysis.long_pilot import UNITS, long_pilot, whole_windows
from tests.analysis.pipeline_pilot import PILOT


def computed(folder: Path, **options) -> Recomputed:
    registry = Registry.open(f"sqlite:{folder / 'registry.db'}")
    store = DuckDBStore.open(folder / "readings.duckdb")
    try:
        return recompute(registry, store, PILOT, **options)
    finally:
        store.close()
        registry.close()


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pilot") / "raw"
    long_pilot(folder)
    return folder


@pytest.fixture(scope="module")
def here(raw) -> dict:
    """What stands after a run in this process."""
    folder = shutil.copytree(raw, raw.with_name("here"))
    done = computed(folder)
    assert (done.where, done.workers, done.units) == ("here", 1, UNITS)
    return whole_windows(folder)


@pytest.fixture
def folder(raw, tmp_path) -> Path:
    return shutil.copytree(raw, tmp_path / "pilot")


def test_processes_give_the_figures_of_one(folder, here):
    done = computed(folder, workers=2)
    assert (done.where, done.workers, done.units) == ("processes", 2, UNITS)
    assert whole_windows(folder) == here


def test_where_a_process_is_killed_what_was_computed_stands_and_the_next_run_goes_on(folder, here):
    killed = []

    def kill_one(done: int, of: int) -> None:
        if done > of // 2 and not killed:
            killed.append(done)
            multiprocessing.active_children()[0].kill()

    with pytest.raises(WorkerLost, match="ended from outside"):
        computed(folder, workers=2, progress=kill_one)
    stands = whole_windows(folder)
    assert 0 < len(stands) < len(here)
    assert stands.items() <= here.items()
    assert computed(folder).unchanged > 0
    assert whole_windows(folder) == here
    assert multiprocessing.active_children() == []
