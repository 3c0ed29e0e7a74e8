"""What the leader tells of a pilot: recruitment, units, who left and why, texts, products, reports."""

from datetime import date

import pytest

from pilots.civil_time import midnight
from pilots.errors import (
    InvalidLeaving,
    InvalidRecruitment,
    UnknownGroup,
    UnknownParticipant,
    UnknownProduct,
    UnknownSection,
    UnknownUnit,
)
from pilots.plan import read_plan
from pilots.products import product_of
from pilots.records import Assignment, Recruitment
from pilots.registry import Registry
from tests.pilots.conftest import Clock
from tests.pilots.plans import MINIMAL

CODE = "K7Q-4TD"
DAY_US = 86_400_000_000
WITH_UNITS = (
    MINIMAL.replace("pilot: natt", "pilot: dag")
    + "units: [A, B]\nproducts: [{name: S, kind: bed}, {name: T, kind: gps}, {name: U, kind: gps}]\n"
)


@pytest.fixture
def told(registry: Registry) -> Registry:
    """With the pilot "dag", which has units and products, and one participant in "natt"."""
    registry.add_pilot(read_plan(WITH_UNITS), WITH_UNITS)
    registry.add_participants("natt", "intervention", 1, ["bed"], codes=[CODE])
    return registry


def test_recruitment_is_told_by_group_and_told_anew(told: Registry) -> None:
    told.put_recruitment("natt", Recruitment("intervention", 40, 8, 4))
    told.put_recruitment("natt", Recruitment("comparison", 20, 3, 1))
    told.put_recruitment("natt", Recruitment("intervention", 41, 9, 4))
    assert told.recruitment("natt") == [
        Recruitment("comparison", 20, 3, 1),
        Recruitment("intervention", 41, 9, 4),
    ]
    assert told.recruitment("dag") == []


def test_recruitment_that_cannot_be_is_refused(told: Registry) -> None:
    with pytest.raises(
        InvalidRecruitment, match="9 declined and 4 not eligible are more than the 12 invited"
    ):
        told.put_recruitment("natt", Recruitment("intervention", 12, 9, 4))
    with pytest.raises(InvalidRecruitment, match="below 0"):
        told.put_recruitment("natt", Recruitment("intervention", 12, -1, 0))
    with pytest.raises(UnknownGroup):
        told.put_recruitment("natt", Recruitment("control", 1, 0, 0))
    with pytest.raises(InvalidRecruitment, match="1 take part, of 12 invited less 12 lost"):
        told.put_recruitment("natt", Recruitment("intervention", 12, 8, 4))


def test_participants_belong_to_a_unit_of_the_plan(told: Registry) -> None:
    told.add_participants("dag", "intervention", 2, [], unit="B")
    assert [each.unit for each in told.participants("dag")] == ["B", "B"]
    assert [each.unit for each in told.participants("natt")] == [None]
    with pytest.raises(UnknownUnit, match='pilot "dag" has no unit "C": its plan has A, B'):
        told.add_participants("dag", "intervention", 1, [], unit="C")
    code = told.participants("dag")[0].code
    told.set_unit("dag", code.lower(), "A")
    assert {each.code: each.unit for each in told.participants("dag")}[code] == "A"
    with pytest.raises(UnknownUnit, match='pilot "dag" has no unit "C": its plan has A, B'):
        told.set_unit("dag", code, "C")
    with pytest.raises(UnknownParticipant):
        told.set_unit("natt", code, "A")
    with pytest.raises(UnknownUnit, match='pilot "natt" has no unit "A": its plan has none'):
        told.add_participants("natt", "intervention", 1, [], unit="A")


def test_who_leaves_has_devices_no_longer_and_keeps_what_was_before(told: Registry, clock: Clock) -> None:
    joined, zone = clock(), told.pilot("natt").plan.zone
    for number in range(3):
        told.add_device("natt", f"bed-{number}", "bed")
    told.assign("natt", "bed-0", CODE, joined)
    told.assign("natt", "bed-1", CODE, joined, joined + 10 * DAY_US)
    told.assign("natt", "bed-2", CODE, joined + 6 * DAY_US)
    clock.go_on(8 * 86_400)
    left = midnight(date(2026, 1, 15), zone)
    told.leave("natt", CODE, "moved", on=date(2026, 1, 14))
    (person,) = told.participants("natt")
    assert (person.left_us, person.left_because) == (left, "moved")
    assert told.assignments("natt") == [
        Assignment("bed-0", CODE, joined, left),
        Assignment("bed-1", CODE, joined, left),
    ]


def test_an_assignment_that_was_over_stays_as_it_was_when_somebody_leaves(
    told: Registry, clock: Clock
) -> None:
    told.add_device("natt", "bed-0", "bed")
    told.assign("natt", "bed-0", CODE, clock(), clock() + 5)
    before = told.assignments("natt")
    clock.go_on(60)
    told.leave("natt", CODE, "completed", on=date(2026, 1, 10))
    assert told.assignments("natt") == before
    assert told.participants("natt")[0].left_us == clock()


def test_leaving_for_no_known_reason_or_at_an_impossible_time_is_refused(
    told: Registry, clock: Clock
) -> None:
    with pytest.raises(InvalidLeaving, match='"bored" is no reason for leaving that we count: choose among'):
        told.leave("natt", CODE, "bored")
    for day in (date(2026, 1, 8), date(2026, 1, 11)):
        with pytest.raises(
            InvalidLeaving,
            match=f"{CODE} cannot have left on {day}: they joined on 2026-01-10, "
            "and today is 2026-01-10; give a day from then on",
        ):
            told.leave("natt", CODE, "died", on=day)
    assert told.participants("natt")[0].left_us is None


def test_texts_are_kept_by_section_in_the_order_of_the_report_and_an_empty_one_clears(told: Registry) -> None:
    told.put_text("natt", "lessons", "Först.\r\n\r\nSedan.\n")
    told.put_text("natt", "purpose", "Lugnare nätter.")
    assert list(told.texts("natt").items()) == [
        ("purpose", "Lugnare nätter."),
        ("lessons", "Först.\n\nSedan."),
    ]
    told.put_text("natt", "purpose", " \n")
    assert list(told.texts("natt")) == ["lessons"]
    with pytest.raises(UnknownSection, match='there is no section "thanks": write purpose, need'):
        told.put_text("natt", "thanks", "x")


def test_a_device_is_the_product_it_names_or_the_only_one_of_its_kind(told: Registry) -> None:
    plan = told.pilot("dag").plan
    told.add_device("dag", "bed-1", "bed")
    told.add_device("dag", "gps-1", "gps", product="U")
    told.add_device("dag", "gps-2", "gps")
    told.add_device("dag", "cam-1", "camera")
    found = [product_of(plan, device) for device in told.devices("dag")]
    assert [product and product.name for product in found] == ["S", None, "U", None]
    with pytest.raises(UnknownProduct, match='no product "S" of kind gps: its plan has T, U'):
        told.add_device("dag", "gps-3", "gps", product="S")


def test_a_report_is_noted_once_while_the_pilot_stands_in_its_stage(told: Registry, clock: Clock) -> None:
    first = told.note_report("natt", sha256="a", data_fingerprint="f")
    clock.go_on(1)
    assert told.note_report("natt", sha256="a", data_fingerprint="f") == first
    other = told.note_report("natt", sha256="b", data_fingerprint="g")
    assert told.reports("natt") == [first, other]
    assert (other.made_us, other.round) == (clock(), 1)


def test_figures_are_told_to_have_changed_with_what_the_report_shows(told: Registry) -> None:
    before = told.figures_revision()
    told.put_text("natt", "lessons", "x")
    told.put_recruitment("natt", Recruitment("intervention", 1, 0, 0))
    told.leave("natt", CODE, "other")
    assert told.figures_revision()[0] == before[0] + 3
