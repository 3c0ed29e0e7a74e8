"""Recomputations that overlap, as of several processes on servers, end with the figures of one alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from analysis.pipeline.daily import _look, recompute
from analysis.pipeline.last_run import LastRun
from analysis.pipeline.reading import with_readings
from analysis.pipeline.runs import ParticipantRun
from pilots.civil_time import noon, now
from tests.analysis.beds import SECOND
from tests.analysis.pipeline_pilot import PILOT, ZONE, SmallPilot

FIRST = date(2026, 1, 12)
ENOUGH_S = 60


@pytest.fixture
def pilot(tmp_path):
    opened = SmallPilot.open(tmp_path, FIRST, FIRST + timedelta(days=9))
    opened.stand("log-1", "visits")
    opened.stand("bed-1", "bed")
    opened.sleep("bed-1", opened.days[:4])
    for night in opened.days:
        shift(opened, night)
    opened.recompute()
    yield opened
    opened.close()


def shift(pilot: SmallPilot, night: date) -> None:
    """The log of a night is complete."""
    closed = noon(night + timedelta(days=1), ZONE) - 4 * 3600 * SECOND
    pilot.send("visit", "log-1", [closed], visit=["s"], mode=["shift_closed"])


def visit(pilot: SmallPilot, night: date, hour: int) -> None:
    at = noon(night, ZONE) + hour * 3600 * SECOND
    pilot.send("visit", "log-1", [at], visit=[f"v{hour}"], mode=["physical"])


@contextmanager
def held_before_writing(pilot: SmallPilot) -> Iterator[Callable[[], None]]:
    """A run that has computed what is stale now, and writes when it is let go on."""
    computed, go_on = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def hold(done: int, of: int) -> None:
        if done and done == of and not computed.is_set():
            computed.set()
            assert go_on.wait(ENOUGH_S)

    def run() -> None:
        try:
            recompute(pilot.registry, pilot.store, PILOT, progress=hold)
        except BaseException as error:
            failures.append(error)
        finally:
            computed.set()

    def write() -> None:
        go_on.set()
        thread.join(ENOUGH_S)
        assert not failures

    thread = threading.Thread(target=run)
    thread.start()
    assert computed.wait(ENOUGH_S)
    try:
        yield write
    finally:
        write()


def from_scratch(pilot: SmallPilot) -> list:
    pilot.forget()
    pilot.recompute()
    return pilot.registry.daily_values(PILOT)


def test_a_slow_run_between_two_others_leaves_no_old_value_behind(pilot):
    early, other = pilot.days[1], pilot.days[3]
    visit(pilot, early, 10)
    with held_before_writing(pilot) as write_the_first:
        visit(pilot, early, 11)
        pilot.recompute()
        visit(pilot, other, 10)
        with held_before_writing(pilot) as write_the_third:
            write_the_first()
            write_the_third()
    pilot.recompute()
    assert pilot.values("physical_visits_per_night")[early] == 2
    assert pilot.values("physical_visits_per_night")[other] == 1
    stands = pilot.registry.daily_values(PILOT)
    assert from_scratch(pilot) == stands


def test_a_run_that_was_overtaken_ends_with_what_is_true_when_it_ends(pilot):
    night = pilot.days[2]
    visit(pilot, night, 10)
    with held_before_writing(pilot) as write:
        visit(pilot, night, 11)
        pilot.recompute()
        write()
        assert pilot.values("physical_visits_per_night")[night] == 2


def test_figures_that_a_slow_first_run_alone_has_do_not_stay(pilot):
    pilot.stand("button-1", "alarm")
    at = noon(pilot.days[1], ZONE)
    pilot.send("alarm", "button-1", [at], alarm=["a"], stage=["raised"], cause=["button"])
    with held_before_writing(pilot) as write:
        # Now known to have been a test: the day has no alarm, and so no time to answer one.
        pilot.send("alarm", "button-1", [at], alarm=["a"], stage=["raised"], cause=["test"])
        pilot.recompute()
        write()
    stands = pilot.registry.daily_values(PILOT)
    assert from_scratch(pilot) == stands


def begun(pilot: SmallPilot) -> Iterator[ParticipantRun]:
    """The first participant's part of a run that has looked at what is stale; it reads when asked for."""
    looked = _look(pilot.registry, pilot.store, PILOT, now(), LastRun())
    runs = [run for run in looked.runs if run.participant == pilot.codes[0]]
    return with_readings(runs, pilot.store, looked.sources)


def test_epochs_that_another_run_has_put_in_place_meanwhile_are_not_built_upon(pilot):
    pilot.sleep("bed-1", [pilot.days[4]])
    runs = begun(pilot)
    block = pilot.store.epochs("bed-1", 0, 2**62)[3]
    pilot.store.put_epochs([replace(block, fingerprint=block.fingerprint + 1)])
    run = next(runs)
    assert list(run.units(pilot.store)) == []
    assert run.overtaken
    run = next(begun(pilot))
    assert next(run.units(pilot.store))
    assert not run.overtaken
