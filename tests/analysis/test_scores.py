"""Totals of instruments that staff record, phase against phase."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from analysis.pipeline import PilotData, ScoreRow, score_rows
from pilots.plan import read_plan
from pilots.records import Score
from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore

PLAN = """\
pilot: natt
title: Natt
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
  - {name: pilot, start: 2026-03-09, end: 2026-06-28, wash_in_days: 14}
groups: {intervention: 8, comparison: 4}
"""
BEFORE, LATER_BEFORE = date(2026, 1, 20), date(2026, 3, 1)
WASH_IN, AFTER = date(2026, 3, 12), date(2026, 6, 1)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    opened.add_pilot(read_plan(PLAN), PLAN)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    opened = DuckDBStore.open(tmp_path / "readings.duckdb")
    yield opened
    opened.close()


def rows(registry: Registry, store: DuckDBStore, *, suppress: bool = False) -> dict[str, ScoreRow]:
    found = score_rows(PilotData(registry, store, "natt"), suppress=suppress)
    return {row.group: row for row in found}


def test_the_last_total_of_each_phase_is_compared_and_wash_in_is_left_out(
    registry: Registry, store: DuckDBStore
) -> None:
    codes = registry.add_participants("natt", "intervention", 8, ["forms"])
    for number, code in enumerate(codes):
        registry.put_scores(
            "natt",
            [
                Score(code, "mna_sf", BEFORE, 5),
                Score(code, "mna_sf", LATER_BEFORE, 8),
                Score(code, "mna_sf", WASH_IN, 3),
                *([Score(code, "mna_sf", AFTER, 10 + number % 3)] if number < 7 else ()),
            ],
        )
    ours = rows(registry, store)["intervention"]
    assert (ours.low, ours.high, ours.direction) == (0, 14, "up")
    assert (ours.n_started, ours.n) == (8, 7)
    assert ours.before == 8
    assert ours.after == pytest.approx(76 / 7)
    assert ours.estimate == 3
    assert ours.ci_low is not None
    assert ours.ci_low > 0
    assert ours.reason is None


def test_few_pairs_have_a_change_and_no_interval(registry: Registry, store: DuckDBStore) -> None:
    codes = registry.add_participants("natt", "intervention", 5, ["forms"])
    registry.put_scores("natt", [Score(code, "roag", BEFORE, 12) for code in codes])
    registry.put_scores("natt", [Score(code, "roag", AFTER, 10) for code in codes])
    ours = rows(registry, store)["intervention"]
    assert (ours.estimate, ours.ci_low, ours.reason) == (-2, None, "too_few_participants")


def test_one_to_four_are_hidden_from_who_sees_groups(registry: Registry, store: DuckDBStore) -> None:
    codes = registry.add_participants("natt", "intervention", 8, ["forms"])
    registry.put_scores("natt", [Score(code, "downton", BEFORE, 3) for code in codes[:3]])
    hidden = rows(registry, store, suppress=True)["intervention"]
    assert hidden.suppressed
    assert (hidden.n_started, hidden.n, hidden.before, hidden.reason) == (
        *(None,) * 3,
        "too_few_participants",
    )
    assert rows(registry, store)["intervention"].n == 0


def test_an_instrument_that_nobody_used_has_no_row(registry: Registry, store: DuckDBStore) -> None:
    registry.add_participants("natt", "intervention", 8, ["forms"])
    assert rows(registry, store) == {}


def test_a_score_changes_the_fingerprint_of_the_pilots_data(registry: Registry, store: DuckDBStore) -> None:
    (code,) = registry.add_participants("natt", "intervention", 1, ["forms"])
    before = PilotData(registry, store, "natt").fingerprint
    registry.put_scores("natt", [Score(code, "npi_nh", BEFORE, 30)])
    assert PilotData(registry, store, "natt").fingerprint != before
