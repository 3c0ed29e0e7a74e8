"""Visits of a planning system: which log they belong to, and which nights are complete."""

from datetime import date

import pytest

from pilots.civil_time import parse_time
from pilots.errors import ImportFileError
from pilots.imports.import_map import Complete
from pilots.imports.rows import Cells
from pilots.imports.visit_logs import Visit, visits_of
from pilots.plan import read_plan
from pilots.records import Assignment, Device
from tests.pilots.plans import MINIMAL

PLAN = read_plan(MINIMAL)
DEVICES = [
    Device("rum-1", PLAN.pilot, "visits", "native", None, None),
    Device("rum-2", PLAN.pilot, "visits", "native", None, None),
    Device("bed-1", PLAN.pilot, "bed", "native", None, 10.0),
]


def at(text: str) -> int:
    return parse_time(text, PLAN.zone)


MOVED = at("2026-02-01T12:00")
ASSIGNMENTS = [
    Assignment("rum-1", "K7Q-4TD", at("2026-01-12"), MOVED),
    Assignment("rum-2", "K7Q-4TD", MOVED, None),
    Assignment("bed-1", "K7Q-4TD", at("2026-01-12"), None),
]


def visits(*rows: Cells, complete: Complete | None = None) -> list[Visit]:
    return visits_of(rows, complete, PLAN, DEVICES, ASSIGNMENTS, "file.csv")


def row(number: int, when: str, **fields: str) -> Cells:
    return Cells(number, {"time": at(when), "mode": "physical", **fields})


def test_a_participants_visit_goes_to_the_log_of_the_room_they_lived_in_then() -> None:
    found = visits(
        row(2, "2026-01-20T03:00", participant="K7Q-4TD"), row(3, "2026-02-20T03:00", participant="K7Q-4TD")
    )
    assert [visit.device for visit in found] == ["rum-1", "rum-2"]
    assert all("participant" not in visit.fields for visit in found)


def test_who_had_no_log_then_is_named_with_the_way_out() -> None:
    with pytest.raises(ImportFileError, match="stood with no visit log at 2026-01-01T03:00:00") as refused:
        visits(row(7, "2026-01-01T03:00", participant="K7Q-4TD"))
    assert "file.csv line 7" in str(refused.value)
    assert "--kind visits" in str(refused.value)


def test_a_bed_is_no_visit_log() -> None:
    with pytest.raises(ImportFileError, match='"bed-1" is no visit log of natt: there are rum-1, rum-2'):
        visits(row(2, "2026-01-20T03:00", device="bed-1"))


def test_the_same_file_twice_is_the_same_visits_and_two_alike_are_two() -> None:
    once = visits(row(2, "2026-01-20T03:00", device="rum-1"), row(3, "2026-01-20T03:00", device="rum-1"))
    again = visits(row(5, "2026-01-20T03:00", device="rum-1"), row(9, "2026-01-20T03:00", device="rum-1"))
    assert [v.fields for v in once] == [v.fields for v in again]
    assert once[0].fields["visit"] != once[1].fields["visit"]


def test_an_identifier_of_the_system_itself_is_kept() -> None:
    (found,) = visits(row(2, "2026-01-20T03:00", device="rum-1", visit="B-77"))
    assert found.fields["visit"] == "B-77"


def test_complete_nights_close_the_shift_of_every_log_that_stood_then_also_without_visits() -> None:
    complete = Complete(first=date(2026, 1, 30), last=date(2026, 2, 2))
    closed = visits(complete=complete)
    assert [(visit.device, visit.fields["visit"]) for visit in closed] == [
        ("rum-1", "closed-2026-01-30"),
        ("rum-1", "closed-2026-01-31"),
        ("rum-2", "closed-2026-02-01"),
        ("rum-2", "closed-2026-02-02"),
    ]
    assert {visit.fields["mode"] for visit in closed} == {"shift_closed"}
    assert closed[0].fields["time"] == at("2026-01-31T07:00")
    assert closed[0].line is None


def test_both_clock_changes_close_at_seven_on_the_wall() -> None:
    for night in (date(2026, 3, 28), date(2026, 10, 24)):
        (closed,) = visits(complete=Complete(first=night, last=night))
        morning = night.replace(day=night.day + 1)
        assert closed.fields["time"] == at(f"{morning.isoformat()}T07:00")
