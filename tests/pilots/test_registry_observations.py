"""Scores, weighings and logged events: what staff measure and write down themselves."""

from datetime import date

import pytest

from pilots.errors import InvalidObservation, UnknownParticipant
from pilots.instruments import INSTRUMENTS
from pilots.records import LoggedEvent, Score, Weighing
from pilots.registry import Registry

CODE = "K7Q-4TD"
DAY = date(2026, 1, 20)


@pytest.fixture
def staffed(registry: Registry) -> Registry:
    registry.add_participants("natt", "intervention", 1, ["bed"], codes=[CODE])
    return registry


def test_scores_are_kept_by_instrument_participant_and_day_and_the_last_told_counts(
    staffed: Registry,
) -> None:
    staffed.put_scores("natt", [Score(CODE, "mna_sf", DAY, 11), Score(CODE, "downton", DAY, 3)])
    staffed.put_scores("natt", [Score(CODE, "mna_sf", DAY, 12)])
    assert staffed.scores("natt") == [Score(CODE, "downton", DAY, 3.0), Score(CODE, "mna_sf", DAY, 12.0)]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_score_may_be_anything_within_its_instruments_range_and_nothing_outside(
    staffed: Registry, name: str
) -> None:
    low, high = INSTRUMENTS[name].low, INSTRUMENTS[name].high
    staffed.put_scores("natt", [Score(CODE, name, DAY, low), Score(CODE, name, date(2026, 2, 1), high)])
    for value in (low - 1, high + 1, low + 0.5, float("nan"), float("inf")):
        with pytest.raises(InvalidObservation, match=rf"whole number from {low} to {high}"):
            staffed.put_scores("natt", [Score(CODE, name, date(2026, 3, 1), value)])
    assert len(staffed.scores("natt")) == 2


def test_weighings_and_logged_events_are_kept_once_by_time(staffed: Registry) -> None:
    for _ in range(2):
        staffed.put_weighings("natt", [Weighing(CODE, 5, 71.5)])
        staffed.put_logged_events("natt", [LoggedEvent(CODE, 7, "fall"), LoggedEvent(CODE, 7, "call")])
    staffed.put_weighings("natt", [Weighing(CODE, 5, 72)])
    assert staffed.weighings("natt") == [Weighing(CODE, 5, 72.0)]
    assert staffed.logged_events("natt") == [LoggedEvent(CODE, 7, "call"), LoggedEvent(CODE, 7, "fall")]


def test_what_cannot_be_is_refused_and_none_of_it_is_kept(staffed: Registry) -> None:
    with pytest.raises(InvalidObservation, match='unknown instrument "mmse": it is one of mna_sf'):
        staffed.put_scores("natt", [Score(CODE, "downton", DAY, 1), Score(CODE, "mmse", DAY, 1)])
    for kg in (0, -1, 401, float("nan")):
        with pytest.raises(InvalidObservation, match="is not a person's weight"):
            staffed.put_weighings("natt", [Weighing(CODE, 1, kg)])
    with pytest.raises(InvalidObservation, match='unknown kind "party": it is one of fall, bed_exit'):
        staffed.put_logged_events("natt", [LoggedEvent(CODE, 1, "party")])
    with pytest.raises(UnknownParticipant, match="no participant HHH-HHH"):
        staffed.put_weighings("natt", [Weighing(CODE, 1, 70), Weighing("HHH-HHH", 1, 70)])
    assert staffed.scores("natt") == staffed.weighings("natt") == staffed.logged_events("natt") == []
