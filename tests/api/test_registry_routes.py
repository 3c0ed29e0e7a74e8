"""Pilots, devices, participants, homes, recomputing and dead letters."""

import pytest

from tests.api.installation import (
    ALARM,
    BED,
    OURS,
    PLAN,
    THEIRS,
    Installation,
    commit_bed,
    commit_dead_letter,
)

PILOT = f"/api/v1/pilots/{OURS}"


def test_a_pilot_comes_with_its_plan_stage_and_phases_as_instants(filled: Installation) -> None:
    body = filled.get(PILOT).json()
    assert (body["pilot"], body["stage"], body["stage_code"]) == (OURS, "planning", 0)
    assert body["phases"][0] == {
        "name": "baseline",
        "title": "Baslinje",
        "start": "2026-01-11T23:00:00Z",
        "end": "2026-03-08T23:00:00Z",
    }
    assert body["phases"][1]["end"] == "2026-06-28T22:00:00Z"
    assert body["plan"]["targets"] == {"acknowledge_s": 180.0, "arrive_s": 1800.0}


def test_a_pilot_is_added_by_its_plan_as_yaml_or_in_json(empty: Installation) -> None:
    answer = empty.ask("POST", "/api/v1/pilots", "admin", content=PLAN.format(pilot="dag-2026").encode())
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/pilots/dag-2026"
    body = {"plan": PLAN.format(pilot="kvall-2026")}
    assert empty.ask("POST", "/api/v1/pilots", "admin", json=body).status_code == 201
    assert {pilot.pilot for pilot in empty.registry.pilots()} == {OURS, THEIRS, "dag-2026", "kvall-2026"}


def test_a_broken_plan_tells_every_error_with_its_line_and_stores_nothing(empty: Installation) -> None:
    broken = PLAN.format(pilot="dag-2026").replace("Europe/Stockholm", "Europe/Atlantis")
    broken = broken.replace("metric: bed_exits_per_night", "metric: happiness")
    answer = empty.ask("POST", "/api/v1/pilots", "admin", content=broken.encode())
    assert answer.status_code == 422
    lines = {fault["line"] for fault in answer.json()["errors"]}
    assert lines == {5, 20}
    assert len(empty.registry.pilots()) == 2


def test_a_plan_of_no_more_than_it_needs_is_shown(empty: Installation) -> None:
    least = (
        "pilot: dag-2026\ntitle: Dagtillsyn\ntimezone: Europe/Stockholm\n"
        "phases: [{name: baseline, start: 2026-01-12, end: 2026-03-08}]\ngroups: {intervention: 8}\n"
    )
    assert empty.ask("POST", "/api/v1/pilots", "admin", content=least.encode()).status_code == 201
    assert empty.ask("GET", "/api/v1/pilots/dag-2026", "admin").json()["municipality"] is None
    assert len(empty.ask("GET", "/api/v1/pilots", "admin").json()["items"]) == 3
    assert empty.ask("GET", "/pilots/dag-2026", "admin").status_code == 200


def test_another_plan_for_the_same_pilot_is_a_conflict(empty: Installation) -> None:
    changed = PLAN.format(pilot=OURS).replace("Exempelby", "Annanby")
    assert empty.ask("POST", "/api/v1/pilots", "admin", content=changed.encode()).status_code == 409


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{"])
def test_what_is_no_plan_is_refused(empty: Installation, body: bytes) -> None:
    assert empty.ask("POST", "/api/v1/pilots", "admin", content=body).status_code == 422
    headers = {"Content-Type": "application/json"}
    assert empty.ask("POST", "/api/v1/pilots", "admin", content=body, headers=headers).status_code == 422


def test_a_device_is_added_and_stands_in_the_list_with_whom_it_stands(empty: Installation) -> None:
    new = {"device": f"{OURS}.gps-01", "kind": "gps"}
    answer = empty.ask("POST", f"{PILOT}/devices", json=new)
    assert answer.status_code == 201
    assert answer.json()["interval_s"] == 600
    items = {item["device"]: item for item in empty.get(f"{PILOT}/devices").json()["items"]}
    assert set(items) == {ALARM, BED, new["device"]}
    assert items[BED]["participant"] == empty.intervention[0]
    assert items[new["device"]]["participant"] is None


def test_a_device_of_a_foreign_format_is_added_with_its_address_and_model(empty: Installation) -> None:
    new = {
        "device": f"{OURS}.bed-02",
        "kind": "bed",
        "adapter": "chirpstack",
        "address": "24e124538c491285",
        "model": "milesight-vs373",
    }
    assert empty.ask("POST", f"{PILOT}/devices", json=new).status_code == 201
    items = {item["device"]: item for item in empty.get(f"{PILOT}/devices").json()["items"]}
    assert items[new["device"]] | new == items[new["device"]]
    assert (items[BED]["adapter"], items[BED]["address"], items[BED]["model"]) == ("native", None, None)
    for wrong in ({"adapter": "carrier-pigeon"}, {"address": None}, {"model": "milesight-vs999"}):
        refused = empty.ask("POST", f"{PILOT}/devices", json=new | {"device": f"{OURS}.bed-03"} | wrong)
        assert refused.status_code == 422
        assert "adapter" in refused.json()["detail"]


def test_a_device_that_cannot_be_is_refused(empty: Installation) -> None:
    for new in ({"device": "säng 1", "kind": "bed"}, {"device": "x", "kind": "toaster"}, {"kind": "bed"}):
        assert empty.ask("POST", f"{PILOT}/devices", json=new).status_code == 422


def test_participants_are_added_by_group_and_come_back_as_codes(empty: Installation) -> None:
    answer = empty.ask(
        "POST", f"{PILOT}/participants", json={"group": "comparison", "count": 2, "consent": ["bed"]}
    )
    assert answer.status_code == 201
    codes = answer.json()["participants"]
    listed = {item["participant"]: item for item in empty.get(f"{PILOT}/participants").json()["items"]}
    assert all(listed[code]["group"] == "comparison" for code in codes)
    consents = empty.get(f"{PILOT}/consents").json()["items"]
    assert {item["scope"] for item in consents if item["participant"] in codes} == {"bed"}
    assert empty.ask("POST", f"{PILOT}/participants", json={"group": "nobody"}).status_code == 422


def test_a_home_is_set_for_a_participant_of_the_pilot_only(empty: Installation) -> None:
    home = {"lat": 59.33, "lon": 18.07, "radius_m": 150}
    code = empty.intervention[0]
    assert empty.ask("PUT", f"{PILOT}/participants/{code}/home", json=home).json() == home
    assert empty.registry.homes(OURS)[code].radius_m == 150
    assert empty.ask("PUT", f"{PILOT}/participants/K7Q-4TE/home", json=home).status_code == 404
    assert (
        empty.ask("PUT", f"{PILOT}/participants/{code}/home", json={"lat": 91, "lon": 0}).status_code == 422
    )


def test_recomputing_answers_when_it_is_done_and_then_finds_nothing_stale(empty: Installation) -> None:
    commit_bed(empty, range(0, 3600, 10), 71.2)
    first = empty.ask("POST", f"{PILOT}/analyses").json()
    again = empty.ask("POST", f"{PILOT}/analyses").json()
    assert first["values"] > 0
    assert again["values"] == 0


def test_a_leader_sees_dead_letters_of_the_own_pilot_without_their_payload(empty: Installation) -> None:
    commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{BED}/bed", b"{secret")
    commit_dead_letter(empty, THEIRS, f"pilotbed/{THEIRS}/{THEIRS}.bed-01/bed")
    answer = empty.get("/api/v1/dead-letters")
    (item,) = answer.json()["items"]
    assert set(item) == {"id", "received", "topic", "reason", "size"}
    assert "secret" not in answer.text
    assert len(empty.get("/api/v1/dead-letters", "admin").json()["items"]) == 2


def test_dead_letters_come_in_pages(empty: Installation) -> None:
    for _ in range(3):
        commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{BED}/bed")
    first = empty.get("/api/v1/dead-letters?limit=2").json()
    rest = empty.get(f"/api/v1/dead-letters?limit=2&cursor={first['next']}").json()
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 3
    assert rest["next"] is None


def test_a_dead_letter_that_can_be_read_now_becomes_readings(empty: Installation) -> None:
    payload = b'{"time": "2026-01-12T20:00:00Z", "weight_kg": 71.2}'
    number = commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{BED}/bed", payload)
    answer = empty.ask("POST", f"/api/v1/dead-letters/{number}/replay")
    assert answer.json() == {"id": number, "readings": 1}
    assert empty.get(f"{PILOT}/readings/bed").json()["columns"]["weight_kg"] == [71.2]
    assert empty.get("/api/v1/dead-letters").json()["items"] == []


def test_a_dead_letter_that_is_refused_again_stays_and_says_why(empty: Installation) -> None:
    number = commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{BED}/bed")
    answer = empty.ask("POST", f"/api/v1/dead-letters/{number}/replay")
    assert answer.status_code == 409
    assert "refused again" in answer.json()["detail"]
    assert len(empty.get("/api/v1/dead-letters").json()["items"]) == 1


def test_a_dead_letter_is_dropped_by_its_own_leader_only(empty: Installation) -> None:
    number = commit_dead_letter(empty, THEIRS, f"pilotbed/{THEIRS}/{THEIRS}.bed-01/bed")
    assert empty.ask("DELETE", f"/api/v1/dead-letters/{number}").status_code == 404
    assert empty.ask("DELETE", f"/api/v1/dead-letters/{number}", "admin").status_code == 204
    assert empty.ask("DELETE", f"/api/v1/dead-letters/{number}", "admin").status_code == 404
