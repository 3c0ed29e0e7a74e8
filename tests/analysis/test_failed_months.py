"""A month that cannot be computed or written keeps no other from it, and is tried again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.analysis.long_pilot import installation_of
from tests.analysis.pipeline_pilot import PILOT, SmallPilot

FIRST = date(2026, 1, 28)


@pytest.fixture
def pilot(tmp_path):
    opened = SmallPilot.open(tmp_path, FIRST, FIRST + timedelta(days=9))
    for number, code in enumerate(opened.codes):
        opened.stand(f"bed-{number}", "bed", code=code)
        opened.sleep(f"bed-{number}", opened.days[:6])
    yield opened
    opened.close()


def damage(pilot):
    """Spoil what is kept of the first participant's bed in February, and let new nights ask for it."""
    block = pilot.store.epochs("bed-0", 0, 2**62)[5]
    pilot.store.put_epochs([replace(block, content=b"\x02spoilt")])
    for number in range(2):
        pilot.sleep(f"bed-{number}", pilot.days[6:])
    return block


@pytest.mark.parametrize("workers", [1, 2])
def test_the_other_months_go_on_and_the_failed_one_is_tried_again(pilot, monkeypatch, workers):
    monkeypatch.setattr("analysis.pipeline.daily.OTHERS_FROM_WINDOWS", 0)
    pilot.recompute()
    before = pilot.rows("weight_kg")
    block = damage(pilot)
    for _ in range(2):
        done = pilot.recompute(workers=workers)
        [failed] = done.failed
        assert (failed.participant, failed.month) == (pilot.codes[0], date(2026, 2, 1))
        assert "epoch_bytes.py line " in failed.reason
        assert pilot.rows("weight_kg") == before
        assert pilot.days[-1] in pilot.values("weight_kg", participant=1)
    pilot.store.put_epochs([block])
    assert pilot.recompute(workers=workers).failed == []
    mended = pilot.registry.daily_values(PILOT)
    pilot.forget()
    pilot.recompute()
    assert pilot.registry.daily_values(PILOT) == mended


def test_analyse_tells_what_failed_and_exits_with_1(pilot):
    pilot.recompute()
    damage(pilot)
    code = pilot.codes[0]
    pilot.close()
    command = installation_of(pilot.folder)
    told = command.run("analyse", PILOT, "--json", exit_code=1)
    pilot.reopen()
    assert f'"participant": "{code}"' in told.stdout
    assert '"month": "2026-02-01"' in told.stdout
    assert f"{code}, month from 2026-02-01: " in told.stderr
    assert "the other months are computed; the next run tries these again" in told.stderr
