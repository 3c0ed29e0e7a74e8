"""Series are made of rows by Grafana's own library: our answers become series there, as the walker says."""

import pytest

from api.grafana import dashboards
from tests.api.grafana.checks import dashboards as by_hand
from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.infinity import Frame, check_wide
from tests.api.grafana.checks.walker import places, shown
from tests.api.grafana.sdk_frames import Framing
from tests.api.grafana.told import FULL, SUPPRESSED, Told

MONDAY, TUESDAY = "2026-03-23T00:00:00+01:00", "2026-03-24T00:00:00+01:00"
TYPES = {"time": "timestamp", "value": "number", "group": "string"}


@pytest.fixture(scope="session")
def framing(tmp_path_factory: pytest.TempPathFactory) -> Framing:
    return Framing.built(tmp_path_factory.mktemp("framing"))


def frame(*rows: tuple[str | None, float | None, str]) -> Frame:
    columns = zip(*rows, strict=True)
    return Frame(dict(zip(TYPES, map(list, columns), strict=True)), TYPES)


def test_rows_of_two_groups_become_two_series(framing: Framing) -> None:
    both = frame((MONDAY, 1.0, "a"), (MONDAY, None, "b"), (TUESDAY, 3.0, "a"))
    check_wide(both)
    (made,) = framing.framed([both])
    assert (made.type, made.rows, made.series) == ("wide", 2, 2)


@pytest.mark.parametrize(
    "faulty",
    [
        frame((TUESDAY, 1.0, "a"), (MONDAY, 2.0, "a")),
        frame((MONDAY, 1.0, "a"), (None, 2.0, "a")),
    ],
    ids=["descending", "without a time"],
)
def test_what_the_walker_refuses_does_not_become_series(framing: Framing, faulty: Frame) -> None:
    with pytest.raises(Fault):
        check_wide(faulty)
    (made,) = framing.framed([faulty])
    assert made.type != "wide"
    assert made.error


def test_a_bool_becomes_a_label_as_the_walker_fears(framing: Framing) -> None:
    rows = frame((MONDAY, 1.0, "a"), (MONDAY, None, "a"))
    marked = Frame({**rows.fields, "suppressed": [False, True]}, {**rows.types, "suppressed": "boolean"})
    (made,) = framing.framed([marked])
    assert made.series == 2, "the hidden value would be a series of its own"


@pytest.mark.parametrize("pilot", [FULL, SUPPRESSED])
@pytest.mark.parametrize("stem", sorted(dashboards("sv")))
def test_every_time_series_becomes_series(framing: Framing, told: Told, stem: str, pilot: str) -> None:
    frames = {}
    for dashboard in (dashboards("sv")[stem], dashboards("sv", told.plans[pilot])[stem]):
        for place, _, answer in told.answered(dashboard, pilot):
            if place.query["format"] == "timeseries":
                frames[answer.address, str(place)] = answer.frame
    filled = {key: each for key, each in frames.items() if each.rows}
    made = framing.framed(filled.values())
    assert {key: each.error for key, each in zip(filled, made, strict=True) if each.type != "wide"} == {}
    for found, each in zip(filled.values(), made, strict=True):
        labels = [found.fields[text] for text in found.of_type("string")]
        several = len(set(zip(*labels, strict=True))) if labels else 1
        assert each.series == several * len(found.of_type("number"))


def test_a_time_series_by_hand_becomes_series(framing: Framing, told: Told) -> None:
    (place,) = [each for each in places(by_hand.faultless()) if each.kind == "timeseries"]
    values = {**told.chosen(FULL), "metric": "bed_exits_per_night"}
    (made,) = framing.framed([shown(place, values, told.ask(FULL)).frame])
    assert (made.type, made.series) == ("wide", 2)
