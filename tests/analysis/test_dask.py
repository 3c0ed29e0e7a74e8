"""A Dask cluster gives the figures of this process, also when it loses a worker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest

from analysis.pipeline.months import attempt
from tests.analysis.analyse_run import Run
from tests.analysis.long_pilot import UNITS, computed, installation_of, whole_windows
from tests.analysis.pipeline_pilot import PILOT
from tests.brokers import free_port
from tests.dask_cluster import ENOUGH_S, DaskCluster

pytest.importorskip("distributed", reason="no Dask: install pilotbed[dask]")

WITHOUT = "import sys; sys.modules[{module!r}] = None; from {package} import main; main()"
"""A program that finds one module not installed."""


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    """What a command says besides its bar: one line."""
    [said] = [line for line in done.stderr.splitlines() if not line.startswith("Days computed ")]
    return said


@pytest.fixture
def cluster(tmp_path) -> Iterator[DaskCluster]:
    (tmp_path / "dask").mkdir()
    with DaskCluster(tmp_path / "dask", workers=3) as started:
        yield started


def test_a_worker_killed_in_mid_run_changes_no_figure(folder, cluster, undisturbed):
    killed = []

    def kill_one(done: int, of: int) -> None:
        if done and not killed:
            killed.append(done / of)
            cluster.workers[0].kill()

    done = computed(folder, scheduler=cluster.address, progress=kill_one)
    assert (done.where, done.workers, done.units) == ("dask", 3, UNITS)
    assert 0 < killed[0] < 0.5
    assert whole_windows(folder) == undisturbed


def test_a_month_that_kills_its_workers_fails_and_the_others_are_computed(
    folder, tmp_path, undisturbed, monkeypatch
):
    deadly = date(2025, 3, 1)

    def compute(unit):
        if unit.month == deadly and unit.beds[0].device == "bed-0":
            os.kill(os.getpid(), signal.SIGKILL)
        return attempt(unit)

    (tmp_path / "dask").mkdir()
    with DaskCluster(tmp_path / "dask", workers=6) as cluster:  # one more dies each time, and three may
        with monkeypatch.context() as patched:
            patched.setattr("analysis.pipeline.daily.attempt", compute)
            done = computed(folder, scheduler=cluster.address)
        [failed] = done.failed
        assert (failed.month, done.units) == (deadly, UNITS - 1)
        assert "workers that computed it died again and again" in failed.reason
        mended = computed(folder, scheduler=cluster.address)
    assert mended.failed == []
    assert whole_windows(folder) == undisturbed


def test_a_scheduler_that_is_lost_leaves_what_was_computed_and_the_next_run_goes_on(
    folder, cluster, undisturbed
):
    run = Run(folder, PILOTBED_SCHEDULER=cluster.address)
    run.wait_for_values(1)
    cluster.kill()
    assert run.ends() == 1
    [said] = run.said
    assert f"the Dask scheduler at {cluster.address} was lost on the way" in said
    assert 0 < len(whole_windows(folder)) < len(undisturbed)
    assert 0 < computed(folder).units < UNITS
    assert whole_windows(folder) == undisturbed


def test_analyse_lets_the_cluster_compute(folder, cluster):
    done = installation_of(folder).json("analyse", PILOT, "--scheduler", cluster.address)
    assert (done["where"], done["workers"], done["units"]) == ("dask", 3, UNITS)
    assert done["seconds"] > 0
    again = installation_of(folder, PILOTBED_SCHEDULER=cluster.address).json("analyse", PILOT)
    assert (again["days"], again["values"], again["units"]) == (0, 0, 0)


def test_where_nobody_answers_the_address_is_named(folder):
    address = f"tcp://127.0.0.1:{free_port()}"
    refused = installation_of(folder).run("analyse", PILOT, "--scheduler", address, exit_code=1)
    assert f"no Dask scheduler answers at {address}" in refusal(refused)


def test_a_scheduler_that_does_not_answer_is_said_also_where_nothing_is_to_be_computed(folder):
    computed(folder)
    address = f"tcp://127.0.0.1:{free_port()}"
    refused = installation_of(folder).run("analyse", PILOT, "--scheduler", address, exit_code=1)
    assert f"no Dask scheduler answers at {address}" in refusal(refused)


@pytest.mark.parametrize("address", ["dask://there:8786", "there"])
def test_what_is_no_address_is_said(folder, address):
    refused = installation_of(folder).run("analyse", PILOT, "--scheduler", address, exit_code=1)
    assert f"no Dask scheduler answers at {address}: " in refusal(refused)


def test_a_scheduler_without_workers_is_refused(folder, tmp_path):
    (tmp_path / "dask").mkdir()
    with DaskCluster(tmp_path / "dask", workers=0) as alone:
        refused = installation_of(folder).run("analyse", PILOT, "--scheduler", alone.address, exit_code=1)
    assert f"has no workers: start some with `dask worker {alone.address}`" in refusal(refused)


def test_a_worker_without_pilotbed_is_named(folder, tmp_path):
    (tmp_path / "dask").mkdir()
    with DaskCluster(tmp_path / "dask", workers=1) as cluster:
        program = WITHOUT.format(module="analysis", package="distributed.cli.dask_worker")
        cluster.start_worker("bare", sys.executable, "-c", program)
        refused = installation_of(folder).run("analyse", PILOT, "--scheduler", cluster.address, exit_code=1)
    assert "has not our methods" in refusal(refused)
    assert "install the same pilotbed[dask] there as here" in refusal(refused)


def test_without_dask_here_the_extra_is_named(folder):
    program = WITHOUT.format(module="distributed", package="pilotbed.cli")
    command = (sys.executable, "-c", program, "analyse", PILOT, "--scheduler", "tcp://127.0.0.1:8786")
    refused = subprocess.run(
        command,
        env=installation_of(folder).environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=ENOUGH_S,
    )
    assert refused.returncode == 1
    assert "needs Dask: install pilotbed[dask], here and on every worker" in refusal(refused)


def test_a_service_computes_where_its_own_settings_say(folder, cluster, undisturbed):
    installation = installation_of(folder, PILOTBED_SCHEDULER=cluster.address)
    with installation.up() as service:
        refused = installation.run("analyse", PILOT, "--scheduler", cluster.address, exit_code=1)
        assert f"the service at {service.access['http']} owns the readings" in refused.stderr
        done = installation.json("analyse", PILOT)
        assert (done["where"], done["workers"], done["units"]) == ("dask", 3, UNITS)
    assert whole_windows(folder) == undisturbed


def test_a_service_says_when_its_scheduler_is_away(folder):
    address = f"tcp://127.0.0.1:{free_port()}"
    installation = installation_of(folder, PILOTBED_SCHEDULER=address)
    with installation.up():
        refused = installation.run("analyse", PILOT, exit_code=1)
    assert f"no Dask scheduler answers at {address}" in refused.stderr
