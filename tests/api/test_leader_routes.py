"""What a leader does over HTTP on the way from a plan to a decision."""

from typing import Any

from api.access import COOKIE, CSRF_HEADER, csrf_token
from tests.api.installation import OURS, PLAN, Installation

PILOT = f"/api/v1/pilots/{OURS}"
OUR_PLAN = PLAN.format(pilot=OURS)
LONGER = OUR_PLAN.replace("2026-06-28", "2026-07-26")


def lock(installation: Installation) -> None:
    installation.registry.advance(OURS, "legal_check")


def amended(installation: Installation, plan: str, reason: str = "", role: str = "leader") -> Any:
    return installation.ask("POST", f"{PILOT}/plan", role, json={"plan": plan, "reason": reason})


def test_a_pilot_shows_its_lock_its_stages_and_what_the_next_one_asks_for(empty: Installation) -> None:
    before = empty.get(PILOT).json()
    assert (before["locked"], before["stages"], before["departures"], before["round"]) == (None, [], [], 1)
    assert [each["stage"] for each in before["next"]] == ["legal_check"]
    lock(empty)
    body = empty.get(PILOT).json()
    assert body["locked"]["plan_hash"] == body["plan_hash"]
    assert [(each["stage"], each["warnings"]) for each in body["stages"]] == [("legal_check", [])]
    (following,) = body["next"]
    gates = {gate["gate"]: gate for gate in following["gates"]}
    assert following["stage"] == "baseline"
    assert gates["dpia"] == {
        "gate": "dpia",
        "met": False,
        "missing": "legal.dpia names no data protection impact assessment",
        "way_out": gates["gdpr_basis"]["way_out"],
    }
    assert gates["participants"] == {"gate": "participants", "met": True, "missing": None, "way_out": None}


def test_a_pilot_goes_to_its_next_stage_and_no_further(empty: Installation) -> None:
    path = f"{PILOT}/stage"
    moved = empty.ask("POST", path, json={"to": "legal_check"}).json()
    assert (moved["stage"], moved["stages"][0]["stage"]) == ("legal_check", "legal_check")
    assert moved["locked"]["plan_hash"] == moved["plan_hash"]
    skipped = empty.ask("POST", path, json={"to": "decision"})
    assert (skipped.status_code, 'the next stage is "baseline"' in skipped.json()["detail"]) == (409, True)
    assert empty.ask("POST", path, json={"to": "idea"}).status_code == 422
    assert empty.get(PILOT).json()["stage"] == "legal_check"


def test_a_stage_whose_gates_are_not_met_is_refused_with_all_that_is_missing(empty: Installation) -> None:
    lock(empty)
    refused = empty.ask("POST", f"{PILOT}/stage", "admin", json={"to": "baseline"})
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    faults = {fault["gate"]: fault for fault in refused.json()["errors"]}
    assert list(faults) == ["gdpr_basis", "article9", "dpia"]
    assert faults["dpia"]["message"] == "legal.dpia names no data protection impact assessment"
    assert "pilotbed pilot amend" in faults["dpia"]["way_out"]


def test_a_browser_moves_a_pilot_with_its_csrf_token_only(empty: Installation) -> None:
    session = empty.registry.redeem_login(empty.registry.create_login("leader", OURS))
    assert session is not None
    cookie, to = {"Cookie": f"{COOKIE}={session[1]}"}, {"to": "legal_check"}
    assert empty.ask("POST", f"{PILOT}/stage", None, headers=cookie, json=to).status_code == 403
    sealed = cookie | {CSRF_HEADER: csrf_token(session[1])}
    assert empty.ask("POST", f"{PILOT}/stage", None, headers=sealed, json=to).status_code == 200


def test_who_sees_groups_only_is_not_told_of_gates_that_may_name_participants(empty: Installation) -> None:
    lock(empty)
    for role in ("evaluator", "grafana"):
        assert empty.get(PILOT, role).json()["next"] is None


def test_a_plan_is_amended_freely_before_the_lock_and_for_a_reason_after(empty: Installation) -> None:
    assert amended(empty, LONGER).json()["departures"] == []
    lock(empty)
    refused = amended(empty, OUR_PLAN)
    assert refused.status_code == 409
    assert "give the reason" in refused.json()["detail"]
    (departure,) = amended(empty, OUR_PLAN, "Två boende flyttade").json()["departures"]
    assert departure["reason"] == "Två boende flyttade"
    assert departure["changes"] == [
        {"path": "phases[pilot].end", "before": "2026-07-26", "after": "2026-06-28"}
    ]
    path = f"{PILOT}/plan?reason=Igen"
    answer = empty.ask("POST", path, content=LONGER.encode(), headers={"Content-Type": "application/yaml"})
    assert [each["reason"] for each in answer.json()["departures"]] == ["Två boende flyttade", "Igen"]


def test_a_plan_that_cannot_become_the_pilots_is_refused_and_nothing_is_stored(filled: Installation) -> None:
    broken = amended(filled, OUR_PLAN.replace("Europe/Stockholm", "Europe/Atlantis"))
    assert broken.status_code == 422
    foreign = amended(filled, PLAN.format(pilot="annan"), role="admin")
    assert (foreign.status_code, '"annan"' in foreign.json()["detail"]) == (409, True)
    moved = amended(filled, OUR_PLAN.replace("start: 2026-01-12", "start: 2026-01-19"), "x")
    assert moved.status_code == 409
    assert moved.json()["errors"][0]["message"].startswith("phases[baseline].start: 2026-01-12 cannot become")
    assert filled.registry.pilot(OURS).plan.phases[0].start.isoformat() == "2026-01-12"


def test_a_text_is_written_shown_and_cleared(empty: Installation) -> None:
    path = f"{PILOT}/texts/lessons"
    written = empty.ask("PUT", path, json={"text": "Börja smått.\n\nVäx sedan.\n"})
    assert written.json() == {"section": "lessons", "text": "Börja smått.\n\nVäx sedan."}
    assert empty.get(f"{PILOT}/texts").json() == {"items": [written.json()], "next": None}
    assert empty.ask("PUT", path, json={"text": ""}).json()["text"] == ""
    assert empty.get(f"{PILOT}/texts").json()["items"] == []
    assert empty.ask("PUT", f"{PILOT}/texts/poetry", json={"text": "x"}).status_code == 422
    assert empty.ask("PUT", path, json={"text": "x" * 20_001}).status_code == 422


def test_recruitment_is_told_by_group(empty: Installation) -> None:
    told = {"invited": 40, "declined": 8, "not_eligible": 4}
    assert empty.ask("PUT", f"{PILOT}/recruitment/intervention", json=told).status_code == 200
    assert empty.get(f"{PILOT}/recruitment").json()["items"] == [{"group": "intervention"} | told]
    for group, wrong in (("control", told), ("comparison", {"invited": 1, "declined": 2})):
        assert empty.ask("PUT", f"{PILOT}/recruitment/{group}", json=wrong).status_code == 422


def test_participants_have_units_give_consent_and_leave(empty: Installation) -> None:
    new = {"group": "intervention", "unit": "Norrgården A"}
    (code,) = empty.ask("POST", f"{PILOT}/participants", json=new).json()["participants"]
    assert empty.ask("POST", f"{PILOT}/participants", json=new | {"unit": "C"}).status_code == 422
    given = empty.ask("POST", f"{PILOT}/consents", json={"participant": code, "consent": ["gps", "bed"]})
    assert given.status_code == 201
    assert [each["scope"] for each in given.json()["items"]] == ["bed", "gps"]
    left = empty.ask("POST", f"{PILOT}/participants/{code}/leaving", json={"because": "moved"}).json()
    assert (left["unit"], left["left_because"]) == ("Norrgården A", "moved")
    listed = {each["participant"]: each for each in empty.get(f"{PILOT}/participants").json()["items"]}
    assert listed[code] == left
    moved = empty.ask("PUT", f"{PILOT}/participants/{code}/unit", json={"unit": "Norrgården B"})
    assert moved.json() == {"unit": "Norrgården B"}
    listed = {each["participant"]: each for each in empty.get(f"{PILOT}/participants").json()["items"]}
    assert listed[code]["unit"] == "Norrgården B"
    unknown = empty.ask("PUT", f"{PILOT}/participants/{code}/unit", json={"unit": "C"})
    assert (unknown.status_code, "Norrgården A" in unknown.json()["detail"]) == (422, True)
    for wrong in ({"because": "bored"}, {"because": "moved", "on": "2020-01-01"}, {}):
        assert empty.ask("POST", f"{PILOT}/participants/{code}/leaving", json=wrong).status_code == 422
    stranger = empty.ask("POST", f"{PILOT}/participants/K7Q-4TD/leaving", json={"because": "moved"})
    assert stranger.status_code == 404


def test_a_device_names_its_product(empty: Installation) -> None:
    with_products = OUR_PLAN + "products: [{name: A, kind: bed}, {name: B, kind: bed}]\n"
    assert amended(empty, with_products).status_code == 200
    new = {"device": f"{OURS}.bed-09", "kind": "bed", "product": "B"}
    assert empty.ask("POST", f"{PILOT}/devices", json=new).json()["product"] == "B"
    wrong = new | {"device": f"{OURS}.bed-10", "product": "C"}
    assert empty.ask("POST", f"{PILOT}/devices", json=wrong).status_code == 422
